/* SPDX-License-Identifier: Apache-2.0 */
/* IPFIX from the network: TCP and UDP, own probes and foreign exporters, in one thread that waits
 * in poll. It decides nothing about records; it knows sessions and their limits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ipfix.h"

#define LISTEN_SESSIONS_MAX          256 /* half of them for datagrams at most */
#define LISTEN_SESSIONS_PER_PEER_MAX 8
#define LISTEN_PORT_NONE             (-1)

struct listen_peer {
	uint8_t address[16];
	uint16_t port;
};

/* One connection, or all datagrams of one peer: what one exporter says. */
struct listen_session {
	struct listen_peer peer;
	bool datagrams;          /* it has no end of its own */
	uint64_t rejected, lost; /* ipfix_reader_rejected, ipfix_reader_lost; set for on_end */
	void *owner;             /* of on_begin, for whatever it likes */
};

struct listen_config {
	const struct ipfix_schema *schema; /* borrowed, must outlive */
	const char *address;               /* to listen on; NULL: all */
	int tcp_port, udp_port;            /* 0: any that is free; LISTEN_PORT_NONE: not at all */
	unsigned idle_s;                   /* a TCP session without octets ends; 0: 120 */
	void *context;                     /* of the functions below */
	/* Nonzero ends listen_run with that result. */
	int (*on_record)(void *context, const struct listen_session *s, const struct record *r);
	/* Around the records of a session; either may be NULL. Nonzero of on_begin refuses it; each
	 * that has begun ends, at the latest in listen_close. */
	int (*on_begin)(void *context, struct listen_session *s);
	void (*on_end)(void *context, const struct listen_session *s);
	/* For people: which peer, what is wrong. At most once a minute and session. */
	void (*on_problem)(void *context, const char *text);
	/* Once a second, between records; nonzero ends listen_run. May be NULL. */
	int (*on_tick)(void *context);
	/* Whether this peer may send; NULL: all may. */
	bool (*admits)(void *context, const uint8_t address[16]);
};

struct listen_counts {
	uint64_t sessions; /* begun */
	uint64_t refused;  /* by a limit or by `admits`: connections and datagrams */
	uint64_t idle;     /* ended for it */
	uint64_t broken;   /* messages that contradict themselves; over TCP that ends the session */
	uint64_t records;
	uint64_t rejected, lost; /* ipfix_reader_rejected, ipfix_reader_lost of all sessions */
};

struct listener;

int listen_open(struct listener **ret, const struct listen_config *config, char *ret_error,
	size_t error_size);
/* The port that it got; 0 when it does not listen there. */
uint16_t listen_port(const struct listener *l, bool tcp);
/* Until listen_stop, a nonzero result of a function, or an error of the system. 0: stopped; what
 * had arrived by then has been read. */
int listen_run(struct listener *l);
/* From any thread or a signal's handler. */
void listen_stop(struct listener *l);
void listen_count(const struct listener *l, struct listen_counts *ret);
void listen_close(struct listener *l);
