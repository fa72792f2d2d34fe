# SPDX-License-Identifier: GPL-2.0-only
# The xen-pmem command, its manual pages, its service and its completion.

TOOL_SRC  := $(sort $(wildcard tool/*.c))
TOOL_OBJ  := $(TOOL_SRC:tool/%.c=$(B)/tool/%.o)
TOOL      := $(B)/tool/xen-pmem
TOOL_LIBS := $(LIB_LIBS) -lxenlight -lxlutil -lxentoollog -ljson-c

ALL     += $(TOOL)
INSTALL += install-tool

$(B)/tool/%.o: tool/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/tool/main.o: $(B)/gen/version.h

$(TOOL): $(TOOL_OBJ) $(LIB)
	$(CC) $(CFLAGS) -o $@ $(TOOL_OBJ) $(LIB) $(TOOL_LIBS)

.PHONY: install-tool
install-tool: $(TOOL)
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/sbin $(TOOL)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 $(wildcard docs/man/*.8)
	install -D -m 644 -t $(DESTDIR)/lib/systemd/system packaging/xen-pmem.service packaging/xen-pmem-domains.service
	install -d -m 755 $(DESTDIR)/etc/xen/auto-pmem
	install -D -m 644 packaging/bash-completion $(DESTDIR)$(PREFIX)/share/bash-completion/completions/xen-pmem

-include $(TOOL_OBJ:.o=.d)
