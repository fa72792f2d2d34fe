# SPDX-License-Identifier: GPL-2.0-only
# make demo: a guest's data on the NVDIMM outlive a power cut. demo.sh is the story.

#: make demo        boots a Xen host in QEMU and shows that a guest's data outlive a power cut;
#:                  XENHOST_DEBIAN=12|13: of that Debian; otherwise of the machine's
# 12 where the machine's Debian is one that the bed does not know.
DEMO_DEBIAN = $(or $(XENHOST_DEBIAN),$(filter 12 13,$(shell . /etc/os-release && \
	echo "$$VERSION_ID")),12)
demo: deps
	@mkdir -p $(B)
	@echo "Building, and fetching Debian's packages: some minutes ($(B)/demo.log)"
	@+$(SUB_CHECK) -s $(if $(filter 13,$(DEMO_DEBIAN)),bed-13,bed) $(B)/system/rawcmd \
		>$(B)/demo.log 2>&1 || { cat $(B)/demo.log; exit 1; }
	@XENHOST_DEBIAN=$(DEMO_DEBIAN) demo/demo.sh
