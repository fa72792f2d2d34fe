# SPDX-License-Identifier: GPL-2.0-only
# The module xen_pmem.ko for dom0, and inject.ko, hostile.ko and scratch.ko for tests, from links to the sources: kbuild writes next to them.

DRIVER := $(B)/driver/xen_pmem.ko
INJECT := $(B)/inject/inject.ko
HOSTILE := $(B)/hostile/hostile.ko
SCRATCH := $(B)/scratch/scratch.ko

ALL     += $(DRIVER)
INSTALL += install-driver

.PHONY: install-driver

$(DRIVER): $(wildcard driver/*.[ch]) driver/Kbuild VERSION $(wildcard include/xen-pmem/*.h)
$(INJECT): $(wildcard tests/system/inject/*)
$(HOSTILE): $(wildcard tests/system/hostile/*)
$(SCRATCH): $(wildcard tests/system/scratch/*)
$(DRIVER) $(INJECT) $(HOSTILE) $(SCRATCH): driver/rules.mk
	@rm -rf $(@D) && mkdir -p $(@D)
	@ln -s $(addprefix $(CURDIR)/,$(filter-out %.mk include/%,$^) include) $(@D)
	$(MAKE) --no-print-directory -C /usr/src/linux-headers-$(KVER) M=$(CURDIR)/$(@D) CONFIG_DEBUG_INFO_BTF_MODULES= modules

install-driver: $(DRIVER)
	install -Dm644 $(DRIVER) $(DESTDIR)/lib/modules/$(KVER)/extra/xen_pmem.ko
	install -Dm644 packaging/xen-pmem.modprobe $(DESTDIR)/usr/lib/modprobe.d/xen-pmem.conf
