# SPDX-License-Identifier: GPL-2.0-only
# The extension: one live-patch payload for each family of Xen's series, whose builds differ only in
# what hypervisor/layouts says of each. The library writes that into the payload at load.

# The families, each as FIRST:LAST minor number; the payload is named by the first.
HV_FAMILIES := 17:17 18:20
HV_LAYOUTS  := hypervisor/layouts
# The tested builds, each as SERIES:BUILD-ID of the ELF; for payloads of tests, each for one build.
HV_BUILDS := $(shell awk '$$1 == "xen" { split($$2, v, "."); id = 0 } \
	$$1 == "build-id" && !id++ { sub(/[^0-9].*/, "", v[2]); print v[1] "." v[2] ":" $$2 }' \
	$(HV_LAYOUTS))
HV_BUILD_IDS := $(foreach each,$(HV_BUILDS),$(word 2,$(subst :, ,$(each))))
# $(call hv_minor,BUILD-ID): "17"
hv_minor = $(patsubst 4.%:$(1),%,$(filter %:$(1),$(HV_BUILDS)))
# The user's flags do not reach the payload: Xen has no symbols for a stack protector's code.
# clang lacks these thunks.
HV_CC := $(if $(findstring clang,$(CC)),gcc,$(CC))
HV_FLAGS := -std=gnu11 -O2 $(WARN) -Iinclude -Icore -Ihypervisor -I$(B)/gen \
	-ffreestanding -fPIC -fvisibility=hidden \
	-mgeneral-regs-only -mno-red-zone -fno-stack-protector -fno-common -fno-jump-tables \
	-fno-strict-aliasing \
	-fno-asynchronous-unwind-tables -fcf-protection=branch -mindirect-branch=thunk-extern \
	-mindirect-branch-register -mfunction-return=thunk-extern
HV_SRC := $(wildcard hypervisor/*.c) core/command.c core/range.c
HV_OBJ := $(HV_SRC:%.c=$(B)/hv/%.o)
HV_SEAL := $(B)/hypervisor/seal
HV_PAYLOADS := $(foreach each,$(HV_FAMILIES),\
	$(B)/hypervisor/4.$(firstword $(subst :, ,$(each))).livepatch)
# The same with the layouts filled in and one build's id, for tests that hand it to Xen themselves.
HV_FILLED := $(HV_BUILD_IDS:%=$(B)/payload/%.livepatch)

ALL += $(HV_PAYLOADS)
INSTALL += dir:-:$(PREFIX)/lib/xen-pmem 644:$(HV_LAYOUTS):$(PREFIX)/lib/xen-pmem/layouts \
	$(foreach each,$(HV_PAYLOADS),644:$(each):$(PREFIX)/lib/xen-pmem/$(notdir $(each)))

$(B)/hv/%.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(HV_CC) $(HV_FLAGS) -MMD -MP -MF $@.d -c $< -o $@
	$(Q)$(OBJCOPY) -R .note.gnu.property -R .comment $@

$(B)/hv/hypervisor/status.o: $(B)/gen/version.h

# $(call hv_notes,FLAGS)
define hv_notes
$(call say,AS)
@mkdir -p $(@D)
$(Q)$(HV_CC) -c $(1) $< -o $@
endef

# $(call hv_family,FIRST,LAST)
define hv_family
$(B)/hv/notes-4.$(1).o: hypervisor/notes.S hypervisor/rules.mk
	$$(call hv_notes,-DXEN_MINOR=$(1) -DXEN_MINOR_LAST=$(2))
endef
$(foreach each,$(HV_FAMILIES),$(eval $(call hv_family,$(firstword $(subst :, ,$(each))),$(lastword \
	$(subst :, ,$(each))))))

# 20 bytes in hex -> "0x15,0x1b,..."
$(HV_BUILD_IDS:%=$(B)/hv/notes-%.o): $(B)/hv/notes-%.o: hypervisor/notes.S
	$(call hv_notes,-DXEN_MINOR=$(call hv_minor,$*) -DXEN_MINOR_LAST=$(call hv_minor,$*) \
		-DBUILD_ID="$$(echo $* | sed 's/../0x&,/g; s/,$$//')")

# All of hypervisor/layouts, as initializers in C.
$(B)/gen/tested.h: $(HV_LAYOUTS) hypervisor/table/c.awk
	@mkdir -p $(@D)
	@awk -f hypervisor/table/c.awk $< >$@

$(B)/hv/table.o $(B)/hv/table-all.o: hypervisor/table/entries.c $(B)/gen/tested.h
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(HV_CC) $(HV_FLAGS) $(if $(filter %-all.o,$@),-DALL_LAYOUTS) -MMD -MP -MF $@.d \
		-c $< -o $@
	$(Q)$(OBJCOPY) -R .note.gnu.property -R .comment $@

$(HV_SEAL): hypervisor/seal/seal.c $(B)/core/crc32c.o
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $^

# $(call hv_link,PREFIX): $@.linked, a payload without its seal. The symbols get a prefix: while a
# payload is loaded, Xen refuses every other one that defines a name of the loaded one.
define hv_link
$(Q)$(LD) -r --build-id=sha1 -o $@.linked $(filter %.o,$^)
$(Q)$(NM) -f posix --defined-only $@.linked | sed 's/^\([^ ]*\) .*/\1 $(1).\1/' | sort -u >$@.names
$(Q)$(OBJCOPY) --redefine-syms=$@.names $@.linked
@rm $@.names
endef

# Under its name only when sealed: a build that stops half-way leaves no payload.
define hv_payload
$(call hv_link,xen_pmem)
$(Q)$(HV_SEAL) <$@.linked >$@.sealed
@rm $@.linked
@mv $@.sealed $@
endef

$(B)/hypervisor/%.livepatch: $(HV_OBJ) $(B)/hv/table.o $(B)/hv/notes-%.o $(HV_SEAL)
	$(call say,LD)
	@mkdir -p $(@D)
	$(hv_payload)

$(B)/payload/%.livepatch: $(HV_OBJ) $(B)/hv/table-all.o $(B)/hv/notes-%.o $(HV_SEAL)
	$(call say,LD)
	@mkdir -p $(@D)
	$(hv_payload)

.PRECIOUS: $(B)/hv/%.o $(B)/hv/notes-%.o
-include $(HV_OBJ:=.d) $(HV_SEAL).d $(B)/hv/table.o.d $(B)/hv/table-all.o.d
