# SPDX-License-Identifier: GPL-2.0-only
# The extension: one live-patch payload for each tested Xen build (named by build-id), all of the
# same objects.

# The entries of the table, each as SERIES:BUILD-ID.
HV_BUILDS := $(shell tr -d ' \t\n' <hypervisor/builds.c | grep -o '"4\.[^}]*}' | \
	sed -E 's/^"(4\.[0-9]+).*\{(.*)\}/\1:\2/; s/0x|,//g')
HV_BUILD_IDS := $(foreach each,$(HV_BUILDS),$(word 2,$(subst :, ,$(each))))
# $(call hv_series,BUILD-ID): "4 17"
hv_series = $(subst ., ,$(patsubst %:$(1),%,$(filter %:$(1),$(HV_BUILDS))))
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
HV_PAYLOADS := $(HV_BUILD_IDS:%=$(B)/hypervisor/%.livepatch)

ALL += $(HV_PAYLOADS)
INSTALL += dir:-:$(PREFIX)/lib/xen-pmem \
	$(foreach each,$(HV_PAYLOADS),644:$(each):$(PREFIX)/lib/xen-pmem/$(notdir $(each)))

$(B)/hv/%.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(HV_CC) $(HV_FLAGS) -MMD -MP -MF $@.d -c $< -o $@
	$(Q)$(OBJCOPY) -R .note.gnu.property -R .comment $@

$(B)/hv/hypervisor/status.o: $(B)/gen/version.h

# 20 bytes in hex -> "0x15,0x1b,..."
$(B)/hv/notes-%.o: hypervisor/notes.S
	$(call say,AS)
	@mkdir -p $(@D)
	$(Q)$(HV_CC) -c -DXEN_MAJOR=$(word 1,$(call hv_series,$*)) \
		-DXEN_MINOR=$(word 2,$(call hv_series,$*)) \
		-DBUILD_ID="$$(echo $* | sed 's/../0x&,/g; s/,$$//')" $< -o $@

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

$(B)/hypervisor/%.livepatch: $(HV_OBJ) $(B)/hv/notes-%.o $(HV_SEAL)
	$(call say,LD)
	$(hv_payload)

.PRECIOUS: $(B)/hv/%.o $(B)/hv/notes-%.o
-include $(HV_OBJ:=.d) $(HV_SEAL).d
