/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of our own elements (pen KUKLA_PEN): 1-99 common, 100-199 flow, 200-299 hit, 300-399
 * name, 1000-1999 ledger; a dissector takes a hundred of its own from 2000 on.
 * tests/unit/test_schema.c checks that no number and no key is used twice. */
#include "base/schema.h"

#include "base/cleanup.h"

static const char *protocol_name(uint64_t number)
{
	/* As Suricata's EVE writes them; the rest is shown as a number. */
	switch (number) {
	case 1:
		return "ICMP";
	case 2:
		return "IGMP";
	case 6:
		return "TCP";
	case 17:
		return "UDP";
	case 47:
		return "GRE";
	case 50:
		return "ESP";
	case 51:
		return "AH";
	case 58:
		return "IPv6-ICMP";
	case 132:
		return "SCTP";
	default:
		return NULL;
	}
}

static const char *end_reason_name(uint64_t reason)
{
	static const char *const names[] = {NULL, "idle", "active", "end", "forced", "resources"};

	return reason < ARRAY_LEN(names) ? names[reason] : NULL;
}

const struct field common_fields[COMMON_FIELDS] = {
	[COMMON_TIMESTAMP] = {"timestamp", FIELD_TIME, FIELD_KEEP_ZERO, MATCH_NONE, PEN_IANA, 323,
		1, "observationTimeMilliseconds", "ns", "Time",
		"When it was seen: of a flow its last packet, else the packet that showed it.",
		NULL},
	[COMMON_FLOW_ID] = {"flow_id", FIELD_U64, FIELD_KEEP_ZERO, MATCH_NONE, PEN_IANA, 148, 0,
		"flowId", NULL, "Flow",
		"The same for all records of one flow and for every run over the same capture.",
		NULL},
	[COMMON_SRC_IP] = {"src_ip", FIELD_ADDRESS, FIELD_KEEP_ZERO, MATCH_ADDRESS, PEN_IANA, 8, 27,
		"sourceIPv4Address", NULL, "Source", "Address of the initiator.", NULL},
	[COMMON_SRC_PORT] = {"src_port", FIELD_U16, 0, MATCH_NONE, PEN_IANA, 7, 0,
		"sourceTransportPort", NULL, "Port", "Port of the initiator.", NULL},
	[COMMON_DEST_IP] = {"dest_ip", FIELD_ADDRESS, FIELD_KEEP_ZERO, MATCH_ADDRESS, PEN_IANA, 12,
		28, "destinationIPv4Address", NULL, "Destination", "Address of the responder.",
		NULL},
	[COMMON_DEST_PORT] = {"dest_port", FIELD_U16, 0, MATCH_NONE, PEN_IANA, 11, 0,
		"destinationTransportPort", NULL, "Port", "Port of the responder.", NULL},
	[COMMON_PROTO] = {"proto", FIELD_U8, FIELD_KEEP_ZERO, MATCH_NONE, PEN_IANA, 4, 0,
		"protocolIdentifier", NULL, "Protocol", "IP protocol number (IANA registry).",
		protocol_name},
	[COMMON_ICMP_TYPE] = {"icmp_type", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 2, 0, "icmpType",
		NULL, "ICMP type", "Type of the first ICMP or ICMPv6 message.", NULL},
	[COMMON_ICMP_CODE] = {"icmp_code", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 3, 0, "icmpCode",
		NULL, "ICMP code", "Code of the first ICMP or ICMPv6 message.", NULL},
	[COMMON_VLAN] = {"vlan[]", FIELD_U16, FIELD_LIST, MATCH_NONE, PEN_IANA, 58, 0, "vlanId",
		NULL, "VLAN", "VLAN identifiers of the first packet, outer first (IEEE 802.1Q).",
		NULL},
	[COMMON_COMMUNITY_ID] = {"community_id", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 4, 0,
		"communityId", NULL, "Community ID", "Community ID flow hash, version 1, seed 0.",
		NULL},
};

