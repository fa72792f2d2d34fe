// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machine checks: Xen's list of handlers, which it asks in a softirq, and what a domain hears of
 * them.
 */
#include "model.h"

#define BANKS 10

struct heard heard[DOMAINS];
unsigned int virqs, xens_answers;
bool deaf, mce_broadcast;
const struct mca_error_handler *mce_dhandlers;
unsigned int mce_dhandler_num;
struct mca_banks *mca_allbanks;

static bool any(uint64_t status) { return status & MCI_STATUS_UC; }

/* Xen's own: a frame that is not RAM stops the host. */
static void stop(struct mca_binfo *b, int *result, const void *regs)
{
	(void)b;
	(void)regs;
	xens_answers++;
	*result = 3;
}

/* Xen's AMD part has no handler. The names are there whatever the processor. */
static const struct mca_error_handler intels[] = { { any, stop } };

void mca_boot(void)
{
	uint64_t page = heap_take();

	memset(heard, 0, sizeof(heard));
	virqs = xens_answers = 0;
	deaf = false;
	mce_broadcast = machine.config.intel;
	mce_dhandlers = machine.config.intel ? intels : NULL;
	mce_dhandler_num = machine.config.intel;
	*info(page) = (struct page_info){ .count_info = PGC_xen_heap };
	mca_allbanks = virt(page);
	*mca_allbanks = (struct mca_banks){ BANKS, (unsigned long *)(mca_allbanks + 1) };
}

/* A bank that Xen does not look at is as if nothing had happened. */
int machine_check(const struct mca *m)
{
	struct mcinfo_global global = { .type = MC_TYPE_GLOBAL, .domain = m->reader,
					.status = m->processor };
	struct mcinfo_bank bank = { .type = MC_TYPE_BANK, .domain = 0x7ff4, .status = m->status,
				    .address = m->address, .misc = m->misc };
	struct mca_binfo b = { .number = 1, .global = &global, .bank = &bank };
	int result = 0;

	if (!(mca_allbanks->map[0] & 1u << b.number))
		return 0;
	for (unsigned int i = 0; i < mce_dhandler_num; i++)
		if (mce_dhandlers[i].owned_error(bank.status)) {
			mce_dhandlers[i].recovery_handler(&b, &result, NULL);
			break;
		}
	if (bank.address != m->address)
		broken("dom0's log has another address");
	return result;
}

/* ---- what the extension calls ---- */

int fill_vmsr_data(struct mcinfo_bank *bank, struct domain *d, uint64_t status, int vcpu)
{
	(void)status;
	if (!FIELD(d, struct vcpu **, builds[machine.config.build].vcpus)[0])
		broken("Xen looks at a vCPU that is not there");
	if (bank->domain != domain_id(d))
		broken("a machine check for domain %u says %u", domain_id(d), bank->domain);
	if (deaf || point("fill_vmsr_data"))
		return -EBUSY;
	heard[slot_of(d)].address = bank->address;
	heard[slot_of(d)].vcpu = vcpu;
	return 0;
}

int inject_vmce(struct domain *d, int vcpu)
{
	if (vcpu != heard[slot_of(d)].vcpu)
		broken("a machine check of one vCPU, for another");
	if (point("inject_vmce"))
		return -EBUSY;
	heard[slot_of(d)].times++;
	return 0;
}

void __domain_crash(struct domain *d)
{
	if (d == hardware_domain)
		broken("dom0 is crashed");
	heard[slot_of(d)].crashed = true;
}

void send_global_virq(uint32_t virq)
{
	if (virq != XEN_PMEM_MEDIA_VIRQ)
		broken("virq %u", virq);
	virqs++;
}
