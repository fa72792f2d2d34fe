# SPDX-License-Identifier: GPL-2.0-only
# Builds everything into build/; each part has its rules in its own rules.mk. `make help` says what
# can be made (the lines that begin with "#:") and which variables are the user's.

B       := build
DESTDIR ?=
PREFIX  ?= /usr
LIBDIR  ?= $(PREFIX)/lib/x86_64-linux-gnu
VERSION := $(file <VERSION)
ifndef KVER
KVER    := $(shell packaging/kver)
endif

# What the user says of tools and flags is for user space, and comes after the project's own flags.
# The payload and the module have flags of their own; tests with sanitizers have theirs.
ifeq ($(origin CC),default)
CC      := gcc
endif
OBJCOPY    ?= objcopy
NM         ?= nm
PKG_CONFIG ?= pkg-config
CFLAGS     ?= -O2 -g
WARN       := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow $(WERROR)
FLAGS       = -std=gnu11 $(WARN) -Iinclude -Icore -I$(B)/gen -MMD -MP -MF $@.d
COMPILE     = $(CC) $(FLAGS) $(CPPFLAGS) $(CFLAGS)
LINK        = $(COMPILE) $(LDFLAGS)
# $(call pkg_libs,PACKAGE...)
pkg_libs    = $(shell $(PKG_CONFIG) --libs $(1))
pkg_cflags  = $(shell $(PKG_CONFIG) --cflags $(1))

# $(call say,CC): a line for the step. V=1 shows the commands in place of it, -s nothing.
ifeq ($(V),1)
Q       :=
say     :=
else
Q       := @
silent   = $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
say      = @$(if $(silent),:,echo "$(1) $(@:$(B)/%=%)")
endif

# Each rules.mk adds to these; tests/ sets UNIT_BIN, UNIT_TAP, FUZZ_BIN, FUZZ_TAP and SYSTEM_TAP
# besides. INSTALL is a list of MODE:FILE:WHERE and dir:-:WHERE (a folder of our own).
ALL     :=
INSTALL :=

# These do one thing after another. What each of them builds, it builds by a make of its own, whose
# files' dependencies are complete: that one runs in parallel, 2 at a time if the user says no -j.
GOALS := default deps help clean uninstall packages check check-fast soak demo bench coverage
.PHONY: $(GOALS) all product tests install FORCE
.DELETE_ON_ERROR:
ifneq ($(filter $(GOALS),$(or $(MAKECMDGOALS),default)),)
.NOTPARALLEL:
endif
SUB_BUILD = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j2)
SUB_CHECK = $(SUB_BUILD) WERROR=-Werror

#: make             builds what `make install` installs, and never installs a package
default:
	@packaging/depends check packaging/build-depends
	@+$(SUB_BUILD) product

include $(wildcard */rules.mk tests/*/rules.mk)

product: $(ALL)
tests: all $(UNIT_BIN) $(FUZZ_BIN)
#: make all         builds that, and the programs that tests in the bed take along
all: product $(ALL_TESTS)

# The file VERSION, for those that include version.h.
$(B)/gen/version.h: VERSION
	@mkdir -p $(@D)
	@printf '#define XEN_PMEM_VERSION "%s"\n' "$(VERSION)" >$@

#: make deps        installs, by name, the Debian packages that building and testing need
deps:
	@packaging/depends install packaging/build-depends packaging/check-depends \
		packaging/package-depends

# $(call install_module,KVER,FILE): the module is installed for one kernel, and taken away from all.
install_module = 644:$(2):/lib/modules/$(1)/extra/xen_pmem.ko dir:-:/lib/modules/$(1)/extra
INSTALL_FILES := $(filter-out -,$(foreach each,$(INSTALL),$(word 2,$(subst :, ,$(each)))))
INSTALLED_KVERS = $(patsubst $(DESTDIR)/lib/modules/%/extra/xen_pmem.ko,%,\
	$(wildcard $(DESTDIR)/lib/modules/*/extra/xen_pmem.ko))

#: make install     installs, below DESTDIR
install: $(INSTALL_FILES) $(DRIVER)
	@packaging/install-files install "$(DESTDIR)" $(INSTALL) \
		$(if $(DRIVER),$(call install_module,$(KVER),$(DRIVER)))
	@$(if $(DESTDIR),,depmod $(KVER))
#: make packages    builds Debian packages, into build/packages
packages:
	@packaging/depends check packaging/build-depends packaging/package-depends
	@packaging/packages $(B)/packages
#: make uninstall   removes what `make install` put there
uninstall:
	@packaging/install-files uninstall "$(DESTDIR)" $(INSTALL) \
		$(foreach each,$(INSTALLED_KVERS),$(call install_module,$(each),-))
	@$(if $(DESTDIR),,$(foreach each,$(INSTALLED_KVERS),depmod $(each);))
bed-product: $(INSTALL_FILES)

#: make check       runs all tests but those of soak
#: make check-fast  runs those that boot no host
#: make soak        runs those that take long (up to an hour)
check check-fast soak: deps
	@+$(SUB_CHECK) tests \
		$(if $(filter check-fast,$@),,bed bed-13 bed-soft bed-hvm bed-grub bed-intel \
		bed-libvirt) $(if $(filter soak,$@),bed-efi bed-host)
	@+$(MAKE) --no-print-directory WERROR=-Werror $@-built

# One more at a time than there are processors, as a test waits now and then. The longest go first.
JOBS ?= $(shell n=$$(nproc); echo $$((n < 7 ? n + 1 : 8)))
LONG := $(filter %/test_faults %/test_running %/test_pool,$(UNIT_TAP))
.PHONY: check-built check-fast-built soak-built
check-built check-fast-built soak-built: tests
check-built:
	@B=$(B) CC="$(CC)" XENHOST_NO_BUILD=1 tests/run -j $(JOBS) \
		$(LONG) $(SYSTEM_TAP) $(FUZZ_TAP) $(filter-out $(LONG),$(UNIT_TAP))
check-fast-built:
	@B=$(B) CC="$(CC)" tests/run -j $(JOBS) $(UNIT_TAP) $(FUZZ_TAP)
# sqlite.t takes longest.
soak-built:
	@B=$(B) CC="$(CC)" XENHOST_NO_BUILD=1 XENHOST_TIMEOUT=3600 tests/run -j 2 \
		tests/soak/sqlite.t $(SYSTEM_SOAK) \
		$(filter-out %/sqlite.t,$(sort $(wildcard tests/soak/*.t)))

#: make clean       removes build/
clean:
	rm -rf $(B)

help:
	@sed -n 's/^#: //p' $(MAKEFILE_LIST)
	@echo "Variables: V=1 (show commands), KVER=$(KVER) (the module's kernel),"
	@echo "DESTDIR, PREFIX, LIBDIR, CC, LD, AR, OBJCOPY, NM,"
	@echo "PKG_CONFIG, CPPFLAGS, CFLAGS, LDFLAGS, JOBS=$(JOBS) (tests at a time)."
