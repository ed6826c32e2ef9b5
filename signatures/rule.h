/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of Suricata and Snort, split into their parts and not understood: action, header, options
 * (docs.suricata.io, Rules Format; Snort 3 user manual, Rules). A rule ends with its line, unless
 * the line ends with a backslash or, as Snort 3 has it, the closing parenthesis is still to come.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signatures/span.h"

#define RULE_OPTIONS_MAX 256
#define RULE_BYTES_MAX   65536

struct rule_option {
	struct span name, value; /* value as it is written, quotes and escapes too; may be empty */
};

/* Borrowed until the next one is read. */
struct rule {
	uint32_t line;
	bool commented_out;
	const char *damage; /* why it cannot be read; NULL: it was read. Constant */
	struct span action, protocol;
	/* Empty in the short form of Snort 3, which has none. */
	struct span source, source_port, direction, destination, destination_port;
	struct rule_option options[RULE_OPTIONS_MAX];
	size_t option_count;
};

struct rule_reader {
	struct span_lines lines;
	char *storage; /* owned: the line of a rule that has several */
	struct rule rule;
};

int rule_reader_new(struct rule_reader **ret, struct cursor text);
void rule_reader_free(struct rule_reader *r);
void rule_reader_free_ptr(struct rule_reader **r);

/* The next rule, or line that is neither rule nor comment; NULL at the end. */
const struct rule *rule_next(struct rule_reader *r);

/* What a list of addresses or ports in a header says. A variable of the site such as $HOME_NET or
 * $HTTP_PORTS says nothing, and neither does its negation. */
enum rule_place {
	PLACE_ANY,
	PLACE_LISTED, /* addresses, or numbers of ports, and nothing else */
	PLACE_OTHER,  /* exceptions, ranges of ports, lists kept elsewhere, mixtures */
};

enum rule_place rule_place(struct span list, bool is_ports);
/* The next item of a list; false when there is none. Brackets are looked through. */
bool rule_next_item(struct span *rest, struct span *ret);

/* The pieces of a content: `!"..."`, then what Snort 3 writes behind it between commas. False when
 * it is not written so. */
bool rule_content(
	struct span value, bool *ret_negated, struct span *ret_pattern, struct span *ret_modifiers);
/* Undo `\` and `|0d 0a|`. False: it is malformed or has more than `size` octets. */
bool rule_pattern(struct span pattern, char *to, size_t size, size_t *ret_bytes);
