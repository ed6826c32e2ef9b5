/* SPDX-License-Identifier: Apache-2.0 */
/* Where packets come from: one file, one line in probe/source/meson.build. A source is used by one
 * thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ledger.h"
#include "probe/pkt.h"

/* A stamp further than this behind the one before is believed when the next one is there, too: the
 * stamps of captures may be wrong by years. */
#define SOURCE_LEAP_NS 3600000000000u

struct source;

struct source_config {
	const char *const
		*names; /* captures ("-" is standard input), DPDK devices, or the words of synth */
	size_t name_count;
	bool allow_bomb;          /* decompress whatever the ratio */
	unsigned queue_bytes_mib; /* live: memory for packets; 0: a default */
};

/* How far it is, for a progress line; bytes are those of the files as they lie on disk. */
struct source_progress {
	uint64_t bytes_read, bytes_total; /* total 0: not known */
	uint64_t packets;
	uint64_t no_buffer; /* live: how often no buffer was free; whether packets were lost by it
			       depends on the driver, so it is no term of P1 */
	const char *name;   /* what is being read */
};

struct source_ops {
	const char *name;
	bool live; /* packets pass by whether read or not: under overload they are lost and counted,
		      never waited for */
	int (*open)(struct source **ret_source, const struct source_config *config, char *ret_error,
		size_t error_size);
	/* Fill an empty burst: bytes, captured, wire, time_ns, link; number and clock_ns are set by
	 * the caller. Where stamps are not the source's own, one that leaps (SOURCE_LEAP_NS) comes
	 * with the packet behind it, if there is one. Returns the count; 0: nothing now, ask again;
	 * -ENODATA: the end. What is broken on the way is reported with `problem`, and reading goes
	 * on with the next file. */
	int (*burst)(struct source *s, struct burst *b);
	/* The caller has done with the packets of the burst. */
	void (*release)(struct source *s, struct burst *b);
	/* The next problem that has not been told: "FILE: offset N: cause"; NULL: no more. Borrowed
	 * until the next call. */
	const char *(*problem)(struct source *s);
	/* Sets WIRE_SEEN, NIC_MISSED, NIC_ERRORS, KERNEL_DROPPED and FILE_ERROR; DELIVERED is
	 * counted by who takes the bursts. */
	void (*stats)(struct source *s, struct ledger *l);
	void (*progress)(struct source *s, struct source_progress *ret_progress);
	void (*close)(struct source *s);
};

/* Generated; NULL-ended. */
extern const struct source_ops *const sources[];
