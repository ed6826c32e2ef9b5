/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/report_text.h"

#include "base/cleanup.h"
#include "signatures/span.h"

#define WORD_BYTES_MAX 8192 /* nothing that long is an indicator */
#define SIGNS_MAX      16   /* round one word; the rest is part of it */

/* Octets at the begin of a text that part words: blanks, quotes and markup that no URL has in it,
 * among them those of typography. */
static size_t parting(struct span text)
{
	static const char *const more[] = {"](", "\xc2\xa0", "\xc2\xab", "\xc2\xbb", "\xe2\x80\x98",
		"\xe2\x80\x99", "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e", "\xe2\x80\x8b"};

	if (!text.bytes)
		return 0;
	if (span_blank_at(text, 0) || (*text.at && strchr("`\"<>|", *text.at)))
		return 1;
	if (*text.at != ']' && (unsigned char)*text.at < 0x80)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		size_t bytes = strlen(more[i]);

		if (text.bytes >= bytes && memcmp(text.at, more[i], bytes) == 0)
			return bytes;
	}
	return 0;
}

/* A comma or semicolon at `at` ends the word: there is no path before it, or a URL behind it. */
static bool is_list_sign(struct span text, size_t at, bool has_path)
{
	struct span rest = span_from(text, at + 1);

	return strchr(",;", text.at[at]) && text.at[at] &&
	       (!has_path || span_begins(rest, "hxxp") || span_begins(rest, "http"));
}

static size_t word_bytes(struct span text)
{
	bool has_path = false;
	size_t end = 0;

	while (end < text.bytes && !parting(span_from(text, end)) &&
		!is_list_sign(text, end, has_path)) {
		has_path |= text.at[end] == '/';
		end++;
	}
	return end;
}

static size_t count_sign(struct span text, char sign)
{
	size_t n = 0;

	for (size_t i = 0; i < text.bytes; i++)
		n += text.at[i] == sign;
	return n;
}

/* A closing bracket that the word did not open, or punctuation of the sentence. */
static bool is_tail(struct span word)
{
	static const char open[] = "([{", close[] = ")]}";
	char last = word.at[word.bytes - 1];
	const char *bracket = last ? strchr(close, last) : NULL;

	if (bracket)
		return count_sign(word, open[bracket - close]) < count_sign(word, last);
	return last && strchr(".,;:!?'", last);
}

static bool is_head(struct span word)
{
	static const char open[] = "([{", close[] = ")]}";
	const char *bracket = *word.at ? strchr(open, *word.at) : NULL;

	if (bracket)
		return count_sign(word, close[bracket - open]) < count_sign(word, *word.at) ||
		       word.at[word.bytes - 1] == close[bracket - open];
	if (*word.at == '*')
		return !span_begins(word, "*.");
	return *word.at && strchr("',;:!", *word.at);
}

/* `+x+` and its like, which a name may have at one end of it. */
static bool is_wrapped(struct span word)
{
	return word.bytes > 2 && strchr("+*_~'", *word.at) && *word.at &&
	       word.at[word.bytes - 1] == *word.at;
}

static struct span strip(struct span word)
{
	if (word.bytes > WORD_BYTES_MAX)
		return word;
	for (unsigned signs = 0; word.bytes && signs < SIGNS_MAX; signs++) {
		if (is_wrapped(word)) {
			word = span_from(word, 1);
			word.bytes--;
		} else if (is_tail(word)) {
			word.bytes--;
		} else if (is_head(word)) {
			word = span_from(word, 1);
		} else {
			break;
		}
	}
	return word;
}

struct span report_word(struct span *rest)
{
	struct span word = {0};

	while (rest->bytes && !word.bytes) {
		size_t bytes = word_bytes(*rest), skip = 0;

		word = strip((struct span){rest->at, bytes});
		*rest = span_from(*rest, bytes);
		if (rest->bytes)
			skip = parting(*rest) ? parting(*rest) : 1;
		*rest = span_from(*rest, skip);
	}
	return word;
}

struct span report_bare(struct span text)
{
	size_t before;

	do {
		before = text.bytes;
		text = span_trim(text);
		if (text.bytes > 1 && *text.at && strchr("`+*_~\"", *text.at) &&
			text.at[text.bytes - 1] == *text.at) {
			text = span_from(text, 1);
			text.bytes--;
		}
	} while (text.bytes < before);
	return text;
}

bool report_is_defanged(struct span word)
{
	return word.bytes <= WORD_BYTES_MAX && refang_is_defanged(word.at, word.bytes);
}

bool report_defangs(struct span text)
{
	struct span word;

	while ((word = report_word(&text)).bytes) {
		if (report_is_defanged(word))
			return true;
	}
	return false;
}

size_t report_collect(char *to, size_t size, struct span text)
{
	size_t used = 0;
	struct span word;

	while ((word = report_word(&text)).bytes) {
		if (!report_is_defanged(word) || word.bytes + 1 > size - used)
			continue;
		memcpy(to + used, word.at, word.bytes);
		used += word.bytes;
		to[used++] = '\n';
	}
	return used;
}
