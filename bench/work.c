// SPDX-License-Identifier: GPL-2.0-only
/*
 * work CASE: runs one command of the extension, or some, on the model of Xen, and prints where the
 * extension's code lies; its sources are compiled as for the payload. bench/work.sh counts the
 * instructions of that code that counted() takes.
 */
#include "model.h"
#include "script.h"

#include <err.h>
#include <string.h>

/* The payload returns and jumps through these thunks of Xen's. */
asm(".globl __x86_return_thunk\n__x86_return_thunk: ret\n"
    ".globl __x86_indirect_thunk_rax\n__x86_indirect_thunk_rax: jmp *%rax\n");

static const struct {
	const char *name;
	const struct config *config;
	uint64_t ram;			/* frames; 0: the config's */
	const char *set_up[4], *lines[9];	/* of scripts (script.h) */
} cases[] = {
#define SERVE "serve 2 4G 1G"
#define ASSIGN SERVE, "guest 1"
#define EACH(verb) \
	verb " 2 4G 256M", verb " 3 0x110000000 256M", verb " 4 0x120000000 256M", \
	verb " 5 0x130000000 256M"
#define FOUR EACH("begin"), EACH("serve")
	{ "assign", &config_plain, 0, { ASSIGN }, { "assign 1 2 4G 1G 8G" } },
	{ "assign_2m", &config_plain, 0, { ASSIGN }, { "assign 1 2 4G 1G 8G 1" } },
	{ "assign_iommu", &config_iommu, 0, { ASSIGN }, { "assign 1 2 4G 1G 8G" } },
	{ "host", &config_plain, 0, { NULL }, { SERVE " 1" } },
	{ "scan_64m", &config_plain, 0x4000, { NULL }, { SERVE } },
	{ "scan_128m", &config_plain, 0x8000, { NULL }, { SERVE } },
	{ "four_64m", &config_plain, 0x4000, { NULL }, { FOUR } },
	{ "four_128m", &config_plain, 0x8000, { NULL }, { FOUR } },
};

/* What the extension's code lies between: the build gives the section its name. */
extern const char __start_ext_text[], __stop_ext_text[];

static __attribute__((noinline)) void counted(const char *const *line)
{
	for (; *line; line++)
		if (script_line(*line, NULL))
			errx(1, "%s: %s", *line, script_reason);
}

static void run(unsigned int n)
{
	struct config config = *cases[n].config;

	if (cases[n].ram)
		config.ram[0].count = cases[n].ram;
	script_begin(&config);
	script_must("reserve 1 0x150000000 64M");
	for (unsigned int i = 0; cases[n].set_up[i]; i++)
		script_must(cases[n].set_up[i]);
	counted(cases[n].lines);
	check_all();
	printf("%016lx %016lx\n", (unsigned long)__start_ext_text,
	       (unsigned long)__stop_ext_text);
}

int main(int argc, char **argv)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++)
		if (argc == 2 && !strcmp(argv[1], cases[i].name)) {
			run(i);
			return 0;
		}
	errx(2, "no such case");
}
