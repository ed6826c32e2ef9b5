/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/export_identity.h"
#include "tests/unit/feed_case.h"

/* Every type that an importer gives, and texts that each format has a meaning of its own for. */
static const char pack[] =
	"kukla-signatures: 1\n"
	"sets:\n"
	"  - campaign: \"A \\\"quoted\\\" 'campaign', with: signs # {all} [of] them\"\n"
	"    source: Publisher & <Sons>\n"
	"    reference: https://example.net/report?a=1&b=2\n"
	"    role: operator-side\n"
	"    tlp: TLP:AMBER+STRICT\n"
	"    licence: \"C:\\\\licence\\\\n\"\n"
	"    disarm: T0149.001 T0149.004\n"
	"    published: 2024-05-01\n"
	"    expires: 2024-11-01\n"
	"    confidence: 80\n"
	"    values:\n"
	"      - {value: a.example.org, note: \"\\u00e9\\u2028 \\U0001F600 \\x85\", first_seen: "
	"2024-01-01}\n"
	"      - {value: b.example.org, last_confirmed: \"2024-05-02T07:00:01Z\", confidence: 1}\n"
	"      - {value: c.example.org, first_seen: 2025-01-01, last_confirmed: 2024-05-02}\n"
	"      - {value: g.example.org, scope: exact, note: no more}\n"
	"      - {value: h.example.org, scope: subdomains}\n"
	"      - 9.1.2.3\n"
	"      - \"2a01:4f8::1\"\n"
	"      - 9.1.4.0/24\n"
	"      - \"2a01:4f8:1::/48\"\n"
	"      - 9.1.2.3:443\n"
	"      - \"[2a01:4f8::1]:443\"\n"
	"      - https://example.net/it's?b=\"c\"&d=\\\n"
	"      - {value: 64500, type: asn}\n"
	"      - {value: a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1, type: cert-sha1}\n"
	"      - value: b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2\n"
	"        type: cert-sha256\n"
	"      - {value: c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3, type: ja3}\n"
	"      - {value: d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4, type: ja3s}\n"
	"      - value: e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5\n"
	"        type: spki-sha256\n"
	"      - t13d1516h2_8daaf6152771_e5627efa2ab1\n"
	"      - {value: \"Mozilla/5.0 (\\\"x\\\"; it's \\\\x41 <b>)\", type: user-agent}\n"
	"      - {value: \"#null\", type: user-agent, note: \"a\\tb\\n\\e[2J\"}\n"
	"  - {campaign: null, source: \"- x\", tlp: 'tlp:red', note: ' ', values: "
	"[d.example.org]}\n"
	"  - {campaign: \"yes\", source: \"~\", reference: no link, tlp: clear, published: "
	"2024-05-01T07:00,\n"
	"     expires: 2020-01-01, licence: \"(empty)\", disarm: \"T0098\", values: "
	"[e.example.org]}\n"
	"  - {campaign: kukla, source: kukla, licence: disarm T0149, tlp: white, note: '-',\n"
	"     last_confirmed: 2200-01-01, first_seen: 1999-12-31, values: [f.example.org]}\n"
	"protect:\n"
	"  - {campaign: \"yes\", source: \"~\", except: [a.example.net], names: [example.net, "
	"yes.de,\n"
	"     {name: example.com, kinds: [subdomain], except: [], note: a note}]}\n";

