/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between nDPI's versions, behind one set of calls; private to classify_ndpi.c.
 * ndpi_api_42.c is written against 4.2 (Debian 12), ndpi_api_411.c against the upstream tree of
 * October 2024; meson chooses by the version that it finds. docs/ndpi.md says what else differs. */
#pragma once

/* Found by pkg-config's path: <ndpi/...> would be the system's whatever pkg-config says. */
#include <ndpi_api.h>
#include <stdbool.h>
#include <stdint.h>

struct ndpi_api; /* a detection module that remembers nothing of other flows */

/* The ends of a packet. */
struct ndpi_api_ends {
	const uint8_t *from, *to; /* addresses, of 4 octets or 16 */
	uint16_t sport, dport;    /* of TCP and UDP, host byte order */
	uint8_t protocol;
	bool v4;
};

/* Whether TLS on a mail port is called by the mail protocol though the host name is known. */
extern const bool ndpi_api_mail_before_host;

/* -ENOTSUP: the library is not the one of the headers. Never two at a time. */
int ndpi_api_open(struct ndpi_api **ret);
void ndpi_api_close(struct ndpi_api *a);
struct ndpi_detection_module_struct *ndpi_api_module(struct ndpi_api *a);

/* Makes `flow` an empty one that knows what is guessed from a packet's ports and addresses. The
 * library does not guess again, and takes it that there was a handshake. */
void ndpi_api_begin(
	struct ndpi_api *a, struct ndpi_flow_struct *flow, const struct ndpi_api_ends *e);
/* The same without ports: for what ndpi_set_detected_protocol adds to a protocol. */
void ndpi_api_guess_address(
	struct ndpi_api *a, struct ndpi_flow_struct *flow, const struct ndpi_api_ends *e);

ndpi_protocol ndpi_api_packet(struct ndpi_api *a, struct ndpi_flow_struct *flow, const uint8_t *ip,
	uint16_t bytes, uint64_t time_ms);
ndpi_protocol ndpi_api_give_up(struct ndpi_api *a, struct ndpi_flow_struct *flow);
/* Of UDP: one of the few dissectors that need more than one packet has seen something. */
bool ndpi_api_waits(const struct ndpi_flow_struct *flow);
bool ndpi_api_looks_random(struct ndpi_api *a, struct ndpi_flow_struct *flow, char *name);

ndpi_protocol ndpi_api_protocol(uint16_t master, uint16_t app, ndpi_protocol_category_t category);
uint16_t ndpi_api_master(const ndpi_protocol *p);
uint16_t ndpi_api_app(const ndpi_protocol *p);

/* Of the library in all versions, in its installed headers up to 4.4 only. */
extern void ndpi_set_detected_protocol(struct ndpi_detection_module_struct *module,
	struct ndpi_flow_struct *flow, uint16_t upper, uint16_t lower,
	ndpi_confidence_t confidence);
