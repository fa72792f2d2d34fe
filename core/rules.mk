# SPDX-License-Identifier: GPL-2.0-only
# core/ for user space: a program that links $(CORE_OBJ) needs nothing else. The payload compiles
# core/command.c and core/range.c with its own flags.

CORE_SRC := $(sort $(wildcard core/*.c))
CORE_OBJ := $(CORE_SRC:core/%.c=$(B)/core/%.o)

$(B)/core/%.o: core/%.c | $(AML_H)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -ffreestanding -fPIC -fvisibility=hidden -c $< -o $@

-include $(CORE_OBJ:=.d)
