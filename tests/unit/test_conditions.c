/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures over flows: hand-made cases, and both matchers against each other on generated ones.
 */
#include "signatures/match.h"

#include "base/schema.h"
#include "base/text.h"
#include "dissectors/schema_all.h"
#include "signatures/expression.h"
#include "tests/unit/chance.h"
#include "tests/unit/match_world.h"

#define SIGNATURES 400
#define FLOWS      3000

static struct indicator make(enum indicator_type type, const char *value, const char *expression)
{
	struct indicator item = world_item(type, SCOPE_EXACT, value);

	item.expression = expression;
	return item;
}

static struct indicator signature(const char *name, const char *expression)
{
	return make(INDICATOR_SIGNATURE, name, expression);
}

/* Patterns that were compiled are read only where the database is trusted. */
static void open_world(struct world *w, const struct indicator *items, size_t count, bool trusted)
{
	world_open_signed(w, items, count, trusted);
	assert_true(trusted || !sigdb_compiled_patterns(w->db).begin);
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

static bool touches(struct world *w, const struct evidence *e, const struct record *r)
{
	struct record_value v = {0};
	bool any = match_sets.touches_ends(w->matchers[0], e);

	while (record_next(r, &v))
		any |= match_sets.touches(w->matchers[0], v.field, v.text, v.bytes);
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
		signature("a",
			"all(tls.sni suffix \"example.org\", dest_port range \"443\", not(dest_ip "
			"address \"198.51.100.0/24\"))"),
		signature("b", "all(tls.sni suffix \"example.org\", not(tls.ja4 exact \"t13d\"))"),
		signature("c", "all(dest_asn exact \"AS64500\", app_proto prefix \"TLS\")"),
	};
	struct flow_case *f = new_case();
	struct signature_hit hits[SIGNATURE_HITS_MAX];
	struct world w;

	(void)state;
	open_world(&w, items, ARRAY_LEN(items), false);
	assert_int_equal(sigdb_as_count(w.db), 1);
	assert_int_equal(world_evaluate(&w, &f->evidence, NULL), 0);
	assert_false(touches(&w, &f->evidence, &f->facts));
	add(f, &f->facts, "tls.sni", "www.Example.org");
	assert_true(touches(&w, &f->evidence, &f->facts));
	assert_int_equal(world_evaluate(&w, &f->evidence, NULL), 0); /* the port is not known */
	f->evidence.dest_port = 443;
	assert_int_equal(world_evaluate(&w, &f->evidence, hits), 1);
	assert_int_equal(hits[0].index, 0);
	assert_int_equal(hits[0].fields,
		1ULL << FIELD_OF_DEST_PORT | 1ULL << signature_field_id("tls.sni", 7));
	f->evidence.dest_port = 444;
	assert_int_equal(world_evaluate(&w, &f->evidence, NULL), 0);
	f->evidence.dest_port = 443;
	set_dest(f, "198.51.100.7");
	assert_int_equal(world_evaluate(&w, &f->evidence, NULL), 0);
	set_dest(f, "198.51.101.7");
	assert_int_equal(world_evaluate(&w, &f->evidence, NULL), 1);
	/* what waits for the end is not told before, and what does not is told before only */
	f->evidence.moment = EVIDENCE_ENDED;
	assert_int_equal(world_evaluate(&w, &f->evidence, hits), 1);
	assert_int_equal(hits[0].index, 1);
	add(f, &f->facts, "tls.ja4", "t13d");
	assert_int_equal(world_evaluate(&w, &f->evidence, NULL), 0);
	f->evidence.dest_asn = 64500;
	assert_true(match_sets.touches_ends(w.matchers[0], &f->evidence));
	f->evidence.app_proto = "TLS.Telegram";
	assert_int_equal(world_evaluate(&w, &f->evidence, hits), 1);
	assert_int_equal(hits[0].index, 2);
	f->evidence.moment = EVIDENCE_GOES_ON;
	assert_int_equal(world_evaluate(&w, &f->evidence, NULL), 1);
	f->evidence.moment = EVIDENCE_WHOLE;
	assert_int_equal(world_evaluate(&w, &f->evidence, NULL), 2);
	world_close(&w);
	free(f);
}

