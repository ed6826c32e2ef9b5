/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/sigdb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "signatures/match.h"
#include "tests/unit/unit.h"

#define SUM_OFFSET     16
#define BODY_OFFSET    48
#define TABLE_OFFSET   64
#define ROW_BYTES      24
#define SECTIONS       4
#define FILE_BYTES_MAX 4096

struct place {
	char folder[32], path[64];
	char error[256];
	uint8_t file[FILE_BYTES_MAX];
	size_t bytes;
};

static struct indicator make(enum indicator_type type, enum indicator_scope scope,
	const char *value, const char *campaign)
{
	return (struct indicator){.type = type,
		.scope = scope,
		.value = value,
		.campaign = campaign,
		.source = "feed.csv",
		.context = "",
		.disarm = "",
		.reference = "",
		.tlp = "",
		.licence = "",
		.line = 7};
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	snprintf(p->folder, sizeof(p->folder), "test_sigdb.XXXXXX");
	if (!mkdtemp(p->folder))
		return -1;
	snprintf(p->path, sizeof(p->path), "%s/x.kdb", p->folder);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	int r;

	(void)unlink(p->path);
	r = rmdir(p->folder); /* no temporary file was left */
	free(p);
	return r;
}

static void read_file(struct place *p)
{
	FILE *f = fopen(p->path, "rb");

	assert_non_null(f);
	p->bytes = fread(p->file, 1, sizeof(p->file), f);
	assert_in_range(p->bytes, BODY_OFFSET, sizeof(p->file) - 1);
	assert_int_equal(fclose(f), 0);
}

static void write_file(const struct place *p, const uint8_t *octets, size_t bytes)
{
	FILE *f = fopen(p->path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(octets, 1, bytes, f), bytes);
	assert_int_equal(fclose(f), 0);
}

static void write_some(struct place *p)
{
	struct indicator items[] = {
		make(INDICATOR_URL, SCOPE_URL_ONLY, "https://t.me/x", "one"),
		make(INDICATOR_DOMAIN, SCOPE_SUBDOMAINS, "b.example.org", "one"),
		make(INDICATOR_IP, SCOPE_EXACT, "8.8.8.8", "two"),
		make(INDICATOR_DOMAIN, SCOPE_EXACT, "a.example.org", "two"),
		make(INDICATOR_DOMAIN, SCOPE_EXACT, "b.example.org", "later, dropped"),
		make(INDICATOR_JA3, SCOPE_EXACT, "c12f54a3f91dc7bafd92cb59fe009a35", ""),
		make(INDICATOR_PREFIX, SCOPE_PREFIX, "8.8.8.0/24", ""),
	};

	items[0].advice = ADVICE_URL_ONLY;
	items[1].role = ROLE_OPERATOR_SIDE;
	items[1].confidence = 80;
	items[1].context = "a note";
	items[1].disarm = "T0149.001 T0149.005";
	items[1].reference = "https://example.org/report";
	items[1].tlp = "TLP:CLEAR";
	items[1].licence = "CC-BY-4.0";
	items[1].first_seen = 1577836800;
	items[1].last_confirmed = 1609459200;
	items[1].expires = UINT32_MAX;
	items[1].published = 1;
	assert_int_equal(
		sigdb_write(p->path, items, ARRAY_LEN(items), p->error, sizeof(p->error)), 0);
	read_file(p);
}

