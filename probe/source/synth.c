/* SPDX-License-Identifier: Apache-2.0 */
/* Traffic made from a seed: clients look up documentation names (RFC 2606) and visit them over TLS
 * and HTTP, and some only scan. The same words give the same octets and stamps. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "probe/source.h"
#include "probe/source/frames.h"

enum kind { KIND_DNS, KIND_TLS, KIND_HTTP, KIND_SCAN };

/* What can be said; all numbers. */
struct settings {
	uint64_t seed;
	uint64_t flows;   /* 0: no end */
	uint64_t packets; /* 0: until the flows end */
	uint64_t rate;    /* packets a second, in packet time */
	uint64_t bytes;   /* mean of what a server sends in a visit */
	uint64_t active;  /* flows at one time */
	uint64_t clients;
	uint64_t scan;  /* percent of the flows that are one SYN */
	uint64_t v6;    /* percent of the visits over IPv6 */
	uint64_t start; /* second since 1970 of the first packet */
};

static const struct word {
	const char *name;
	size_t offset;
	uint64_t initial, minimum, maximum;
} words[] = {
	{"seed", offsetof(struct settings, seed), 1, 0, UINT64_MAX},
	{"flows", offsetof(struct settings, flows), 1000, 0, UINT64_MAX},
	{"packets", offsetof(struct settings, packets), 0, 0, UINT64_MAX},
	{"rate", offsetof(struct settings, rate), 10000, 1, 1000000000},
	{"bytes", offsetof(struct settings, bytes), 8000, 0, 1u << 30},
	{"active", offsetof(struct settings, active), 64, 1, 100000000},
	{"clients", offsetof(struct settings, clients), 200, 1, 1u << 22},
	{"scan", offsetof(struct settings, scan), 0, 0, 100},
	{"v6", offsetof(struct settings, v6), 25, 0, 100},
	{"start", offsetof(struct settings, start), 1700000000, 0, UINT32_MAX},
};

/* A visit in progress: its lookup, then its connection; or a scan. */
struct visit {
	uint8_t kind, goal; /* enum kind: of the flow under way, of the visit */
	uint8_t step, v6;
	uint16_t name;
	uint32_t server_bytes; /* still to come */
	uint64_t random;
	struct frame_end end[2]; /* client, server */
	uint32_t seq[2];
};

struct source {
	struct settings said;
	uint64_t random, time_ns, gap_ns;
	uint64_t flows, packets;
	struct visit *visits;
	size_t visit_count; /* under way */
};

static const char *const hosts[] = {"www", "news", "login", "cdn", "api", "mail", "img", "m"};
static const char *const domains[] = {"example.com", "example.net", "example.org",
	"daily-news.example", "weather.example", "kiosk.example"};
static const char *const paths[] = {"/", "/index.html", "/news/article?id=1", "/robots.txt"};
static const char *const agents[] = {
	"Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0", "curl/7.88.1",
	"python-requests/2.28.1"};
static const uint16_t scanned_ports[] = {22, 23, 80, 443, 445, 3389, 5900, 8080};

#define NAME_COUNT (ARRAY_LEN(hosts) * ARRAY_LEN(domains))

/* SplitMix64. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t below(struct source *s, uint64_t limit)
{
	return next_random(&s->random) % limit;
}

static void name_of(const struct visit *v, char *to, size_t size)
{
	(void)snprintf(to, size, "%s.%s", hosts[v->name % ARRAY_LEN(hosts)],
		domains[v->name / ARRAY_LEN(hosts)]);
}

/* Documentation prefixes (RFC 5737, RFC 3849) for servers, private ones for clients. */
static void set_address(uint8_t address[16], const uint8_t prefix[12], uint32_t number)
{
	memcpy(address, prefix, 12);
	for (unsigned i = 0; i < 4; i++)
		address[12 + i] = (uint8_t)(number >> (24 - 8 * i));
}

static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};
static const uint8_t client_prefix[12] = {0xfd, 0, 0, 0, 0, 1};
static const uint8_t server_prefix[12] = {0x20, 0x01, 0x0d, 0xb8, 0, 2};

static void set_client(struct source *s, struct visit *v)
{
	uint64_t client = s->flows % s->said.clients;
	uint64_t port = s->flows / s->said.clients % 60000;

	set_address(v->end[0].address, v->v6 ? client_prefix : v4_prefix,
		(v->v6 ? 1 : 0x0a000001) + (uint32_t)client);
	v->end[0].port = (uint16_t)(1024 + port);
}

static void set_server(struct visit *v)
{
	static const uint16_t ports[] = {[KIND_DNS] = 53, [KIND_TLS] = 443, [KIND_HTTP] = 80};
	uint32_t number = v->kind == KIND_DNS ? 53 : 100u + v->name;
	uint32_t network = v->kind == KIND_DNS ? 0xc0000200 : 0xc6336400;

	set_address(v->end[1].address, v->v6 ? server_prefix : v4_prefix,
		v->v6 ? number : network + number);
	v->end[1].port = ports[v->kind];
}

