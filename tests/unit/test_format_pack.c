/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/look_alike.h"
#include "tests/unit/feed_case.h"

static const char pack[] = "# ours\n"
			   "---\n"
			   "kukla-signatures: 1\n"
			   "sets:\n"
			   "  - campaign: Example campaign\n"
			   "    source: Example publisher\n"
			   "    reference: https://example.net/report\n"
			   "    role: operator-side\n"
			   "    published: 2024-05-01\n"
			   "    expires: 2024-11-01\n"
			   "    confidence: 80\n"
			   "    tlp: clear\n"
			   "    licence: CC0-1.0\n"
			   "    disarm: T0149.001 T0149.004\n"
			   "    note: a front\n"
			   "    values:\n"
			   "      - A.example[.]org\n"
			   "      - {value: b.example.org, role: reader-facing, note: portal}\n"
			   "      - value: \"64500\"\n"
			   "        type: asn\n"
			   "      - prose is no value\n"
			   "  - values: [a.example.org, c.example.org]\n";

static void sets(void **state)
{
	struct feed_case *f = *state;
	const struct indicator *i;

	feed_case_read(f, "pack", pack);
	assert_int_equal(f->report.broken_line, 0);
	assert_values(f, "a.example.org 17, b.example.org 18, AS64500 19, c.example.org 22");
	i = feed_case_item(f, 0);
	assert_string_equal(i->campaign, "Example campaign");
	assert_string_equal(i->source, "Example publisher");
	assert_string_equal(i->reference, "https://example.net/report");
	assert_string_equal(i->tlp, "clear");
	assert_string_equal(i->licence, "CC0-1.0");
	assert_string_equal(i->disarm, "T0149.001 T0149.004");
	assert_string_equal(i->context, "a front");
	assert_int_equal(i->role, ROLE_OPERATOR_SIDE);
	assert_int_equal(i->confidence, 80);
	assert_int_equal(i->published, 1714521600);
	assert_int_equal(i->expires, 1730419200);
	assert_int_equal(feed_case_item(f, 1)->role, ROLE_READER_FACING);
	assert_string_equal(feed_case_item(f, 1)->context, "portal");
	assert_string_equal(feed_case_item(f, 1)->source, "Example publisher");
	i = feed_case_item(f, 3);
	assert_string_equal(i->campaign, "a feed");
	assert_string_equal(i->source, "a_feed.txt");
	assert_int_equal(i->role, ROLE_READER_FACING);
	assert_int_equal(i->published, 0);
	assert_int_equal(f->report.duplicates, 1);
	assert_int_equal(feed_case_reason(f, "prose"), 1);
}

static void scope(void **state)
{
	struct feed_case *f = *state;

	feed_case_read(f, "pack",
		"kukla-signatures: 1\n"
		"sets:\n"
		"  - scope: exact\n"
		"    values: [a.example.org, {value: b.example.org, scope: subdomains}, "
		"9.1.2.0/24]\n"
		"  - values: [{value: c.example.org, scope: exact}, d.example.org]\n"
		"  - values: [{value: e.example.org, scope: below}]\n");
	assert_int_equal(feed_case_item(f, 0)->scope, SCOPE_EXACT);
	assert_int_equal(feed_case_item(f, 1)->scope, SCOPE_SUBDOMAINS);
	assert_int_equal(feed_case_item(f, 2)->scope, SCOPE_PREFIX);
	assert_int_equal(feed_case_item(f, 3)->scope, SCOPE_EXACT);
	assert_int_equal(feed_case_item(f, 4)->scope, SCOPE_SUBDOMAINS);
	assert_int_equal(f->report.broken_line, 6);
	assert_string_equal(f->report.broken_why, "scope is exact or subdomains");
	f->feed.scope = WISH_EXACT; /* a value's own goes before what is said of the feed */
	feed_case_read(f, "pack",
		"kukla-signatures: 1\nsets:\n- values: [a.example.org, {value: b.example.org, "
		"scope: "
		"subdomains}]\n");
	assert_int_equal(feed_case_item(f, 0)->scope, SCOPE_EXACT);
	assert_int_equal(feed_case_item(f, 1)->scope, SCOPE_SUBDOMAINS);
}

static void expired(void **state)
{
	struct feed_case *f = *state;

	f->builder.now = 1730419200;
	feed_case_read(f, "pack", pack);
	assert_int_equal(feed_case_item(f, 0)->advice, ADVICE_REVIEW);
	assert_int_equal(feed_case_item(f, 3)->advice, ADVICE_MATCH);
	assert_int_equal(feed_case_reason(f, "it has expired"), 2);
}

