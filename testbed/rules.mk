# SPDX-License-Identifier: GPL-2.0-only
# Images of the test bed, in build/testbed; xenhost runs `make bed` for whatever is stale.

BED := $(B)/testbed
# The release of Debian that the images are of.
BED_DEBIAN := 12
BED_FETCH := BED_DEBIAN=$(BED_DEBIAN) testbed/fetch

.PHONY: bed bed-13 bed-soft bed-hvm bed-grub bed-intel bed-efi bed-host bed-libvirt bed-product
#: make bed         builds the test bed's images; bed-soft, bed-hvm, bed-intel, bed-efi, bed-grub:
#:                  those of --soft, --hvm, --intel, --efi, testguest --grub
#: make bed-host    installs Debian with Xen into a folder, for --root
#: make bed-13      builds those of --debian 13
bed: $(BED)/guest.img bed-product

$(BED)/fetched: testbed/fetch testbed/packages $(B)/gen/kver
	@echo "test bed: fetching Debian's packages"
	@$(BED_FETCH) $(BED) $(BED_KVER)
	@touch $@

# Debian 13: everything is built once more, below build/13, by the compiler and with the libraries
# of that release, in a root folder of unpacked packages. What tests take along is built there too.
BED_13 := $(B)/13/testbed
BED_13_MAKE = $(MAKE) $(if $(silent),-s) --no-print-directory B=$(B)/13 WERROR=$(WERROR) \
	BED_DEBIAN=13 KVER=$$(packaging/kver amd64 $(BED_13)/root/usr/src)

bed-13: $(BED_13)/rooted
	@+$(BED_13_MAKE) $(BED_13)/hvm.fetched
	@testbed/inroot $(BED_13)/root $(BED_13_MAKE) -j2 bed bed-hvm taken

$(BED_13)/rooted: testbed/mkroot testbed/release.sh testbed/packages.root packaging/build-depends
	@echo "test bed: fetching the packages in which images of Debian 13 are made"
	@BED_DEBIAN=13 testbed/mkroot $(BED_13)
	@touch $@

$(BED)/guest.img: $(BED)/fetched testbed/mkguest testbed/lib.sh $(wildcard testbed/guest/*)
	@testbed/mkguest $(BED) $(BED_KVER)

# Other people's programs for guests: only for the tests that want them (xenhost --soft).
bed-soft: $(BED)/soft.img

$(BED)/soft.fetched: $(BED)/fetched testbed/packages.soft
	@echo "test bed: fetching Debian's packages of programs for guests"
	@$(BED_FETCH) $(BED) $(BED_KVER) soft
	@touch $@

$(BED)/soft.img: $(BED)/soft.fetched $(BED)/guest.img testbed/mksoft testbed/lib.sh
	@testbed/mksoft $(BED) $(BED_KVER)

$(BED)/jobtake: testbed/dom0/jobtake.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(LINK) -no-pie -static $< -o $@

$(BED)/dom0.cpio: $(BED)/fetched $(BED)/jobtake testbed/mkdom0 testbed/lib.sh testbed/overlay.sh \
	$(wildcard testbed/dom0/*)
	@testbed/mkdom0 $(BED) $(BED_KVER)

# What `make install` installs changes with any part, so it is staged anew each time. The Makefile
# names the files.
bed-product: $(BED)/dom0.cpio $(BED_DRIVER)
	@rm -rf $(B)/stage
	@packaging/install-files install $(B)/stage $(INSTALL) \
		$(call install_module,$(BED_KVER),$(BED_DRIVER))
	@testbed/mkproduct $(BED) $(BED_KVER) $(B)/stage

# The layer for HVM guests, which only xenhost --hvm wants.
bed-hvm: $(BED)/hvm.cpio

$(BED)/hvm.fetched: testbed/fetch testbed/packages.hvm | $(BED)/fetched
	@echo "test bed: fetching Debian's packages for HVM guests"
	@$(BED_FETCH) $(BED) $(BED_KVER) hvm
	@touch $@

$(BED)/hvm.cpio: $(BED)/hvm.fetched $(BED)/dom0.cpio testbed/mkhvm testbed/lib.sh \
	testbed/release.sh
	@BED_DEBIAN=$(BED_DEBIAN) testbed/mkhvm $(BED) $(BED_KVER)

# libvirt for dom0, which its test brings along.
bed-libvirt: $(BED)/libvirt.cpio

$(BED)/libvirt.fetched: testbed/fetch testbed/packages.libvirt | $(BED)/fetched
	@echo "test bed: fetching Debian's packages of libvirt"
	@$(BED_FETCH) $(BED) $(BED_KVER) libvirt
	@touch $@

$(BED)/libvirt.cpio: $(BED)/libvirt.fetched $(BED)/dom0.cpio testbed/mklibvirt testbed/lib.sh
	@testbed/mklibvirt $(BED) $(BED_KVER)

# GRUB for the test of PVH guests that it boots.
bed-grub: $(BED)/grub.elf

$(BED)/grub.fetched: testbed/fetch testbed/packages.grub
	@echo "test bed: fetching Debian's packages of GRUB"
	@$(BED_FETCH) $(BED) $(BED_KVER) grub
	@touch $@

$(BED)/grub.elf: $(BED)/grub.fetched testbed/mkgrub
	@testbed/mkgrub $(BED)

# What hosts with an Intel processor want: Bochs, and the ACPI tables of their NVDIMM.
bed-intel: $(BED)/intel.fetched $(BED)/inteltables

$(BED)/intel.fetched: testbed/fetch testbed/packages.intel | $(BED)/fetched
	@echo "test bed: fetching Debian's packages of Bochs"
	@$(BED_FETCH) $(BED) $(BED_KVER) intel
	@touch $@

$(BED)/inteltables: testbed/inteltables.c $(wildcard core/*.[ch]) | $(AML_H)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(LINK) -I. $< core/nfit.c core/ssdt.c core/checksum.c core/crc32c.c -o $@

# What hosts that are booted by EFI want: the firmware, and GRUB.
bed-efi: $(BED)/efi.fetched

$(BED)/efi.fetched: testbed/fetch testbed/packages.efi | $(BED)/fetched
	@echo "test bed: fetching Debian's packages of EFI's firmware and GRUB"
	@$(BED_FETCH) $(BED) $(BED_KVER) efi
	@touch $@

#: make check-kernels  compiles the driver for every kernel that three suites of Debian offer
.PHONY: check-kernels
check-kernels:
	@testbed/kernels $(B)/kernels bookworm trixie sid

# A host on which Debian is installed, without anything of ours, for the test of packages.
bed-host: $(BED)/host.tar

$(BED)/host.tar: testbed/mkhost testbed/release.sh testbed/packages.host $(B)/gen/kver
	@echo "test bed: installing Debian with Xen into a folder"
	@BED_DEBIAN=$(BED_DEBIAN) testbed/mkhost $(BED) $(BED_KVER)
