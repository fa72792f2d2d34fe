# SPDX-License-Identifier: GPL-2.0-only
# Fuzz targets: each fuzz_*.c is a libFuzzer program, linked with all of core/ and what it tests of
# tool/; check-fuzz runs each for some seconds.
# For longer: build/fuzz/fuzz_record -max_total_time=3600 DIRECTORY

FUZZ_CC    := clang
FUZZ_FLAGS  = $(FLAGS) -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all
FUZZ_CORE  := $(CORE_SRC:core/%.c=$(B)/fuzz/core/%.o)
FUZZ_TOOL  := $(addprefix $(B)/fuzz/tool/,host/spec.o ui/size.o)
FUZZ_OWN   := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_BIN   += $(FUZZ_OWN)
FUZZ_TAP   := tests/fuzz/fuzz.t

$(B)/fuzz/core/%.o: core/%.c | $(AML_H)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -ffreestanding -c $< -o $@

$(B)/fuzz/tool/%.o: tool/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -I. -Itool -c $< -o $@

$(B)/fuzz/%.o: tests/fuzz/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -Itests/fuzz -I. -Itool -c $< -o $@

$(B)/fuzz/fuzz_spec: $(FUZZ_TOOL)
$(B)/fuzz/fuzz_spec: PKGS = uuid
$(B)/fuzz/fuzz_description: $(addprefix $(B)/fuzz/tool/,copy/description.o ui/json.o \
	copy/crc32c_fast.o)
$(B)/fuzz/fuzz_description: PKGS = json-c uuid

$(FUZZ_OWN): $(B)/fuzz/%: $(B)/fuzz/%.o $(FUZZ_CORE)
	$(call say,LD)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) $^ $(if $(PKGS),$(call pkg_libs,$(PKGS))) -o $@

-include $(wildcard $(B)/fuzz/*.d $(B)/fuzz/core/*.d $(B)/fuzz/tool/*/*.d)

.PHONY: check-fuzz
.PRECIOUS: $(B)/fuzz/%.o
check-fuzz: $(FUZZ_BIN)
	B=$(B) prove -e '' $(FUZZ_TAP)