static void begin_flow(struct source *s, struct visit *v, enum kind kind)
{
	v->kind = (uint8_t)kind;
	v->step = 0;
	v->random = next_random(&s->random);
	v->seq[0] = (uint32_t)v->random;
	v->seq[1] = (uint32_t)(v->random >> 32);
	set_client(s, v);
	set_server(v);
	s->flows++;
}

static void begin_scan(struct source *s, struct visit *v)
{
	begin_flow(s, v, KIND_TLS);
	v->kind = v->goal = KIND_SCAN;
	set_address(v->end[0].address, v4_prefix, 0xcb007101); /* 203.0.113.1 */
	v->end[0].port = (uint16_t)(1024 + v->random % 60000);
	set_address(v->end[1].address, v4_prefix,
		0xc6120000 | (uint32_t)below(s, 1 << 17)); /* 198.18.0.0/15, RFC 2544 */
	v->end[1].port = scanned_ports[below(s, ARRAY_LEN(scanned_ports))];
}

static void begin_visit(struct source *s, struct visit *v)
{
	*v = (struct visit){0};
	if (below(s, 100) < s->said.scan) {
		begin_scan(s, v);
		return;
	}
	v->goal = below(s, 4) ? KIND_TLS : KIND_HTTP;
	v->v6 = below(s, 100) < s->said.v6;
	v->name = (uint16_t)below(s, NAME_COUNT);
	v->server_bytes = (uint32_t)below(s, 2 * s->said.bytes + 1);
	begin_flow(s, v, KIND_DNS);
}

/* One lookup: a query, an answer. Says whether the flow is over. */
static bool dns_step(struct visit *v, struct frame *f)
{
	uint8_t octets[FRAME_BYTES_MAX];
	struct frame payload = {.bytes = octets};
	char name[64];
	struct visit server = *v;
	uint16_t type = v->v6 ? 28 : 1;
	bool answer = v->step++;

	name_of(v, name, sizeof(name));
	server.kind = server.goal;
	set_server(&server);
	if (answer)
		frame_dns_answer(&payload, (uint16_t)v->random, name, type, server.end[1].address);
	else
		frame_dns_query(&payload, (uint16_t)v->random, name, type);
	frame_udp(f, &v->end[answer], &v->end[!answer], &payload);
	return answer;
}

/* The steps of a connection; STEP_DATA is repeated until the server has sent all. */
static const struct tcp_step {
	uint8_t side, flags; /* side 0 is the client */
} connection[] = {
	{0, FRAME_SYN},
	{1, FRAME_SYN | FRAME_ACK},
	{0, FRAME_ACK},
	{0, FRAME_PSH | FRAME_ACK},
	{1, FRAME_PSH | FRAME_ACK},
	{1, FRAME_ACK},
	{0, FRAME_FIN | FRAME_ACK},
	{1, FRAME_FIN | FRAME_ACK},
	{0, FRAME_ACK},
};

enum { STEP_REQUEST = 3, STEP_REPLY = 4, STEP_DATA = 5, STEP_FIN = 6 };

static void put_request(const struct visit *v, struct frame *payload)
{
	uint8_t random[32];
	struct frame filled = {.bytes = random};
	char name[64];

	name_of(v, name, sizeof(name));
	if (v->kind == KIND_HTTP) {
		frame_http_request(payload, name, paths[v->random % ARRAY_LEN(paths)],
			agents[v->random / 8 % ARRAY_LEN(agents)]);
	} else {
		frame_fill(&filled, v->random, sizeof(random));
		frame_client_hello(payload, name, random);
	}
}

static void put_reply(struct visit *v, struct frame *payload)
{
	uint8_t random[32];
	struct frame filled = {.bytes = random};

	if (v->kind == KIND_HTTP) {
		frame_http_answer(payload, v->server_bytes);
	} else {
		frame_fill(&filled, ~v->random, sizeof(random));
		frame_server_hello(payload, random);
	}
}

static void put_data(struct visit *v, struct frame *payload)
{
	uint32_t bytes = v->server_bytes < FRAME_PAYLOAD_MAX ? v->server_bytes : FRAME_PAYLOAD_MAX;
	uint64_t seed = v->random + v->server_bytes;

	if (v->kind == KIND_TLS && bytes >= 5)
		frame_tls_data(payload, seed, bytes);
	else
		frame_fill(payload, seed, bytes);
	v->server_bytes -= bytes;
}

