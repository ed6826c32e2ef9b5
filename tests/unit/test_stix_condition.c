/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of signatures as patterns of STIX: what is said, and what cannot be. */
#include "signatures/stix_condition.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "signatures/stix_pattern.h"
#include "tests/unit/unit.h"

#define NAME    "domain-name:value"
#define TARGET  "network-traffic:dst_ref.value"
#define PORT    "network-traffic:dst_port"
#define REQUEST "network-traffic:extensions.'http-request-ext'."
#define OURS    "network-traffic:extensions.'x-kukla'."

static const char why_field[] = "a signature that asks for what STIX has no property for";
static const char why_together[] = "a signature whose conditions STIX cannot say of one object";

/* It is said so, and is a pattern as we read those of others. */
static void assert_said(const char *condition, const char *pattern)
{
	_cleanup_(free_ptr) struct expression *e = malloc(sizeof(*e));
	_cleanup_(free_ptr) char *text = NULL;
	struct stix_pattern parsed = {.text = NULL};
	struct stix_error error = {.why = ""};

	assert_non_null(e);
	assert_int_equal(expression_parse(e, condition), 0);
	if (stix_condition_why_not(condition))
		fail_msg("%s: %s", condition, stix_condition_why_not(condition));
	text = stix_condition_pattern(e);
	assert_non_null(text);
	assert_string_equal(text, pattern);
	if (stix_pattern_parse(&parsed, text, strlen(text), &error) < 0)
		fail_msg("%s: %s", text, error.why);
	stix_pattern_done(&parsed);
}

