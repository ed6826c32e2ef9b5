/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and prefixes, both families: one sorted table, searched once for every length of prefix
 * that is in it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "signatures/address.h"

struct address_set {
	struct address_entry {
		struct address_range range;
		uint32_t index;
	} * entries; /* by bits, address, port, index */
	size_t count;
	struct address_group {
		uint32_t begin, count;
		uint8_t bits;
	} groups[129];
	size_t group_count;
};

/* Takes the entries, which were made with malloc. */
void address_set_init(struct address_set *s, struct address_entry *entries, size_t count);
void address_set_done(struct address_set *s);
/* Indices of what covers the address or the one of IPv4 that it reaches (address_inner), in no
 * order, each once; returns how many, at most `most`. */
unsigned address_set_find(const struct address_set *s, const uint8_t address[16], uint16_t port,
	uint32_t *ret_indices, unsigned most);
