/* SPDX-License-Identifier: Apache-2.0 */
/* Community ID against the specification's own vectors. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/community_id.h"
#include "base/icmp.h"

struct vector {
	uint8_t protocol;
	const char *src, *dst;
	int sport, dport; /* -1: none */
	const char *want;
};

static void address(uint8_t to[16], const char *text)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (inet_pton(AF_INET6, text, to) == 1)
		return;
	memcpy(to, mapped, sizeof(mapped));
	assert_int_equal(inet_pton(AF_INET, text, to + 12), 1);
}

static void check(const struct vector *v)
{
	struct community_tuple t = {.protocol = v->protocol};
	char text[COMMUNITY_ID_BYTES];

	address(t.src, v->src);
	address(t.dst, v->dst);
	t.has_ports = v->sport >= 0;
	if (t.has_ports) {
		t.sport = (uint16_t)v->sport;
		t.dport = (uint16_t)v->dport;
	}
	assert_int_equal(community_id(text, &t), 30);
	assert_string_equal(text, v->want);
}

static void test_vectors(void **state)
{
	static const struct vector vectors[] = {
		{6, "128.232.110.120", "66.35.250.204", 34855, 80,
			"1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{6, "66.35.250.204", "128.232.110.120", 80, 34855,
			"1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
		{132, "192.168.170.8", "192.168.170.56", 7, 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
		{46, "10.1.12.1", "10.1.12.2", -1, -1, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
		{46, "10.1.12.2", "10.1.12.1", -1, -1, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
		{6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25,
			"1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
		{6, "2607:f8b0:400c:c03::1a", "2001:470:e5bf:dead:4957:2174:e82c:4887", 25, 63943,
			"1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
		/* request and reply are one; an unanswered type is not the same backwards */
		{1, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{1, "192.168.0.1", "192.168.0.89", 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{1, "192.168.0.89", "192.168.0.1", 20, 0, "1:3o2RFccXzUgjl7zDpqmY7yJi8rI="},
		{58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0,
			"1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
		{58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 0,
			"1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
		check(&vectors[i]);
}

static void test_icmp_pairs(void **state)
{
	uint8_t back, again;
	unsigned count[2] = {0, 0};

	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		for (unsigned type = 0; type < 256; type++) {
			if (!icmp_counterpart(v6, (uint8_t)type, &back))
				continue;
			count[v6]++;
			assert_int_not_equal(back, type);
			assert_true(icmp_counterpart(v6, back, &again));
			assert_int_equal(again, type);
		}
	}
	assert_int_equal(count[0], 10);
	assert_int_equal(count[1], 12);
	back = 77;
	assert_false(icmp_counterpart(false, 3, &back));
	assert_int_equal(back, 77);
}

static void test_has_ports(void **state)
{
	(void)state;
	assert_true(community_id_has_ports(6) && community_id_has_ports(132));
	assert_true(community_id_has_ports(1) && community_id_has_ports(58));
	assert_false(community_id_has_ports(47) || community_id_has_ports(50));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_icmp_pairs),
		cmocka_unit_test(test_has_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
