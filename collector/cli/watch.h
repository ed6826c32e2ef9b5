/* SPDX-License-Identifier: Apache-2.0 */
/* While the main thread reads records: a thread that hands signals on to the child, and shows how
 * far it is. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct watch {
	pid_t child;
	int progress;     /* lines "bytes_read bytes_total packets name"; owned; -1: none */
	unsigned columns; /* of the terminal to show progress on; 0: do not */
	uint64_t (*now_ns)(void);
	_Atomic uint64_t packets, bytes; /* that the child says it has read */
	_Atomic int signal;              /* the first one that came */
	/* internal */
	pthread_t thread;
	int signals, stop;
	uint64_t begun_ns;
	char line[4096];
	size_t line_bytes;
	bool shown;
};

/* The signals that end a command are kept for watch_signal and the thread; before there is any
 * thread. */
void watch_block(void);
/* A signal that came since then, or 0. Does not wait. */
int watch_signal(void);
/* The first four members are set by the caller. */
int watch_start(struct watch *w);
/* The progress line goes away. */
void watch_stop(struct watch *w);
