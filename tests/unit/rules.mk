# SPDX-License-Identifier: GPL-2.0-only
# Unit tests: each test_*.c is a program, linked with suite.c, all of core/ and what it tests of
# tool/ and lib/, compiled with ASan and UBSan; each *.t is a script. All of them print TAP.

UNIT_CC     = $(CC) $(FLAGS) -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
UNIT_CORE  := $(CORE_SRC:core/%.c=$(B)/unit/core/%.o)
UNIT_TOOL  := $(addprefix $(B)/unit/tool/,host/spec.o ui/size.o)
UNIT_OWN   := $(patsubst tests/unit/%.c,$(B)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
UNIT_BIN   += $(UNIT_OWN) $(B)/unit/ssdt
UNIT_TAP   += $(UNIT_OWN) $(sort $(wildcard tests/unit/*.t))

$(B)/unit/core/%.o: core/%.c | $(AML_H)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(UNIT_CC) -ffreestanding -c $< -o $@

$(B)/unit/tool/%.o: tool/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(UNIT_CC) -I. -Itool -c $< -o $@

$(B)/unit/%.o: tests/unit/%.c | $(AML_H)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(UNIT_CC) -Itests/unit -I. -Itool -c $< -o $@

$(B)/unit/lib/%.o: lib/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(UNIT_CC) -I. -c $< -o $@

$(B)/unit/test_guest_acpi: $(B)/unit/lib/guest_acpi.o $(B)/unit/lib/fail.o
$(B)/unit/test_plan: $(B)/unit/lib/guest_plan.o $(B)/unit/lib/fail.o
$(B)/unit/test_holes: $(B)/unit/lib/vnvdimm_bad.o $(B)/unit/lib/fail.o
$(B)/unit/test_tell: $(B)/unit/lib/guest_scrub.o $(B)/unit/lib/fail.o
$(B)/unit/test_ars: $(addprefix $(B)/unit/,tool/monitor/ars.o)
$(B)/unit/test_clear: $(addprefix $(B)/unit/lib/,guest_clear.o guest_scrub.o fail.o)
$(B)/unit/test_layout_files: $(addprefix $(B)/unit/lib/,extension_layouts.o fail.o)
$(B)/unit/test_driver: $(addprefix $(B)/unit/lib/,driver_version.o fail.o sysfs.o)
$(B)/unit/test_health: $(B)/unit/lib/namespace_health.o
$(B)/unit/test_note: $(B)/unit/lib/guest_note.o
$(B)/unit/test_note: PKGS = xenstore uuid
$(B)/unit/test_sizing: $(addprefix $(B)/unit/lib/,record.o area_bad.o sysfs.o fail.o handle.o \
	command.o driver_version.o)
$(B)/unit/test_sizing: PKGS = $(LIB_PKGS)
$(B)/unit/test_record_store: $(addprefix $(B)/unit/lib/,record.o area_bad.o fail.o)
$(B)/unit/test_enable: $(addprefix $(B)/unit/,fake_host.o lib/namespace_enable.o \
	lib/area_retire.o lib/namespace_disable.o lib/record_use.o lib/fail.o)
$(B)/unit/test_handover $(B)/unit/test_wipe: $(B)/unit/handover_world.o \
	$(addprefix $(B)/unit/lib/,handover.o handover_labels.o wipe.o labels.o record.o \
	area_bad.o record_use.o namespace_health.o fail.o)
# Its world is the files of the directory in which it works.
POOL_OBJS  := $(addprefix $(B)/unit/tool/host/,pool.o pool_take.o pool_clean.o)
$(POOL_OBJS): FLAGS += -DRUN_DIR='"."'
$(B)/unit/test_pool: $(addprefix $(B)/unit/,pool_world.o pool_files.o pool_acts.o \
	tool/host/inventory_facts.o tool/ui/uuid.o tool/ui/size.o lib/namespace_health.o) \
	$(POOL_OBJS)
$(B)/unit/test_pool: PKGS = uuid
$(B)/unit/test_unpin: $(addprefix $(B)/unit/lib/,path_pages.o fail.o)
$(B)/unit/test_spec: $(UNIT_TOOL)
$(B)/unit/test_spec: PKGS = uuid
$(B)/unit/test_spelling: $(B)/unit/tool/ui/spelling.o
$(B)/unit/test_description: $(addprefix $(B)/unit/tool/,copy/description.o ui/json.o \
	copy/crc32c_fast.o)
$(B)/unit/test_around: $(addprefix $(B)/unit/tool/,copy/around.o copy/description.o ui/json.o \
	copy/crc32c_fast.o)
$(B)/unit/test_json: $(B)/unit/tool/ui/json.o
$(B)/unit/test_inventory: $(addprefix $(B)/unit/,tool/host/inventory_facts.o tool/ui/uuid.o \
	lib/namespace_health.o)
$(B)/unit/test_inventory: PKGS = uuid
$(B)/unit/test_bad: $(addprefix $(B)/unit/,tool/host/bad.o tool/host/inventory_facts.o \
	tool/monitor/blockset.o tool/monitor/known.o tool/ui/json.o tool/ui/uuid.o \
	lib/namespace_health.o)
$(B)/unit/test_bad: PKGS = json-c uuid
$(B)/unit/test_metrics: $(addprefix $(B)/unit/,tool/host/metrics.o tool/host/inventory_facts.o \
	tool/ui/uuid.o lib/namespace_health.o)
$(B)/unit/test_metrics: PKGS = json-c uuid
$(B)/unit/test_listed: $(addprefix $(B)/unit/,tool/monitor/listed.o tool/monitor/blockset.o \
	tool/host/inventory_facts.o tool/ui/uuid.o lib/namespace_health.o)
$(B)/unit/test_listed: PKGS = uuid
$(B)/unit/test_loop: $(addprefix $(B)/unit/tool/,monitor/loop.o ui/message.o ui/json.o)
$(B)/unit/test_loop: PKGS = json-c uuid
$(B)/unit/test_names: $(addprefix $(B)/unit/tool/,report/names.o ui/json.o)
$(addprefix $(B)/unit/,test_description test_around test_json test_names): PKGS = json-c uuid

$(UNIT_OWN): $(B)/unit/%: $(B)/unit/%.o $(B)/unit/suite.o $(UNIT_CORE)
	$(call say,LD)
	$(Q)$(UNIT_CC) $^ $(call pkg_libs,cmocka $(PKGS)) -o $@

# Not a test itself: writes the SSDTs that fit.t, iasl.t and labels.t look at.
$(B)/unit/ssdt: $(B)/unit/ssdt.o $(UNIT_CORE)
	$(call say,LD)
	$(Q)$(UNIT_CC) $^ -o $@

-include $(wildcard $(B)/unit/*.d $(B)/unit/core/*.d $(B)/unit/tool/*/*.d $(B)/unit/lib/*.d)

.PHONY: check-unit
.PRECIOUS: $(B)/unit/%.o
# full.t and lock.t run the tool itself.
check-unit: $(UNIT_BIN) $(AML_H) $(TOOL) $(MAN_PAGES) $(B)/system/killpoint.so
	B=$(B) CC="$(CC)" CMOCKA_MESSAGE_OUTPUT=TAP prove -e '' $(UNIT_TAP)

