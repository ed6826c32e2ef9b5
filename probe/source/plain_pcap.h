/* SPDX-License-Identifier: Apache-2.0 */
/* The packets of a plain pcap file (draft-ietf-opsawg-pcap section 5) where they were read to, a
 * block at a time: they are not copied again. Only records that leave no question are taken;
 * whatever else there is, libpcap reads from the same place on and says what is wrong. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Memory that packets lie in, until nobody holds it. */
struct plain_block;

/* All blocks of a source; for one thread. */
struct plain_pool {
	struct plain_block *all, *free;
};

struct plain;

struct plain_packet {
	int64_t s, ns; /* as they stand in the file, which has signed seconds and fractions */
	uint32_t captured, wire;
	const uint8_t *bytes; /* until the next call, or as long as the block is held */
	struct plain_block *block;
};

/* Records from behind the file's header on, none longer than `longest` octets, at most
 * PACKET_BYTES_MAX. -ENOTSUP: no such file. The descriptor is borrowed until plain_free. */
int plain_open(struct plain **ret, struct plain_pool *pool, int fd, uint32_t longest);
/* The next packet; false: libpcap is to go on at plain_offset. */
bool plain_next(struct plain *p, struct plain_packet *ret);
/* Where in the file the packet that came last begins, or the one that could not be given. */
uint64_t plain_offset(const struct plain *p);
void plain_free(struct plain *p);

void plain_hold(struct plain_block *b);
void plain_release(struct plain_pool *pool, struct plain_block *b);
/* Whether they are held or not. */
void plain_pool_done(struct plain_pool *pool);