const struct field flow_fields[FLOW_FIELDS] = {
	[FLOW_PKTS_TOSERVER] = {"flow.pkts_toserver", FIELD_U64, FIELD_KEEP_ZERO, MATCH_NONE,
		PEN_IANA, 2, 0, "packetDeltaCount", "packets", "Packets",
		"Packets of the initiator in this record.", NULL},
	[FLOW_PKTS_TOCLIENT] = {"flow.pkts_toclient", FIELD_U64, FIELD_KEEP_ZERO, MATCH_NONE,
		PEN_REVERSE, 2, 0, "reversePacketDeltaCount", "packets", "Packets back",
		"Packets of the responder in this record.", NULL},
	[FLOW_BYTES_TOSERVER] = {"flow.bytes_toserver", FIELD_U64, FIELD_KEEP_ZERO, MATCH_NONE,
		PEN_IANA, 1, 0, "octetDeltaCount", "octets", "Octets",
		"IP-layer octets of the initiator (RFC 5102 section 5.10.1).", NULL},
	[FLOW_BYTES_TOCLIENT] = {"flow.bytes_toclient", FIELD_U64, FIELD_KEEP_ZERO, MATCH_NONE,
		PEN_REVERSE, 1, 0, "reverseOctetDeltaCount", "octets", "Octets back",
		"IP-layer octets of the responder.", NULL},
	[FLOW_START] = {"flow.start", FIELD_TIME, FIELD_KEEP_ZERO, MATCH_NONE, PEN_IANA, 152, 101,
		"flowStartMilliseconds", "ns", "Start", "Time of the first packet of this record.",
		NULL},
	[FLOW_END] = {"flow.end", FIELD_TIME, FIELD_KEEP_ZERO, MATCH_NONE, PEN_IANA, 153, 102,
		"flowEndMilliseconds", "ns", "End", "Time of the last packet of this record.",
		NULL},
	[FLOW_REASON] = {"flow.reason", FIELD_U8, 0, MATCH_NONE, PEN_IANA, 136, 0, "flowEndReason",
		NULL, "Reason", "Why the record was sent (RFC 5102 section 5.11.3).",
		end_reason_name},
	[FLOW_ENCRYPTED_DNS] = {"flow.encrypted_dns", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 120, 0,
		"encryptedDns", NULL, "Encrypted DNS",
		"doh (RFC 8484), dot (RFC 7858) or doq (RFC 9250): by port, ALPN, nDPI or the name "
		"of the resolver.",
		NULL},
	[FLOW_APP_PROTO] = {"app_proto", FIELD_TEXT, 0, MATCH_NONE, PEN_IANA, 96, 0,
		"applicationName", NULL, "Application",
		"nDPI's name as its reader prints it, master before application.", NULL},
	[FLOW_NDPI_MASTER] = {"ndpi.master", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 103, 0,
		"ndpiMaster", NULL, "Master", "nDPI's master protocol.", NULL},
	[FLOW_NDPI_APP] = {"ndpi.app", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 104, 0,
		"ndpiApplication", NULL, "Application", "nDPI's application protocol.", NULL},
	[FLOW_NDPI_CATEGORY] = {"ndpi.category", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 105, 0,
		"ndpiCategory", NULL, "Category", "nDPI's category.", NULL},
	[FLOW_NDPI_BY] = {"ndpi.by", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 106, 0, "ndpiDecidedBy",
		NULL, "Decided by", "How the application was decided: name, engine, port, address.",
		NULL},
	[FLOW_TCP_FLAGS_TOSERVER] = {"tcp.tcp_flags_ts", FIELD_U8, FIELD_HEX, MATCH_NONE, PEN_IANA,
		6, 0, "tcpControlBits", NULL, "TCP flags",
		"All TCP flags that the initiator sent (RFC 9293 section 3.1).", NULL},
	[FLOW_TCP_FLAGS_TOCLIENT] = {"tcp.tcp_flags_tc", FIELD_U8, FIELD_HEX, MATCH_NONE,
		PEN_REVERSE, 6, 0, "reverseTcpControlBits", NULL, "TCP flags back",
		"All TCP flags that the responder sent.", NULL},
	[FLOW_HITS] = {"hits[]", FIELD_TEXT, FIELD_LIST, MATCH_NONE, KUKLA_PEN, 107, 0,
		"indicatorHits", NULL, "Hits",
		"Indicators that this flow touched; `signature:` before the name of a signature, "
		"`look-alike:` before a protected name that something looks like.",
		NULL},
};

static const char *tunnel_name(uint64_t type)
{
	/* in the order of enum pkt_tunnel_type in probe/pkt.h; the numbers are stored */
	static const char *const names[] = {NULL, "ipip", "6in4", "4in6", "6in6", "gre", "erspan",
		"vxlan", "vxlan-gpe", "geneve", "gtp", "teredo", "l2tp", "etherip", "mpls", "ah",
		"pim", "capwap", "srv6"};

	return type < ARRAY_LEN(names) ? names[type] : NULL;
}

