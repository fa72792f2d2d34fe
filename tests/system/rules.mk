# SPDX-License-Identifier: GPL-2.0-only
# System tests: each *.t boots the bed, and runs in dom0 what it finds there; programs that they
# take along are built here.

SYSTEM_BIN := $(patsubst tests/system/%.c,$(B)/system/%,$(wildcard tests/system/*.c))
# What looks into Xen, for each build; HV_* are hypervisor/rules.mk's.
PROBES := $(HV_BUILD_IDS:%=$(B)/probe/probe-%.livepatch)
# The longest first, so that those which run at the same time end together.
# packages.t wants a host on which Debian is installed, and boots systemd twice: `make soak`.
SYSTEM_SOAK := tests/system/packages.t
SYSTEM_ALL := $(filter-out $(SYSTEM_SOAK),$(sort $(wildcard tests/system/*.t)))
SYSTEM_LONG := $(foreach each,ram refusals files killed conformance intel bed powercut host copy \
	hvm labels tool life,$(filter tests/system/$(each)%,$(SYSTEM_ALL)))
SYSTEM_TAP := $(SYSTEM_LONG) $(filter-out $(SYSTEM_LONG),$(SYSTEM_ALL))
# The modules too: the tests that take one would build it at the same time.
ALL_TESTS += $(SYSTEM_BIN) $(INJECT) $(HOSTILE) $(SCRATCH) $(PROBES) $(HV_FILLED)

SYSTEM_STATIC := $(addprefix $(B)/system/,diskread edu fpucheck nodemem pagemark sigbus)
$(SYSTEM_STATIC): $(B)/system/%: tests/system/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(LINK) -no-pie -static $< -o $@

# The runner of scripts, the same as the model's.
$(B)/system/script_xen: tests/system/script_xen.c tests/model/script.c tests/model/watch.c \
	tests/model/script.h
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(LINK) $(filter %.c,$^) -o $@ \
		$(call pkg_libs,xencall xencontrol xenforeignmemory xengnttab)

$(B)/system/holdpage: PKGS = xengnttab xenforeignmemory
$(B)/system/%: tests/system/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(LINK) $< -o $@ $(call pkg_libs,xencall xencontrol $(PKGS))

# A program of PMDK's for guests, against the library that the bed has unpacked; BED is
# testbed/rules.mk's.
bed-soft: $(B)/soft/ledger
$(B)/soft/ledger: tests/system/soft/ledger.c $(BED)/soft.fetched
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(LINK) -isystem $(BED)/soft.pkg/usr/include $< -o $@ \
		-L$(BED)/soft.pkg/usr/lib/x86_64-linux-gnu -lpmemobj -lpmem

.PHONY: probes taken
probes: $(PROBES) $(HV_FILLED)
# What tests take along into hosts.
taken: $(SYSTEM_BIN) $(INJECT) $(HOSTILE) $(SCRATCH) $(PROBES) $(HV_FILLED) \
	$(addprefix $(B)/system/,idle.elf poke.elf stores.elf killpoint.so)

# Xen knows a static by the name of its file, too.
$(B)/probe/cpus.o: $(B)/hv/tests/system/probe/cpus.o
	$(call say,NAMES)
	@mkdir -p $(@D)
	$(Q)$(OBJCOPY) --redefine-sym 'xen_vectors=arch/x86/irq.c#direct_apic_vector' \
		--redefine-sym 'xen_flush_flags=arch/x86/smp.c#flush_flags' $< $@

$(B)/probe/probe-%.livepatch: $(B)/hv/tests/system/probe/probe.o $(B)/probe/cpus.o \
	$(B)/hv/hypervisor/builds.o $(B)/hv/table-all.o $(B)/hv/notes-%.o
	$(call say,LD)
	@mkdir -p $(@D)
	$(call hv_link,probe)
	@mv $@.linked $@

-include $(B)/hv/tests/system/probe/probe.o.d $(B)/hv/tests/system/probe/cpus.o.d \
	$(wildcard $(B)/system/*.d)

# facts.t: payloads that believe one thing wrongly of Xen, BUILD-ID/NAME.livepatch;
# tests/system/wrong.facts says which. What checks the facts and what it calls are compiled from
# changed copies; all the rest is the product's.
WRONG := $(shell sed -n 's,^\([a-z0-9-]*\) *|.*,\1,p' tests/system/wrong.facts)
WRONG_OWN := $(addprefix $(B)/hv/hypervisor/,facts.o slots.o map.o page.o)
# Text of files that are not in hypervisor/ itself, and so are not compared with it there.
WRONG_OTHER := seal table layouts rules.mk notes.S entries.c tested.h
# A line of the file that ends in a backslash goes on in the next.
WRONG_SED = $$(sed -e ':a' -e '/\\$$/{N;s/\\\n[[:space:]]*//;ba' -e '}' tests/system/wrong.facts | \
	sed -n 's/^$* *| *\(.*\) |.*/\1/p')

$(B)/wrong/%.o: tests/system/wrong.facts $(WRONG_OWN) $(B)/gen/tested.h
	$(call say,CC)
	@rm -rf $(@:.o=) && mkdir -p $(@:.o=)
	$(Q)cp hypervisor/*.[ch] hypervisor/table/entries.c $(B)/gen/tested.h $(@:.o=) && \
		sed -Ei "$(WRONG_SED)" $(@:.o=)/*.[ch]
	@! { diff -rq $(WRONG_OTHER:%=-x %) hypervisor $(@:.o=) && \
		cmp $(B)/gen/tested.h $(@:.o=)/tested.h; } >$(@:.o=).changed
	$(Q)for each in $(notdir $(WRONG_OWN:.o=)) entries; do \
		$(HV_CC) $(HV_FLAGS) -DALL_LAYOUTS -w -c $(@:.o=)/$$each.c \
			-o $(@:.o=)/$$each.o || exit; \
	done
	$(Q)$(LD) -r -o $@ $(addprefix $(@:.o=)/,$(notdir $(WRONG_OWN)) entries.o)
	$(Q)$(OBJCOPY) -R .note.gnu.property -R .comment $@

# $(call wrong_payload,BUILD-ID)
define wrong_payload
$(WRONG:%=$(B)/wrong/$(1)/%.livepatch): $(B)/wrong/$(1)/%.livepatch: $(B)/wrong/%.o \
	$(filter-out $(WRONG_OWN),$(HV_OBJ)) $(B)/hv/notes-$(1).o $(HV_SEAL)
	$$(call say,LD)
	@mkdir -p $$(@D)
	$$(hv_payload)
endef
$(foreach id,$(HV_BUILD_IDS),$(eval $(call wrong_payload,$(id))))

.PHONY: wrong
.PRECIOUS: $(B)/wrong/%.o
wrong: $(foreach id,$(HV_BUILD_IDS),$(WRONG:%=$(B)/wrong/$(id)/%.livepatch))

# soak/slots.t: payloads that leave copies of the direct map's slots as they are: "slotless" PV page
# tables, "efiless" EFI's. Each has one file of the product's changed.
slotless_SED := s/return slots_fill_pv(pg, mfn);/return 0;/
efiless_SED := /efi_update_l4_pgtable/d

# $(call lacking,NAME,FILE)
define lacking
$(B)/$(1)/$(2).o: hypervisor/$(2).c $(B)/hv/hypervisor/$(2).o
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)sed '$$($(1)_SED)' $$< >$$(@:.o=.c)
	@! cmp -s $$< $$(@:.o=.c)
	$$(Q)$$(HV_CC) $$(HV_FLAGS) -w -c $$(@:.o=.c) -o $$@
	$$(Q)$$(OBJCOPY) -R .note.gnu.property -R .comment $$@

$(HV_BUILD_IDS:%=$(B)/$(1)/%.livepatch): $(B)/$(1)/%.livepatch: $(B)/$(1)/$(2).o \
	$(filter-out %/hypervisor/$(2).o,$(HV_OBJ)) $(B)/hv/table-all.o $(B)/hv/notes-%.o \
	$(HV_SEAL)
	$$(call say,LD)
	@mkdir -p $$(@D)
	$$(hv_payload)

.PHONY: $(1)
$(1): $(HV_BUILD_IDS:%=$(B)/$(1)/%.livepatch)
endef
$(eval $(call lacking,slotless,scan))
$(eval $(call lacking,efiless,slots))

# Guests' kernels that idle, wait for memory or store all the time, and the preload library that
# kills a program at one of its calls.
KERNELS := $(addprefix $(B)/system/,idle.elf poke.elf stores.elf)
ALL_TESTS += $(KERNELS) $(B)/system/killpoint.so

$(B)/system/idle.elf: tests/system/idle/idle.S
$(B)/system/poke.elf: tests/system/poke/poke.S
$(B)/system/stores.elf: tests/system/stores/stores.S
$(KERNELS): tests/system/idle/idle.lds tests/system/idle/pvh.h
	$(call say,AS)
	@mkdir -p $(@D)
	$(Q)$(CC) -m32 -I. -nostdlib -static -Wl,--build-id=none,-z,noexecstack \
		-Wl,-T,tests/system/idle/idle.lds,-e,start $(filter %.S,$^) -o $@

$(B)/system/killpoint.so: tests/system/killpoint/killpoint.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(LINK) -fPIC -fvisibility=hidden -shared $< -o $@ -ldl
