# SPDX-License-Identifier: GPL-2.0-only
# The extension's own sources on a model of Xen: each test_*.c is a program that prints TAP, each fuzz_*.c a libFuzzer program.

MODEL_CC     := clang
MODEL_BASE   := $(filter-out -O2,$(CFLAGS)) -O1 -fno-omit-frame-pointer -Ihypervisor -Itests/model -include tests/model/layout.h -MMD -MP
MODEL_SAN    := -fsanitize=address,undefined -fno-sanitize-recover=all
# The frame table is memory, not an array that the compiler knows; so are Xen's structures, looked at by offset.
MODEL_SAN    += -fno-sanitize=object-size,alignment,pointer-overflow,null
MODEL_EXT    := $(HV_SRC)
MODEL_SRC    := $(filter-out tests/model/test_% tests/model/fuzz_%,$(wildcard tests/model/*.c))
MODEL_TEST   := $(patsubst tests/model/%.c,$(B)/model/%,$(sort $(wildcard tests/model/test_*.c)))
MODEL_FUZZ   := $(patsubst tests/model/%.c,$(B)/model-fuzz/%,$(sort $(wildcard tests/model/fuzz_*.c)))
UNIT_BIN     += $(MODEL_TEST)
UNIT_TAP     += $(MODEL_TEST)
FUZZ_BIN     += $(MODEL_FUZZ)

# The extension's variables in a section of their own, to be made fresh; the hooks where C finds them.
MODEL_RENAME := --rename-section .data=ext_data --rename-section .xen_pmem.accept=ext_accept \
	$(foreach h,preapply load prerevert unload,--rename-section .livepatch.hooks.$(h)=hook_$(h) --rename-section .rela.livepatch.hooks.$(h)=.relahook_$(h))

# $(call model_rules,DIRECTORY,FLAGS,LINK FLAGS): the objects and programs of one way of building them
define model_rules
$(B)/$(1)/ext/%.o: %.c
	@mkdir -p $$(@D)
	$$(MODEL_CC) $$(MODEL_BASE) $(2) -fno-zero-initialized-in-bss -c $$< -o $$@
	@objcopy $$(MODEL_RENAME) $$@
$(B)/$(1)/check.o: tests/model/check.c
	@mkdir -p $$(@D)
	$$(MODEL_CC) $$(MODEL_BASE) -O2 -c $$< -o $$@
$(B)/$(1)/%.o: tests/model/%.c
	@mkdir -p $$(@D)
	$$(MODEL_CC) $$(MODEL_BASE) -Itests/unit -Itests/fuzz $(2) -c $$< -o $$@
$(B)/$(1)/lib.a: $$(MODEL_EXT:%.c=$(B)/$(1)/ext/%.o) $$(MODEL_SRC:tests/model/%.c=$(B)/$(1)/%.o)
	@rm -f $$@
	@ar rcs $$@ $$^
$(B)/$(1)/suite.o: tests/unit/suite.c
	@mkdir -p $$(@D)
	$$(MODEL_CC) $$(MODEL_BASE) -Itests/unit $(2) -c $$< -o $$@
$(B)/$(1)/test_%: $(B)/$(1)/test_%.o $(B)/$(1)/suite.o $(B)/$(1)/lib.a
	$$(MODEL_CC) $(2) $(3) $$< $(B)/$(1)/suite.o -Wl,--whole-archive $(B)/$(1)/lib.a -Wl,--no-whole-archive -lcmocka -o $$@
$(B)/$(1)/fuzz_%: $(B)/$(1)/fuzz_%.o $(B)/$(1)/lib.a
	$$(MODEL_CC) $(2) $(3) $$< -Wl,--whole-archive $(B)/$(1)/lib.a -Wl,--no-whole-archive -o $$@
-include $$(wildcard $(B)/$(1)/*.d $(B)/$(1)/ext/*/*.d)
endef

$(eval $(call model_rules,model,$(MODEL_SAN)))
$(eval $(call model_rules,model-fuzz,$(MODEL_SAN) -fsanitize=fuzzer))
$(eval $(call model_rules,model-coverage,-fprofile-instr-generate -fcoverage-mapping))