const struct field tunnel_fields[TUNNEL_FIELDS] = {
	[TUNNEL_FIELD_TYPE] = {"tunnel.type", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 110, 0,
		"tunnelType", NULL, "Tunnel",
		"What the flow was inside of; of several tunnels the outermost.", tunnel_name},
	[TUNNEL_FIELD_SRC_IP] = {"tunnel.src_ip", FIELD_ADDRESS, 0, MATCH_NONE, KUKLA_PEN, 111, 112,
		"tunnelSourceIPv4Address", NULL, "Tunnel from",
		"Outer address on the initiator's side, of the first packet.", NULL},
	[TUNNEL_FIELD_DEST_IP] = {"tunnel.dest_ip", FIELD_ADDRESS, 0, MATCH_NONE, KUKLA_PEN, 113,
		114, "tunnelDestinationIPv4Address", NULL, "Tunnel to",
		"Outer address on the responder's side, of the first packet.", NULL},
	[TUNNEL_FIELD_ID] = {"tunnel.id", FIELD_U32, 0, MATCH_NONE, KUKLA_PEN, 115, 0, "tunnelId",
		NULL, "Tunnel ID",
		"Of the first packet: VNI, TEID, key of GRE, session; by the type.", NULL},
	[TUNNEL_FIELD_DEPTH] = {"tunnel.depth", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 116, 0,
		"tunnelDepth", NULL, "Tunnels", "How many tunnels lie in one another.", NULL},
};

const struct field hit_fields[HIT_FIELDS] = {
	[HIT_VALUE] = {"indicator.value", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 200, 0,
		"indicatorValue", NULL, "Indicator",
		"The indicator that matched, as its source names it, refanged; of a signature its "
		"name.",
		NULL},
	[HIT_TYPE] = {"indicator.type", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 201, 0,
		"indicatorType", NULL, "Type",
		"Type of the indicator: domain, url, ip, prefix, ip-port, asn, cert-sha1, "
		"cert-sha256, ja3, ja4, user-agent, ua-pattern, url-path, ja3s, spki-sha256, "
		"look-alike, signature.",
		NULL},
	[HIT_FIELD] = {"indicator.field", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 202, 0,
		"indicatorField", NULL, "Field",
		"The field that it was found in; of a signature all of them, with commas.", NULL},
	[HIT_ROLE] = {"indicator.role", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 203, 0,
		"indicatorRole", NULL, "Role",
		"reader-facing (who touches it is a reader) or operator-side.", NULL},
	[HIT_CAMPAIGN] = {"indicator.campaign", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 204, 0,
		"indicatorCampaign", NULL, "Campaign",
		"The operation that the source ascribes it to.", NULL},
	[HIT_SOURCE] = {"indicator.source", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 205, 0,
		"indicatorSource", NULL, "Source",
		"File or publisher that the indicator came from.", NULL},
	[HIT_SET_VERSION] = {"indicator.set_version", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 206, 0,
		"indicatorSetVersion", NULL, "Set",
		"Version of the signature database: the first 16 digits of its SHA-256.", NULL},
	[HIT_DISARM] = {"indicator.disarm", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 207, 0,
		"indicatorDisarm", NULL, "DISARM", "DISARM techniques, separated by blanks.", NULL},
	[HIT_CONFIDENCE] = {"indicator.confidence", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 208, 0,
		"indicatorConfidence", NULL, "Confidence",
		"0 to 100 as in STIX 2.1 section 3.2; absent where the source gives none.", NULL},
	[HIT_LOOK_ALIKE] = {"indicator.look_alike", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 220, 0,
		"indicatorLookAlike", NULL, "Looks alike by",
		"How a name looks like the protected one, which is the indicator: suffix, "
		"homoglyph, "
		"edit, word, subdomain.",
		NULL},
	[HIT_DOMAIN] = {"indicator.domain", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 221, 0,
		"indicatorDomain", NULL, "Looks alike",
		"What was registered of the name that looks like the protected one.", NULL},
	[HIT_SET_CREATED] = {"indicator.set_created", FIELD_TIME, 0, MATCH_NONE, KUKLA_PEN, 230,
		231, "indicatorSetCreatedMilliseconds", "ns", "Set made",
		"When the signature database was made: its age. Absent where it does not say.",
		NULL},
	[HIT_QUARANTINED] = {"indicator.quarantined", FIELD_U64, 0, MATCH_NONE, KUKLA_PEN, 232, 0,
		"indicatorQuarantined", "clients", "Quarantined",
		"No hit: so many clients touched it in a day, rounded down to tens, that it is "
		"reported no more until the set changes.",
		NULL},
	[HIT_NOTE] = {"indicator.note", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 233, 0,
		"indicatorNote", NULL, "Note", "What its source says of the indicator.", NULL},
	[HIT_REFERENCE] = {"indicator.reference", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 234, 0,
		"indicatorReference", NULL, "Reference",
		"Address of what the indicator was taken from.", NULL},
	[HIT_TLP] = {"indicator.tlp", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 235, 0, "indicatorTlp",
		NULL, "TLP", "Traffic Light Protocol: who may be told, as the source writes it.",
		NULL},
	[HIT_PUBLISHED] = {"indicator.published", FIELD_TIME, 0, MATCH_NONE, KUKLA_PEN, 236, 237,
		"indicatorPublishedMilliseconds", "ns", "Published",
		"When the source published the indicator.", NULL},
	[HIT_SET_NUMBER] = {"indicator.set_number", FIELD_U64, 0, MATCH_NONE, KUKLA_PEN, 238, 0,
		"indicatorSetNumber", NULL, "Set's number",
		"Number of the signature database: a later one has a greater. Absent where it has "
		"none.",
		NULL},
};

