// SPDX-License-Identifier: GPL-2.0-only
/*
 * An NVDIMM in a 512 GiB slot that Xen has left empty. Takes tables of every kind and age, has the
 * range served and used, and ends (tops.c) where Xen maps what a table lacks, or writes to a page
 * that is no table any more.
 */
#include "suite.h"

#include "model.h"
#include "script.h"
#include "tables.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESERVE	"reserve 1 0x8040000000 32M"
#define SERVE	"serve 2 0x804c000000 16M"

static const char *const served[] = { RESERVE, SERVE, NULL };
static const char *const used[] = {
	RESERVE, SERVE, "guest 1", "assign 1 2 0x804c000000 16M 8G", "destroy 1", "release 1 2",
	"erase 2", "unserve 2", "unreserve", NULL
};

static unsigned int top;	/* a PV table that is older than the load */

static void boot(void)
{
	machine_boot(&config_high);
	extension_fresh();
	script_fresh();
	top = top_new(0);
}

static void load(void)
{
	if (extension_load(false))
		broken("not loaded: %s", machine.log);
	check_all();
}

static void lines(const char *const *line)
{
	for (; *line; line++)
		script_must(*line);
}

static unsigned int slots_of(const uint64_t *table)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < MFN_LIMIT >> 27; i++)
		n += table[L4_DIRECTMAP + i] & PTE_PRESENT;
	return n;
}

static bool status_has(const char *part)
{
	static char buf[4096];

	hypfs_read_leaf(&hypfs_leaf("status")->e, buf);
	return strstr(buf, part);
}

/* ---- tables of every kind and age ---- */

static void none(void) { }
static void pv(void) { assert_true(guest_create(0, 0)); }
static void pvh(void) { assert_true(guest_create(CDF_HVM | CDF_HAP, 1)); }
static void nohap(void) { assert_true(guest_create(CDF_HVM, 1)); }
static void process(void) { top_new(0); }
static void process_begun(void) { top = top_begin(0); }
static void process_validated(void) { assert_true(top_validate(top)); }
static void process_data(void) { assert_true(top_end(top)); }
static void process_gone(void) { assert_true(top_free(top)); }

static void pv_dying(void)
{
	guest_kill(guest_create(0, 0));
}

static const struct row {
	const char *name;
	void (*before_load)(void), (*after_load)(void), (*reserved)(void), (*served)(void);
} rows[] = {
	{ "dom0's processes alone", none, none, none, none },
	{ "a PV guest older than the load", pv, none, none, none },
	{ "a PVH guest older than the load", pvh, none, none, none },
	{ "a guest without HAP older than the load", nohap, none, none, none },
	{ "guests between the load and RESERVE", none, pv, none, none },
	{ "guests of all ages", pvh, pv, pvh, pv },
	{ "processes of all ages", process, process, process, process },
	{ "a table validated after the load", process_begun, process_validated, none, none },
	{ "a table validated after RESERVE", process_begun, none, process_validated, none },
	{ "a table validated when served", process_begun, none, none, process_validated },
	{ "a table that is data by then", none, process_data, none, none },
	{ "a table that is gone by then", none, process_gone, none, none },
	{ "a PV guest that is being torn down", pv_dying, none, none, none },
};

static void test_table(void **state)
{
	const struct row *r = *state;

	boot();
	r->before_load();
	load();
	r->after_load();
	script_must(RESERVE);
	r->reserved();
	script_must(SERVE);
	r->served();
	check_all();
	lines(used + 2);
	assert_int_equal(slots_of(idle_pg_table), MFN_LIMIT >> 27);
	assert_true(status_has(" 9 slots filled"));
}

/* ---- at each moment of RESERVE and SERVE ---- */

static struct { uint64_t seen, at; void (*act)(void); bool came; } when;

static void moment_act(void)
{
	if (++when.seen != when.at)
		return;
	when.came = true;
	when.act();
}

static unsigned int victim;	/* a PV guest */

static void act_end(void) { top_end(top); }
static void act_free(void) { top_free(top); }
static void act_new(void) { top_new(0); }
static void act_begin(void) { top = top_begin(0); }

static void act_kill(void)
{
	guest_kill(victim);
	guest_reap(victim);
}

/* Its table is taken apart whether it is locked or not. */
static const struct { const char *name; void (*act)(void); } acts[] = {
	{ "it becomes data", act_end },
	{ "it is freed", act_free },
	{ "a process begins", act_new },
	{ "a table is begun", act_begin },
	{ "a PV guest is torn down", act_kill },
};

