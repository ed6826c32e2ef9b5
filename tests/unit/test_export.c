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
	"  - {campaign: null, source: \"- x\", tlp: 'tlp:', note: ' ', values: [d.example.org]}\n"
	"  - {campaign: \"yes\", source: \"~\", reference: no link, tlp: clear, published: "
	"2024-05-01T07:00,\n"
	"     expires: 2020-01-01, licence: \"(empty)\", disarm: \"-\", values: [e.example.org]}\n"
	"  - {campaign: kukla, source: kukla, licence: disarm T0149, tlp: TLP:WHITE, note: '-',\n"
	"     last_confirmed: 2200-01-01, first_seen: 1999-12-31, values: [f.example.org]}\n"
	"protect:\n"
	"  - {campaign: \"yes\", source: \"~\", except: [a.example.net], names: [example.net, "
	"yes.de,\n"
	"     {name: example.com, kinds: [subdomain], except: [], note: a note}]}\n";

static void identity(void **state)
{
	struct feed_case *f = *state;
	char wrong[512];

	feed_case_read(f, "pack", pack);
	assert_int_equal(f->report.broken_line, 0);
	assert_int_equal(f->report.accepted, 25);
	for (size_t i = 0; i < ARRAY_LEN(export_identities); i++) {
		identity_check(wrong, i, f->suffixes, f->builder.items, f->builder.count);
		assert_string_equal(wrong, "");
	}
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
	other.role = ROLE_READER_FACING;
	assert_string_equal(identity_difference(feed_case_item(f, 0), &other), "role");
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

/* The same octets for the same set, in whatever order it comes; nothing of it breaks a line. */
static void determinism(void **state)
{
	struct feed_case *f = *state;

	feed_case_read(f, "pack", pack);
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
		cmocka_unit_test_setup_teardown(difference, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(left_out, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(determinism, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(nothing, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test(uuids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
