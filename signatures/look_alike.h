/* SPDX-License-Identifier: Apache-2.0 */
/* Names that look like a protected one, and how (docs/feeds.md). What is compared is the label that
 * somebody registered: `spiegel` of www.spiegel.de. It is compared as it looks: characters by
 * confusable.h, Punycode undone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOOK_LABEL_MAX      63 /* characters of a label */
#define LOOK_SHORT          5  /* a label of fewer characters is near too many others */
#define LOOK_PROTECTED_MAX  10000
#define LOOK_NAME_BYTES_MAX 253
#define LOOK_ASKED_MAX      255 /* octets of a name that is asked for */
#define LOOK_WORD_MIN       2   /* characters of a word beside a brand */
#define LOOK_WORD_MAX       8

/* From near to far: of several the first one is told. */
enum look_kind {
	LOOK_SUFFIX = 1,    /* the same label below another suffix: spiegel.ltd */
	LOOK_HOMOGLYPH = 2, /* written with other characters: xn--spigel-..., rn for m */
	LOOK_EDIT = 4,      /* one character more, less or other, or two neighbours swapped */
	LOOK_WORD = 8,      /* the label and a word: spiegel-news, newsspiegel */
	LOOK_SUBDOMAIN = 16 /* the label before somebody else's name: spiegel.example.org */
};

#define LOOK_KINDS_ALL   31u
#define LOOK_KINDS_USUAL 15u
#define LOOK_KINDS_SAFE  3u /* that are asked of a short label */

/* "suffix", "homoglyph", "edit", "word", "subdomain" */
const char *look_kind_name(enum look_kind kind);
/* 0: there is none of that name. */
enum look_kind look_kind_named(const char *name, size_t bytes);
/* The first one of several. */
enum look_kind look_kind_first(unsigned kinds);

struct look_alike {
	enum look_kind kind;
	size_t domain_bytes;
	char domain[LOOK_ASKED_MAX]; /* what was registered of the name that was asked for, in lower
					case, without a closing zero */
};

/* A name as it is compared: in lower case, without its trailing dot; a zero, which is in no name,
 * as 0xff. Returns its octets, 0 when it is none or longer than LOOK_ASKED_MAX. */
size_t look_fold(uint8_t to[LOOK_ASKED_MAX], const void *name, size_t bytes);

/* How a label looks. */
struct look_label {
	unsigned count;
	uint32_t characters[LOOK_LABEL_MAX];
};

/* False when it is no label, or its Punycode is none. `label` is in lower case. */
bool look_label_read(struct look_label *ret, const uint8_t *label, size_t bytes);
/* With what two letters look like when they stand together: rn as m, vv as w, cl as d. */
void look_label_join(struct look_label *ret, const struct look_label *label);
/* Whether there are two such letters. */
bool look_label_joins(const struct look_label *label);
bool look_label_equal(const struct look_label *a, const struct look_label *b);
/* Whether these are a word as those who run copies put it beside a brand without a hyphen. */
bool look_word_is(const uint32_t *characters, size_t count);
