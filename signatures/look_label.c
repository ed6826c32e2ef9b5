/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/cleanup.h"
#include "signatures/confusable.h"
#include "signatures/look_alike.h"
#include "signatures/punycode.h"

#define OTHER 0xfffdu /* an octet that no host name has */

static const struct {
	const char *name;
	enum look_kind kind;
} kinds[] = {{"suffix", LOOK_SUFFIX}, {"homoglyph", LOOK_HOMOGLYPH}, {"edit", LOOK_EDIT},
	{"word", LOOK_WORD}, {"subdomain", LOOK_SUBDOMAIN}};

const char *look_kind_name(enum look_kind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (kinds[i].kind == kind)
			return kinds[i].name;
	}
	return "";
}

enum look_kind look_kind_named(const char *name, size_t bytes)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strlen(kinds[i].name) == bytes && memcmp(kinds[i].name, name, bytes) == 0)
			return kinds[i].kind;
	}
	return (enum look_kind)0;
}

enum look_kind look_kind_first(unsigned of)
{
	return (enum look_kind)(of & -of);
}

size_t look_fold(uint8_t to[LOOK_ASKED_MAX], const void *name, size_t bytes)
{
	const uint8_t *from = name;

	if (bytes && from[bytes - 1] == '.')
		bytes--;
	if (bytes > LOOK_ASKED_MAX)
		return 0;
	for (size_t i = 0; i < bytes; i++)
		to[i] = from[i] >= 'A' && from[i] <= 'Z' ? from[i] | 0x20
			: from[i]                        ? from[i]
							 : 0xff;
	return bytes;
}

__attribute__((noinline)) static bool read_punycode(
	struct look_label *ret, const uint8_t *text, size_t bytes)
{
	uint32_t characters[PUNYCODE_CHARACTERS_MAX];
	unsigned count = punycode_decode(characters, text, bytes);

	for (unsigned i = 0; i < count; i++) {
		uint32_t looks = confusable_fold(characters[i]);

		if (looks != CONFUSABLE_NONE)
			ret->characters[ret->count++] = looks;
	}
	return ret->count > 0;
}

bool look_label_read(struct look_label *ret, const uint8_t *label, size_t bytes)
{
	ret->count = 0;
	if (bytes == 0 || bytes > LOOK_LABEL_MAX)
		return false;
	if (bytes > 4 && memcmp(label, "xn--", 4) == 0)
		return read_punycode(ret, label + 4, bytes - 4);
	for (size_t i = 0; i < bytes; i++)
		ret->characters[i] = label[i] < 0x80 ? confusable_ascii(label[i]) : OTHER;
	ret->count = (unsigned)bytes;
	return true;
}

/* What two characters look like together; 0: nothing. */
static uint32_t joined(uint32_t first, uint32_t second)
{
	if (second == 'n')
		return first == 'r' ? 'm' : 0;
	if (second == 'v')
		return first == 'v' ? 'w' : 0;
	return second == 'l' && first == 'c' ? 'd' : 0;
}

bool look_label_joins(const struct look_label *label)
{
	uint32_t any = 0;

	for (unsigned i = 1; i < label->count; i++)
		any |= joined(label->characters[i - 1], label->characters[i]);
	return any;
}

void look_label_join(struct look_label *ret, const struct look_label *label)
{
	unsigned count = 0;

	for (unsigned i = 0; i < label->count; i++) {
		uint32_t character = label->characters[i], both = 0;

		if (i + 1 < label->count)
			both = joined(character, label->characters[i + 1]);
		i += both != 0;
		ret->characters[count++] = both ? both : character;
	}
	ret->count = count;
}

bool look_label_equal(const struct look_label *a, const struct look_label *b)
{
	return a->count == b->count &&
	       memcmp(a->characters, b->characters, a->count * sizeof(*a->characters)) == 0;
}

bool look_word_is(const uint32_t *characters, size_t count)
{
	/* ascending */
	static const char *const words[] = {"24", "24h", "app", "blog", "breaking", "com", "daily",
		"de", "digital", "es", "eu", "express", "fr", "global", "hub", "il", "info", "it",
		"live", "mag", "magazine", "media", "net", "network", "news", "now", "official",
		"online", "org", "page", "plus", "portal", "post", "press", "pro", "ru", "site",
		"times", "today", "top", "tv", "ua", "uk", "us", "web", "world"};
	size_t begin = 0, end = ARRAY_LEN(words);
	char word[LOOK_WORD_MAX + 1] = "";

	if (count < LOOK_WORD_MIN || count > LOOK_WORD_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (characters[i] >= 0x80)
			return false;
		word[i] = (char)characters[i];
	}
	while (begin < end) {
		size_t middle = (begin + end) / 2;
		int order = strcmp(word, words[middle]);

		if (order == 0)
			return true;
		if (order < 0)
			end = middle;
		else
			begin = middle + 1;
	}
	return false;
}
