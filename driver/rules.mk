# SPDX-License-Identifier: GPL-2.0-only
# The module xen_pmem.ko for dom0, from links to the sources: kbuild writes next to them.

DRIVER := $(B)/driver/xen_pmem.ko
DRIVER_SOURCES := $(wildcard driver/*.[ch]) driver/Kbuild

ALL     += $(DRIVER)
INSTALL += install-driver

.PHONY: install-driver

$(DRIVER): $(DRIVER_SOURCES) include/xen-pmem/driver.h
	@rm -rf $(@D) && mkdir -p $(@D)
	@ln -s $(addprefix $(CURDIR)/,$(DRIVER_SOURCES) include) $(@D)
	$(MAKE) --no-print-directory -C /usr/src/linux-headers-$(KVER) M=$(CURDIR)/$(@D) modules

install-driver: $(DRIVER)
	install -Dm644 $(DRIVER) $(DESTDIR)/lib/modules/$(KVER)/extra/xen_pmem.ko
	install -Dm644 packaging/xen-pmem.modprobe $(DESTDIR)/usr/lib/modprobe.d/xen-pmem.conf
