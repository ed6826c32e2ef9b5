/* SPDX-License-Identifier: Apache-2.0 */
/* Hand-written signatures: what can be written, what the gate says, what the text is. */
#include "signatures/expression.h"

#include "signatures/signature_field.h"
#include "tests/unit/feed_case.h"

/* A pack with one signature of that condition. */
static void read_match(struct feed_case *f, const char *match)
{
	char text[4096];

	snprintf(text, sizeof(text), "kukla-signatures: 1\nsignatures:\n- name: s\n  match:\n%s",
		match);
	builder_done(&f->builder);
	builder_init(&f->builder, f->suffixes);
	if (feed_case_bytes(f, "pack", text, strlen(text)) < 0)
		fail_msg("%s: %s", match, f->error);
}

static void reads(void **state)
{
	static const struct {
		const char *match, *condition;
	} cases[] = {
		{"    tls.sni: WWW.Example.org.\n", "tls.sni exact \"www.example.org\""},
		{"    tls.sni: {suffix: 'example[.]org'}\n", "tls.sni suffix \"example.org\""},
		{"    {tls.sni: {wildcard: '*.EXAMPLE.org'}, dest_port: 443}\n",
			"all(tls.sni wildcard \"*.example.org\", dest_port range \"443\")"},
		{"    dns.queries.rrname: [a.example.org, b.example.org]\n",
			"any(dns.queries[].rrname exact \"a.example.org\", "
			"dns.queries[].rrname exact \"b.example.org\")"},
		{"    all:\n    - dns.answers[].rdata: 198.51.100.7\n    - not: {proto: tcp}\n",
			"all(dns.answers[].rdata address \"198.51.100.7\", not(proto range "
			"\"6\"))"},
		{"    any:\n    - dest_ip: {prefix: '2001:DB8::/32'}\n    - dest_asn: 64500\n",
			"any(dest_ip address \"2001:db8::/32\", dest_asn exact \"AS64500\")"},
		{"    tls.fingerprint: AB:CD:EF:0123456789012345678901234567890123\n",
			"tls.fingerprint exact \"abcdef0123456789012345678901234567890123\""},
		{"    http.http_user_agent: 'a \"b\" \\c'\n",
			"http.http_user_agent exact \"a \\\"b\\\" \\\\c\""},
		{"    {tls.ja4: t13d1516h2_8daaf6152771_e5627efa2ab1, dest_port: [80, "
		 "8000-8999]}\n",
			"all(tls.ja4 exact \"t13d1516h2_8daaf6152771_e5627efa2ab1\", any(dest_port "
			"range \"80\", dest_port range "
			"\"8000-8999\"))"},
		{"    any: [{tls.ja4: t13d1516h2_8daaf6152771_e5627efa2ab1}]\n",
			"any(tls.ja4 exact \"t13d1516h2_8daaf6152771_e5627efa2ab1\")"},
		{"    dns.answers.rdata: {prefix: [198.51.100.0/24, ns]}\n",
			"any(dns.answers[].rdata address \"198.51.100.0/24\", "
			"dns.answers[].rdata prefix \"ns\")"},
	};
	struct feed_case *f = *state;
	struct expression *e = malloc(sizeof(*e));

	assert_non_null(e);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		read_match(f, cases[i].match);
		if (f->report.broken_line)
			fail_msg("%s: %s", cases[i].match, f->report.broken_why);
		assert_string_equal(f->builder.items[0].expression, cases[i].condition);
		assert_int_equal(f->builder.items[0].type, INDICATOR_SIGNATURE);
		assert_string_equal(f->builder.items[0].value, "s");
		assert_int_equal(expression_parse(e, cases[i].condition), 0);
	}
	free(e);
}

