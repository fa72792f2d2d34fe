# SPDX-License-Identifier: GPL-2.0-only
# The extension: one live-patch payload for each tested Xen build (named by build-id), all of the same objects.

HV_BUILD_IDS := $(shell sed -n 's/.*\.id = {//p; /0x.*},/p' hypervisor/builds.c | tr -d ' \t\n' | sed 's/},/\n/g' | sed 's/0x//g; s/,//g')
HV_FLAGS := -std=gnu11 -O2 $(WARN) -Iinclude -Icore -Ihypervisor -I$(B)/gen -ffreestanding -fPIC -fvisibility=hidden \
	-mgeneral-regs-only -mno-red-zone -fno-stack-protector -fno-common -fno-jump-tables -fno-strict-aliasing \
	-fno-asynchronous-unwind-tables -fcf-protection=branch -mindirect-branch=thunk-extern \
	-mindirect-branch-register -mfunction-return=thunk-extern
HV_SRC := $(wildcard hypervisor/*.c) core/command.c core/range.c
HV_OBJ := $(HV_SRC:%.c=$(B)/hv/%.o)
HV_SEAL := $(B)/hypervisor/seal
HV_PAYLOADS := $(HV_BUILD_IDS:%=$(B)/hypervisor/%.livepatch)

ALL += $(HV_PAYLOADS)
INSTALL += install-hypervisor

.PHONY: install-hypervisor
install-hypervisor: $(HV_PAYLOADS)
	install -d $(DESTDIR)$(PREFIX)/lib/xen-pmem
	install -m 644 $^ $(DESTDIR)$(PREFIX)/lib/xen-pmem/

$(B)/hv/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HV_FLAGS) -MMD -c $< -o $@
	@objcopy -R .note.gnu.property -R .comment $@

$(B)/hv/hypervisor/status.o: $(B)/gen/version.h

# 20 bytes in hex -> "0x15,0x1b,..."
$(B)/hv/notes-%.o: hypervisor/notes.S
	@mkdir -p $(@D)
	$(CC) -c -DBUILD_ID="$$(echo $* | sed 's/../0x&,/g; s/,$$//')" $< -o $@

$(HV_SEAL): hypervisor/seal/seal.c $(B)/core/crc32c.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -MF $@.d -o $@ $^

# $(call hv_link,PREFIX): $@.linked, a payload but for its seal. The symbols get a prefix: while a payload is loaded, Xen refuses any other one that
# defines a name of its.
define hv_link
ld -r --build-id=sha1 -o $@.linked $(filter %.o,$^)
@nm -f posix --defined-only $@.linked | sed 's/^\([^ ]*\) .*/\1 $(1).\1/' | sort -u >$@.names
@objcopy --redefine-syms=$@.names $@.linked
@rm $@.names
endef

# Under its name only when sealed: a build that stops half-way leaves no payload.
define hv_payload
$(call hv_link,xen_pmem)
$(HV_SEAL) <$@.linked >$@.sealed
@rm $@.linked
mv $@.sealed $@
endef

$(B)/hypervisor/%.livepatch: $(HV_OBJ) $(B)/hv/notes-%.o $(HV_SEAL)
	$(hv_payload)

.PRECIOUS: $(B)/hv/%.o $(B)/hv/notes-%.o
-include $(HV_OBJ:.o=.d) $(HV_SEAL).d