/* Hand-written signatures: every operator, every kind of question, every key that is known. */
static const char signatures[] =
	"kukla-signatures: 1\n"
	"signatures:\n"
	"  - name: redirector of example\n"
	"    campaign: \"A 'campaign': \\\"x\\\" # {all} [of] them\"\n"
	"    source: Publisher & <Sons>\n"
	"    reference: https://example.net/report?a=1&b=2\n"
	"    role: operator-side\n"
	"    tlp: TLP:GREEN\n"
	"    licence: CC BY 4.0\n"
	"    disarm: T0149.001 T0149.004\n"
	"    published: 2024-05-01\n"
	"    expires: 2024-11-01\n"
	"    confidence: 70\n"
	"    first_seen: 2024-04-01\n"
	"    last_confirmed: \"2024-05-02T07:00:01Z\"\n"
	"    note: \"\\u00e9\\u2028 \\U0001F600 \\x85\"\n"
	"    match:\n"
	"      all:\n"
	"        - any:\n"
	"            - tls.sni: {suffix: [example.org, a_b.example.net]}\n"
	"            - http.hostname: {wildcard: 'News-*.x?z.example.org'}\n"
	"        - http.http_user_agent: {wildcard: ['a*b? 100%', \"it's \\\\ \\\"q\\\"\"]}\n"
	"        - {dest_port: [443, 8000-8999], proto: TCP}\n"
	"        - not: {tls.ja4: t13d1516h2_8daaf6152771_e5627efa2ab1}\n"
	"  - {name: yes, match: {tls.fingerprint: 'A1:B2:C3:0123456789012345678901234567890123', "
	"tls.subject: {prefix: 'O=\"x\" "
	"\\'}}}\n"
	"  - {name: '0123', match: {dns.queries.rrname: {regex: '^w+\\.example\\.org$'},\n"
	"     dns.answers.rdata: {prefix: [9.1.2.3, '2a01:4f8::/32', mail]}}}\n"
	"  - name: a-b_c D\n"
	"    match: {tls.sni: a.example.org}\n"
	"  - {name: deep, match: {all: [{tls.sni: a.example.org}, {not: {not: {not: {any: [\n"
	"     {not: {all: [{tls.sni: {prefix: b}}]}}]}}}}]}}\n"
	"  - {name: beside each other, match: {any: [{dest_asn: 64500}, {socks.host: "
	"b\u00fccher.example.org},\n"
	"     {tls.fingerprint_sha256: "
	"abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789, tls.issuerdn: "
	"'C:\\\\x'}]}}\n"
	"  - {name: of a browser, match: {quic.sni: c.example.org, quic.ua: {prefix: \"\\u00e9 "
	"'\"}}}\n"
	"  - {name: of a key, match: {quic.sni: c.example.org, tls.fingerprint: "
	"abcdef0123456789012345678901234567890123}}\n";

static void identity_of(struct feed_case *f, const char *text, size_t accepted)
{
	char wrong[512];

	feed_case_read(f, "pack", text);
	assert_int_equal(f->report.broken_line, 0);
	assert_int_equal(f->report.accepted, accepted);
	for (size_t i = 0; i < ARRAY_LEN(export_identities); i++) {
		identity_check(wrong, i, f->suffixes, f->builder.items, f->builder.count);
		assert_string_equal(wrong, "");
	}
}

static void identity(void **state)
{
	identity_of(*state, pack, 27);
}

static void identity_of_signatures(void **state)
{
	identity_of(*state, signatures, 8);
}

/* The check would see a difference. */
static void difference(void **state)
{
	struct feed_case *f = *state;
	struct indicator other;

	feed_case_read(f, "pack", pack);
	other = *feed_case_item(f, 0);
	assert_null(identity_difference(feed_case_item(f, 0), &other));
	other.expires++;
	assert_string_equal(identity_difference(feed_case_item(f, 0), &other), "expires");
	other = *feed_case_item(f, 0);
	other.context = "";
	assert_string_equal(identity_difference(feed_case_item(f, 0), &other), "note");
	other = *feed_case_item(f, 0);
	other.scope = SCOPE_EXACT;
	assert_non_null(identity_difference(feed_case_item(f, 0), &other));
	other = *feed_case_item(f, 0);
	other.role = ROLE_READER_FACING;
	assert_string_equal(identity_difference(feed_case_item(f, 0), &other), "role");
	feed_case_read(f, "pack", signatures);
	other = *feed_case_item(f, 0);
	other.expression = "tls.sni exact \"example.org\"";
	assert_string_equal(identity_difference(feed_case_item(f, 0), &other), "condition");
}

static void left_out(void **state)
{
	static const struct {
		const char *format, *why;
		size_t count;
	} cases[] = {{"pack", "", 0}, {"stix", "STIX has no pattern for it", 3},
		{"misp", "MISP has no type for it", 5},
		{"zeek", "Zeek's intelligence framework has no type for it", 10}};
	struct feed_case *f = *state;

	feed_case_read(f, "pack", pack);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct export_report report;
		size_t bytes;

		free(identity_write(
			cases[i].format, f->builder.items, f->builder.count, &bytes, &report));
		assert_int_equal(report.left_out, cases[i].count);
		assert_int_equal(report.written, f->builder.count - cases[i].count);
		assert_int_equal(report.reason_count, cases[i].count != 0);
		if (report.reason_count)
			assert_string_equal(report.reasons[0].text, cases[i].why);
	}
}