/* A rule on what people say cannot be written; a mistake is told with its line. */
static void cannot_be_written(void **state)
{
	static const struct {
		const char *match, *why;
		uint32_t line;
	} cases[] = {
		{"    payload: vote\n", "payload is content", 5},
		{"    http.request_body: x\n", "http.request_body is content", 5},
		{"    http.cookie: x\n", "http.cookie is content", 5},
		{"    keyword: x\n", "keyword is content", 5},
		{"    text: x\n", "text is content", 5},
		{"    url.query: x\n", "url.query is content", 5},
		{"    all:\n    - tls.sni: example.org\n    - http.body: {regex: x}\n",
			"http.body is content", 7},
		{"    http.url: /a?q=b\n", "is content", 5},
		{"    http.url: {regex: '^/a\\?q'}\n", "is content", 5},
		{"    http.url: {prefix: '/a#b'}\n", "is content", 5},
		{"    tls.snii: example.org\n", "but tls.sni", 5},
		{"    nothing.like.it: x\n", "docs/feeds.md", 5},
		{"    tls.sni: {ends: example.org}\n", "not by ends", 5},
		{"    tls.ja4: {regex: x}\n", "not by regex", 5},
		{"    dest_port: {suffix: '1'}\n", "not by suffix", 5},
		{"    tls.sni: {suffix: a.example.org, exact: b.example.org}\n", "one kind", 5},
		{"    tls.sni: []\n", "no values", 5},
		{"    tls.sni: [[a]]\n", "one value", 5},
		{"    tls.sni: {regex: 'A'}\n", "lower case", 5},
		{"    tls.sni: {regex: '(a{200}){200}'}\n", "too much", 5},
		{"    tls.sni: {regex: 'b^a'}\n", "b^a: ", 5},
		{"    tls.sni: {regex: '.*'}\n", "empty text", 5},
		{"    tls.sni: 'not a name'\n", "not a name", 5},
		{"    tls.sni: 198.51.100.7\n", "not the name of a host", 5},
		{"    dest_ip: 1.2.3\n", "neither an address", 5},
		{"    dest_ip: '1.2.3.4:5'\n", "neither an address", 5},
		{"    dest_port: 65536\n", "no number", 5},
		{"    dest_port: 9-1\n", "no number", 5},
		{"    proto: 256\n", "no IP protocol", 5},
		{"    dest_asn: many\n", "autonomous system", 5},
		{"    tls.ja4: 'x y'\n", "not a JA4", 5},
		{"    not: []\n", "a condition is", 5},
		{"    all: []\n", "list of conditions", 5},
		{"    any: {tls.sni: example.org}\n", "list of conditions", 5},
		{"    - tls.sni: example.org\n", "a condition is", 4},
		{"    x\n", "a condition is", 4},
		{"    {dns.queries.rrname: example.org, app_proto: DNS}\n", "DNS message", 4},
	};
	struct feed_case *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		read_match(f, cases[i].match);
		feed_case_expect_broken(f, cases[i].match, cases[i].line, cases[i].why);
		assert_int_equal(f->builder.count, 0);
	}
}

static void keys(void **state)
{
	static const char good[] = "kukla-signatures: 1\n"
				   "signatures:\n"
				   "- name: Redirector 1\n"
				   "  campaign: Example\n"
				   "  source: Publisher\n"
				   "  role: operator-side\n"
				   "  reference: https://example.net/report\n"
				   "  disarm: T0149.001\n"
				   "  published: 2024-05-01\n"
				   "  expires: 2024-11-01\n"
				   "  confidence: 80\n"
				   "  tlp: clear\n"
				   "  licence: CC0-1.0\n"
				   "  note: a front\n"
				   "  match: {tls.sni: a.example.org}\n"
				   "sets:\n"
				   "- values: [b.example.org]\n";
	struct feed_case *f = *state;
	const struct indicator *i;

	feed_case_read(f, "pack", good);
	assert_int_equal(f->report.broken_line, 0);
	assert_int_equal(f->report.accepted, 2);
	i = feed_case_item(f, 1);
	assert_string_equal(i->value, "Redirector 1");
	assert_int_equal(i->line, 3);
	assert_string_equal(i->campaign, "Example");
	assert_string_equal(i->source, "Publisher");
	assert_string_equal(i->reference, "https://example.net/report");
	assert_string_equal(i->disarm, "T0149.001");
	assert_string_equal(i->tlp, "clear");
	assert_string_equal(i->licence, "CC0-1.0");
	assert_string_equal(i->context, "a front");
	assert_int_equal(i->role, ROLE_OPERATOR_SIDE);
	assert_int_equal(i->confidence, 80);
	assert_int_equal(i->published, 1714521600);
	assert_int_equal(i->expires, 1730419200);
	f->builder.now = 1730419200;
	feed_case_read(f, "pack", good);
	assert_int_equal(feed_case_item(f, 1)->advice, ADVICE_REVIEW);
	feed_case_cuts(f, NULL, good);
}