/* Nothing of it is taken, and just that is said. */
static void expect_broken(struct feed_case *f, const char *text, uint32_t line, const char *why)
{
	feed_case_read(f, "pack", text);
	assert_int_equal(f->report.accepted, 0);
	feed_case_expect_broken(f, text, line, why);
	assert_string_equal(f->report.broken_why, why);
}

/* What nobody understands may be a condition: nothing from there on is read. */
static void wrong(void **state)
{
	static const struct {
		const char *text, *why;
		uint32_t line;
	} cases[] = {
		{"kukla-signatures: 2\nsets: []\n",
			"kukla-signatures is not 1: of a version that is not known", 1},
		{"kukla-signatures: 1\n", "there is no list of sets, protect or signatures", 1},
		{"kukla-signatures: 1\nsets: x\n", "sets is to be a list", 2},
		{"kukla-signatures: 1\nsets: []\nrules: []\n", "a key that is not known", 3},
		{"kukla-signatures: 1\nsets:\n- x\n",
			"a set has values, which are a list of texts or maps", 3},
		{"kukla-signatures: 1\nsets:\n- campaign: a\n",
			"a set has values, which are a list of texts or maps", 3},
		{"kukla-signatures: 1\nsets:\n- values: a.example.org\n",
			"a set has values, which are a list of texts or maps", 3},
		{"kukla-signatures: 1\nsets:\n- values: [a.example.org]\n  payload: x\n",
			"a key that is not known", 4},
		{"kukla-signatures: 1\nsets:\n- values: [a.example.org]\n  campaign: [x]\n",
			"a key that is not known", 4},
		{"kukla-signatures: 1\nsets:\n- values: []\n  role: reader\n",
			"role is reader-facing or operator-side", 4},
		{"kukla-signatures: 1\nsets:\n- values:\n  - {value: a.example.org, type: host}\n",
			"a type that is not known", 4},
		{"kukla-signatures: 1\nsets:\n- values:\n  - {value: a.example.org, only: x}\n",
			"a key that is not known", 4},
		{"kukla-signatures: 1\nsets:\n- values: []\n  expires: 01.11.2024\n",
			"01.11.2024 is no date like 2026-01-31", 4},
		{"kukla-signatures: 1\nsets:\n- values:\n  - {value: a.example.org, published: "
		 "2024-02-31}\n",
			"2024-02-31 is no date like 2026-01-31", 4},
		{"kukla-signatures: 1\nsets:\n- values: []\n  expires: never\n",
			"never is no date like 2026-01-31", 4},
		{"kukla-signatures: 1\nsets:\n- values: []\n  disarm: T0149.001 X9\n",
			"X9 is no technique of DISARM such as T0149.001", 4},
		{"kukla-signatures: 1\nsets:\n- values: []\n  tlp: foo\n",
			"foo is no label of the Traffic Light Protocol such as TLP:CLEAR", 4},
		{"kukla-signatures: 1\nsets:\n- values: []\n  confidence: 400\n",
			"confidence is 1 to 100, not 400", 4},
		{"kukla-signatures: 1\nsets:\n- values: []\n  note: a\n  note: b\n",
			"note is there twice", 5},
		{"kukla-signatures: 1\nsets:\n- values: []\n  values: [a.example.org]\n",
			"values is there twice", 4},
	};
	struct feed_case *f = *state;

	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		expect_broken(f, cases[n].text, cases[n].line, cases[n].why);
	}
	feed_case_read(
		f, "pack", "kukla-signatures: 1\nsets:\n- values:\n  - a.example.org\n  - [b]\n");
	assert_values(f, "a.example.org 4");
	assert_int_equal(feed_case_reason(f, "no value"), 1);
}

static const char protect[] =
	"kukla-signatures: 1\n"
	"protect:\n"
	"  - campaign: Copied media\n"
	"    source: Example publisher\n"
	"    expires: 2026-12-31\n"
	"    except: [Spiegel.Media, b\303\274cher.example.org]\n"
	"    names:\n"
	"      - Spiegel[.]de\n"
	"      - bild.de\n"
	"      - {name: lemonde.fr, kinds: [suffix, subdomain], except: [lemonde.org],\n"
	"         role: operator-side}\n"
	"      - co.uk\n"
	"      - www.welt.de\n"
	"      - 192.0.2.1\n"
	"      - {name: faz.net, kinds: [edit, word]}\n"
	"      - xn--99999999.de\n"
	"      - gouv.fr\n";