/* Conditions hold together in one message; what the flow knows of another does not help. */
static void test_messages(void **state)
{
	const struct indicator items[] = {
		signature(
			"a", "all(http.hostname exact \"a.example.org\", http.url prefix \"/x\")"),
		signature("b",
			"all(http.hostname exact \"a.example.org\", not(http.url exact \"/x\"))"),
		signature("c",
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
	assert_int_equal(world_evaluate(&w, &f->evidence, hits), 1);
	assert_int_equal(hits[0].index, 1);
	f->evidence.message = &f->message;
	add(f, &f->message, "http.hostname", "b.example.org");
	add(f, &f->message, "http.url", "/x1");
	assert_int_equal(world_evaluate(&w, &f->evidence, NULL), 0);
	record_clear(&f->message);
	add(f, &f->message, "http.hostname", "a.example.org");
	add(f, &f->message, "http.url", "/x1");
	assert_int_equal(world_evaluate(&w, &f->evidence, NULL), 2);
	record_clear(&f->message);
	add(f, &f->message, "dns.queries[].rrname", "www.example.org");
	add(f, &f->message, "dns.answers[].rdata", "cname.example.net");
	add(f, &f->message, "dns.answers[].rdata", "203.0.113.9");
	record_clear(&f->facts);
	assert_int_equal(world_evaluate(&w, &f->evidence, hits), 1);
	assert_int_equal(hits[0].index, 2);
	world_close(&w);
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
	struct match_found found;
	struct world w;

	(void)state;
	open_world(&w, items, ARRAY_LEN(items), true);
	for (size_t n = 0; n < ARRAY_LEN(cases); n++)
		assert_int_equal(world_find(&w, MATCH_USER_AGENT, cases[n].agent,
					 strlen(cases[n].agent), 0, &found),
			cases[n].count);
	for (size_t n = 0; n < ARRAY_LEN(systems); n++)
		assert_int_equal(
			world_find(&w, MATCH_AS, &systems[n], sizeof(systems[n]), 0, &found),
			n == 0);
	assert_int_equal(world_find(&w, MATCH_AS, "AS64500", 7, 0, &found), 0);
	assert_int_equal(sigdb_as_count(w.db), 1);
	world_close(&w);
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
		items[i] = signature(names[i],
			i % 2 ? "tls.sni suffix \"example.org\"" : "tls.ja4 exact \"t13d\"");
	}
	open_world(&w, items, ARRAY_LEN(items), false);
	add(f, &f->facts, "tls.sni", "example.org");
	add(f, &f->facts, "tls.ja4", "t13d");
	assert_int_equal(world_evaluate(&w, &f->evidence, hits), SIGNATURE_HITS_MAX);
	for (unsigned i = 0; i < SIGNATURE_HITS_MAX; i++)
		assert_int_equal(hits[i].index, i);
	assert_int_equal(w.left_out, 20);
	record_clear(&f->facts);
	add(f, &f->facts, "tls.ja4", "t13d");
	assert_int_equal(world_evaluate(&w, &f->evidence, NULL), ARRAY_LEN(items) / 2);
	assert_int_equal(w.left_out, 0);
	world_close(&w);
	free(f);
}

#define AGENTS 600

/* A User-Agent matches more patterns than may be told. */
static void test_full_of_agents(void **state)
{
	static char texts[AGENTS][16], agent[2048];
	static struct indicator items[AGENTS];
	struct match_found found;
	size_t used = 0;
	struct world w;

	(void)state;
	for (unsigned i = 0; i < AGENTS; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%03u", i);
		items[i] = make(INDICATOR_UA_PATTERN, texts[i], NULL);
		if (i % 4 != 3)
			used += (size_t)snprintf(
				agent + used, sizeof(agent) - used, "%s ", texts[i]);
	}
	open_world(&w, items, AGENTS, true);
	assert_int_equal(
		world_find(&w, MATCH_USER_AGENT, agent, used, 0, &found), MATCH_RESULTS_MAX);
	assert_int_equal(w.left_out, AGENTS / 4 * 3 - MATCH_RESULTS_MAX);
	for (unsigned i = 0; i < MATCH_RESULTS_MAX; i++)
		assert_string_equal(sigdb_get(w.db, found.indices[i]).value, texts[i + i / 3]);
	world_close(&w);
}

#define LETTERS 26
#define PAIRS   (LETTERS * LETTERS)

/* Every pair of letters once, the last pair last. */
static void all_pairs(char to[PAIRS + 2])
{
	size_t used = 0;

	to[used++] = 'z';
	for (char a = 'a'; a <= 'z'; a++) {
		to[used++] = a;
		for (char b = (char)(a + 1); b <= 'z'; b++) {
			to[used++] = a;
			to[used++] = b;
		}
	}
	to[used] = '\0';
	assert_int_equal(used, PAIRS + 1);
}

/* One value touches a leaf of each of hundreds of signatures: all count, also those under `not`. */
static void test_many_leaves(void **state)
{
	static char texts[PAIRS][64], names[PAIRS][8], agent[PAIRS + 2];
	static struct indicator items[PAIRS + 1];
	struct flow_case *f = new_case();
	struct signature_hit hits[SIGNATURE_HITS_MAX];
	struct world w;

	(void)state;
	items[0] = signature("s", "all(http.url exact \"/x\", "
				  "not(http.http_user_agent wildcard \"*zz*\"))");
	for (unsigned i = 0; i < PAIRS; i++) {
		snprintf(names[i], sizeof(names[i]), "s%03u", i);
		snprintf(texts[i], sizeof(texts[i]), "http.http_user_agent wildcard \"*%c%c*\"",
			'z' - (int)i / LETTERS, 'z' - (int)i % LETTERS);
		items[i + 1] = signature(names[i], texts[i]);
	}
	open_world(&w, items, ARRAY_LEN(items), false);
	all_pairs(agent);
	f->evidence.moment = EVIDENCE_WHOLE;
	add(f, &f->facts, "http.url", "/x");
	add(f, &f->facts, "http.http_user_agent", agent);
	assert_int_equal(world_evaluate(&w, &f->evidence, hits), SIGNATURE_HITS_MAX);
	for (unsigned i = 0; i < SIGNATURE_HITS_MAX; i++)
		assert_int_equal(hits[i].index, i + 1);
	assert_int_equal(w.left_out, PAIRS - SIGNATURE_HITS_MAX);
	/* all but the last pair */
	agent[PAIRS] = '\0';
	record_clear(&f->facts);
	add(f, &f->facts, "http.url", "/x");
	add(f, &f->facts, "http.http_user_agent", agent);
	assert_int_equal(world_evaluate(&w, &f->evidence, hits), SIGNATURE_HITS_MAX);
	assert_int_equal(hits[0].index, 0);
	assert_int_equal(hits[1].index, 2);
	assert_int_equal(w.left_out, PAIRS - SIGNATURE_HITS_MAX);
	world_close(&w);
	free(f);
}

struct making {
	uint64_t random;
	char *to;
	size_t size, used;
};

static uint32_t below(struct making *m, uint32_t limit)
{
	return chance_below(&m->random, limit);
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
	struct making m = {.random = CHANCE_BEGIN};
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
		items[i] = signature(names[i], texts[i]);
	}
	for (unsigned round = 0; round < 2; round++) {
		open_world(&w, items, SIGNATURES, round);
		for (unsigned i = 0; i < FLOWS / 2; i++) {
			unsigned count;

			random_flow(&m, f);
			count = world_evaluate(&w, &f->evidence, NULL);
			held += count > 0;
			hits += count;
			assert_true(!count || touches(&w, &f->evidence, &f->facts) ||
				    touches(&w, &f->evidence, &f->message));
		}
		world_close(&w);
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
		cmocka_unit_test(test_full_of_agents),
		cmocka_unit_test(test_many_leaves),
		cmocka_unit_test(test_against_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
