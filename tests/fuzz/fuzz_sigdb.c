/* SPDX-License-Identifier: Apache-2.0 */
/* A file as it is, and with the checksum that its body would have: one that knows the format. What
 * opens can be read and asked, and both matchers answer the same. */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/crypto.h"
#include "signatures/match.h"
#include "signatures/url.h"
#include "tests/fuzz/fuzz.h"

#define SUM_OFFSET     16
#define BODY_OFFSET    48
#define INDICATORS_MAX 64 /* that are asked for */
#define QUESTION_BYTES 600

struct engine {
	const struct match_ops *ops;
	struct match_set *set;
	struct matcher *matcher;
};

/* False when Hyperscan does not want a pattern that POSIX does. */
static bool engine_init(struct engine *e, const struct match_ops *ops, const struct sigdb *db)
{
	char error[256] = "";
	int r;

	e->ops = ops;
	r = ops->build(&e->set, db, error, sizeof(error));
	if (r == -EINVAL) {
		assert(*error);
		return false;
	}
	assert(r == 0);
	r = ops->open(&e->matcher, e->set);
	assert(r == 0);
	return true;
}

static void engine_done(struct engine *e)
{
	e->ops->close(e->matcher);
	e->ops->drop(e->set);
}

/* Both; returns how many both found. */
static unsigned ask(
	struct engine engines[2], enum field_match kind, const char *value, size_t bytes)
{
	struct match_found found[2];
	unsigned count[2];

	for (size_t i = 0; i < 2; i++)
		count[i] = engines[i].ops->find(
			engines[i].matcher, kind, value, bytes, 0, &found[i]);
	assert(count[0] == count[1] && found[0].left_out == found[1].left_out);
	assert(memcmp(found[0].indices, found[1].indices, count[0] * sizeof(uint32_t)) == 0);
	return count[0];
}

/* The name itself, in other writings, below it, glued to, one octet changed. */
static void ask_name(struct engine engines[2], const char *name)
{
	char question[QUESTION_BYTES];
	size_t bytes = strlen(name);
	unsigned count;

	memset(question, 'x', sizeof(question));
	question[1] = '.';
	memcpy(question + 2, name, bytes);
	count = ask(engines, MATCH_NAME, question + 2, bytes);
	assert(count > 0);
	(void)ask(engines, MATCH_NAME, question, 2 + bytes);
	question[1] = 'x';
	(void)ask(engines, MATCH_NAME, question, 2 + bytes);
	(void)ask(engines, MATCH_NAME, question + 2, bytes + 1);
	question[2 + bytes] = '.';
	count = ask(engines, MATCH_NAME, question + 2, bytes + 1);
	assert(count > 0);
	question[2 + bytes / 2] ^= 0x20;
	(void)ask(engines, MATCH_NAME, question + 2, bytes);
}

/* As what each kind of field may show; a URL as a request would ask for it. */
static void ask_value(struct engine engines[2], const struct indicator *i)
{
	char text[URL_BYTES_MAX];
	struct url url;
	unsigned count;

	for (enum field_match kind = MATCH_NONE; kind < MATCH_KINDS; kind++)
		(void)ask(engines, kind, i->value, strlen(i->value));
	if (i->type != INDICATOR_URL || url_read(&url, i->value))
		return;
	count = ask(engines, MATCH_URL, text, url_write(text, &url));
	assert(count > 0);
}

/* A protected name, with another last label, with one octet more. */
static void ask_alike(struct engine engines[2], const char *name)
{
	char question[QUESTION_BYTES];
	size_t bytes = strlen(name);

	memcpy(question, name, bytes);
	memcpy(question + bytes, ".x", 2);
	(void)ask(engines, MATCH_NAME, question, bytes);
	(void)ask(engines, MATCH_NAME, question, bytes + 2);
	question[bytes - 1] ^= 1;
	(void)ask(engines, MATCH_NAME, question, bytes);
	memcpy(question + 1, name, bytes);
	(void)ask(engines, MATCH_NAME, question, bytes + 1);
}

/* Signatures over a flow to nowhere. */
static void evaluate(struct engine engines[2])
{
	static const uint8_t nowhere[16];
	struct evidence e = {.moment = EVIDENCE_WHOLE,
		.src_ip = nowhere,
		.dest_ip = nowhere,
		.dest_port = 443,
		.dest_asn = 64500,
		.app_proto = "TLS"};
	struct signature_hit hits[2][SIGNATURE_HITS_MAX];
	uint64_t left_out[2] = {0};
	unsigned count[2];

	for (size_t i = 0; i < 2; i++)
		count[i] = engines[i].ops->evaluate(engines[i].matcher, &e, hits[i], &left_out[i]);
	if (engines[0].ops->ended_early(engines[0].matcher))
		return;
	assert(count[0] == count[1] && left_out[0] == left_out[1]);
	for (unsigned i = 0; i < count[0]; i++)
		assert(hits[0][i].index == hits[1][i].index &&
			hits[0][i].fields == hits[1][i].fields);
}

static size_t text_bytes(const struct indicator *i)
{
	return strlen(i->value) + strlen(i->campaign) + strlen(i->source) + strlen(i->context) +
	       strlen(i->disarm) + strlen(i->reference) + strlen(i->tlp) + strlen(i->licence);
}

static void use(const struct sigdb *db)
{
	struct engine engines[2];

	if (!engine_init(&engines[0], &match_sets, db))
		return;
	(void)engine_init(&engines[1], &match_naive, db);
	for (size_t i = 0; i < sigdb_count(db); i++) {
		struct indicator item = sigdb_get(db, i);

		assert(*item.value && text_bytes(&item) > 0);
		assert(item.advice <= ADVICE_URL_ONLY && item.type < INDICATOR_TYPES);
		if (i >= INDICATORS_MAX)
			continue;
		if (item.type == INDICATOR_DOMAIN)
			ask_name(engines, item.value);
		else if (item.type == INDICATOR_LOOK_ALIKE)
			ask_alike(engines, item.value);
		else
			ask_value(engines, &item);
	}
	evaluate(engines);
	engine_done(&engines[0]);
	engine_done(&engines[1]);
}

static void open_file(const uint8_t *octets, size_t bytes)
{
	_cleanup_(close_ptr) int fd = memfd_create("sigdb", MFD_CLOEXEC);
	struct sigdb *db = NULL;
	char path[64], error[256] = "";
	ssize_t written;

	assert(fd >= 0);
	written = write(fd, octets, bytes);
	assert(written == (ssize_t)bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (sigdb_open(&db, path, error, sizeof(error)) < 0) {
		assert(!db && *error);
		return;
	}
	use(db);
	sigdb_close(db);
}

/* Where the summed part ends, as the file says, or where the file ends. */
static size_t summed_end(const uint8_t *file, size_t size)
{
	uint64_t end = 0;

	for (size_t i = 0; i < 8; i++)
		end = end << 8 | file[BODY_OFFSET + i];
	return end >= BODY_OFFSET && end <= size ? (size_t)end : size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	open_file(data, size);
	if (size < BODY_OFFSET + 8)
		return 0;
	copy = fuzz_copy(data, size);
	memcpy(copy, "KUKLASIG\0\0\0\2", 12);
	crypto_sha256(copy + SUM_OFFSET, copy + BODY_OFFSET, summed_end(copy, size) - BODY_OFFSET);
	open_file(copy, size);
	free(copy);
	return 0;
}