static void test_round_trip(void **state)
{
	struct place *p = *state;
	struct indicator got;
	struct sigdb *db;
	struct stat st;

	write_some(p);
	assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), 0);
	assert_int_equal(sigdb_count(db), 6);
	assert_int_equal(strlen(sigdb_version(db)), 16);
	got = sigdb_get(db, 0);
	assert_string_equal(got.value, "a.example.org");
	assert_int_equal(got.scope, SCOPE_EXACT);
	got = sigdb_get(db, 1);
	assert_string_equal(got.value, "b.example.org");
	assert_string_equal(got.campaign, "one"); /* the first of the two */
	assert_string_equal(got.source, "feed.csv");
	assert_string_equal(got.context, "a note");
	assert_string_equal(got.disarm, "T0149.001 T0149.005");
	assert_int_equal(got.type, INDICATOR_DOMAIN);
	assert_int_equal(got.role, ROLE_OPERATOR_SIDE);
	assert_int_equal(got.scope, SCOPE_SUBDOMAINS);
	assert_int_equal(got.advice, ADVICE_MATCH);
	assert_int_equal(got.confidence, 80);
	assert_int_equal(got.line, 7);
	assert_string_equal(got.reference, "https://example.org/report");
	assert_string_equal(got.tlp, "TLP:CLEAR");
	assert_string_equal(got.licence, "CC-BY-4.0");
	assert_int_equal(got.first_seen, 1577836800);
	assert_int_equal(got.last_confirmed, 1609459200);
	assert_int_equal(got.expires, UINT32_MAX);
	assert_int_equal(got.published, 1);
	got = sigdb_get(db, 2);
	assert_int_equal(got.type, INDICATOR_URL);
	assert_int_equal(got.advice, ADVICE_URL_ONLY);
	assert_string_equal(got.reference, "");
	assert_string_equal(got.tlp, "");
	assert_string_equal(got.licence, "");
	assert_int_equal(got.first_seen, 0);
	assert_int_equal(got.confidence, 0);
	assert_int_equal(sigdb_of_type(db, INDICATOR_DOMAIN).end, 2);
	assert_int_equal(sigdb_of_type(db, INDICATOR_PREFIX).begin, 4);
	assert_int_equal(sigdb_of_type(db, INDICATOR_PREFIX).end, 5);
	assert_int_equal(sigdb_of_type(db, INDICATOR_ASN).begin, 0);
	assert_int_equal(sigdb_of_type(db, INDICATOR_ASN).end, 0);
	sigdb_close(db);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
}

static void test_same_octets(void **state)
{
	struct place *p = *state;
	uint8_t before[FILE_BYTES_MAX];
	size_t bytes;

	write_some(p);
	memcpy(before, p->file, p->bytes);
	bytes = p->bytes;
	write_some(p);
	assert_int_equal(p->bytes, bytes);
	assert_memory_equal(p->file, before, bytes);
}

static void test_empty(void **state)
{
	struct place *p = *state;
	struct sigdb *db;

	assert_int_equal(sigdb_write(p->path, NULL, 0, p->error, sizeof(p->error)), 0);
	assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), 0);
	assert_int_equal(sigdb_count(db), 0);
	sigdb_close(db);
}

static void test_gate(void **state)
{
	struct place *p = *state;
	struct indicator item = make(INDICATOR_DOMAIN, SCOPE_EXACT, "co.uk", "");

	item.advice = ADVICE_REVIEW;
	assert_int_equal(sigdb_write(p->path, &item, 1, p->error, sizeof(p->error)), -EINVAL);
	assert_non_null(strstr(p->error, ": co.uk: advice review does not go into a database"));
	assert_int_equal(access(p->path, F_OK), -1);
	item.advice = ADVICE_MATCH;
	assert_int_equal(
		sigdb_write("no/such/folder/x", &item, 1, p->error, sizeof(p->error)), -ENOENT);
}

/* A domain that nothing could find does not get in. */
static void test_not_normal(void **state)
{
	static const char *const values[] = {"", "A.example.org", "a..example.org", ".example.org",
		"example.org.", "a b", "\xff"};
	struct place *p = *state;

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct indicator item = make(INDICATOR_DOMAIN, SCOPE_EXACT, values[i], "");

		assert_int_equal(
			sigdb_write(p->path, &item, 1, p->error, sizeof(p->error)), -EINVAL);
		assert_non_null(strstr(p->error, "normal form"));
	}
	assert_int_equal(access(p->path, F_OK), -1);
}

