/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Reads a host's SRAT, SLIT and NFIT. */
#include "affinity.h"

#include "srat.h"

/*
 * One structure of a table: `len` bytes are there. false: it does not end the search. An SRAT's
 * begins with its type and length in a byte each, an NFIT's in two.
 */
typedef bool (*structure_look)(const uint8_t *at, size_t len, uint64_t key, uint32_t *domain);

static size_t srat_length(const uint8_t *at)
{
	return at[1];
}

static size_t nfit_length(const uint8_t *at)
{
	uint16_t length;

	memcpy(&length, at + 2, sizeof(length));
	return length;
}

/* Calls look for each whole structure behind the table's head until it says true. */
static bool table_each(const struct affinity_table *t, size_t head,
		       size_t (*length)(const uint8_t *at), size_t min, structure_look look,
		       uint64_t key, uint32_t *domain)
{
	size_t at = head, len;

	for (; at < t->len && t->len - at >= min; at += len) {
		len = length(t->bytes + at);
		if (len < min || len > t->len - at)
			return false;
		if (look(t->bytes + at, len, key, domain))
			return true;
	}
	return false;
}

static bool cpu_look(const uint8_t *at, size_t len, uint64_t apic_id, uint32_t *domain)
{
	struct srat_cpu cpu;
	struct srat_x2apic x2apic;

	if (at[0] == SRAT_CPU && len == sizeof(cpu)) {
		memcpy(&cpu, at, sizeof(cpu));
		*domain = cpu.node_low | (uint32_t)cpu.node_high[0] << 8 |
			  (uint32_t)cpu.node_high[1] << 16 | (uint32_t)cpu.node_high[2] << 24;
		return cpu.flags & SRAT_VALID && cpu.id == apic_id;
	}
	if (at[0] == SRAT_X2APIC && len == sizeof(x2apic)) {
		memcpy(&x2apic, at, sizeof(x2apic));
		*domain = x2apic.node;
		return x2apic.flags & SRAT_VALID && x2apic.id == apic_id;
	}
	return false;
}

static bool memory_look(const uint8_t *at, size_t len, uint64_t address, uint32_t *domain)
{
	struct srat_memory m;

	if (at[0] != SRAT_MEMORY || len != sizeof(m))
		return false;
	memcpy(&m, at, sizeof(m));
	*domain = m.node;
	return m.flags & SRAT_VALID && address >= m.base && address - m.base < m.size;
}

static bool spa_look(const uint8_t *at, size_t len, uint64_t address, uint32_t *domain)
{
	struct nfit_spa_range s;

	if (len < sizeof(s))
		return false;
	memcpy(&s, at, sizeof(s));
	*domain = s.proximity;
	return s.type == NFIT_SPA_RANGE && s.flags & NFIT_SPA_PROXIMITY && address >= s.base &&
	       address - s.base < s.size;
}

bool affinity_of_cpu(const struct affinity *a, uint32_t apic_id, uint32_t *domain)
{
	return table_each(&a->srat, sizeof(struct srat_table), srat_length, 2, cpu_look, apic_id,
			  domain);
}

/* The NFIT first, as Linux does. */
bool affinity_of_memory(const struct affinity *a, uint64_t address, uint32_t *domain)
{
	return table_each(&a->nfit, sizeof(struct nfit_table), nfit_length, 4, spa_look, address,
			  domain) ||
	       table_each(&a->srat, sizeof(struct srat_table), srat_length, 2, memory_look,
			  address, domain);
}

unsigned int affinity_distance(const struct affinity *a, uint32_t from, uint32_t to)
{
	struct slit_table slit;

	if (a->slit.len < sizeof(slit))
		return 0;
	memcpy(&slit, a->slit.bytes, sizeof(slit));
	if (from >= slit.nr || to >= slit.nr || slit.nr > UINT32_MAX ||
	    slit.nr * slit.nr > a->slit.len - sizeof(slit))
		return 0;
	return a->slit.bytes[sizeof(slit) + from * slit.nr + to];
}
