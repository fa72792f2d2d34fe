# SPDX-License-Identifier: GPL-2.0-only
# The xen-pmem command, its manual pages, its services and its completion.

TOOL_SRC  := $(sort $(wildcard tool/*.c tool/*/*.c))
TOOL_OBJ  := $(TOOL_SRC:tool/%.c=$(B)/tool/%.o)
TOOL      := $(B)/tool/xen-pmem
TOOL_PKGS := $(LIB_PKGS) xenlight xlutil xentoollog xenevtchn json-c zlib libdw libelf
# TOOL_FOR_BUILD: a xen-pmem that runs on this machine, where TOOL is built for another.
MAN_TOOL   = $(or $(TOOL_FOR_BUILD),$(TOOL))
MAN_PAGES := $(patsubst docs/man/%,$(B)/man/%,$(sort $(wildcard docs/man/*.[58])))
TOOL_CFLAGS = $(eval TOOL_CFLAGS := $(call pkg_cflags,$(TOOL_PKGS)))$(TOOL_CFLAGS)

ALL     += $(TOOL) $(MAN_PAGES)
INSTALL += 755:$(TOOL):$(PREFIX)/sbin/xen-pmem dir:-:/etc/xen/auto-pmem dir:-:/etc/xen/pmem \
	$(foreach each,block-pmem vif-pmem,755:packaging/$(each):/etc/xen/scripts/$(each)) \
	$(foreach each,$(MAN_PAGES),\
	644:$(each):$(PREFIX)/share/man/man$(subst .,,$(suffix $(each)))/$(notdir $(each))) \
	$(foreach each,$(addsuffix .service,xen-pmem xen-pmem-domains xen-pmem-erase \
	xen-pmem-monitor),\
	644:packaging/$(each):/lib/systemd/system/$(each)) \
	644:packaging/xen-pmem.logrotate:/etc/logrotate.d/xen-pmem \
	644:packaging/xen-pmem.default:/etc/default/xen-pmem \
	755:packaging/next-boot:$(PREFIX)/lib/xen-pmem/next-boot \
	755:packaging/initramfs-hook:$(PREFIX)/share/initramfs-tools/hooks/xen-pmem \
	dir:-:$(PREFIX)/lib/dracut/modules.d/99xen-pmem \
	755:packaging/dracut-module:$(PREFIX)/lib/dracut/modules.d/99xen-pmem/module-setup.sh \
	dir:-:$(PREFIX)/share/doc/xen-pmem $(foreach each,json.md json-schema.json upgrade.md,\
	644:docs/$(each):$(PREFIX)/share/doc/xen-pmem/$(each)) \
	644:packaging/bash-completion:$(PREFIX)/share/bash-completion/completions/xen-pmem

$(B)/tool/%.o: tool/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(TOOL_CFLAGS) -I. -Itool -c $< -o $@

$(B)/tool/main.o: $(B)/gen/version.h

$(TOOL): $(TOOL_OBJ) $(LIB)
	$(call say,LD)
	$(Q)$(LINK) -o $@ $(TOOL_OBJ) $(LIB) $(call pkg_libs,$(TOOL_PKGS))

$(B)/man/%: docs/man/% packaging/man-synopsis $(MAN_TOOL)
	$(call say,MAN)
	@mkdir -p $(@D)
	$(Q)packaging/man-synopsis $(MAN_TOOL) $< >$@

-include $(TOOL_OBJ:=.d)