static void put(uint8_t *to, uint64_t n, size_t bytes)
{
	for (; bytes; n >>= 8)
		to[--bytes] = (uint8_t)n;
}

/* One section more, for which there is place in the table. */
static void add_section(struct place *p, uint32_t id, uint64_t summed)
{
	uint8_t *row = p->file + TABLE_OFFSET + SECTIONS * ROW_BYTES;
	size_t at = (p->bytes + 63) / 64 * 64;

	memset(p->file + p->bytes, 0, at - p->bytes);
	memset(p->file + at, 0x55, 64);
	p->bytes = at + 64;
	put(p->file + BODY_OFFSET, summed ? summed : p->bytes, 8);
	put(p->file + BODY_OFFSET + 8, SECTIONS + 1, 4);
	put(row, id, 4);
	put(row + 4, 0, 4);
	put(row + 8, at, 8);
	put(row + 16, 64, 8);
	crypto_sha256(p->file + SUM_OFFSET, p->file + BODY_OFFSET,
		(summed ? summed : p->bytes) - BODY_OFFSET);
	write_file(p, p->file, p->bytes);
}

static void test_other_sections(void **state)
{
	struct place *p = *state;
	struct sigdb *db;
	size_t bytes;

	write_some(p);
	add_section(p, 0x57484154, 0);
	assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), 0);
	assert_int_equal(sigdb_count(db), 6);
	sigdb_close(db);

	write_some(p); /* behind what is summed */
	bytes = p->bytes;
	add_section(p, 0x5349474e, bytes);
	assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), 0);
	sigdb_close(db);
	p->file[p->bytes - 1] ^= 1;
	write_file(p, p->file, p->bytes);
	assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), 0);
	sigdb_close(db);

	write_some(p);
	add_section(p, 0x454e5452, 0); /* entries again */
	assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), -EBADMSG);
	assert_non_null(strstr(p->error, "malformed"));
}

/* Conditions of signatures; what is compiled of them is not taken where nobody signed. */
static void test_signatures(void **state)
{
	struct indicator items[] = {
		make(INDICATOR_SIGNATURE, SCOPE_EXACT, "b", "one"),
		make(INDICATOR_SIGNATURE, SCOPE_EXACT, "a", "two"),
		make(INDICATOR_DOMAIN, SCOPE_EXACT, "a.example.org", "two"),
	};
	struct place *p = *state;
	struct sigdb *db = NULL;

	items[0].expression = "tls.sni wildcard \"*.example.org\"";
	items[1].expression = "all(dest_asn exact \"AS64500\", dest_port range \"443\")";
	assert_int_equal(
		sigdb_write(p->path, items, ARRAY_LEN(items), p->error, sizeof(p->error)), 0);
	assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), 0);
	assert_string_equal(sigdb_get(db, 1).value, "a");
	assert_string_equal(sigdb_get(db, 1).expression, items[1].expression);
	assert_string_equal(sigdb_get(db, 2).expression, items[0].expression);
	assert_null(sigdb_get(db, 0).expression);
	assert_int_equal(sigdb_as_count(db), 1);
	assert_null(sigdb_compiled_patterns(db).begin);
	sigdb_close(db);
	unlink(p->path);

	/* what nobody could evaluate does not get in */
	items[0].expression = "tls.sni exact \"A\"";
	assert_int_not_equal(
		sigdb_write(p->path, items, ARRAY_LEN(items), p->error, sizeof(p->error)), 0);
	assert_non_null(strstr(p->error, "b: its condition is malformed"));
	items[0].expression = "tls.sni regex \"a^b\"";
	assert_int_not_equal(
		sigdb_write(p->path, items, ARRAY_LEN(items), p->error, sizeof(p->error)), 0);
	assert_non_null(strstr(p->error, "a^b: "));
	items[0].expression = NULL;
	assert_int_equal(
		sigdb_write(p->path, items, ARRAY_LEN(items), p->error, sizeof(p->error)), -EINVAL);
	assert_int_equal(access(p->path, F_OK), -1);
}

