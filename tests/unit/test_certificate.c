/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: one of each kind of string, time and name; cut at each octet, and with each octet
 * changed. */
#include "dissectors/certificate.h"

#include "tests/unit/tls_make.h"

enum { SUBJECT, ISSUER, SERIAL, NOT_BEFORE, NOT_AFTER, NAMES, SHA1, SHA256, SPKI, FIELDS };

static const struct field fields[FIELDS] = {
	[SUBJECT] = {.key = "subject", .type = FIELD_TEXT},
	[ISSUER] = {.key = "issuer", .type = FIELD_TEXT},
	[SERIAL] = {.key = "serial", .type = FIELD_TEXT},
	[NOT_BEFORE] = {.key = "not_before", .type = FIELD_TEXT},
	[NOT_AFTER] = {.key = "not_after", .type = FIELD_TEXT},
	[NAMES] = {.key = "names[]", .type = FIELD_TEXT, .flags = FIELD_LIST},
	[SHA1] = {.key = "sha1", .type = FIELD_TEXT},
	[SHA256] = {.key = "sha256", .type = FIELD_TEXT},
	[SPKI] = {.key = "spki", .type = FIELD_TEXT},
};

static const struct certificate_fields to = {&fields[SUBJECT], &fields[ISSUER], &fields[SERIAL],
	&fields[NOT_BEFORE], &fields[NOT_AFTER], &fields[NAMES], &fields[SHA1], &fields[SHA256],
	&fields[SPKI]};

static struct out certificate;
static uint8_t storage[RECORD_BYTES_MAX];
static struct record r;
static uint32_t steps;

static int setup(void **state)
{
	(void)state;
	certificate.used = 0;
	put_certificate(&certificate);
	return 0;
}

static bool read_it(const void *octets, size_t bytes)
{
	_cleanup_(free_ptr) uint8_t *copy = trial_copy(octets, bytes);

	record_init(&r, NULL, storage, sizeof(storage));
	steps = 0;
	return certificate_record(&r, &to, cur_init(copy, bytes), &steps);
}

static void expect(unsigned field, unsigned n, const char *want, size_t bytes)
{
	struct record_value v = {0};

	while (record_next(&r, &v)) {
		if (v.field != &fields[field] || n-- > 0)
			continue;
		assert_int_equal(v.bytes, bytes);
		assert_memory_equal(v.text, want, bytes);
		return;
	}
	assert_null(want);
}

#define EXPECT(field, n, text) expect(field, n, text, sizeof(text) - 1)

static void every_kind(void **state)
{
	(void)state;
	assert_true(read_it(certificate.bytes, certificate.used));
	EXPECT(ISSUER, 0, "C=NL, O=Example, B.");
	EXPECT(SUBJECT, 0,
		"CN=a\xc3\xa9\xe2\x82\xac\xef\xbf\xbd, CN=\xe9, Email=, "
		"1.3.6.1.4.1.311.10=x, CN=");
	EXPECT(SERIAL, 0, "00:C7:D4:28:8B");
	EXPECT(NOT_BEFORE, 0, "2023-01-02T03:04:05");
	EXPECT(NOT_AFTER, 0, "9999-12-31T23:59:59");
	EXPECT(SPKI, 0,
		"3ca0a83e5decc68136a10afc50557e0acece6042b2293f71b4870371ef062ac3"); /* of 30020500
										      */
	EXPECT(NAMES, 0, "example.org");
	EXPECT(NAMES, 1, "*.a\0b.c");
	EXPECT(NAMES, 2, "192.0.2.1");
	EXPECT(NAMES, 3, "2001:db8::1");
	expect(NAMES, 4, NULL, 0);
	assert_int_equal(r.lost_values, 0);
	assert_true(steps > 0 && steps < 64);
}

