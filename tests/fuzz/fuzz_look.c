/* SPDX-License-Identifier: Apache-2.0 */
/* Punycode, which written again is what was read; then a section of protected names, which is
 * refused or can be asked, and by lookups answers as the plain reference does.
 *
 * Input: a label, a line feed; a name, a line feed; the section for three protected names. */
#include "signatures/look_naive.h"
#include "signatures/look_set.h"
#include "signatures/punycode.h"
#include "tests/fuzz/fuzz.h"

#define PROTECTED 3

static const char texts[] = "\0\0\0\0\0\0\0\0news.example\0spiegel.de\0xn--sddeutsche-9db.de";
static const uint8_t entries[PROTECTED * SIGDB_ENTRY_BYTES] = {[0] = INDICATOR_LOOK_ALIKE,
	[7] = 8,
	[16] = INDICATOR_LOOK_ALIKE,
	[23] = 21,
	[32] = INDICATOR_LOOK_ALIKE,
	[39] = 32};
static const struct sigdb_view view = {
	.entries = entries, .texts = texts, .count = PROTECTED, .text_bytes = sizeof(texts)};

/* Up to the next line feed, which is taken. */
static size_t take_line(const uint8_t **data, size_t *size)
{
	size_t bytes = 0;

	while (bytes < *size && (*data)[bytes] != '\n')
		bytes++;
	*data += bytes + (bytes < *size);
	*size -= bytes + (bytes < *size);
	return bytes;
}

/* RFC 3492 section 6.1 */
static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / 700 : delta / 2;
	for (delta += delta / points; delta > 455; delta /= 35)
		k += 36;
	return k + 36 * delta / (delta + 38);
}

static size_t put_number(char *to, uint32_t delta, uint32_t bias)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t used = 0;

	for (uint32_t k = 36;; k += 36) {
		uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;

		if (delta < t) {
			to[used++] = digits[delta];
			return used;
		}
		to[used++] = digits[t + (delta - t) % (36 - t)];
		delta = (delta - t) / (36 - t);
	}
}

/* RFC 3492 section 6.3 */
static size_t encode(char *to, const uint32_t *characters, unsigned count)
{
	uint32_t n = 128, delta = 0, bias = 72, done = 0, basic;
	size_t used = 0;

	for (unsigned i = 0; i < count; i++) {
		if (characters[i] < 128)
			to[used++] = (char)characters[i];
	}
	done = basic = (uint32_t)used;
	if (basic)
		to[used++] = '-';
	for (; done < count; delta++, n++) {
		uint32_t next = UINT32_MAX;

		for (unsigned i = 0; i < count; i++)
			next = characters[i] >= n && characters[i] < next ? characters[i] : next;
		delta += (next - n) * (done + 1);
		n = next;
		for (unsigned i = 0; i < count; i++) {
			delta += characters[i] < n;
			if (characters[i] != n)
				continue;
			used += put_number(to + used, delta, bias);
			bias = adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
	}
	return used;
}

static void label(const uint8_t *text, size_t bytes)
{
	uint32_t characters[PUNYCODE_CHARACTERS_MAX];
	uint8_t *copy = fuzz_copy(text, bytes);
	char again[PUNYCODE_CHARACTERS_MAX * 8];
	unsigned count = punycode_decode(characters, copy, bytes);

	assert(count <= PUNYCODE_CHARACTERS_MAX && count <= bytes);
	if (count) {
		size_t used = encode(again, characters, count);

		assert(used == bytes && memcmp(again, copy, bytes) == 0);
	}
	free(copy);
}

static void ask(
	const struct look_set *set, const struct look_section *s, const uint8_t *name, size_t bytes)
{
	struct look_question q = {0};
	struct look_alike look, plain;
	uint32_t found[PROTECTED];
	uint8_t folded[LOOK_ASKED_MAX];
	unsigned count, have = 0;

	bytes = look_fold(folded, name, bytes);
	if (!bytes)
		return;
	count = look_set_find(set, &q, folded, bytes, found);
	for (uint32_t i = 0; i < PROTECTED; i++) {
		bool is = look_naive_tell(s, sigdb_value(&view, i), i, folded, bytes, &plain);
		bool told = look_set_tell(set, &q, i, folded, bytes, &look);

		assert(is == told);
		assert(!is || (look.kind == plain.kind && look.domain_bytes == plain.domain_bytes &&
				      look.domain_bytes <= bytes));
		have += is;
	}
	assert(have == count);
}

static void section(const uint8_t *name, size_t name_bytes, const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);
	struct look_section s = {0};
	struct look_set *set = NULL;
	size_t crowded;

	if (look_section_init(&s, &view, 0, PROTECTED, copy, size)) {
		int r = look_set_new(&set, &view, &s, 0, &crowded);

		assert(r == 0 && set);
		ask(set, &s, name, name_bytes);
		ask(set, &s, (const uint8_t *)"spiegel.example", 15);
		ask(set, &s, (const uint8_t *)"a.xn--spegel-qvf.co.uk", 22);
		look_set_free(set);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *text = data, *name;
	size_t bytes = take_line(&data, &size), name_bytes;

	label(text, bytes);
	name = data;
	name_bytes = take_line(&data, &size);
	section(name, name_bytes, data, size);
	return 0;
}