static void test_moment(void **state)
{
	const typeof(acts[0]) *a = *state;
	uint64_t at = 1;

	do {
		boot();
		victim = guest_create(0, 0);
		load();
		when = (typeof(when)){ .at = at++, .act = a->act };
		machine.interrupt = moment_act;
		lines(served);
		machine.interrupt = NULL;
		top_validate(top);
		check_all();
		lines(used + 2);
	} while (when.came);
	assert_true(at > 20);
}

/* ---- load, and load again ---- */

/* Xen gave up stopping the CPUs: the tables wait. */
static void test_no_hook(void **state)
{
	extern int (*const __start_hook_preapply[])(struct payload *);

	(void)state;
	boot();
	assert_int_equal(__start_hook_preapply[0](NULL), 0);
	assert_int_equal(machine.heap_used, 9);
	assert_int_equal(slots_of(idle_pg_table), 1);
	load();
	assert_int_equal(machine.heap_used, 9);
	assert_int_equal(heap_lost(), 0);
	lines(used);
}

static void test_no_memory(void **state)
{
	(void)state;
	for (unsigned int n = 2; n <= 10; n++) {	/* the first is memory_check()'s */
		boot();
		machine.fail_at = machine.points + n;
		assert_int_equal(extension_load(false), -ENOMEM);
		assert_int_equal(machine.heap_used, 0);
		assert_int_equal(slots_of(idle_pg_table), 1);
		load();
		lines(used);
	}
}

static void test_again(void **state)
{
	(void)state;
	boot();
	load();
	assert_int_equal(extension_unload(), 0);
	pv();
	extension_fresh();
	load();
	assert_int_equal(machine.heap_used, 9);
	lines(used);
	assert_true(status_has(" 0 slots filled"));
}

/* ---- what stays empty ---- */

static void shadowed(bool on)
{
	FIELD(doms[victim].xen, uint32_t, builds[0].paging_mode) = on ? PAGING_SHADOW : 0;
}

static void test_shadow(void **state)
{
	(void)state;
	boot();
	victim = guest_create(0, 0);
	shadowed(true);
	load();
	assert_int_equal(slots_of(idle_pg_table), 1);
	script_expect(RESERVE, ERANGE, "512 GiB slot");
	assert_int_equal(extension_unload(), 0);
	shadowed(false);
	extension_fresh();
	load();
	lines(used);
}

/* A guest comes between the checks and the hook, and its table is not as expected. */
static void test_late(void **state)
{
	extern int (*const __start_hook_preapply[])(struct payload *);
	extern void (*const __start_hook_load[])(void);
	unsigned int id;
	struct vcpu *v;

	(void)state;
	boot();
	assert_int_equal(__start_hook_preapply[0](NULL), 0);
	id = guest_create(CDF_HVM | CDF_HAP, 1);
	v = FIELD(doms[id].xen, struct vcpu **, builds[0].vcpus)[0];
	FIELD(v, uint64_t, builds[0].monitor_table)++;
	__start_hook_load[0]();
	assert_int_equal(slots_of(idle_pg_table), 1);
	script_expect(RESERVE, ERANGE, "512 GiB slot");
}

static void test_strange(void **state)
{
	static const unsigned int wrong[] = { L4_SELF, L4_XEN, L4_DIRECTMAP };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		boot();
		load();
		top_table(top)[wrong[i]] ^= 0x1000;
		assert_int_equal(script_line(RESERVE, NULL), -EINVAL);
		assert_non_null(strstr(script_reason, "PV page table"));
		assert_int_equal(slots_of(top_table(top)), 1);
		assert_true(caps_have(0, 0x8040000));
		top_table(top)[wrong[i]] ^= 0x1000;
		lines(served);
	}
}

/* The control: what the model is worth. Without the pass over PV tables the host dies. */
static void control(void)
{
	struct xen_pmem_command c =
		command_range(XEN_PMEM_OP_RESERVE, 1, (struct frames){ 0x8040000, 0x2000 });
	struct xen_pmem_command first = c;

	boot();
	load();
	command(&first);
	reserved.state = RANGE_CHECKED;
	command_finish(&c);
}

static void test_control(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	if (!child) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		control();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
	suite_add_rows(test_table, rows);
	suite_add_rows(test_moment, acts);
	suite_add("the CPUs were not stopped at first", test_no_hook);
	suite_add("no memory for a table", test_no_memory);
	suite_add("loaded again", test_again);
	suite_add("a PV domain in shadow mode", test_shadow);
	suite_add("a guest with a strange table comes late", test_late);
	suite_add("a PV table is not as expected", test_strange);
	suite_add("without the pass over PV tables the host dies", test_control);
	return suite_run("slots");
}