static void kinds(void **state)
{
	static const struct {
		const char *condition, *pattern;
	} cases[] = {
		{"tls.sni exact \"a.example.org\"", "[" NAME " = 'a.example.org']"},
		{"smtp.server suffix \"example.org\"",
			"[(" NAME " = 'example.org' OR " NAME " LIKE '%.example.org')]"},
		{"quic.sni suffix \"a_b.org\"", "[" NAME " MATCHES '(^|\\\\.)a_b\\\\.org$']"},
		{"socks.host prefix \"ab\"", "[" NAME " LIKE 'ab%']"},
		{"socks.host prefix \"a_b.c\"", "[" NAME " MATCHES '^a_b\\\\.c']"},
		{"tls.sni wildcard \"a*.?x\"", "[" NAME " LIKE 'a%._x']"},
		{"tls.sni wildcard \"a_*?\"", "[" NAME " MATCHES '^a_.*.$']"},
		{"tls.sni regex \"^a+\\\\.b$\"", "[" NAME " MATCHES '^a+\\\\.b$']"},
		{"tls.subject exact \"O='x\\\\\"", "[x509-certificate:subject = 'O=\\'x\\\\']"},
		{"tls.fingerprint exact \"ab\"", "[x509-certificate:hashes.'SHA-1' = 'ab']"},
		{"dest_ip address \"9.1.2.3\"", "[" TARGET " = '9.1.2.3']"},
		{"src_ip address \"2a01::/32\"",
			"[network-traffic:src_ref.value ISSUBSET '2a01::/32']"},
		{"dns.answers[].rdata address \"9.1.2.3\"",
			"[domain-name:resolves_to_refs[*].value = '9.1.2.3']"},
		{"dest_asn exact \"AS64500\"", "[autonomous-system:number = 64500]"},
		{"quic.ja3.hash exact \"ab\"", "[" OURS "ja3 = 'ab']"},
		{"http.url exact \"/a.b\"",
			"[" REQUEST "request_value MATCHES '^/a\\\\.b(\\\\?|$)']"},
		{"http.url prefix \"/a\"", "[" REQUEST "request_value LIKE '/a%']"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_said(cases[i].condition, cases[i].pattern);
}

/* What is joined by AND is of one object; the same name is a property of several. */
static void objects(void **state)
{
	(void)state;
	assert_said("all(tls.sni exact \"a\", dest_port range \"443\", proto range \"6\")",
		"[" TARGET " = 'a' AND " PORT " = 443 AND network-traffic:protocols[*] = 'tcp']");
	assert_said("any(tls.sni exact \"a\", dest_asn exact \"AS5\")",
		"[" NAME " = 'a' OR autonomous-system:number = 5]");
	assert_said("all(dest_asn exact \"AS5\", dest_port range \"1-2\")",
		"[network-traffic:dst_ref.belongs_to_refs[*].number = 5 AND (" PORT
		" >= 1 AND " PORT " <= 2)]");
	assert_said("all(http.hostname exact \"a\", tls.sni exact \"b\")",
		"[" REQUEST "request_header.Host = 'a' AND " TARGET " = 'b']");
	assert_said("all(dns.queries[].rrname exact \"a\", dns.answers[].rdata exact \"b\")",
		"[" NAME " = 'a' AND domain-name:resolves_to_refs[*].value = 'b']");
	assert_said(
		"all(any(tls.sni exact \"a\", quic.sni exact \"b\"), src_ip address \"9.1.2.3\")",
		"[(" TARGET " = 'a' OR " TARGET
		" = 'b') AND network-traffic:src_ref.value = '9.1.2.3']");
	assert_said("any(all(tls.sni exact \"a\"), not(not(tls.ja4 exact \"b\")))",
		"[" NAME " = 'a' OR " OURS "ja4 = 'b']");
}

/* `not` goes to what is compared; what may be absent is said to be so. */
static void negations(void **state)
{
	(void)state;
	assert_said("all(tls.sni suffix \"a\", not(tls.sni exact \"b.a\"))",
		"[(" NAME " = 'a' OR " NAME " LIKE '%.a') AND " NAME " NOT = 'b.a']");
	assert_said("all(tls.ja3.hash exact \"a\", not(any(dest_port range \"1\", dest_port range "
		    "\"5-9\")), not(tls.ja4 exact \"c\"))",
		"[" OURS "ja3 = 'a' AND ((NOT EXISTS " PORT " OR " PORT " NOT = 1) AND "
		"(NOT EXISTS " PORT " OR (" PORT " < 5 OR " PORT " > 9))) AND (NOT EXISTS " OURS
		"ja4 OR " OURS "ja4 NOT = 'c')]");
	assert_said("all(dest_ip address \"9.0.0.0/8\", not(dest_ip address \"9.1.2.3\"))",
		"[" TARGET " ISSUBSET '9.0.0.0/8' AND " TARGET " NOT = '9.1.2.3']");
	assert_said("all(tls.sni exact \"a\", not(tls.sni suffix \"b\"))",
		"[" NAME " = 'a' AND (" NAME " NOT = 'b' AND " NAME " NOT LIKE '%.b')]");
}

static void cannot(void **state)
{
	static const struct {
		const char *condition, *why;
	} cases[] = {
		{"quic.ua exact \"x\"", why_field},
		{"any(tls.sni exact \"a\", tls.serial exact \"1\")", why_field},
		{"all(tls.sni exact \"a\", app_proto exact \"TLS\")", why_field},
		{"all(tls.sni exact \"a\", tls.alpn exact \"h2\")", why_field},
		{"all(tls.sni exact \"a\", proto range \"6-7\")", why_field},
		{"http.url wildcard \"/a*\"", why_field},
		{"all(tls.sni exact \"a\", tls.fingerprint exact \"b\")", why_together},
		/* one object has one name, and one address or a name */
		{"all(tls.sni exact \"a\", quic.sni exact \"b\")", why_together},
		{"all(tls.sni exact \"a\", dest_ip address \"9.1.2.3\")", why_together},
		{"all(tls.subjectaltname[] exact \"a\", tls.subjectaltname[] exact \"b\")",
			why_together},
		{"all(any(tls.sni exact \"a\", dest_ip address \"9.1.2.3\"), tls.sni exact \"b\")",
			why_together},
		/* of several values none: it would hold for any other one */
		{"all(tls.sni exact \"a\", not(dns.queries[].rrname exact \"b\"))", why_together},
		{"all(dns.queries[].rrname exact \"a\", not(dns.answers[].rdata exact \"b\"))",
			why_together},
		{"all(tls.sni exact \"a\", not(proto range \"17\"))", why_together},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(free_ptr) struct expression *e = malloc(sizeof(*e));
		const char *why = stix_condition_why_not(cases[i].condition);

		assert_non_null(e);
		if (!why)
			fail_msg("%s can be said", cases[i].condition);
		assert_string_equal(why, cases[i].why);
		assert_int_equal(expression_parse(e, cases[i].condition), 0);
		assert_null(stix_condition_pattern(e));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(objects),
		cmocka_unit_test(negations),
		cmocka_unit_test(cannot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
