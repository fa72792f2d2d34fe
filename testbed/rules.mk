# SPDX-License-Identifier: GPL-2.0-only
# Images of the test bed, in build/testbed; xenhost runs `make bed` for whatever is stale.

BED := $(B)/testbed

.PHONY: bed bed-soft bed-hvm bed-product
bed: $(BED)/guest.img bed-product

$(BED)/fetched: testbed/fetch testbed/packages
	@echo "test bed: fetching Debian's packages"
	@testbed/fetch $(BED) $(KVER)
	@touch $@

$(BED)/guest.img: $(BED)/fetched testbed/mkguest testbed/lib.sh $(wildcard testbed/guest/*)
	@testbed/mkguest $(BED) $(KVER)

# Other people's programs for guests: only for the tests that want them (xenhost --soft).
bed-soft: $(BED)/soft.img

$(BED)/soft.fetched: $(BED)/fetched testbed/packages.soft
	@echo "test bed: fetching Debian's packages of programs for guests"
	@testbed/fetch $(BED) $(KVER) soft
	@touch $@

$(BED)/soft.img: $(BED)/soft.fetched $(BED)/guest.img testbed/mksoft testbed/lib.sh
	@testbed/mksoft $(BED) $(KVER)

$(BED)/jobtake: testbed/dom0/jobtake.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static $< -o $@

$(BED)/dom0.cpio: $(BED)/fetched $(BED)/jobtake testbed/mkdom0 testbed/lib.sh testbed/overlay.sh $(wildcard testbed/dom0/*)
	@testbed/mkdom0 $(BED) $(KVER)

# What `make install` installs changes with any part, so it is staged anew each time.
bed-product: $(BED)/dom0.cpio
	@rm -rf $(B)/stage
	@$(MAKE) --no-print-directory -s install DESTDIR=$(CURDIR)/$(B)/stage
	@mkdir -p $(B)/stage
	@testbed/mkproduct $(BED) $(KVER) $(B)/stage

# The layer for HVM guests, which only xenhost --hvm wants.
bed-hvm: $(BED)/hvm.cpio

$(BED)/hvm.fetched: testbed/fetch testbed/packages.hvm
	@echo "test bed: fetching Debian's packages for HVM guests"
	@testbed/fetch $(BED) $(KVER) hvm
	@touch $@

$(BED)/hvm.cpio: $(BED)/hvm.fetched $(BED)/dom0.cpio testbed/mkhvm testbed/lib.sh
	@testbed/mkhvm $(BED) $(KVER)
