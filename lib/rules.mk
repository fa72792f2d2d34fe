# SPDX-License-Identifier: GPL-2.0-only
# libxenpmem, with core/ in it. Xen's and ndctl's libraries are linked by whoever links this.

LIB_SRC  := $(sort $(wildcard lib/*.c))
LIB_OBJ  := $(LIB_SRC:lib/%.c=$(B)/lib/%.o)
LIB      := $(B)/lib/libxenpmem.a
LIB_PC   := $(B)/lib/xenpmem.pc
LIB_PKGS := xencall xencontrol xendevicemodel xenforeignmemory xenstore \
	libndctl libdaxctl uuid blkid
# pkg-config is asked once, and only if something is compiled.
LIB_CFLAGS = $(eval LIB_CFLAGS := $(call pkg_cflags,$(LIB_PKGS)))$(LIB_CFLAGS)

ALL     += $(LIB) $(LIB_PC)
INSTALL += 644:$(LIB):$(LIBDIR)/libxenpmem.a 644:$(LIB_PC):$(LIBDIR)/pkgconfig/xenpmem.pc \
	dir:-:$(PREFIX)/include/xen-pmem \
	$(foreach each,xenpmem.h vnvdimm.h enable.h handover.h badblocks.h command.h driver.h \
	record.h,\
	644:include/xen-pmem/$(each):$(PREFIX)/include/xen-pmem/$(each))

$(B)/lib/%.o: lib/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(LIB_CFLAGS) -I. -c $< -o $@

# core/rules.mk is read before this one.
$(LIB): $(LIB_OBJ) $(CORE_OBJ)
	$(call say,AR)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# PREFIX may be another one each time.
$(LIB_PC): lib/xenpmem.pc.in FORCE
	@mkdir -p $(@D)
	@sed -e 's,@PREFIX@,$(PREFIX),; s,@LIBDIR@,$(LIBDIR:$(PREFIX)/%=$${prefix}/%),' \
		-e 's,@VERSION@,$(VERSION),; s,@REQUIRES@,$(LIB_PKGS),' $< >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

-include $(LIB_OBJ:=.d)
