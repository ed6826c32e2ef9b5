/* SPDX-License-Identifier: Apache-2.0 */
/* The fields that belong to no dissector: what every event has, the flow, the hit, the ledger. */
#pragma once

#include "base/field.h"

/* Common to all events but the ledger. */
enum common_field {
	COMMON_TIMESTAMP,
	COMMON_FLOW_ID,
	COMMON_SRC_IP,
	COMMON_SRC_PORT,
	COMMON_DEST_IP,
	COMMON_DEST_PORT,
	COMMON_PROTO,
	COMMON_ICMP_TYPE,
	COMMON_ICMP_CODE,
	COMMON_VLAN,
	COMMON_COMMUNITY_ID,
	COMMON_FIELDS,
};

enum flow_field {
	FLOW_PKTS_TOSERVER,
	FLOW_PKTS_TOCLIENT,
	FLOW_BYTES_TOSERVER,
	FLOW_BYTES_TOCLIENT,
	FLOW_START,
	FLOW_END,
	FLOW_REASON,
	FLOW_ENCRYPTED_DNS,
	FLOW_APP_PROTO,
	FLOW_NDPI_MASTER,
	FLOW_NDPI_APP,
	FLOW_NDPI_CATEGORY,
	FLOW_NDPI_BY,
	FLOW_TCP_FLAGS_TOSERVER,
	FLOW_TCP_FLAGS_TOCLIENT,
	FLOW_HITS,
	FLOW_FIELDS,
};

/* Of a flow inside a tunnel only. */
enum tunnel_field {
	TUNNEL_FIELD_TYPE,
	TUNNEL_FIELD_SRC_IP,
	TUNNEL_FIELD_DEST_IP,
	TUNNEL_FIELD_ID,
	TUNNEL_FIELD_DEPTH,
	TUNNEL_FIELDS,
};

enum hit_field {
	HIT_VALUE,
	HIT_TYPE,
	HIT_FIELD,
	HIT_ROLE,
	HIT_CAMPAIGN,
	HIT_SOURCE,
	HIT_SET_VERSION,
	HIT_DISARM,
	HIT_CONFIDENCE,
	HIT_LOOK_ALIKE,
	HIT_DOMAIN,
	HIT_SET_CREATED,
	HIT_QUARANTINED,
	HIT_NOTE,
	HIT_REFERENCE,
	HIT_TLP,
	HIT_PUBLISHED,
	HIT_SET_NUMBER,
	HIT_FIELDS,
};

/* A name and what it stood for, counted over all clients. */
enum name_field {
	NAME_RRNAME,
	NAME_RRTYPE,
	NAME_RDATA,
	NAME_COUNT,
	NAME_FIRST,
	NAME_LAST,
	NAME_TTL_MIN,
	NAME_TTL_MAX,
	NAME_FIELDS,
};

extern const struct field common_fields[COMMON_FIELDS];
extern const struct field flow_fields[FLOW_FIELDS];
extern const struct field tunnel_fields[TUNNEL_FIELDS];
extern const struct field hit_fields[HIT_FIELDS];
extern const struct field name_fields[NAME_FIELDS];

extern const struct field_table common_table, flow_table_fields, tunnel_table, hit_table,
	name_table, ledger_table;
extern const struct record_kind kind_flow, kind_hit, kind_name, kind_ledger;