static void protected_names(void **state)
{
	struct feed_case *f = *state;
	const struct indicator *i;

	feed_case_read(f, "pack", protect);
	assert_int_equal(f->report.broken_line, 0);
	assert_values(f, "spiegel.de 8, bild.de 9, lemonde.fr 10");
	i = feed_case_item(f, 0);
	assert_int_equal(i->type, INDICATOR_LOOK_ALIKE);
	assert_int_equal(i->role, ROLE_READER_FACING);
	assert_int_equal(i->advice, ADVICE_MATCH);
	assert_string_equal(i->campaign, "Copied media");
	assert_int_equal(i->look.kinds, LOOK_KINDS_USUAL);
	assert_string_equal(i->look.except, "spiegel.media xn--bcher-kva.example.org ");
	assert_int_equal(feed_case_item(f, 1)->look.kinds, LOOK_KINDS_SAFE);
	i = feed_case_item(f, 2);
	assert_int_equal(i->look.kinds, LOOK_SUFFIX | LOOK_SUBDOMAIN);
	assert_string_equal(i->look.except, "lemonde.org spiegel.media xn--bcher-kva.example.org ");
	assert_int_equal(i->role, ROLE_OPERATOR_SIDE);
	assert_int_equal(feed_case_reason(f, "a public suffix cannot be protected"), 2);
	assert_int_equal(feed_case_reason(f, "a protected name is what was registered, without "
					     "what stands before it"),
		1);
	assert_int_equal(feed_case_reason(f, "a protected name is a host name"), 1);
	assert_int_equal(feed_case_reason(f, "a label that cannot be read"), 1);
	assert_int_equal(feed_case_reason(f, "of a short label only other suffixes and other "
					     "characters can be asked"),
		1);
	f->builder.now = 1830000000;
	feed_case_read(f, "pack", protect);
	assert_int_equal(feed_case_item(f, 0)->advice, ADVICE_REVIEW);
}

/* What was asked for one by one, and a short label cannot have, is said. */
static void short_label(void **state)
{
	static const char why[] = "a label of fewer than five characters: edit, word and "
				  "subdomain are not asked of it";
	struct feed_case *f = *state;

	feed_case_read(f, "pack",
		"kukla-signatures: 1\nprotect:\n- kinds: [suffix, edit]\n  names: [bild.de, "
		"spiegel.de]\n- names: [faz.net]\n");
	assert_int_equal(feed_case_count(f), 3);
	assert_int_equal(feed_case_item(f, 0)->look.kinds, LOOK_SUFFIX);
	assert_int_equal(feed_case_item(f, 1)->look.kinds, LOOK_SUFFIX | LOOK_EDIT);
	assert_int_equal(feed_case_reason(f, why), 1);
	assert_int_equal(f->report.accepted, 3);
}

static void protect_wrong(void **state)
{
	static const char names[] = "protect has lists of names, which are texts or maps";
	static const char kinds[] =
		"kinds is a list of suffix, homoglyph, edit, word and subdomain";
	static const char except[] = "except is a list of host names";
	static const struct {
		const char *text, *why;
		uint32_t line;
	} cases[] = {
		{"protect: a.de\n", names, 2},
		{"protect:\n- a.de\n", names, 3},
		{"protect:\n- source: x\n", names, 3},
		{"protect:\n- names: a.de\n", names, 3},
		{"protect:\n- names: [a.de]\n  kinds: suffix\n", kinds, 4},
		{"protect:\n- names: [a.de]\n  kinds: []\n", kinds, 4},
		{"protect:\n- names: [a.de]\n  kinds: [suffixes]\n", kinds, 4},
		{"protect:\n- names: [a.de]\n  kinds: [[suffix]]\n", kinds, 4},
		{"protect:\n- names: [a.de]\n  except: a.org\n", except, 4},
		{"protect:\n- names: [a.de]\n  except: [a b]\n", except, 4},
		{"protect:\n- names: [a.de]\n  except: [192.0.2.1]\n", except, 4},
		{"protect:\n- names: [a.de]\n  except: [org]\n", except, 4},
		{"protect:\n- names: [a.de]\n  expires: soon\n", "soon is no date like 2026-01-31",
			4},
		{"protect:\n- names: [a.de]\n  scope: exact\n", "a key that is not known", 4},
		{"protect:\n- names: [a.de]\n  kinds: [suffix]\n  kinds: [word]\n",
			"kinds is there twice", 5},
		{"protect:\n- names: [a.de]\n  type: domain\n", "a key that is not known", 4},
		{"protect:\n- names:\n  - {name: a.de, payload: x}\n", "a key that is not known",
			4},
	};
	struct feed_case *f = *state;

	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		char text[256];

		snprintf(text, sizeof(text), "kukla-signatures: 1\n%s", cases[n].text);
		expect_broken(f, text, cases[n].line, cases[n].why);
	}
}

/* Cut anywhere it is an error with its line or what was whole, never a fault. */
static void cut(void **state)
{
	struct feed_case *f = *state;

	feed_case_cuts(f, NULL, pack);
	feed_case_cuts(f, NULL, protect);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sets, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(scope, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(expired, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(wrong, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			protected_names, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			protect_wrong, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(short_label, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(cut, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
