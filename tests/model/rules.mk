# SPDX-License-Identifier: GPL-2.0-only
# The extension's own sources on a model of Xen: each test_*.c is a program that prints TAP, each
# fuzz_*.c a libFuzzer program.

MODEL_CC     := clang
MODEL_BASE    = $(FLAGS) -O2 -g -fno-omit-frame-pointer -Ihypervisor -Itests/model \
	-include tests/model/layout.h
MODEL_SAN    := -fsanitize=address,undefined -fno-sanitize-recover=all
# The frame table is memory, not an array that the compiler knows; so are Xen's structures, which
# are read by offset.
MODEL_SAN    += -fno-sanitize=object-size,alignment,pointer-overflow,null
COVERAGE     := -fprofile-instr-generate -fcoverage-mapping
# The last one is the tool's: what the extension refuses is compared with it.
MODEL_EXT    := $(HV_SRC) hypervisor/table/entries.c core/servable.c
MODEL_SRC    := $(filter-out tests/model/test_% tests/model/fuzz_% tests/model/conform.c,\
	$(wildcard tests/model/*.c))
MODEL_TEST   := $(sort $(patsubst tests/model/%.c,%,$(wildcard tests/model/test_*.c)))
MODEL_FUZZ   := $(sort $(patsubst tests/model/%.c,%,$(wildcard tests/model/fuzz_*.c)))
UNIT_BIN     += $(MODEL_TEST:%=$(B)/model/%)
UNIT_TAP     += $(MODEL_TEST:%=$(B)/model/%)
ALL_TESTS    += $(B)/model/conform
FUZZ_BIN     += $(MODEL_FUZZ:%=$(B)/fuzz/%)

# The extension's variables go into a section of their own, so that a test can reset them; the hooks
# go where C finds them.
MODEL_RENAME := --rename-section .data=ext_data --rename-section .xen_pmem.accept=ext_accept \
	$(foreach h,preapply load prerevert unload,\
	--rename-section .livepatch.hooks.$(h)=hook_$(h) \
	--rename-section .rela.livepatch.hooks.$(h)=.relahook_$(h))

# $(call model_rules,DIRECTORY,FLAGS): the objects and programs of one way of building them
define model_rules
$(B)/$(1)/ext/%.o: %.c
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$(MODEL_CC) $$(MODEL_BASE) $(2) -fno-zero-initialized-in-bss -c $$< -o $$@
	$$(Q)$$(OBJCOPY) $$(MODEL_RENAME) $$@
$(B)/$(1)/ext/hypervisor/status.o: $(B)/gen/version.h
$(B)/$(1)/ext/hypervisor/table/entries.o: $(B)/gen/tested.h
$(B)/$(1)/ext/hypervisor/table/entries.o: FLAGS += -DALL_LAYOUTS
$(B)/$(1)/invariants.o $(B)/$(1)/bytes.o: $(B)/$(1)/%.o: tests/model/%.c
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$(MODEL_CC) $$(MODEL_BASE) -O2 -c $$< -o $$@
$(B)/$(1)/%.o: tests/model/%.c
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$(MODEL_CC) $$(MODEL_BASE) -Itests/unit -Itests/fuzz $(2) -c $$< -o $$@
$(B)/$(1)/lib.a: $$(MODEL_EXT:%.c=$(B)/$(1)/ext/%.o) $$(MODEL_SRC:tests/model/%.c=$(B)/$(1)/%.o)
	$$(call say,AR)
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$^
$(B)/$(1)/suite.o: tests/unit/suite.c
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$(MODEL_CC) $$(MODEL_BASE) -Itests/unit $(2) -c $$< -o $$@
$(B)/$(1)/test_%: $(B)/$(1)/test_%.o $(B)/$(1)/suite.o $(B)/$(1)/lib.a
	$$(call say,LD)
	$$(Q)$$(MODEL_CC) $(2) $$< $(B)/$(1)/suite.o $$(MODEL_WHOLE) $$(call pkg_libs,cmocka) -o $$@
$(B)/$(1)/conform: $(B)/$(1)/conform.o $(B)/$(1)/lib.a
	$$(call say,LD)
	$$(Q)$$(MODEL_CC) $(2) $$< $$(MODEL_WHOLE) -o $$@
-include $$(wildcard $(B)/$(1)/*.d $(B)/$(1)/ext/*/*.d)
endef
MODEL_WHOLE = -Wl,--whole-archive $(filter %/lib.a,$^) -Wl,--no-whole-archive

$(eval $(call model_rules,model,$(MODEL_SAN)))
$(eval $(call model_rules,model-fuzz,$(MODEL_SAN) -fsanitize=fuzzer-no-link))
$(eval $(call model_rules,model-coverage,$(COVERAGE)))

$(MODEL_FUZZ:%=$(B)/fuzz/%): $(B)/fuzz/%: $(B)/model-fuzz/%.o $(B)/model-fuzz/lib.a
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(MODEL_CC) $(MODEL_SAN) -fsanitize=fuzzer $< $(MODEL_WHOLE) -o $@

# bench/work.c: the extension compiled as for the payload, the model without sanitizers. valgrind
# cannot read what clang writes for debuggers.
WORK_EXT := $(HV_SRC:%.c=$(B)/work/ext/%.o)
WORK_OBJ := $(MODEL_SRC:%.c=$(B)/work/%.o) $(B)/work/bench/work.o

$(WORK_EXT): $(B)/work/ext/%.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(HV_CC) $(HV_FLAGS) -include tests/model/layout.h -fno-zero-initialized-in-bss \
		-MMD -MP -MF $@.d -c $< -o $@
	$(Q)$(OBJCOPY) $(MODEL_RENAME) --rename-section .text=ext_text $@
$(B)/work/ext/hypervisor/status.o: $(B)/gen/version.h
$(WORK_OBJ): $(B)/work/%.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(MODEL_CC) $(MODEL_BASE) -c $< -o $@
$(B)/bench/work: $(WORK_EXT) $(WORK_OBJ)
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(MODEL_CC) -Wl,-Ttext-segment=0x540000000000,--strip-debug $^ -o $@
-include $(wildcard $(B)/work/*/*.d $(B)/work/*/*/*.d)

# How much of hypervisor/ and core/ the tests that run as processes reach: the model's, unit tests,
# and what the fuzzer found.
COVERED := $(MODEL_TEST:%=$(B)/model-coverage/%) $(MODEL_FUZZ:%=$(B)/model-coverage/%) \
	$(patsubst tests/unit/%.c,$(B)/coverage/%,$(sort $(wildcard tests/unit/test_*.c)))

$(MODEL_FUZZ:%=$(B)/model-coverage/%): $(B)/model-coverage/%: \
		$(B)/model-coverage/%.o $(B)/model-coverage/lib.a
	$(call say,LD)
	$(Q)$(MODEL_CC) $(COVERAGE) -fsanitize=fuzzer $< $(MODEL_WHOLE) -o $@
$(B)/coverage/%: tests/unit/%.c tests/unit/suite.c $(CORE_SRC) | $(AML_H)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(MODEL_CC) $(FLAGS) -O2 -g $(COVERAGE) -Itests/unit $^ \
		$(call pkg_libs,cmocka) -o $@

.PHONY: coverage-built
.PRECIOUS: $(B)/model-coverage/%.o $(B)/model/%.o $(B)/model-fuzz/%.o
#: make coverage    prints how much of hypervisor/ and core/ the tests that run as processes reach
coverage: deps
	@packaging/depends install packaging/coverage-depends
	@+$(SUB_CHECK) $(COVERED) $(FUZZ_BIN)
	@+$(MAKE) --no-print-directory WERROR=-Werror coverage-built
coverage-built: $(COVERED) $(FUZZ_BIN)
	@FUZZ_ONLY=fuzz_model B=$(B) tests/fuzz/fuzz.t
	@B=$(B) tests/model/coverage $(COVERED)