static void wrong_keys(void **state)
{
	static const struct {
		const char *text, *why;
		uint32_t line;
	} cases[] = {
		{"signatures: x\n", "to be a list", 2},
		{"signatures:\n- x\n", "is a map", 3},
		{"signatures:\n- name: a\n", "is a map with name, match", 3},
		{"signatures:\n- match: {tls.sni: example.org}\n", "needs a name", 3},
		{"signatures:\n- name: a.b\n  match: {tls.sni: example.org}\n", "needs a name", 3},
		{"signatures:\n- name: a\n  match: {tls.sni: example.org}\n  payload: x\n",
			"no key called payload", 5},
		{"signatures:\n- name: a\n  match: {tls.sni: example.org}\n  type: domain\n",
			"no key called type", 5},
		{"signatures:\n- name: a\n  match: {tls.sni: example.org}\n  role: reader\n",
			"role is", 5},
		{"signatures:\n- name: a\n  match: {tls.sni: a.example.org}\n- name: a\n  match: "
		 "{tls.sni: b.example.org}\n",
			"two signatures", 5},
	};
	struct feed_case *f = *state;

	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		char text[512];

		snprintf(text, sizeof(text), "kukla-signatures: 1\n%s", cases[n].text);
		feed_case_read(f, "pack", text);
		feed_case_expect_broken(f, text, cases[n].line, cases[n].why);
	}
}

static void gate(void **state)
{
	static const struct {
		const char *match;
		enum indicator_advice advice;
		const char *why; /* part of it */
	} cases[] = {
		{"    tls.sni: {suffix: a.example.org}\n", ADVICE_MATCH, ""},
		{"    tls.sni: {suffix: co.uk}\n", ADVICE_REVIEW, "public suffix"},
		{"    {tls.sni: {suffix: co.uk}, tls.ja4: t13d1516h2_8daaf6152771_e5627efa2ab1}\n",
			ADVICE_MATCH, ""},
		{"    any: [{tls.sni: {suffix: co.uk}}, {tls.ja4: "
		 "t13d1516h2_8daaf6152771_e5627efa2ab1}]\n",
			ADVICE_REVIEW, "public suffix"},
		{"    tls.sni: {wildcard: '*.evil-example.org'}\n", ADVICE_MATCH, ""},
		{"    tls.sni: {wildcard: '*evil-example.org'}\n", ADVICE_REVIEW, "public suffix"},
		{"    tls.sni: {wildcard: '*example*'}\n", ADVICE_REVIEW, "end is not fixed"},
		{"    tls.sni: {prefix: example}\n", ADVICE_REVIEW, "end is not fixed"},
		{"    tls.sni: {regex: '^[a-z]+\\.example\\.org$'}\n", ADVICE_MATCH, ""},
		{"    tls.sni: {regex: 'example\\.org'}\n", ADVICE_REVIEW, "end is not fixed"},
		{"    tls.sni: {regex: '^[a-z]+\\.com$'}\n", ADVICE_REVIEW, "public suffix"},
		{"    tls.sni: cloudflare-ech.com\n", ADVICE_REFUSE, "would be enough"},
		{"    http.url: {prefix: /a}\n", ADVICE_REVIEW, "path"},
		{"    {http.url: {prefix: /a}, http.hostname: a.example.org}\n", ADVICE_MATCH, ""},
		{"    http.http_user_agent: Bot/1\n", ADVICE_MATCH, ""},
		{"    http.http_user_agent: {prefix: Bot}\n", ADVICE_REVIEW, "pattern"},
		{"    tls.issuerdn: CN=R3\n", ADVICE_REVIEW, "signed"},
		{"    ssh.server.software_version: OpenSSH_9\n", ADVICE_REVIEW, "software"},
		{"    dest_ip: 8.8.4.4\n", ADVICE_MATCH, ""},
		{"    dest_ip: 8.0.0.0/8\n", ADVICE_REVIEW, "very many"},
		{"    dest_ip: 192.168.0.0/16\n", ADVICE_REFUSE, "would be enough"},
		{"    dest_asn: AS64500\n", ADVICE_MATCH, ""},
		{"    dest_port: 443\n", ADVICE_REFUSE, "a port"},
		{"    {proto: udp, dest_port: 443, app_proto: QUIC, tls.alpn: h2}\n", ADVICE_REFUSE,
			"a port"},
		{"    any: [{tls.ja4: t13d1516h2_8daaf6152771_e5627efa2ab1}, {dest_port: 1}]\n",
			ADVICE_REFUSE, "a port"},
		{"    not: {tls.sni: a.example.org}\n", ADVICE_REFUSE, "match all"},
		{"    all: [{not: {tls.sni: a.example.org}}, {not: {tls.ja4: "
		 "t13d1516h2_8daaf6152771_e5627efa2ab1}}]\n",
			ADVICE_REFUSE, "match all"},
		{"    all: [{not: {tls.sni: a.example.org}}, {dest_port: 443}]\n", ADVICE_REFUSE,
			"a port"},
		{"    not: {not: {tls.sni: a.example.org}}\n", ADVICE_MATCH, ""},
		{"    all: [{not: {tls.sni: b.example.org}}, {tls.sni: {suffix: example.org}}]\n",
			ADVICE_MATCH, ""},
		{"    not: {any: [{not: {tls.sni: a.example.org}}, {tls.ja4: "
		 "t13d1516h2_8daaf6152771_e5627efa2ab1}]}\n",
			ADVICE_MATCH, ""},
	};
	struct feed_case *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct indicator *item;

		read_match(f, cases[i].match);
		assert_int_equal(f->report.broken_line, 0);
		assert_int_equal(f->report.read, 1);
		item = &f->builder.items[0];
		if (item->advice != cases[i].advice ||
			!strstr(item->why ? item->why : "", cases[i].why))
			fail_msg("%s: %s: %s", cases[i].match, indicator_advice_name(item->advice),
				item->why ? item->why : "");
	}
}

