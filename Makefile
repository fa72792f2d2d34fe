# SPDX-License-Identifier: GPL-2.0-only
# Builds everything into build/; each part's rules stand in its own rules.mk.

B       := build
DESTDIR ?=
PREFIX  ?= /usr
CC      := gcc
KVER    ?= $(patsubst /usr/src/linux-headers-%,%,$(lastword $(sort $(wildcard /usr/src/linux-headers-*-amd64))))

WARN    := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow
CFLAGS  := -std=gnu11 -O2 -g $(WARN) -Iinclude -Icore -I$(B)/gen

# Each rules.mk adds to these.
ALL     :=
INSTALL :=
CHECK   :=

.PHONY: default all install clean deps
default: deps
	@$(MAKE) --no-print-directory all

include $(wildcard */rules.mk tests/*/rules.mk)

all: $(ALL)
install: $(INSTALL)

# Installs, by name, whatever packages of packaging/build-depends are missing.
deps:
	@packaging/install-depends packaging/build-depends

clean:
	rm -rf $(B)
