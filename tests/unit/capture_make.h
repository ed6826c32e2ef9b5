/* SPDX-License-Identifier: Apache-2.0 */
/* Captures made in memory for tests; each is a file without a name, /proc/self/fd/N. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MADE_BYTES_MAX 2048

struct made {
	uint8_t bytes[MADE_BYTES_MAX];
	size_t count;
	bool big_endian;
};

struct made_file {
	int fd;
	char name[32];
};

static inline void made_octets(struct made *m, const void *octets, size_t bytes)
{
	memcpy(m->bytes + m->count, octets, bytes);
	m->count += bytes;
}

static inline void made_number(struct made *m, uint64_t n, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++) {
		unsigned shift = 8 * (m->big_endian ? bytes - 1 - i : i);

		m->bytes[m->count++] = (uint8_t)(n >> shift);
	}
}

/* magic 0xa1b2c3d4: microseconds; 0xa1b23c4d: nanoseconds */
static inline void made_pcap(struct made *m, uint32_t magic, uint32_t link)
{
	made_number(m, magic, 4);
	made_number(m, 2, 2);
	made_number(m, 4, 2);
	made_number(m, 0, 8);
	made_number(m, 262144, 4);
	made_number(m, link, 4);
}

static inline void made_packet(struct made *m, uint32_t seconds, uint32_t fraction, uint32_t bytes)
{
	made_number(m, seconds, 4);
	made_number(m, fraction, 4);
	made_number(m, bytes, 4);
	made_number(m, bytes + 1, 4);
	for (uint32_t i = 0; i < bytes; i++)
		m->bytes[m->count++] = (uint8_t)(seconds + i);
}

static inline struct made_file made_file(const void *octets, size_t bytes)
{
	struct made_file f = {.fd = memfd_create("made", MFD_CLOEXEC)};

	if (f.fd < 0 || write(f.fd, octets, bytes) != (ssize_t)bytes)
		perror("memfd");
	(void)snprintf(f.name, sizeof(f.name), "/proc/self/fd/%d", f.fd);
	return f;
}
