/* SPDX-License-Identifier: Apache-2.0 */
/* A flow for the tests of dissectors: its records, its state, and calls with bytes that lie in a
 * piece of memory of just their size, so that a sanitizer sees each read too many. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "dissectors/dissect.h"

struct trial {
	const struct dissector *dissector;
	struct dissect d;
	struct record flow, message;
	uint8_t flow_bytes[RECORD_BYTES_MAX], message_bytes[RECORD_BYTES_MAX];
	_Alignas(16) uint8_t state[DISSECT_STATE_BYTES_MAX];
	uint8_t scratch[DISSECT_SCRATCH_BYTES];
	_Alignas(16) uint8_t more[DISSECT_STATE_BYTES_MAX];
	size_t more_asked; /* octets */
	bool spent;        /* there is no more */
	size_t offset;     /* where the cursor stood after the last call */
	char text[RECORD_TEXT_BYTES_MAX + 1];
};

static inline void *trial_more(void *keeper, size_t bytes)
{
	struct trial *t = keeper;

	assert_int_equal(bytes, t->dissector->more_bytes);
	t->more_asked += bytes;
	return t->spent ? NULL : t->more;
}

static inline void trial_begin(
	struct trial *t, const struct dissector *dissector, enum dissect_transport transport)
{
	memset(t, 0, sizeof(*t));
	t->dissector = dissector;
	assert_true(dissector->state_bytes <= sizeof(t->state));
	memset(t->more, 0xa5, sizeof(t->more));
	record_init(&t->flow, NULL, t->flow_bytes, sizeof(t->flow_bytes));
	record_init(&t->message, dissector->message, t->message_bytes, sizeof(t->message_bytes));
	t->d = (struct dissect){.transport = transport,
		.port_client = 40000,
		.port_server = 443,
		.state = dissector->state_bytes ? t->state : NULL,
		.more = trial_more,
		.keeper = t,
		.scratch = t->scratch,
		.flow = &t->flow,
		.message = &t->message};
}

static inline uint8_t *trial_copy(const void *bytes, size_t count)
{
	uint8_t *copy;

	if (count > UINT16_MAX)
		abort();
	copy = malloc(count ? count : 1);
	if (!copy)
		abort();
	if (count)
		memcpy(copy, bytes, count);
	return copy;
}

static inline enum dissect_guess trial_probe(struct trial *t, const void *bytes, size_t count)
{
	_cleanup_(free_ptr) uint8_t *copy = trial_copy(bytes, count);

	return t->dissector->probe(&t->d, cur_init(copy, count));
}

static inline enum dissect_result trial_parse(struct trial *t, const void *bytes, size_t count)
{
	_cleanup_(free_ptr) uint8_t *copy = trial_copy(bytes, count);
	enum dissect_result result;
	struct cursor in;

	in = cur_init(copy, count);
	t->d.want_bytes = 0;
	result = t->dissector->parse(&t->d, &in);
	t->offset = cur_offset(&in);
	return result;
}

/* The n-th value of a field, as text; NULL when there are not so many. */
static inline const char *trial_text(struct trial *t, const char *key, unsigned n)
{
	struct record *records[] = {&t->flow, &t->message};

	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		struct record_value v = {0};

		while (record_next(records[i], &v)) {
			if (strcmp(v.field->key, key) != 0 || n-- > 0)
				continue;
			if (v.field->name_of && v.field->name_of(v.number))
				return v.field->name_of(v.number);
			if (v.field->type != FIELD_TEXT) {
				(void)snprintf(t->text, sizeof(t->text), "%llu",
					(unsigned long long)v.number);
				return t->text;
			}
			memcpy(t->text, v.text, v.bytes);
			t->text[v.bytes] = '\0';
			return t->text;
		}
	}
	return NULL;
}

#define assert_field(t, key, want)                                                                 \
	do {                                                                                       \
		const char *got_ = trial_text(t, key, 0);                                          \
		assert_non_null(got_);                                                             \
		assert_string_equal(got_, want);                                                   \
	} while (0)

#define assert_no_field(t, key) assert_null(trial_text(t, key, 0))

/* Octets from hexadecimal digits, blanks between them allowed. */
static inline size_t from_hex(uint8_t *to, size_t size, const char *digits)
{
	size_t used = 0;

	for (; *digits; digits++) {
		char pair[3] = {digits[0], digits[1], 0};

		if (*digits == ' ')
			continue;
		assert_true(used < size);
		to[used++] = (uint8_t)strtoul(pair, NULL, 16);
		digits++;
	}
	return used;
}
