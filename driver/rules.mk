# SPDX-License-Identifier: GPL-2.0-only
# The module xen_pmem.ko for dom0, and inject.ko, hostile.ko and scratch.ko for tests, from links to
# the sources: kbuild writes next to them.

# The bed's kernel is a plain one: if KVER is of another flavour, the bed gets a module of its own.
BED_KVER ?= $(if $(filter %-cloud-amd64 %-rt-amd64,$(KVER)),$(shell packaging/kver amd64),$(KVER))
DRIVER := $(B)/driver/xen_pmem.ko
BED_DRIVER := $(if $(filter $(KVER),$(BED_KVER)),$(DRIVER),$(B)/bed-driver/xen_pmem.ko)
INJECT := $(B)/inject/inject.ko
HOSTILE := $(B)/hostile/hostile.ko
SCRATCH := $(B)/scratch/scratch.ko
MODULES := $(sort $(DRIVER) $(BED_DRIVER)) $(INJECT) $(HOSTILE) $(SCRATCH)

ALL     += $(DRIVER)
INSTALL += 644:packaging/xen-pmem.modprobe:/usr/lib/modprobe.d/xen-pmem.conf

$(sort $(DRIVER) $(BED_DRIVER)): $(wildcard driver/*.[ch]) driver/Kbuild VERSION \
	$(wildcard include/xen-pmem/*.h)
$(INJECT): $(wildcard tests/system/inject/*)
$(HOSTILE): $(wildcard tests/system/hostile/*)
$(SCRATCH): $(wildcard tests/system/scratch/*)

# Another kernel makes the modules stale.
$(B)/gen/kver: FORCE
	@mkdir -p $(@D)
	@echo $(KVER) $(BED_KVER) | cmp -s - $@ || echo $(KVER) $(BED_KVER) >$@

# The kernel's own compiler and flags: what the user says on make's command line stays outside.
$(MODULES): MODULE_KVER = $(if $(filter $(DRIVER),$@),$(KVER),$(BED_KVER))
$(MODULES): driver/rules.mk $(B)/gen/kver
	$(call say,MODULE)
	@rm -rf $(@D) && mkdir -p $(@D)
	@ln -s $(addprefix $(CURDIR)/,$(filter-out %.mk %/kver include/%,$^) include) $(@D)
	+$(Q)MAKEFLAGS="$${MAKEFLAGS%%-- *}" $(MAKE) $(if $(filter 1,$(V)),V=1,-s) \
		--no-print-directory -C /usr/src/linux-headers-$(MODULE_KVER) M=$(abspath $(@D)) \
		WERROR=$(WERROR) CONFIG_DEBUG_INFO_BTF_MODULES= modules