const struct field name_fields[NAME_FIELDS] = {
	[NAME_RRNAME] = {"name.rrname", FIELD_TEXT, FIELD_KEEP_ZERO, MATCH_NAME, KUKLA_PEN, 300, 0,
		"nameOwner", NULL, "Name", "Owner of a record answered, in lower case.", NULL},
	[NAME_RRTYPE] = {"name.rrtype", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 301, 0, "nameType",
		NULL, "Type", "Type of the record, as IANA names it.", NULL},
	[NAME_RDATA] = {"name.rdata", FIELD_TEXT, 0, MATCH_ADDRESS, KUKLA_PEN, 302, 0, "nameData",
		NULL, "Data", "Data of the record, as dns.answers[].rdata.", NULL},
	[NAME_COUNT] = {"name.count", FIELD_U64, FIELD_KEEP_ZERO, MATCH_NONE, KUKLA_PEN, 303, 0,
		"nameCount", "records", "Count", "How often it was answered in the window.", NULL},
	[NAME_FIRST] = {"name.first", FIELD_TIME, FIELD_KEEP_ZERO, MATCH_NONE, KUKLA_PEN, 304, 305,
		"nameFirstMilliseconds", "ns", "First", "First answer in the window.", NULL},
	[NAME_LAST] = {"name.last", FIELD_TIME, FIELD_KEEP_ZERO, MATCH_NONE, KUKLA_PEN, 306, 307,
		"nameLastMilliseconds", "ns", "Last", "Last answer in the window.", NULL},
	[NAME_TTL_MIN] = {"name.ttl_min", FIELD_U32, FIELD_KEEP_ZERO, MATCH_NONE, KUKLA_PEN, 308, 0,
		"nameTtlMin", "s", "TTL from", "The lowest time to live.", NULL},
	[NAME_TTL_MAX] = {"name.ttl_max", FIELD_U32, FIELD_KEEP_ZERO, MATCH_NONE, KUKLA_PEN, 309, 0,
		"nameTtlMax", "s", "TTL to", "The highest time to live.", NULL},
};

const struct field_table common_table = {"common", common_fields, COMMON_FIELDS};
const struct field_table flow_table_fields = {"flow", flow_fields, FLOW_FIELDS};
const struct field_table tunnel_table = {"tunnel", tunnel_fields, TUNNEL_FIELDS};
const struct field_table hit_table = {"indicator", hit_fields, HIT_FIELDS};
const struct field_table name_table = {"name", name_fields, NAME_FIELDS};

const struct record_kind kind_flow = {"flow", {&common_table, &flow_table_fields}};
const struct record_kind kind_hit = {"alert", {&common_table, &hit_table}};
const struct record_kind kind_name = {"name", {&name_table}};
const struct record_kind kind_ledger = {"stats", {&ledger_table}};
