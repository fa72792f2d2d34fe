# SPDX-License-Identifier: GPL-2.0-only
# `make bench`: one table of figures, each with its goal; PARTS names parts of it (bench/bench). Its
# programs: copy, stall and tiers run in guests, stock in dom0, leaves-*.livepatch in Xen; work is
# the extension on the model of Xen, and tests/model/rules.mk builds it.
# HV_* are hypervisor/rules.mk's, which is read later.

BENCH_GUEST   = $(B)/bench/copy $(B)/bench/stall $(B)/bench/tiers
BENCH_LEAVES  = $(HV_BUILD_IDS:%=$(B)/bench/leaves-%.livepatch)

#: make bench       measures: one table; PARTS=guests is a part of it
bench: deps
	@mkdir -p $(B)/bench
	@+$(SUB_BUILD) all $(BENCH_GUEST) $(BENCH_LEAVES) $(B)/bench/stock \
		$(B)/bench/work \
		>$(B)/bench/make.log 2>&1 || { cat $(B)/bench/make.log; exit 1; }
	@bench/bench $(PARTS)

$(B)/bench/stock: bench/stock.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(LINK) $< -o $@ $(call pkg_libs,xencontrol)

$(B)/bench/%: bench/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(LINK) -no-pie -static $< -o $@

$(B)/bench/leaves-%.livepatch: $(B)/hv/bench/leaves.o $(B)/hv/hypervisor/builds.o \
	$(B)/hv/table-all.o $(B)/hv/notes-%.o
	$(call say,LD)
	@mkdir -p $(@D)
	$(call hv_link,leaves)
	@mv $@.linked $@

-include $(B)/hv/bench/leaves.o.d $(wildcard $(B)/bench/*.d)
