/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of a dissector: one protocol, one file, one line in dissectors/meson.build. A
 * dissector sees bytes through a cursor, knows neither packets nor sockets nor time, allocates
 * nothing, and writes what it finds into records. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/field.h"
#include "base/record.h"

#define DISSECT_STATE_BYTES_MAX 20480
#define DISSECT_SCRATCH_BYTES   16384

enum dissect_transport { DISSECT_TCP, DISSECT_UDP };

enum dissect_direction {
	DISSECT_TO_SERVER,
	DISSECT_TO_CLIENT
}; /* from the initiator; from the responder */

enum dissect_guess {
	GUESS_NO,   /* never this protocol */
	GUESS_MORE, /* too few bytes to say */
	GUESS_YES,
};

enum dissect_result {
	DISSECT_MORE, /* call again with more bytes (TCP: the same ones and more) or with the next
			 datagram */
	DISSECT_DONE, /* nothing more wanted of this direction */
	DISSECT_NEXT, /* from the cursor on this direction speaks another protocol, which all
			 dissectors are asked for: TLS after STARTTLS, what a proxy carries, DTLS
			 after STUN. Of UDP the cursor stands at the datagram's start */
	DISSECT_MESSAGE, /* `message` is complete: send it, then call again with what follows the
			    cursor */
	DISSECT_BAD, /* not this protocol, or broken at cur_offset(): the flow keeps what was found
		      */
};

/* What a dissector is given at each call. */
struct dissect {
	enum dissect_transport transport;
	enum dissect_direction direction;
	bool certain; /* the direction is: who began was seen, or its ports say so */
	uint16_t port_client, port_server;
	bool end_of_stream; /* no byte will follow these */
	bool gap; /* bytes before these are missing and will not come: only for one that resumes */
	void *state; /* state_bytes of the dissector, zeroed when the flow was recognised; both
			directions'. A dissector that has no state_bytes gets NULL */
	void *(*more)(void *keeper, size_t bytes); /* dissect_more */
	void *keeper;
	uint8_t *scratch;       /* DISSECT_SCRATCH_BYTES, lost after the call */
	struct record *flow;    /* fields of the flow's record */
	struct record *message; /* empty; filled for DISSECT_MESSAGE */
	size_t want_bytes;   /* set with DISSECT_MORE: not before so many bytes are there, from the
				cursor on or from what is skipped on */
	uint64_t skip_bytes; /* set with DISSECT_MORE and DISSECT_MESSAGE: so many bytes from the
				cursor on are not wanted (bodies); UINT64_MAX: all. TCP only */
	const char *application; /* set when nDPI has a name for what was read that says more than
				    `applications`: "HTTP_Connect", or with its master "HTTP.OCSP";
				    the first one counts */
	bool conflict;           /* set: octets came twice, differently; the first ones count */
	uint32_t steps; /* work done: a dissector adds one for each element of a loop it walks */
	bool frugal;    /* the caller's budget for decrypting is spent: do without it, and say so in
			   `decrypts_shed` */
	uint32_t decrypts; /* a dissector adds one for each key derivation and each decryption */
	uint32_t decrypts_shed; /* ... for each packet that it left sealed because of `frugal` */
};

/* Whether this is surely the responder's: what only a client says is then a lie, with which a
 * server would make its visitor another one's. */
static inline bool dissect_is_responder(const struct dissect *d)
{
	return d->certain && d->direction == DISSECT_TO_CLIENT;
}

/* More memory for what comes in pieces, from the first call on: more_bytes of the dissector, not
 * zeroed, kept and given back with the state, which begins with the pointer to it. NULL: there is
 * none left. */
static inline void *dissect_more(struct dissect *d, size_t bytes)
{
	void **place = d->state;

	if (!*place)
		*place = d->more(d->keeper, bytes);
	return *place;
}

struct dissector {
	const char *name;                /* also the JSON object: "tls" */
	unsigned transports;             /* bits 1 << DISSECT_TCP, 1 << DISSECT_UDP */
	const char *const *applications; /* nDPI's master protocol by transport, e.g. {"TLS",
					    "DTLS"}; NULL: none */
	const struct field_table *flow;  /* what it adds to the flow's record; NULL: nothing */
	const struct record_kind
		*message; /* the kind of the records it sends itself; NULL: it sends none */
	bool resumes;     /* after missing bytes it finds its place again */
	bool midstream;   /* so it does where the beginning was not seen: the first bytes of a side
			     without SYN are given with `gap`, and while nothing is known of such a
			     connection the probe is asked, with `gap`, for later segments, too: it
			     says   yes only to what cannot be part of something else. Resumes */
	bool client_only; /* once the client's side is done nothing of the server's is wanted */
	size_t state_bytes; /* of each flow; ≤ DISSECT_STATE_BYTES_MAX */
	size_t more_bytes;  /* of those that need it; ≤ DISSECT_STATE_BYTES_MAX */
	enum dissect_guess (*probe)(const struct dissect *d, struct cursor in);
	enum dissect_result (*parse)(struct dissect *d, struct cursor *in);
};

/* Generated from the list in dissectors/meson.build; NULL-ended. */
extern const struct dissector *const dissectors[];