/* What of them a format cannot say is counted by its reason; octets that nobody could write again
 * are no text of a condition. */
static void signatures_left_out(void **state)
{
	static const struct {
		const char *format, *why;
		size_t count;
	} cases[] = {{"stix", "a signature that asks for what STIX has no property for", 1},
		{"stix", "a signature whose conditions STIX cannot say of one object", 1},
		{"misp", "MISP has no type for it", 8},
		{"zeek", "Zeek's intelligence framework has no type for it", 8},
		{"pack", "a signature that asks for octets which are not UTF-8", 1},
		{"stix", "a signature that asks for octets which are not UTF-8", 1}};
	struct feed_case *f = *state;
	struct indicator items[9];

	feed_case_read(f, "pack", signatures);
	memcpy(items, f->builder.items, 8 * sizeof(*items));
	items[8] = items[0];
	items[8].value = "octets";
	items[8].expression = "tls.subject exact \"\xff\"";
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct export_report report;
		size_t bytes, found = 0;

		free(identity_write(cases[i].format, items, 8 + (i > 3), &bytes, &report));
		for (size_t n = 0; n < report.reason_count; n++) {
			if (strcmp(report.reasons[n].text, cases[i].why) == 0)
				found = report.reasons[n].count;
		}
		assert_int_equal(found, cases[i].count);
		assert_int_equal(report.written + report.left_out, 8 + (i > 3));
	}
}

/* The same octets for the same set, in whatever order it comes; nothing of it breaks a line. */
static void determinism_of(struct feed_case *f, const char *of)
{
	feed_case_read(f, "pack", of);
	for (size_t i = 0; i < ARRAY_LEN(export_identities); i++) {
		struct export_report report;
		size_t count = f->builder.count, bytes, again_bytes;
		struct indicator *items = f->builder.items;
		char *text = identity_write(
			export_identities[i].name, items, count, &bytes, &report);
		char *again;

		for (size_t a = 0, b = count - 1; a < b; a++, b--) {
			struct indicator swap = items[a];

			items[a] = items[b];
			items[b] = swap;
		}
		again = identity_write(
			export_identities[i].name, items, count, &again_bytes, &report);
		assert_int_equal(bytes, again_bytes);
		assert_memory_equal(text, again, bytes);
		for (size_t at = 0; at < bytes; at++)
			assert_true((unsigned char)text[at] >= ' ' || strchr("\n\t", text[at]));
		free(text);
		free(again);
	}
}

static void determinism(void **state)
{
	determinism_of(*state, pack);
	determinism_of(*state, signatures);
}

static void nothing(void **state)
{
	struct feed_case *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(export_identities); i++) {
		struct export_report report;
		size_t bytes;
		char *text = identity_write(export_identities[i].name, NULL, 0, &bytes, &report);

		assert_int_equal(feed_case_bytes(f, export_identities[i].format, text, bytes), 0);
		assert_int_equal(f->report.read, 0);
		assert_int_equal(f->report.broken_line, 0);
		free(text);
	}
}

/* RFC 9562 section 5.5: the version and the variant; another text, another one. */
static void uuids(void **state)
{
	char a[EXPORT_UUID_BYTES], b[EXPORT_UUID_BYTES];

	(void)state;
	export_uuid(a, (const char *const[]){"indicator", "x", NULL});
	export_uuid(b, (const char *const[]){"indicatorx", "", NULL});
	assert_int_equal(strlen(a), 36);
	assert_int_equal(a[14], '5');
	assert_non_null(strchr("89ab", a[19]));
	assert_string_not_equal(a, b);
	export_uuid(b, (const char *const[]){"indicator", "x", NULL});
	assert_string_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(identity, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			identity_of_signatures, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			signatures_left_out, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(difference, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(left_out, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(determinism, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(nothing, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test(uuids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
