/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures over flows: hand-made cases, and both matchers against each other on generated ones.
 */
#include "signatures/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/schema.h"
#include "base/text.h"
#include "dissectors/schema_all.h"
#include "signatures/expression.h"
#include "tests/unit/unit.h"

#define SIGNATURES 400
#define FLOWS      3000

static const struct match_ops *const all_ops[] = {&match_sets, &match_naive};

struct engine {
	const struct match_ops *ops;
	struct match_set *set;
	struct matcher *matcher;
};

struct world {
	struct sigdb *db;
	struct engine engines[ARRAY_LEN(all_ops)];
};

static void open_world(struct world *w, const struct indicator *items, size_t count, bool trusted)
{
	const struct sigdb_stamp stamp = {.to_be_signed = true};
	const uint8_t secret[SIGNING_KEY_BYTES] = {1};
	uint8_t key[1][SIGNING_KEY_BYTES];
	struct sigdb_trust trust = {(const uint8_t(*)[SIGNING_KEY_BYTES])key, trusted};
	char path[] = "test_conditions.XXXXXX", error[512];
	int fd = mkstemp(path);

	assert_int_equal(signing_key_public(key[0], secret), 0);
	assert_true(fd >= 0);
	if (sigdb_write_to(fd, items, count, &stamp, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	assert_int_equal(sigdb_sign(fd, secret), 0);
	assert_int_equal(close(fd), 0);
	if (sigdb_open_trusted(&w->db, path, &trust, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	assert_int_equal(unlink(path), 0);
	assert_true(trusted || !sigdb_compiled_patterns(w->db).begin);
	for (size_t i = 0; i < ARRAY_LEN(all_ops); i++) {
		struct engine *e = &w->engines[i];

		e->ops = all_ops[i];
		if (e->ops->build(&e->set, w->db, error, sizeof(error)) < 0)
			fail_msg("%s", error);
		assert_int_equal(e->ops->open(&e->matcher, e->set), 0);
	}
}

static void close_world(struct world *w)
{
	for (size_t i = 0; i < ARRAY_LEN(all_ops); i++) {
		w->engines[i].ops->close(w->engines[i].matcher);
		w->engines[i].ops->drop(w->engines[i].set);
	}
	sigdb_close(w->db);
}

static struct indicator make(enum indicator_type type, const char *value, const char *expression)
{
	return (struct indicator){.type = type,
		.value = value,
		.expression = expression,
		.campaign = "",
		.source = "",
		.context = "",
		.disarm = "",
		.reference = "",
		.tlp = "",
		.licence = ""};
}

/* Facts and one message, in the test's words. */
struct flow_case {
	struct schema schema;
	struct evidence evidence;
	struct record facts, message;
	uint8_t facts_octets[4096], message_octets[4096];
	uint8_t src[16], dest[16];
};

static void begin(struct flow_case *f)
{
	record_init(&f->facts, &kind_flow, f->facts_octets, sizeof(f->facts_octets));
	record_init(&f->message, &kind_flow, f->message_octets, sizeof(f->message_octets));
	f->evidence = (struct evidence){.facts = &f->facts, .dest_port = -1, .proto = -1};
}

static const struct field *field_of(const struct schema *s, const char *key)
{
	for (size_t i = 0; s->tables[i]; i++) {
		for (size_t n = 0; n < s->tables[i]->count; n++) {
			if (strcmp(s->tables[i]->fields[n].key, key) == 0)
				return &s->tables[i]->fields[n];
		}
	}
	for (size_t i = 0; s->kinds[i]; i++) {
		for (size_t t = 0; t < 4 && s->kinds[i]->tables[t]; t++) {
			for (size_t n = 0; n < s->kinds[i]->tables[t]->count; n++) {
				if (strcmp(s->kinds[i]->tables[t]->fields[n].key, key) == 0)
					return &s->kinds[i]->tables[t]->fields[n];
			}
		}
	}
	fail_msg("no field %s", key);
	return NULL;
}

static void add(struct flow_case *f, struct record *to, const char *key, const char *value)
{
	assert_true(record_text(to, field_of(&f->schema, key), value, strlen(value)));
}

static void set_dest(struct flow_case *f, const char *text)
{
	assert_true(text_to_address(text, strlen(text), f->dest));
	f->evidence.dest_ip = f->dest;
}

/* Both; they must agree. Whoever holds has touched something. */
static unsigned ask(struct world *w, const struct evidence *e, struct signature_hit *ret_hits)
{
	struct signature_hit hits[2][SIGNATURE_HITS_MAX];
	unsigned count[2];

	for (size_t i = 0; i < 2; i++)
		count[i] = w->engines[i].ops->evaluate(w->engines[i].matcher, e, hits[i]);
	if (count[0] != count[1])
		fail_msg("they differ: %u and %u", count[0], count[1]);
	for (unsigned i = 0; i < count[0]; i++) {
		assert_int_equal(hits[0][i].index, hits[1][i].index);
		assert_int_equal(hits[0][i].fields, hits[1][i].fields);
		assert_true(i == 0 || hits[0][i].index > hits[0][i - 1].index);
		assert_true(hits[0][i].fields);
	}
	if (ret_hits)
		memcpy(ret_hits, hits[0], sizeof(hits[0]));
	return count[0];
}

static bool touches(struct world *w, const struct evidence *e, const struct record *r)
{
	struct record_value v = {0};
	bool any = match_sets.touches_ends(w->engines[0].matcher, e);

	while (record_next(r, &v))
		any |= match_sets.touches(w->engines[0].matcher, v.field, v.text, v.bytes);
	return any;
}

static struct flow_case *new_case(void)
{
	struct flow_case *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	schema_init(&f->schema);
	begin(f);
	return f;
}

static void test_one_flow(void **state)
{
	const struct indicator items[] = {
		make(INDICATOR_SIGNATURE, "a",
			"all(tls.sni suffix \"example.org\", dest_port range \"443\", not(dest_ip "
			"address \"198.51.100.0/24\"))"),
		make(INDICATOR_SIGNATURE, "b",
			"all(tls.sni suffix \"example.org\", not(tls.ja4 exact \"t13d\"))"),
		make(INDICATOR_SIGNATURE, "c",
			"all(dest_asn exact \"AS64500\", app_proto prefix \"TLS\")"),
	};
	struct flow_case *f = new_case();
	struct signature_hit hits[SIGNATURE_HITS_MAX];
	struct world w;

	(void)state;
	open_world(&w, items, ARRAY_LEN(items), false);
	assert_int_equal(sigdb_as_count(w.db), 1);
	assert_int_equal(ask(&w, &f->evidence, NULL), 0);
	assert_false(touches(&w, &f->evidence, &f->facts));
	add(f, &f->facts, "tls.sni", "www.Example.org");
	assert_true(touches(&w, &f->evidence, &f->facts));
	assert_int_equal(ask(&w, &f->evidence, NULL), 0); /* the port is not known */
	f->evidence.dest_port = 443;
	assert_int_equal(ask(&w, &f->evidence, hits), 1);
	assert_int_equal(hits[0].index, 0);
	assert_int_equal(hits[0].fields,
		1ULL << FIELD_OF_DEST_PORT | 1ULL << signature_field_id("tls.sni", 7));
	f->evidence.dest_port = 444;
	assert_int_equal(ask(&w, &f->evidence, NULL), 0);
	f->evidence.dest_port = 443;
	set_dest(f, "198.51.100.7");
	assert_int_equal(ask(&w, &f->evidence, NULL), 0);
	set_dest(f, "198.51.101.7");
	assert_int_equal(ask(&w, &f->evidence, NULL), 1);
	/* what waits for the end is not told before, and what does not is told before only */
	f->evidence.moment = EVIDENCE_ENDED;
	assert_int_equal(ask(&w, &f->evidence, hits), 1);
	assert_int_equal(hits[0].index, 1);
	add(f, &f->facts, "tls.ja4", "t13d");
	assert_int_equal(ask(&w, &f->evidence, NULL), 0);
	f->evidence.dest_asn = 64500;
	assert_true(match_sets.touches_ends(w.engines[0].matcher, &f->evidence));
	f->evidence.app_proto = "TLS.Telegram";
	assert_int_equal(ask(&w, &f->evidence, hits), 1);
	assert_int_equal(hits[0].index, 2);
	f->evidence.moment = EVIDENCE_GOES_ON;
	assert_int_equal(ask(&w, &f->evidence, NULL), 1);
	f->evidence.moment = EVIDENCE_WHOLE;
	assert_int_equal(ask(&w, &f->evidence, NULL), 2);
	close_world(&w);
	free(f);
}

/* Conditions hold together in one message; what the flow knows of another does not help. */
static void test_messages(void **state)
{
	const struct indicator items[] = {
		make(INDICATOR_SIGNATURE, "a",
			"all(http.hostname exact \"a.example.org\", http.url prefix \"/x\")"),
		make(INDICATOR_SIGNATURE, "b",
			"all(http.hostname exact \"a.example.org\", not(http.url exact \"/x\"))"),
		make(INDICATOR_SIGNATURE, "c",
			"all(dns.queries[].rrname suffix \"example.org\", dns.answers[].rdata "
			"address \"203.0.113.0/24\")"),
	};
	struct flow_case *f = new_case();
	struct signature_hit hits[SIGNATURE_HITS_MAX];
	struct world w;

	(void)state;
	open_world(&w, items, ARRAY_LEN(items), false);
	add(f, &f->facts, "http.hostname", "a.example.org");
	add(f, &f->facts, "http.url", "/y");
	assert_int_equal(ask(&w, &f->evidence, hits), 1);
	assert_int_equal(hits[0].index, 1);
	f->evidence.message = &f->message;
	add(f, &f->message, "http.hostname", "b.example.org");
	add(f, &f->message, "http.url", "/x1");
	assert_int_equal(ask(&w, &f->evidence, NULL), 0);
	record_clear(&f->message);
	add(f, &f->message, "http.hostname", "a.example.org");
	add(f, &f->message, "http.url", "/x1");
	assert_int_equal(ask(&w, &f->evidence, NULL), 2);
	record_clear(&f->message);
	add(f, &f->message, "dns.queries[].rrname", "www.example.org");
	add(f, &f->message, "dns.answers[].rdata", "cname.example.net");
	add(f, &f->message, "dns.answers[].rdata", "203.0.113.9");
	record_clear(&f->facts);
	assert_int_equal(ask(&w, &f->evidence, hits), 1);
	assert_int_equal(hits[0].index, 2);
	close_world(&w);
	free(f);
}

static void test_agents_and_systems(void **state)
{
	const struct indicator items[] = {
		make(INDICATOR_UA_PATTERN, "Bot*/1", NULL),
		make(INDICATOR_UA_PATTERN, "a?b", NULL),
		make(INDICATOR_USER_AGENT, "Bot/1", NULL),
		make(INDICATOR_ASN, "AS64500", NULL),
		make(INDICATOR_DOMAIN, "example.org", NULL),
	};
	static const struct {
		const char *agent;
		unsigned count;
	} cases[] = {
		{"Bot/1", 2}, {"A Bot of x/1.2", 1}, {"bot/1", 0}, {"a?b", 1}, {"axb", 0}, {"", 0}};
	const uint32_t systems[] = {64500, 64501, 0};
	struct world w;

	(void)state;
	open_world(&w, items, ARRAY_LEN(items), true);
	for (size_t i = 0; i < 2; i++) {
		struct engine *e = &w.engines[i];
		uint32_t found[MATCH_RESULTS_MAX];

		for (size_t n = 0; n < ARRAY_LEN(cases); n++)
			assert_int_equal(e->ops->find(e->matcher, MATCH_USER_AGENT, cases[n].agent,
						 strlen(cases[n].agent), 0, found),
				cases[n].count);
		for (size_t n = 0; n < ARRAY_LEN(systems); n++)
			assert_int_equal(e->ops->find(e->matcher, MATCH_AS, &systems[n],
						 sizeof(systems[n]), 0, found),
				n == 0);
		assert_int_equal(e->ops->find(e->matcher, MATCH_AS, "AS64500", 7, 0, found), 0);
	}
	assert_int_equal(sigdb_as_count(w.db), 1);
	close_world(&w);
}

/* More hold than there is place for: the first ones. */
static void test_full(void **state)
{
	static char names[SIGNATURE_HITS_MAX + 20][16];
	static struct indicator items[SIGNATURE_HITS_MAX + 20];
	struct flow_case *f = new_case();
	struct signature_hit hits[SIGNATURE_HITS_MAX];
	struct world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		snprintf(names[i], sizeof(names[i]), "s%03zu", i);
		items[i] = make(INDICATOR_SIGNATURE, names[i],
			i % 2 ? "tls.sni suffix \"example.org\"" : "tls.ja4 exact \"t13d\"");
	}
	open_world(&w, items, ARRAY_LEN(items), false);
	add(f, &f->facts, "tls.sni", "example.org");
	add(f, &f->facts, "tls.ja4", "t13d");
	assert_int_equal(ask(&w, &f->evidence, hits), SIGNATURE_HITS_MAX);
	for (unsigned i = 0; i < SIGNATURE_HITS_MAX; i++)
		assert_int_equal(hits[i].index, i);
	close_world(&w);
	free(f);
}

struct making {
	uint64_t random;
	char *to;
	size_t size, used;
};

static uint32_t below(struct making *m, uint32_t limit)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (uint32_t)(m->random >> 33) % limit;
}

static void put(struct making *m, const char *text)
{
	m->used += (size_t)snprintf(m->to + m->used, m->size - m->used, "%s", text);
}

/* Leaves over few values, so that they are often touched. */
static const char *const leaves[] = {"tls.sni exact \"a.example.org\"",
	"tls.sni suffix \"example.org\"", "tls.sni suffix \"org\"", "tls.sni wildcard \"*b*.org\"",
	"tls.sni prefix \"a.\"", "tls.sni regex \"^[ab]+\\\\.\"", "quic.sni suffix \"example.org\"",
	"quic.sni wildcard \"*b*.org\"", "dns.queries[].rrname suffix \"example.org\"",
	"dns.queries[].rrname regex \"^[ab]+\\\\.\"",
	"dns.answers[].rdata address \"203.0.113.0/24\"", "dns.answers[].rdata exact \"b.org\"",
	"dns.answers[].rdata suffix \"org\"", "dns.answers[].rdata address \"203.0.113.1\"",
	"http.hostname exact \"b.org\"", "http.url prefix \"/a\"", "http.url exact \"/a\"",
	"http.http_user_agent regex \"(?i)bot\"", "http.http_user_agent exact \"Bot\"",
	"tls.ja4 exact \"t13d\"", "tls.ja4 exact \"t12d\"", "tls.fingerprint exact \"abcdef\"",
	"tls.alpn exact \"h2\"", "tls.alpn wildcard \"*http*\"",
	"dest_ip address \"203.0.113.0/24\"", "dest_ip address \"203.0.113.1\"",
	"src_ip address \"203.0.113.0/24\"", "src_ip address \"203.0.113.1\"",
	"dest_port range \"443\"", "dest_port range \"400-500\"", "dest_port range \"80\"",
	"proto range \"6\"", "proto range \"17\"", "app_proto exact \"TLS\"",
	"app_proto prefix \"T\"", "dest_asn exact \"AS64500\"", "dest_asn exact \"AS64501\""};

static void random_expression(struct making *m, unsigned depth)
{
	static const char *const branches[] = {"all(", "any(", "not("};
	uint32_t branch = depth < 4 ? below(m, 6) : 6;

	if (branch >= ARRAY_LEN(branches)) {
		put(m, leaves[below(m, ARRAY_LEN(leaves))]);
		return;
	}
	put(m, branches[branch]);
	for (uint32_t i = 0, count = branch == 2 ? 1 : 1 + below(m, 4); i < count; i++) {
		put(m, i ? ", " : "");
		random_expression(m, depth + 1);
	}
	put(m, ")");
}

static void random_values(struct making *m, struct flow_case *f, struct record *to, bool message)
{
	static const struct {
		const char *key;
		bool message;
		const char *values[5];
	} fields[] = {
		{"tls.sni", false, {"a.example.org", "b.example.org", "ab.org", "A.b.ORG.", "x"}},
		{"quic.sni", false,
			{"a.example.org", "example.org", "notexample.org", "b.org", "x"}},
		{"tls.ja4", false, {"t13d", "T12d", "t10d", "x", "t13d"}},
		{"tls.fingerprint", false, {"ab:cd:ef", "ab:cd:ee", "ABCDEF", "x", "ab"}},
		{"tls.alpn", false, {"h2", "h2,http/1.1", "http/1.1", "x", "h3"}},
		{"http.hostname", true, {"b.org", "a.org", "B.org", "x", "b.org."}},
		{"http.url", true, {"/a", "/ab", "/b", "a", "/"}},
		{"http.http_user_agent", true, {"Bot", "a bot", "BOT/1", "x", "bo"}},
		{"dns.queries[].rrname", true,
			{"a.example.org", "ab.net", "example.org", "x", "b.c"}},
		{"dns.answers[].rdata", true,
			{"203.0.113.1", "203.0.113.9", "b.org", "2001:db8::1", "x.b.org"}},
	};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		bool list = strchr(fields[i].key, '[');

		if ((message && !fields[i].message) || (!message && list))
			continue;
		for (uint32_t n = below(m, list ? 3 : 2); n; n--)
			add(f, to, fields[i].key, fields[i].values[below(m, 5)]);
	}
}

static void random_flow(struct making *m, struct flow_case *f)
{
	static const char *const addresses[] = {"203.0.113.1", "203.0.113.9", "198.51.100.1"};
	static const char *const applications[] = {"TLS", "TLS.X", "DNS"};
	static const int32_t ports[] = {443, 80, 450, -1}, protocols[] = {6, 17, -1};
	const char *src = addresses[below(m, 3)];

	begin(f);
	random_values(m, f, &f->facts, false);
	if (below(m, 2)) {
		random_values(m, f, &f->message, true);
		f->evidence.message = &f->message;
	}
	f->evidence.moment = below(m, 3);
	assert_true(text_to_address(src, strlen(src), f->src));
	f->evidence.src_ip = below(m, 4) ? f->src : NULL;
	if (below(m, 4))
		set_dest(f, addresses[below(m, 3)]);
	f->evidence.dest_port = ports[below(m, 4)];
	f->evidence.proto = protocols[below(m, 3)];
	f->evidence.dest_asn = below(m, 2) ? 64500 + below(m, 3) : 0;
	f->evidence.app_proto = below(m, 2) ? applications[below(m, 3)] : NULL;
}

static void test_against_each_other(void **state)
{
	static char texts[SIGNATURES][2048], names[SIGNATURES][8];
	static struct indicator items[SIGNATURES];
	struct making m = {.random = 88172645463325252ULL};
	struct expression *e = malloc(sizeof(*e));
	struct flow_case *f = new_case();
	unsigned held = 0, hits = 0;
	struct world w;

	(void)state;
	assert_non_null(e);
	for (size_t i = 0; i < SIGNATURES; i++) {
		do {
			m.to = texts[i];
			m.size = sizeof(texts[i]);
			m.used = 0;
			random_expression(&m, 0);
		} while (m.used >= m.size || expression_parse(e, texts[i]) < 0);
		snprintf(names[i], sizeof(names[i]), "s%03zu", i);
		items[i] = make(INDICATOR_SIGNATURE, names[i], texts[i]);
	}
	for (unsigned round = 0; round < 2; round++) {
		open_world(&w, items, SIGNATURES, round);
		for (unsigned i = 0; i < FLOWS / 2; i++) {
			unsigned count;

			random_flow(&m, f);
			count = ask(&w, &f->evidence, NULL);
			held += count > 0;
			hits += count;
			assert_true(!count || touches(&w, &f->evidence, &f->facts) ||
				    touches(&w, &f->evidence, &f->message));
		}
		close_world(&w);
	}
	assert_in_range(held, FLOWS / 10, FLOWS);
	assert_in_range(hits, FLOWS, FLOWS * SIGNATURES / 2);
	free(f);
	free(e);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_flow),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_agents_and_systems),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_against_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
