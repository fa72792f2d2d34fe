# SPDX-License-Identifier: GPL-2.0-only
# libxenpmem, with core/ in it. Xen's and ndctl's libraries are linked by whoever links this.

LIB_SRC  := $(sort $(wildcard lib/*.c))
LIB_OBJ  := $(LIB_SRC:lib/%.c=$(B)/lib/%.o)
LIB      := $(B)/lib/libxenpmem.a
LIB_LIBS := -lxencall -lxenctrl -lxendevicemodel -lxenforeignmemory -lxenstore -lndctl -ldaxctl -luuid -lblkid

ALL     += $(LIB)
INSTALL += install-lib

$(B)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -I. -MMD -MP -c $< -o $@

# core/rules.mk is read before this one.
$(LIB): $(LIB_OBJ) $(CORE_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

.PHONY: install-lib
install-lib: $(LIB)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/x86_64-linux-gnu $(LIB)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/xen-pmem $(addprefix include/xen-pmem/,xenpmem.h command.h driver.h record.h)

-include $(LIB_OBJ:.o=.d)