static bool tcp_step(struct visit *v, struct frame *f)
{
	const struct tcp_step *step = &connection[v->step];
	uint8_t octets[FRAME_BYTES_MAX];
	struct frame payload = {.bytes = octets};
	uint8_t side = step->side, flags = step->flags;
	struct frame_tcp tcp = {
		.seq = v->seq[side], .ack = flags & FRAME_ACK ? v->seq[!side] : 0, .flags = flags};

	if (v->step == STEP_REQUEST)
		put_request(v, &payload);
	else if (v->step == STEP_REPLY)
		put_reply(v, &payload);
	else if (v->step == STEP_DATA)
		put_data(v, &payload);
	frame_tcp(f, &v->end[side], &v->end[!side], &tcp, &payload);
	v->seq[side] += (uint32_t)payload.count + ((flags & (FRAME_SYN | FRAME_FIN)) != 0);
	if (v->step < STEP_REPLY || v->step > STEP_DATA)
		v->step++;
	else
		v->step = v->server_bytes ? STEP_DATA : STEP_FIN;
	return v->kind == KIND_SCAN || v->step == ARRAY_LEN(connection);
}

static bool may_begin(const struct source *s)
{
	return !s->said.flows || s->flows < s->said.flows;
}

/* The next packet of a visit chosen at random; false: there is none any more. */
static bool next_packet(struct source *s, struct frame *f)
{
	size_t i;
	struct visit *v;
	bool over;

	while (s->visit_count < s->said.active && may_begin(s))
		begin_visit(s, &s->visits[s->visit_count++]);
	if (!s->visit_count || (s->said.packets && s->packets == s->said.packets))
		return false;
	i = below(s, s->visit_count);
	v = &s->visits[i];
	over = v->kind == KIND_DNS ? dns_step(v, f) : tcp_step(v, f);
	if (over && v->kind == KIND_DNS && may_begin(s))
		begin_flow(s, v, v->goal);
	else if (over)
		*v = s->visits[--s->visit_count];
	s->packets++;
	return true;
}

static int synth_burst(struct source *s, struct burst *b)
{
	size_t at = 0;

	b->count = 0;
	while (b->count < BURST_PACKETS_MAX) {
		struct frame f = {.bytes = b->bytes + at};

		if (!next_packet(s, &f))
			break;
		b->pkts[b->count++] = (struct pkt){.bytes = f.bytes,
			.captured = (uint32_t)f.count,
			.wire = (uint32_t)f.count,
			.time_ns = s->time_ns,
			.link = 1};
		s->time_ns += s->gap_ns;
		at += (f.count + 7) & ~(size_t)7;
	}
	b->bytes_used = at;
	return b->count ? (int)b->count : -ENODATA;
}

static void synth_release(struct source *s, struct burst *b)
{
	(void)s;
	b->count = 0;
	b->bytes_used = 0;
}

static const char *synth_problem(struct source *s)
{
	(void)s;
	return NULL;
}

static void synth_stats(struct source *s, struct ledger *l)
{
	l->n[LEDGER_WIRE_SEEN] = s->packets;
}

static void synth_progress(struct source *s, struct source_progress *ret_progress)
{
	*ret_progress = (struct source_progress){.packets = s->packets, .name = "synth"};
}

static void synth_close(struct source *s)
{
	if (s)
		free(s->visits);
	free(s);
}

static bool set_word(struct settings *said, const char *text)
{
	size_t length = strcspn(text, "=");

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		const struct word *w = &words[i];
		char *end;
		uint64_t n;

		if (strlen(w->name) != length || strncmp(w->name, text, length) != 0 ||
			!text[length] || text[length + 1] < '0' || text[length + 1] > '9')
			continue;
		errno = 0;
		n = strtoull(text + length + 1, &end, 10);
		if (errno || *end || n < w->minimum || n > w->maximum)
			return false;
		memcpy((char *)said + w->offset, &n, sizeof(n));
		return true;
	}
	return false;
}

static void source_free_ptr(struct source **s)
{
	synth_close(*s);
}

static int synth_open(struct source **ret_source, const struct source_config *config,
	char *ret_error, size_t error_size)
{
	_cleanup_(source_free_ptr) struct source *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		memcpy((char *)&s->said + words[i].offset, &words[i].initial, sizeof(uint64_t));
	for (size_t i = 0; i < config->name_count; i++) {
		if (set_word(&s->said, config->names[i]))
			continue;
		(void)snprintf(ret_error, error_size,
			"synth: `%s` is not one of seed= flows= packets= rate= bytes= active= "
			"clients= scan= v6= start= with a number in its range",
			config->names[i]);
		return -EINVAL;
	}
	s->visits = calloc(s->said.active, sizeof(*s->visits));
	if (!s->visits)
		return -ENOMEM;
	s->random = s->said.seed;
	s->time_ns = s->said.start * 1000000000;
	s->gap_ns = 1000000000 / s->said.rate;
	*ret_source = steal(s);
	return 0;
}

const struct source_ops synth_source = {
	.name = "synth",
	.open = synth_open,
	.burst = synth_burst,
	.release = synth_release,
	.problem = synth_problem,
	.stats = synth_stats,
	.progress = synth_progress,
	.close = synth_close,
};