/* What lies in a database is checked as if somebody meant harm. */
static void texts(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {
		{"tls.sni exact \"a\"", 0},
		{"all(tls.sni exact \"a\", not(dest_port range \"1-2\"))", 0},
		{"tls.sni exact \"A\"", -EBADMSG},
		{"tls.sni exact \"\"", -EBADMSG},
		{"tls.sni exact \"a", -EBADMSG},
		{"tls.sni exact \"a\" ", -EBADMSG},
		{"tls.sni exact a", -EBADMSG},
		{"tls.sni  exact \"a\"", -EBADMSG},
		{"tls.sni exact \"\\a\"", -EBADMSG},
		{"tls.sni range \"1\"", -EBADMSG},
		{"tls.sni address \"1.2.3.4\"", -EBADMSG},
		{"tls.sni regex \"(a\"", -EBADMSG},
		{"tls.sni wildcard \"*\"", -EBADMSG},
		{"payload exact \"a\"", -EBADMSG},
		{"dest_ip address \"1.2.3.4:5\"", -EBADMSG},
		{"dest_port range \"70000\"", -EBADMSG},
		{"all()", -EBADMSG},
		{"all(", -EBADMSG},
		{"", -EBADMSG},
		{"not(tls.sni exact \"a\", tls.sni exact \"b\")", -EBADMSG},
		{"all(tls.sni exact \"a\",tls.sni exact \"b\")", -EBADMSG},
		{"all(all(all(all(all(all(all(tls.sni exact \"a\")))))))", 0},
		{"all(all(all(all(all(all(all(all(tls.sni exact \"a\"))))))))", -EBADMSG},
		{"dest_port range \"443\"", -EINVAL},
		{"not(tls.sni exact \"a\")", -EINVAL},
	};
	struct expression *e = malloc(sizeof(*e));
	static char long_text[EXPRESSION_BYTES_MAX + 64];
	size_t used = 0;

	(void)state;
	assert_non_null(e);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int r = expression_parse(e, cases[i].text);

		if (r != cases[i].result)
			fail_msg("%s: %d", cases[i].text, r);
	}
	used += (size_t)snprintf(long_text, sizeof(long_text), "any(tls.ja4 exact \"a\"");
	for (size_t i = 2; i < EXPRESSION_NODES_MAX; i++)
		used += (size_t)snprintf(
			long_text + used, sizeof(long_text) - used, ", tls.ja4 exact \"a\"");
	(void)snprintf(long_text + used, sizeof(long_text) - used, ")");
	assert_int_equal(expression_parse(e, long_text), 0);
	(void)snprintf(long_text + used, sizeof(long_text) - used, ", tls.ja4 exact \"a\")");
	assert_int_equal(expression_parse(e, long_text), -EBADMSG);
	free(e);
}