/* SHA-1 and SHA-256 of "abc", which is no certificate. */
static void fingerprints(void **state)
{
	(void)state;
	assert_false(read_it("abc", 3));
	EXPECT(SHA1, 0, "a9:99:3e:36:47:06:81:6a:ba:3e:25:71:78:50:c2:6c:9c:d0:d8:9d");
	EXPECT(SHA256, 0, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect(SERIAL, 0, NULL, 0);
	expect(SPKI, 0, NULL, 0);
}

static void cut(void **state)
{
	(void)state;
	for (size_t bytes = 0; bytes < certificate.used; bytes++) {
		assert_false(read_it(certificate.bytes, bytes));
		expect(SUBJECT, 0, NULL, 0); /* the outermost length lies */
	}
}

/* The outer lengths are true and what is inside is cut. */
static void cut_inside(void **state)
{
	size_t whole = certificate.used;
	unsigned fine = 0;

	(void)state;
	for (size_t bytes = 8; bytes < whole; bytes++) {
		certificate.used = 0;
		put_certificate(&certificate);
		certificate.used = bytes;
		close_block(&certificate, 4, 2);
		close_block(&certificate, 8, 2);
		fine += read_it(certificate.bytes, bytes);
	}
	assert_true(fine < 40); /* before the extensions, and behind the names */
}

static void each_octet(void **state)
{
	(void)state;
	for (size_t at = 0; at < certificate.used; at++) {
		uint8_t genuine = certificate.bytes[at];

		for (int value = 0; value < 256; value += 15) {
			certificate.bytes[at] = (uint8_t)value;
			(void)read_it(certificate.bytes, certificate.used);
			assert_true(steps <= certificate.used);
		}
		certificate.bytes[at] = genuine;
	}
}

static bool with_times(const char *not_before, const char *not_after)
{
	static struct out o;
	size_t whole, body, block;

	o.used = 0;
	whole = open_der(&o, "30");
	body = open_der(&o, "30");
	put_der(&o, "02", "05");
	put_der(&o, "30", "");
	put_der(&o, "30", "");
	block = open_der(&o, "30");
	put(&o, not_before);
	put(&o, not_after);
	close_block(&o, block, 2);
	put_der(&o, "30", "");
	put_der(&o, "30", "");
	close_block(&o, body, 2);
	close_block(&o, whole, 2);
	return read_it(o.bytes, o.used);
}

static void times(void **state)
{
	static const char *const wrong[] = {"1700", "170d3233313330323033303430355a",
		"170d3233303130303033303430355a", "170d3233303130323234303430355a",
		"170d3233303130323033363030355a", "170d3233303130323033303436315a",
		"170d3233303130323033303430352b", "170d323330313032303330343035ff",
		"170d2f3330313032303330343035ff", "17113233303130323033303430352b30313030", "0500"};

	(void)state;
	assert_true(with_times("170b353030313031303030305a", "180f30303030303130313233353936305a"));
	EXPECT(NOT_BEFORE, 0, "1950-01-01T00:00:00"); /* without seconds */
	EXPECT(NOT_AFTER, 0, "0000-01-01T23:59:60");
	EXPECT(SERIAL, 0, "05");
	expect(SUBJECT, 0, NULL, 0);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		assert_true(with_times(wrong[i], "170d3439313233313233353935395a"));
		expect(NOT_BEFORE, 0, NULL, 0);
		EXPECT(NOT_AFTER, 0, "2049-12-31T23:59:59");
	}
}

static void lengths(void **state)
{
	static const char *const wrong[] = {"30800000", "3085000000000130", "30ff00", "3f8100",
		"308400000010", "3084ffffffff00", "30", "3081", "0500", "3003020105"};
	static struct out o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		o.used = 0;
		put(&o, wrong[i]);
		assert_false(read_it(o.bytes, o.used));
		assert_int_equal(r.lost_values, 0);
	}
}

/* Of a person the type is named, no more. */
static void persons(void **state)
{
	static const char *const types[] = {"550404", "55042a", "550414", "2a864886f70d010901",
		"0992268993f22c640101", "55040a"};
	static struct out o;
	size_t whole, body, name;

	(void)state;
	o.used = 0;
	whole = open_der(&o, "30");
	body = open_der(&o, "30");
	put_der(&o, "02", "05");
	for (int i = 0; i < 3; i++)
		put_der(&o, "30", "");
	name = open_der(&o, "30");
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		put_attribute(&o, types[i], "13", "416c696365");
	close_block(&o, name, 2);
	put_der(&o, "30", "");
	close_block(&o, body, 2);
	close_block(&o, whole, 2);
	(void)read_it(o.bytes, o.used);
	EXPECT(SUBJECT, 0, "SN=, GN=, telephoneNumber=, Email=, UID=, O=Alice");
}

/* More names than are kept, and a distinguished name without end. */
static void many(void **state)
{
	static struct out o;
	size_t whole, body, extensions, list, one, octets, names;

	(void)state;
	o.used = 0;
	whole = open_der(&o, "30");
	body = open_der(&o, "30");
	put_der(&o, "02", "05");
	for (int i = 0; i < 5; i++)
		put_der(&o, "30", i == 2 ? "17001700" : "");
	extensions = open_der(&o, "a3");
	list = open_der(&o, "30");
	one = open_der(&o, "30");
	put_der(&o, "06", "551d11");
	octets = open_der(&o, "04");
	names = open_der(&o, "30");
	for (unsigned i = 0; i < CERTIFICATE_NAMES_MAX + 72; i++)
		put_der(&o, "82", "78");
	close_block(&o, names, 2);
	close_block(&o, octets, 2);
	close_block(&o, one, 2);
	close_block(&o, list, 2);
	close_block(&o, extensions, 2);
	close_block(&o, body, 2);
	close_block(&o, whole, 2);
	assert_true(read_it(o.bytes, o.used));
	EXPECT(NAMES, CERTIFICATE_NAMES_MAX - 1, "x");
	expect(NAMES, CERTIFICATE_NAMES_MAX, NULL, 0);
	assert_int_equal(r.lost_values, 72);
	o.used = 0;
	whole = open_der(&o, "30");
	body = open_der(&o, "30");
	put_der(&o, "02", "05");
	for (int i = 0; i < 3; i++)
		put_der(&o, "30", "");
	one = open_der(&o, "30");
	for (int i = 0; i < 600; i++)
		put_attribute(&o, "550403", "13", "78");
	close_block(&o, one, 2);
	close_block(&o, body, 2);
	close_block(&o, whole, 2);
	assert_false(read_it(o.bytes, o.used));
	assert_true(steps <= 65);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_kind, setup),
		cmocka_unit_test_setup(fingerprints, setup),
		cmocka_unit_test_setup(cut, setup),
		cmocka_unit_test_setup(cut_inside, setup),
		cmocka_unit_test_setup(each_octet, setup),
		cmocka_unit_test_setup(times, setup),
		cmocka_unit_test_setup(lengths, setup),
		cmocka_unit_test_setup(persons, setup),
		cmocka_unit_test_setup(many, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
