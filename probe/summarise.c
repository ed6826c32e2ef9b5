/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/summarise.h"

#include <string.h>

#include "base/community_id.h"
#include "base/schema.h"
#include "base/siphash.h"

#define PROTOCOL_ICMP   1
#define PROTOCOL_ICMPV6 58

static void text(struct record *r, const struct field *f, const char *s)
{
	record_text(r, f, s, strlen(s));
}

uint64_t summarise_flow_id(const struct flow *f)
{
	static const struct siphash_key fixed = {0, 0};
	struct {
		struct flow_key key;
		uint64_t start_ns, number;
	} what = {.key = f->key, .start_ns = f->start_ns, .number = f->number};

	/* 53 bits: every reader of JSON keeps them. */
	return siphash13(&fixed, &what, sizeof(what)) >> 11;
}

void summarise_common(struct record *r, const struct flow *f, uint64_t time_ns)
{
	const struct flow_key *k = &f->key;
	unsigned from = f->initiator, to = !f->initiator;
	bool icmp = k->ported && (k->protocol == PROTOCOL_ICMP || k->protocol == PROTOCOL_ICMPV6);
	struct community_tuple tuple = {.sport = k->port[from],
		.dport = k->port[to],
		.protocol = k->protocol,
		.has_ports = k->ported};
	char id[COMMUNITY_ID_BYTES];

	record_number(r, &common_fields[COMMON_TIMESTAMP], time_ns);
	record_number(r, &common_fields[COMMON_FLOW_ID], f->id);
	record_address(r, &common_fields[COMMON_SRC_IP], k->address[from]);
	record_address(r, &common_fields[COMMON_DEST_IP], k->address[to]);
	record_number(r, &common_fields[COMMON_PROTO], k->protocol);
	if (icmp) {
		record_number(r, &common_fields[COMMON_ICMP_TYPE], f->icmp_type);
		record_number(r, &common_fields[COMMON_ICMP_CODE], f->icmp_code);
		tuple.sport = f->icmp_type;
		tuple.dport = f->icmp_code;
	} else {
		record_number(r, &common_fields[COMMON_SRC_PORT], k->port[from]);
		record_number(r, &common_fields[COMMON_DEST_PORT], k->port[to]);
	}
	for (unsigned i = 0; i < f->vlan_count; i++)
		record_number(r, &common_fields[COMMON_VLAN], f->vlan[i]);
	memcpy(tuple.src, k->address[from], 16);
	memcpy(tuple.dst, k->address[to], 16);
	/* a later fragment of what has ports: the specification has no ID for it */
	if (k->ported || !community_id_has_ports(k->protocol))
		record_text(r, &common_fields[COMMON_COMMUNITY_ID], id, community_id(id, &tuple));
}

static void summarise_application(struct record *r, const struct application *app,
	const struct classify_ops *classify, struct classifier *classifier)
{
	static const char *const by[] = {"", "name", "engine", "port", "address"};
	const char *master = classify->app_name(classifier, app->master);
	const char *name = classify->app_name(classifier, app->app);
	char both[CLASSIFY_NAME_BYTES];

	record_text(r, &flow_fields[FLOW_APP_PROTO], both, classify->both(classifier, app, both));
	if (!app->master && !app->app)
		return;
	text(r, &flow_fields[FLOW_NDPI_MASTER], app->master ? master : name);
	text(r, &flow_fields[FLOW_NDPI_APP], app->app ? name : master);
	text(r, &flow_fields[FLOW_NDPI_CATEGORY],
		classify->category_name(classifier, app->category));
	text(r, &flow_fields[FLOW_NDPI_BY], by[app->by]);
}

void summarise_flow(struct record *r, const struct flow *f, enum flow_end_reason reason,
	enum encrypted_dns dns, const struct classify_ops *classify, struct classifier *classifier)
{
	unsigned from = f->initiator, to = !f->initiator;
	struct record facts = {.bytes = f->facts, .size = f->facts_bytes, .used = f->facts_bytes};

	summarise_common(r, f, f->last_ns);
	record_number(r, &flow_fields[FLOW_PKTS_TOSERVER], f->pkts[from]);
	record_number(r, &flow_fields[FLOW_PKTS_TOCLIENT], f->pkts[to]);
	record_number(r, &flow_fields[FLOW_BYTES_TOSERVER], f->bytes[from]);
	record_number(r, &flow_fields[FLOW_BYTES_TOCLIENT], f->bytes[to]);
	record_number(r, &flow_fields[FLOW_START], f->start_ns);
	record_number(r, &flow_fields[FLOW_END], f->last_ns);
	record_number(r, &flow_fields[FLOW_REASON], reason);
	if (dns != ENCRYPTED_DNS_NOT)
		text(r, &flow_fields[FLOW_ENCRYPTED_DNS], encrypted_dns_name(dns));
	summarise_application(r, &f->app, classify, classifier);
	record_number(r, &flow_fields[FLOW_TCP_FLAGS_TOSERVER], f->tcp_flags[from]);
	record_number(r, &flow_fields[FLOW_TCP_FLAGS_TOCLIENT], f->tcp_flags[to]);
	record_append(r, &facts);
}