static void late(void **state)
{
	static const struct {
		const char *text;
		bool late;
	} cases[] = {
		{"tls.sni exact \"a\"", false},
		{"all(tls.sni exact \"a\", not(dest_port range \"1\"))", false},
		{"all(tls.sni exact \"a\", not(dest_ip address \"1.2.3.4\"))", false},
		{"all(http.hostname exact \"a\", not(http.url prefix \"/a\"))", false},
		{"all(tls.sni exact \"a\", not(tls.ja4 exact \"a\"))", true},
		{"all(tls.sni exact \"a\", not(not(tls.ja4 exact \"a\")))", false},
		{"all(tls.sni exact \"a\", app_proto exact \"TLS\")", true},
	};
	struct expression *e = malloc(sizeof(*e));

	(void)state;
	assert_non_null(e);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(expression_parse(e, cases[i].text), 0);
		assert_int_equal(expression_is_late(e->nodes), cases[i].late);
	}
	free(e);
}

/* Each field of the table is one of the schema, but for the server's autonomous system. */
static void fields(void **state)
{
	struct signature_fields *f = calloc(1, sizeof(*f));
	bool known[SIGNATURE_FIELDS_MAX] = {false};
	size_t count = 0;

	(void)state;
	assert_non_null(f);
	signature_fields_init(f);
	for (size_t i = 0; i < ARRAY_LEN(f->slots); i++) {
		if (!f->slots[i].field)
			continue;
		known[f->slots[i].id] = true;
		assert_int_equal(signature_fields_find(f, f->slots[i].field), f->slots[i].id);
		assert_string_equal(signature_field(f->slots[i].id)->key, f->slots[i].field->key);
		count++;
	}
	for (size_t id = 0; id < signature_field_count(); id++) {
		const char *key = signature_field(id)->key;

		if (!known[id] && id != FIELD_OF_DEST_ASN)
			fail_msg("%s is not in the schema", key);
		assert_int_equal(signature_field_id(key, strlen(key)), id);
	}
	assert_int_equal(signature_field_id("dns.queries.rrname", 18),
		signature_field_id("dns.queries[].rrname", 20));
	assert_int_equal(signature_field_id("tls.sn", 6), -1);
	assert_int_equal(signature_field_id("tls.snix", 8), -1);
	assert_int_equal(signature_field_id("", 0), -1);
	free(f);
}

/* What a condition asks for, and what must not be so for it to hold. */
static void asked(void **state)
{
	static const char text[] =
		"all(dest_ip address \"9.1.2.3\", not(any(dest_port range \"1\", "
		"not(proto range \"6\"))), dest_asn exact \"AS5\")";
	static const uint64_t ip = 1u << FIELD_OF_DEST_IP, port = 1u << FIELD_OF_DEST_PORT;
	static const uint64_t proto = 1u << FIELD_OF_PROTO, system = 1u << FIELD_OF_DEST_ASN;
	struct expression *e = malloc(sizeof(*e));

	(void)state;
	assert_non_null(e);
	assert_int_equal(expression_parse(e, text), 0);
	assert_true(expression_asks(e->nodes, 0) == (ip | port | proto | system));
	assert_true(expression_asks(e->nodes, 2) == (port | proto));
	assert_true(expression_denies(e->nodes, port));
	assert_true(expression_denies(e->nodes, port | proto));
	assert_false(expression_denies(e->nodes, ip | proto | system));
	assert_false(expression_denies(e->nodes, 0));
	assert_string_equal(expression_word(EXPRESSION_ALL), "all");
	assert_string_equal(expression_word(EXPRESSION_LEAF), "leaf");
	free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			cannot_be_written, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(keys, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(wrong_keys, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(gate, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test(texts),
		cmocka_unit_test(late),
		cmocka_unit_test(fields),
		cmocka_unit_test(asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