static void test_malformed(void **state)
{
	struct place *p = *state;
	struct sigdb *db = NULL;

	write_some(p);
	for (size_t bytes = 0; bytes < p->bytes; bytes++) {
		write_file(p, p->file, bytes);
		assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), -EBADMSG);
	}
	for (size_t at = 0; at < p->bytes; at++) {
		int want = at >= 12 && at < 16 ? 0 : -EBADMSG; /* four octets without a meaning */

		p->file[at] ^= 0x40;
		write_file(p, p->file, p->bytes);
		assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), want);
		p->file[at] ^= 0x40;
		if (want == 0)
			sigdb_close(db);
	}
	p->file[p->bytes] = 0;
	write_file(p, p->file, p->bytes + 1);
	assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), -EBADMSG);
	p->file[11] = 9;
	write_file(p, p->file, p->bytes);
	assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), -EBADMSG);
	assert_non_null(strstr(p->error, "format"));
	assert_int_equal(sigdb_open(&db, p->folder, p->error, sizeof(p->error)), -ENXIO);
	assert_non_null(strstr(p->error, "is no regular file"));
	assert_int_equal(sigdb_open(&db, "no/such/file", p->error, sizeof(p->error)), -ENOENT);
}

static void write_signed(struct place *p, const struct sigdb_stamp *stamp, const uint8_t *secret)
{
	struct indicator item = make(INDICATOR_DOMAIN, SCOPE_EXACT, "a.example.org", "");
	FILE *f = fopen(p->path, "wb+");

	assert_non_null(f);
	item.expires = 1000;
	assert_int_equal(sigdb_write_to(fileno(f), &item, 1, stamp, p->error, sizeof(p->error)), 0);
	if (secret)
		assert_int_equal(sigdb_sign(fileno(f), secret), stamp->to_be_signed ? 0 : -ENOSPC);
	assert_int_equal(fclose(f), 0);
	read_file(p);
}

static void test_stamp(void **state)
{
	const struct sigdb_stamp stamp = {.number = UINT64_MAX, .created = 1700000000}, none = {0};
	struct place *p = *state;
	struct sigdb *db;

	write_signed(p, &stamp, NULL);
	assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), 0);
	assert_true(sigdb_stamp(db).number == stamp.number);
	assert_int_equal(sigdb_stamp(db).created, stamp.created);
	assert_null(sigdb_signer(db));
	assert_int_equal(sigdb_expired(db, 999), 0);
	assert_int_equal(sigdb_expired(db, 1000), 1);
	sigdb_close(db);
	write_signed(p, &none, (const uint8_t[32]){1}); /* there is no room for a signature */
	assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), 0);
	assert_true(sigdb_stamp(db).number == 0 && sigdb_stamp(db).created == 0);
	sigdb_close(db);
}

/* No octet of a signed file can change, and nothing that is not signed by a key of the list is
 * taken. */
