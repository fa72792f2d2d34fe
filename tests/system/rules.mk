# SPDX-License-Identifier: GPL-2.0-only
# System tests: each *.t boots the bed, and runs in dom0 what it finds there; programs that they take along are built here.

SYSTEM_BIN := $(patsubst tests/system/%.c,$(B)/system/%,$(wildcard tests/system/*.c))
# What looks into Xen, for each build; HV_* are hypervisor/rules.mk's.
PROBES := $(HV_BUILD_IDS:%=$(B)/probe/probe-%.livepatch)
# The longest first, so that two at a time end together.
SYSTEM_TAP := $(shell ls tests/system/*.t | sort -t/ -k3 | awk '/bed|powercut/ { print; next } { rest = rest "\n" $$0 } END { print rest }')
# The modules too: the tests that take one would build it at the same time.
ALL += $(SYSTEM_BIN) $(INJECT) $(HOSTILE) $(PROBES)

$(B)/system/diskread: tests/system/diskread.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static $< -o $@

$(B)/system/holdpage: LIBS = -lxengnttab -lxenforeignmemory
$(B)/system/%: tests/system/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $< -o $@ -lxencall -lxenctrl $(LIBS)

.PHONY: probes
probes: $(PROBES)

$(B)/probe/probe-%.livepatch: $(B)/hv/tests/system/probe/probe.o $(B)/hv/hypervisor/builds.o $(B)/hv/notes-%.o
	@mkdir -p $(@D)
	$(call hv_link,probe)
	mv $@.linked $@

-include $(B)/hv/tests/system/probe/probe.d
