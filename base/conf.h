/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file in YAML, read through a table of keys: `name: value`, or for a name with a
 * dot (`receive.port`) a value in a mapping (`receive:`, below it `port: 4739`). Nothing deeper, no
 * aliases, no tags, no includes; a key that is unknown, given twice, of another type or out of
 * range is an error with its line and column. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONF_BYTES_MAX      (1u << 20)
#define CONF_TEXT_BYTES_MAX 4096

enum conf_type {
	CONF_FLAG,   /* bool; `true` or `false` */
	CONF_TEXT,   /* const char *; NULL: not set */
	CONF_NUMBER, /* uint64_t, decimal, within minimum..maximum */
	CONF_LIST,   /* struct option_list of texts (option.h) */
};

/* Keys of one mapping stand together. */
struct conf_key {
	const char *name;
	enum conf_type type;
	void *target;              /* holds the default before, the value after */
	uint64_t minimum, maximum; /* of a number; maximum 0: any */
	const char *help;          /* one sentence */
};

/* A key for each option but those of the NULL-ended list of names, with its name, help and target;
 * `ret_keys` has room for as many as there are options, and one more. */
struct option;
void conf_keys_of(struct conf_key *ret_keys, const struct option *options, const char *const *but);

struct conf; /* what the targets point to: free it after their last use */

/* `keys` end with name NULL. On failure negative errno, a message `FILE:LINE:COLUMN: what`, and
 * every target is as before. */
int conf_read(struct conf **ret, const struct conf_key *keys, const char *path, char *ret_error,
	size_t error_size);
/* The same from memory. */
struct conf_input {
	const char *name; /* stands for the file in messages */
	const char *text;
	size_t bytes;
};

int conf_parse(struct conf **ret, const struct conf_key *keys, const struct conf_input *input,
	char *ret_error, size_t error_size);
void conf_free(struct conf *c);
/* What the targets hold now, as a file that reads back to the same; a text that is not set is a
 * comment. */
void conf_print(const struct conf_key *keys, FILE *to);
