// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model's side of the conformance test: runs scripts on the model and prints what
 * tests/system/script_xen.c prints of real Xen.
 *   conform MACHINE FILE...
 *   conform --random SEED LINES     prints a script that nobody has thought of
 */
#include "model.h"
#include "script.h"

#include <stdlib.h>
#include <string.h>

/* The local APIC is Xen's own on any host. */
static void begin(const struct config *config)
{
	machine_boot(config);
	caps_change(0, (struct frames){ 0xfee00, 1 }, false);
	extension_fresh();
	script_fresh();
	if (extension_load(false))
		broken("not loaded: %s", machine.log);
}

static void file_run(const struct config *config, const char *file)
{
	static struct script s;

	if (!script_read(&s, file))
		broken("%s: not a script", file);
	begin(config);
	printf("== %s\n", s.name);
	for (unsigned int i = 0; s.lines[i]; i++) {
		int rc = script_line(s.lines[i], stdout);

		check_all();
		if (rc || strncmp(s.lines[i], "assign", 6))
			back_settle();
		script_watch(stdout);
	}
}

/* ---- scripts by chance ---- */

#define GUESTS	4u
#define SPOTS	8u

static uint64_t seed;
static uint64_t spots[GUESTS + 1][SPOTS];	/* where a guest was given something */
static uint64_t takes[GUESTS + 1][SPOTS];	/* what dom0 may map; 2nd half: by a grant */
static bool there[GUESTS + 1];
static const struct {
	uint64_t spa, length;
} places[] = { { 256, 64 << 20 }, { 320, 0x1003000 }, { 400, 200 << 20 } };

static uint64_t chance(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 8) % n;
}

/* Most places are near the first pages of what was assigned, so that steps meet. */
static unsigned long spot(unsigned int g) { return spots[g][chance(SPOTS)] + (chance(5) << 12); }

static void line_assign(unsigned int g)
{
	static const uint64_t gpas[] = { 8ull << 30, 0x200001000, 0x1f8000000, 16ull << 30 };
	unsigned int r = chance(3), part = chance(4);
	uint64_t length = part ? (places[r].length / 4 * part) & ~4095ull : places[r].length,
		 gpa = gpas[chance(4)];
	unsigned long spa = (places[r].spa << 20) +
			    (part ? places[r].length / 4 * chance(5 - part) & ~4095ull : 0);

	if (chance(4) == 0)
		printf("calls %lu\n", (unsigned long)(1 + chance(2)));
	printf("assign %u %u @%#lx %#lx %#lx %u\n", g, r + 2, spa, (unsigned long)length,
	       (unsigned long)gpa, chance(4) ? 0 : 1);
	spots[g][chance(SPOTS)] = gpa;
}

static void line_drop(unsigned int g, unsigned int i)
{
	if (takes[g][i])
		printf("%s %u %#lx\n", i < SPOTS / 2 ? "drop" : "ungrant", g,
		       (unsigned long)takes[g][i]);
	takes[g][i] = 0;
}

static void line_take(unsigned int g)
{
	unsigned int i = chance(SPOTS);

	line_drop(g, i);
	takes[g][i] = spot(g);
	printf("%s %u %#lx\n", i < SPOTS / 2 ? "take" : "grant", g, (unsigned long)takes[g][i]);
}

/* To the last page: the model has room for few that are dead. */
static void guest_end(unsigned int g)
{
	printf("destroy %u\n", g);
	for (unsigned int i = 0; i < SPOTS; i++)
		line_drop(g, i);
	for (unsigned int r = 0; r < 3; r++)
		printf("release %u %u\n", g, r + 2);
	there[g] = false;
}

static void line_guest(unsigned int g)
{
	if (there[g])
		guest_end(g);
	there[g] = true;
	printf("guest %u\n", g);
	for (unsigned int i = 0; i < SPOTS; i++)
		spots[g][i] = 8ull << 30;
}

static void line_serve(unsigned int r)
{
	printf("serve %u @%luM %#lx\n", r + 2, (unsigned long)places[r].spa,
	       (unsigned long)places[r].length);
}

static void line_any(unsigned int g)
{
	switch (chance(18)) {
	case 0: case 1: case 2: line_assign(g); break;
	case 3: printf("giveup %u %#lx\n", g, spot(g)); break;
	case 4: printf("unhook %u %#lx\n", g, spot(g)); break;
	case 5: case 6: printf("move %u %#lx %#lx\n", g, spot(g), spot(g)); break;
	case 7: printf("populate %u %#lx\n", g, spot(g)); break;
	case 8: case 9: case 10: line_take(g); break;
	case 11: printf("release %u %lu\n", g, (unsigned long)(2 + chance(3))); break;
	case 12: printf("unpause %u\n", g); break;
	case 13: printf("destroy %u\n", g); break;
	case 14: line_guest(g); break;
	case 15: line_serve(chance(3)); break;
	case 16: printf("unserve %lu\n", (unsigned long)(2 + chance(3))); break;
	case 17: printf("calls 1\nerase %lu\n", (unsigned long)(2 + chance(3))); break;
	}
}

static void random_script(uint64_t number, unsigned int lines)
{
	seed = number * 0x9e3779b97f4a7c15ull | 1;
	printf("# by chance: %lu\nreserve 1 @0 32M\n", (unsigned long)number);
	for (unsigned int r = 0; r < 3; r++)
		line_serve(r);
	for (unsigned int g = 1; g <= GUESTS; g++)
		line_guest(g);
	for (unsigned int i = 0; i < lines; i++)
		line_any(1 + chance(GUESTS));
	for (unsigned int g = 1; g <= GUESTS; g++)
		guest_end(g);
	printf("unserve 2\nunserve 3\nunserve 4\nunreserve\n");
}

int main(int argc, char **argv)
{
	const struct config *config = argc > 2 ? config_named(argv[1]) : NULL;

	if (argc == 4 && !strcmp(argv[1], "--random")) {
		random_script(strtoull(argv[2], NULL, 0), strtoul(argv[3], NULL, 0));
		return 0;
	}
	if (!config) {
		fprintf(stderr, "usage: conform MACHINE FILE... or --random SEED LINES\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		file_run(config, argv[i]);
	return 0;
}
