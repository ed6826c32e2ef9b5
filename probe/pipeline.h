/* SPDX-License-Identifier: Apache-2.0 */
/* From a source through the workers to the writer: the one place that knows all stages. With one
 * worker everything runs in the caller's thread; with more, one thread reads, decodes and spreads
 * packets by address pair, each worker has a thread, and the caller merges what they send and
 * writes it. Records come in the same order either way. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ipfix.h"
#include "base/ledger.h"
#include "probe/keeper.h"
#include "probe/passive_dns.h"
#include "probe/settings.h"
#include "probe/source.h"
#include "probe/worker.h"

struct pipeline {
	struct ledger ledger; /* result: all terms of probe and source */
	const struct source_ops *source_ops;
	struct source *source;
	struct ipfix_writer *writer;
	struct worker_parts parts; /* outlet and number are set here */
	struct keeper *keeper;     /* of signatures; NULL: nothing is matched */
	struct passive_dns *names; /* what DNS messages become; NULL: they leave as they are */
	unsigned worker_count;
	volatile sig_atomic_t *stop; /* nonzero: end soon and cleanly */
	uint64_t (*now_ns)(void);    /* wall clock; asked when nothing arrives, and for progress */
	void (*problem)(const char *text);
	void (*progress)(void *context, const struct source_progress *now); /* NULL: not wanted */
	void *progress_context;

	int write_error; /* result: why records could not be written */
};

/* Until the source ends or `stop`. Negative: could not start (-ENOMEM ...). */
int pipeline_run(struct pipeline *p);
