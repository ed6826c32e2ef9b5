/* SPDX-License-Identifier: Apache-2.0 */
/* The books: every packet and every record is counted once, and the sums close. A term is one line
 * of LEDGER_TERMS; its counter, its field, its documentation come from there. Each counter has one
 * writer. */
#pragma once

#include <stdint.h>

#include "base/record.h"

/* X(NAME, number of the IPFIX element, key, unit, meaning): the number stays with the term for
 * ever. */
#define LEDGER_TERMS(X)                                                                            \
	X(WIRE_SEEN, 1000, "wire_seen", "packets", "P1: what the source says passed by")           \
	X(DELIVERED, 1001, "delivered", "packets", "P1: handed to the probe")                      \
	X(NIC_MISSED, 1002, "nic_missed", "packets", "P1: the device had no room (imissed)")       \
	X(NIC_ERRORS, 1003, "nic_errors", "packets",                                               \
		"P1: the device found them damaged (ierrors)")                                     \
	X(KERNEL_DROPPED, 1004, "kernel_dropped", "packets", "P1: the kernel had no room")         \
	X(DECODED, 1010, "decoded", "packets", "P2: link layer understood")                        \
	X(UNDECODABLE_LINK, 1011, "undecodable.link", "packets",                                   \
		"P2: a link type that is not read")                                                \
	X(UNDECODABLE_TRUNCATED, 1012, "undecodable.truncated", "packets",                         \
		"P2: headers cut off by the snap length")                                          \
	X(UNDECODABLE_IP, 1013, "undecodable.ip", "packets",                                       \
		"P2: IP header that contradicts itself")                                           \
	X(UNDECODABLE_DEPTH, 1014, "undecodable.depth", "packets",                                 \
		"P2: more layers than the limit")                                                  \
	X(FILTERED, 1015, "filtered", "packets", "P2: left out by a rule")                         \
	X(SHED, 1016, "shed", "packets",                                                           \
		"P2: left out under overload: the ring of a worker was full")                      \
	X(FLOW_PKTS, 1020, "flow_pkts", "packets", "P3: counted in a flow")                        \
	X(NONFLOW, 1021, "nonflow", "packets", "P3: ARP, link control and what else is not IP")    \
	X(OVERFLOW_PKTS, 1022, "overflow_pkts", "packets",                                         \
		"P3: the flow table was full; counted in aggregates")                              \
	X(EXPORTED_PKTS, 1030, "exported_pkts", "packets", "P4: in flow records")                  \
	X(LIVE_PKTS, 1031, "live_pkts", "packets", "P4: in flows that have not ended")             \
	X(CRASH_LOST_PKTS, 1032, "crash_lost_pkts", "packets", "P4: in flows that a crash ended")  \
	X(FLOW_BYTES, 1040, "flow_bytes", "octets", "P4: IP-layer octets counted in a flow")       \
	X(OVERFLOW_BYTES, 1041, "overflow_bytes", "octets",                                        \
		"P3: IP-layer octets counted in aggregates")                                       \
	X(EXPORTED_BYTES, 1042, "exported_bytes", "octets", "P4: IP-layer octets in flow records") \
	X(LIVE_BYTES, 1043, "live_bytes", "octets",                                                \
		"P4: IP-layer octets in flows that have not ended")                                \
	X(CRASH_LOST_BYTES, 1044, "crash_lost_bytes", "octets",                                    \
		"P4: IP-layer octets in flows that a crash ended")                                 \
	X(CREATED, 1050, "created", "records", "R1: made by the workers")                          \
	X(SPOOLED, 1051, "spooled", "records", "R1: written out by the probe")                     \
	X(DROPPED_FULL, 1052, "dropped.full", "records", "R1: the ring to the writer was full")    \
	X(DROPPED_ENCODE, 1053, "dropped.encode", "records", "R1: could not be encoded")           \
	X(RECEIVED, 1060, "received", "records", "R3: read by the collector")                      \
	X(STORED, 1061, "stored", "records", "R3: in the store")                                   \
	X(DUPLICATE, 1062, "duplicate", "records", "R3: were there already")                       \
	X(REJECTED, 1063, "rejected", "records", "R3: could not be understood")                    \
	X(IN_FLIGHT, 1064, "in_flight", "records", "R3: read and not yet stored")                  \
	X(MISSING, 1065, "missing", "records", "R2: written out by the probe and never read")      \
	X(RECONSTRUCTED, 1066, "reconstructed", "books",                                           \
		"of a probe that ended without its own: filled in from what arrived")              \
	X(FOREIGN, 1067, "foreign", "books",                                                       \
		"of an exporter that keeps none: the records that arrived, and no packets")        \
	X(FLOWS, 1100, "flows", "flows", "flows begun")                                            \
	X(FLOW_RECORDS, 1101, "flow_records", "records",                                           \
		"flow records made; a long flow makes several")                                    \
	X(TIME_REGRESS, 1102, "time_regress", "packets", "stamped earlier than the packet before") \
	X(FILE_ERROR, 1103, "file_error", "files", "captures that could not be read to their end") \
	X(IP_FRAGMENTS, 1104, "ip_fragments", "packets",                                           \
		"IP fragments after the first: they count in a flow without ports")                \
	X(FRAG_REASSEMBLED, 1105, "frag.reassembled", "datagrams",                                 \
		"put together of fragments, to be read")                                           \
	X(FRAG_TIMEOUT, 1106, "frag.timeout", "datagrams",                                         \
		"of which a fragment did not come; read as far as there is no hole")               \
	X(FRAG_OVERLAP, 1107, "frag.overlap", "datagrams",                                         \
		"whose fragments overlap or contradict each other: not read")                      \
	X(FRAG_FULL, 1108, "frag.full", "fragments",                                               \
		"for which there was no room, or more than 64 of one datagram")                    \
	X(FRAG_BAD, 1109, "frag.bad", "fragments",                                                 \
		"cut by the snap length, or of an impossible length")                              \
	X(DISSECT_CALLS, 1110, "dissect.calls", "calls", "dissectors called")                      \
	X(DISSECT_BAD, 1111, "dissect.bad", "flows",                                               \
		"a dissector met bytes that are not its protocol")                                 \
	X(DISSECT_STEPS, 1112, "dissect.steps", "steps", "work done in dissectors")                \
	X(REASSEMBLY_FULL, 1113, "reassembly.full", "flows",                                       \
		"first flight longer than the limit, or no buffer left")                           \
	X(REASSEMBLY_CONFLICT, 1114, "reassembly.conflict", "flows",                               \
		"overlap with different bytes; the first kept")                                    \
	X(REASSEMBLY_SHED, 1118, "reassembly.shed", "flows",                                       \
		"whose first octets were let go of unread: memory was short, they the longest "    \
		"silent")                                                                          \
	X(VALUES_LOST, 1115, "values_lost", "values", "did not fit into their record")             \
	X(QUIC_DECRYPTS, 1116, "quic.decrypts", "operations",                                      \
		"key derivations and decryptions for QUIC's Initials")                             \
	X(QUIC_DECRYPT_SHED, 1117, "quic.decrypt_shed", "packets",                                 \
		"Initials of a live port that were not opened: the worker had done its share in "  \
		"this second")                                                                     \
	X(NDPI_PACKETS, 1120, "ndpi.packets", "packets", "given to nDPI's packet engine")          \
	X(NDPI_NAMES, 1121, "ndpi.names", "names", "given to nDPI's host-name matcher")            \
	X(NDPI_GIVEUP, 1122, "ndpi.giveup", "flows",                                               \
		"nDPI's packet engine spent its budget without a result")                          \
	X(NDPI_SHED, 1123, "ndpi.shed", "flows", "no nDPI state was free")                         \
	X(MATCH_CALLS, 1130, "match.calls", "values", "looked up in the signatures")               \
	X(MATCH_HITS, 1131, "match.hits", "hits", "found there")                                   \
	X(MATCH_CAP, 1132, "match.cap", "hits", "left out: more than the limit in one flow")       \
	X(MATCH_VALUE_CAP, 1167, "match.value_cap", "indicators",                                  \
		"left out: one value touched more than the limit")                                 \
	X(MATCH_SIGNATURE_CAP, 1168, "match.signature_cap", "signatures",                          \
		"left out: more than the limit held at one time in one flow")                      \
	X(MATCH_WORK_CAP, 1169, "match.work_cap", "messages",                                      \
		"of which not all signatures were looked at: too many wait for one value")         \
	X(MATCH_NO_AS, 1138, "match.no_as", "lookups",                                             \
		"of a server's autonomous system without a result: no database, or no entry")      \
	X(MATCH_EXPIRED, 1160, "match.expired", "hits",                                            \
		"left out: the indicator had expired; of live ports only")                         \
	X(MATCH_QUARANTINED, 1161, "match.quarantined", "hits",                                    \
		"left out: the indicator is quarantined, a crowd touched it")                      \
	X(MATCH_UNGUARDED, 1162, "match.unguarded", "hits",                                        \
		"whose clients were not counted: too many indicators were touched in a day")       \
	X(MATCH_STALE, 1163, "match.stale", "hits",                                                \
		"of a set that was older than --signatures-max-age")                               \
	X(SETS_TAKEN, 1164, "sets.taken", "sets",                                                  \
		"of signatures that took the place of another one under way")                      \
	X(SETS_REFUSED, 1165, "sets.refused", "sets",                                              \
		"of signatures that did not: broken, not signed, or older")                        \
	X(QUARANTINED, 1166, "quarantined", "indicators", "that the traffic guard quarantined")    \
	X(NAMES_MERGED, 1140, "names.merged", "records",                                           \
		"R1: DNS messages that went into names instead of out")                            \
	X(NAMES_COUNTED, 1141, "names.counted", "records",                                         \
		"resource records that went into names")                                           \
	X(NAMES_FULL, 1142, "names.full", "records",                                               \
		"resource records left out: the table of names was full")                          \
	X(NAMES_LOCAL, 1143, "names.local", "records",                                             \
		"messages of multicast DNS and LLMNR: their names are those of clients")           \
	X(DNS_CLEAR, 1150, "dns.clear", "messages", "DNS messages that could be read")             \
	X(DNS_DOT, 1151, "dns.dot", "flows", "DNS over TLS, which nobody reads")                   \
	X(DNS_DOH, 1152, "dns.doh", "flows", "DNS over HTTPS, to a resolver that is known")        \
	X(DNS_DOQ, 1153, "dns.doq", "flows", "DNS over QUIC")                                      \
	X(REFUSED_UDP, 1119, "refused.udp", "packets",                                             \
		"of UDP with a length that hosts refuse: counted, not read")                       \
	X(REFUSED_TCP, 1154, "refused.tcp", "packets",                                             \
		"of TCP with octets or an end that hosts refuse (no ACK, a late SYN, RST, ACK of " \
		"what was never sent): counted, not read")                                         \
	X(TIME_LEAP, 1155, "time_leap", "packets",                                                 \
		"stamped more than an hour later than those around it: timers do not follow")      \
	X(RESIDUAL, 1199, "residual", "packets",                                                   \
		"what the identities leave unexplained, summed: always 0")

enum ledger_term {
#define X(name, ie, key, unit, meaning) LEDGER_##name,
	LEDGER_TERMS(X)
#undef X
		LEDGER_COUNT
};

/* One writer each; padded so that two of them share no cache line. */
struct ledger {
	uint64_t n[LEDGER_COUNT];
} __attribute__((aligned(128)));

extern const struct field ledger_fields[LEDGER_COUNT];

void ledger_add(struct ledger *to, const struct ledger *from);
/* Sum of the absolute differences of all identities of reliability part 8 that hold between probe
 * and pipe, or, with `collected`, up to the store. Sets LEDGER_RESIDUAL and returns it. */
uint64_t ledger_close(struct ledger *l, bool collected);
void ledger_to_record(const struct ledger *l, struct record *r);
void ledger_from_record(struct ledger *l, const struct record *r);