static void test_trust(void **state)
{
	const struct sigdb_stamp stamp = {.number = 3, .to_be_signed = true};
	const uint8_t secret[32] = {1}, other[32] = {2};
	struct place *p = *state;
	uint8_t keys[2][32];
	struct sigdb_trust trust = {(const uint8_t(*)[32])keys, 2};
	struct sigdb *db = NULL;

	assert_int_equal(signing_key_public(keys[0], other), 0);
	assert_int_equal(signing_key_public(keys[1], secret), 0);
	write_signed(p, &stamp, secret);
	assert_int_equal(sigdb_open_trusted(&db, p->path, &trust, p->error, sizeof(p->error)), 0);
	assert_memory_equal(sigdb_signer(db), keys[1], sizeof(keys[1]));
	assert_int_equal(sigdb_stamp(db).number, 3);
	sigdb_close(db);
	trust.count = 1;
	assert_int_equal(sigdb_open_trusted(&db, p->path, &trust, p->error, sizeof(p->error)),
		-EKEYREJECTED);
	assert_non_null(strstr(p->error, "not trusted"));
	trust.count = 2;
	for (size_t at = 0; at < p->bytes; at++) {
		p->file[at] ^= 1;
		write_file(p, p->file, p->bytes);
		assert_int_not_equal(
			sigdb_open_trusted(&db, p->path, &trust, p->error, sizeof(p->error)), 0);
		p->file[at] ^= 1;
	}
	for (size_t bytes = p->bytes - 200; bytes < p->bytes; bytes++) {
		write_file(p, p->file, bytes);
		assert_int_not_equal(
			sigdb_open_trusted(&db, p->path, &trust, p->error, sizeof(p->error)), 0);
	}
	write_signed(p, &(struct sigdb_stamp){.number = 3}, NULL);
	assert_int_equal(sigdb_open_trusted(&db, p->path, &trust, p->error, sizeof(p->error)),
		-EKEYREJECTED);
	assert_non_null(strstr(p->error, "not signed"));
}

/* What is written over a file that is open changes nothing in who has it open. */
static void test_file_changes(void **state)
{
	struct place *p = *state;
	struct sigdb *db;

	write_some(p);
	assert_int_equal(sigdb_open(&db, p->path, p->error, sizeof(p->error)), 0);
	memset(p->file, 0xff, sizeof(p->file));
	write_file(p, p->file, 64);
	assert_string_equal(sigdb_get(db, 1).value, "b.example.org");
	sigdb_close(db);
}

/* Reads all and asks it something. */
static void use(const struct sigdb *db, const struct match_ops *ops)
{
	struct match_found found;
	struct match_set *set;
	struct matcher *m;
	char error[256];
	size_t bytes = 0;

	for (size_t i = 0; i < sigdb_count(db); i++) {
		struct indicator item = sigdb_get(db, i);

		bytes += strlen(item.value) + strlen(item.campaign) + strlen(item.source) +
			 strlen(item.context) + strlen(item.disarm);
		assert_string_not_equal(indicator_type_name(item.type), "unknown");
		assert_string_not_equal(indicator_scope_name(item.scope), "unknown");
	}
	assert_true(bytes > 0);
	if (ops->build(&set, db, error, sizeof(error)) < 0)
		return;
	assert_int_equal(ops->open(&m, set), 0);
	(void)ops->find(m, MATCH_NAME, "x.b.example.org", 15, 0, &found);
	(void)ops->find(m, MATCH_ADDRESS, "8.8.8.8", 7, 0, &found);
	ops->close(m);
	ops->drop(set);
}

/* Someone who knows the format and computes the checksum: every octet of the body is changed in
 * three ways. Some of it still is a database, with another note or line. */
static void test_hostile(void **state)
{
	static const uint8_t changes[] = {0x01, 0x80, 0xff};
	struct place *p = *state;
	size_t opened = 0, refused = 0;
	struct sigdb *db;

	write_some(p);
	for (size_t at = BODY_OFFSET; at < p->bytes; at++) {
		for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
			p->file[at] ^= changes[i];
			crypto_sha256(p->file + SUM_OFFSET, p->file + BODY_OFFSET,
				p->bytes - BODY_OFFSET);
			write_file(p, p->file, p->bytes);
			p->file[at] ^= changes[i];
			if (sigdb_open(&db, p->path, p->error, sizeof(p->error)) < 0) {
				refused++;
				continue;
			}
			opened++;
			use(db, opened % 8 ? &match_naive : &match_sets);
			sigdb_close(db);
		}
	}
	assert_true(opened > 0 && refused > opened / 4);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_same_octets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_empty, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_gate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_normal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_sections, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signatures, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_malformed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stamp, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_trust, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_file_changes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hostile, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
