# SPDX-License-Identifier: GPL-2.0-only
# Builds everything into build/; each part's rules stand in its own rules.mk.

B       := build
DESTDIR ?=
PREFIX  ?= /usr
CC      := gcc
KVER    ?= $(patsubst /usr/src/linux-headers-%,%,$(lastword $(sort $(wildcard /usr/src/linux-headers-*-amd64))))

WARN    := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow
CFLAGS  := -std=gnu11 -O2 -g $(WARN) -Iinclude -Icore -I$(B)/gen

# Each rules.mk adds to these; tests/ sets UNIT_BIN, UNIT_TAP, FUZZ_BIN, FUZZ_TAP and SYSTEM_TAP besides.
ALL     :=
INSTALL :=

.PHONY: default all install clean deps check check-fast soak check-built check-fast-built soak-built
default: deps
	@$(MAKE) --no-print-directory all

include $(wildcard */rules.mk tests/*/rules.mk)

all: $(ALL)

# The file VERSION, for those that include version.h.
$(B)/gen/version.h: VERSION
	@mkdir -p $(@D)
	printf '#define XEN_PMEM_VERSION "%s"\n' "$$(cat $<)" >$@

install: $(INSTALL)

# Installs, by name, whatever packages of packaging/build-depends are missing.
deps:
	@packaging/install-depends packaging/build-depends

# Every test but those of soak, two programs at a time; check-fast leaves out those that boot a host; soak are those that take long (up to an hour).
check check-fast soak: deps
	@$(MAKE) --no-print-directory -j2 all
	@$(if $(filter check-fast,$@),,$(MAKE) --no-print-directory bed bed-soft bed-hvm)
	@$(MAKE) --no-print-directory $@-built
check-built: $(UNIT_BIN) $(FUZZ_BIN)
	@B=$(B) CC=$(CC) XENHOST_NO_BUILD=1 tests/run 2 $(SYSTEM_TAP) $(UNIT_TAP) $(FUZZ_TAP)
check-fast-built: $(UNIT_BIN) $(FUZZ_BIN)
	@B=$(B) CC=$(CC) tests/run 2 $(UNIT_TAP) $(FUZZ_TAP)

# The longest first.
soak-built: $(UNIT_BIN) $(FUZZ_BIN)
	@B=$(B) CC=$(CC) XENHOST_NO_BUILD=1 tests/run 2 tests/soak/sqlite.t $(filter-out %/sqlite.t,$(sort $(wildcard tests/soak/*.t)))

clean:
	rm -rf $(B)
