// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem erase: writes zeros over a namespace that nobody has, and has the record say that nobody's data are in it. */
#include <string.h>
#include <unistd.h>

#include "xen/domain.h"
#include "host/handover.h"
#include "host/reap.h"
#include "verbs/verb.h"

/*
 * Whose data are in it. NULL: no guest's; half erased ones, which are beyond help; or it is disabled,
 * which erase refuses anyway.
 */
static const struct xen_pmem_backing *owner_find(struct inventory *host,
						 const struct xenpmem_namespace *ns)
{
	const uint32_t beyond = XEN_PMEM_BACKING_ERASING | XEN_PMEM_BACKING_KEPT;
	const struct xen_pmem_backing *b = NULL;

	if (!host->no_record[0])
		b = xenpmem_record_find(&host->record, ns->range.uuid);
	return b && backing_holds_data(b) && !(b->flags & beyond) ? b : NULL;
}

static bool answer_is_yes(const struct xenpmem_namespace *ns, const struct xen_pmem_backing *b)
{
	char answer[16];

	fprintf(stderr, "%s holds data of %s: erase them for good? [y/N] ", namespace_name(ns),
		backing_owner_text(b));
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

/* A person is asked before the lock is taken; `agreed` is the guest whose data may go. */
static int consent_ask(const char *name, uint8_t agreed[16])
{
	const struct xenpmem_namespace *ns;
	const struct xen_pmem_backing *b;
	struct inventory host;
	int rc;

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return EXIT_DONE;
	rc = inventory_open(&host);
	if (rc)
		return rc;
	rc = inventory_find(&host, name, &ns);
	b = rc ? NULL : owner_find(&host, ns);
	if (b && answer_is_yes(ns, b))
		memcpy(agreed, b->guest, sizeof(b->guest));
	else if (b)
		rc = refuse(namespace_name(ns), "not erased");
	inventory_close(&host);
	return rc;
}

static int consent_check(struct inventory *host, const struct xenpmem_namespace *ns,
			 const uint8_t agreed[16])
{
	const struct xen_pmem_backing *b = owner_find(host, ns);

	if (!b || !memcmp(b->guest, agreed, sizeof(b->guest)))
		return EXIT_DONE;
	return refuse(namespace_name(ns), "it holds data of %s: --force has them erased", backing_owner_text(b));
}

/* agreed: NULL, if it does not matter whose data are in it. */
static int erase(struct inventory *host, const char *name, const uint8_t *agreed)
{
	const struct xenpmem_namespace *ns;
	struct size_buf size;
	int rc;

	rc = inventory_find(host, name, &ns);
	if (!rc && ns->role == XEN_PMEM_ROLE_HOST)
		return refuse(namespace_name(ns), "dom0 uses it: what is erased there is a file, by dom0's own means");
	if (!rc)
		rc = inventory_need_free(host, namespace_name(ns), ns, NEED_WRITABLE);
	if (rc)
		return rc;
	rc = agreed ? consent_check(host, ns, agreed) : EXIT_DONE;
	if (!rc)
		rc = handover_erase(host, ns->range.uuid);
	if (!rc)
		namespace_report(ns, true, "erased", "erased, %s", size_text(ns->range.length, &size));
	return rc;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	bool force = false;
	const struct flag flags[] = { { "force", &force, NULL }, { NULL, NULL, NULL } };
	uint8_t agreed[16] = { 0 };
	struct inventory host;
	int rc;

	options_take(verb, argc, argv, flags);
	rc = force ? EXIT_DONE : consent_ask(argv[1], agreed);
	if (!rc)
		rc = inventory_open_locked(&host);
	if (rc)
		return rc;
	reap_dead(&host, true);
	rc = erase(&host, argv[1], force ? NULL : agreed);
	inventory_close(&host);
	return rc;
}

const struct verb verb_erase = {
	"erase", run, "[--force] NAMESPACE",
	"write zeros over an enabled namespace that no guest has\n"
	"It is nobody's then: any guest may get it. If it is interrupted, the next erase goes on "
	"from there (to within 1 GiB).\n"
	"Where a guest's data are in it, a yes on a terminal is needed, or\n"
	"  --force  they are erased without a question",
	.operands = { 1, 1, "one namespace" },
	.json = "changed namespaces",
};
