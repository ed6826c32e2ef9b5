/* SPDX-License-Identifier: Apache-2.0 */
/* Naming the application of a flow. classify_ndpi.c and ndpi_api_*.c are the only files that know
 * nDPI; classify_none.c names nothing. A classifier belongs to one worker, and what it says of a
 * flow depends on that flow alone. Open and close classifiers one after the other, never two at a
 * time: nDPI sets up tables that all its modules share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/pkt.h"

enum classify_by { CLASSIFY_NOT, CLASSIFY_NAME, CLASSIFY_ENGINE, CLASSIFY_PORT, CLASSIFY_ADDRESS };

#define CLASSIFY_NAME_BYTES 64 /* room for "master.app" and its closing zero */

struct application {
	uint16_t master, app; /* the classifier's own numbers; 0: unknown */
	uint16_t category;
	uint8_t by; /* enum classify_by */
};

struct classifier;
struct classify_state; /* what the packet engine keeps of one flow, from a pool of fixed size */

struct classify_ops {
	const char *name;
	const char *(*version)(void); /* of the library behind it: "4.2.0"; names depend on it */
	int (*open)(struct classifier **ret, size_t state_count);
	void (*close)(struct classifier *c);

	/* A dissector knows the protocol (its `applications` name, e.g. "TLS"; or both names as
	 * the reader of nDPI prints them, "HTTP.OCSP": then no more is asked) and perhaps the
	 * server's name. `p` is any packet of the flow, best one of the client: only its protocol,
	 * addresses and ports are looked at. */
	struct application (*by_name)(struct classifier *c, const struct pkt *p, const char *master,
		const char *host, size_t host_bytes);

	/* The packet engine; `first` is the flow's first packet with payload. NULL when no state is
	 * free. */
	struct classify_state *(*begin)(struct classifier *c, const struct pkt *first);
	/* One packet of the flow, either direction, in order; packets without payload teach nothing
	 * and are passed over. True when the verdict in `ret_app` is final (the application is
	 * known, or the engine has had its budget of packets and guessed): the state may go. */
	bool (*packet)(struct classifier *c, struct classify_state *s, const struct pkt *p,
		bool to_server, struct application *ret_app);
	/* No more packets come: what it guesses from what it saw, ports and addresses. Frees
	 * nothing. */
	struct application (*give_up)(struct classifier *c, struct classify_state *s);
	void (*end)(struct classifier *c, struct classify_state *s);

	/* Without any packet for the engine: by port and address alone. */
	struct application (*by_port)(struct classifier *c, const struct pkt *first);

	/* Names as ndpiReader prints them: "Telegram", "Chat". Borrowed until `close`. */
	const char *(*app_name)(struct classifier *c, uint16_t number);
	const char *(*category_name)(struct classifier *c, uint16_t category);
	/* "TLS.Telegram"; one name alone where the other is unknown or the same. Returns the
	 * length. */
	size_t (*both)(struct classifier *c, const struct application *app,
		char ret_name[CLASSIFY_NAME_BYTES]);
};

extern const struct classify_ops classify_ndpi, classify_none;
