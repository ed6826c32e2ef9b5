/* SPDX-License-Identifier: Apache-2.0 */
/* Indicators in the formats of others. The contract of an export: one file, one line in
 * signatures/export/meson.build. What is read again by signatures/format is the same set, as far as
 * the format can say it (docs/feeds.md). The same set gives the same octets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/json.h"
#include "signatures/expression.h"
#include "signatures/indicator.h"

#define EXPORT_TIME_BYTES     32
#define EXPORT_UUID_BYTES     37
#define EXPORT_UUID_TEXTS_MAX 8

struct export_output {
	FILE *to;      /* borrowed */
	uint32_t made; /* when the set was made, seconds since 1970; 0: it does not say */
	struct json json;
	bool failed;
};

struct exporter {
	const char *name;    /* of --format */
	const char *summary; /* of --help */
	/* Why the format cannot say it; constant, fit for counting. NULL: it can. */
	const char *(*why_not)(const struct indicator *item);
	/* Items that it can say, each once, in the order of export_set. */
	void (*write)(
		struct export_output *out, const struct indicator *const *items, size_t count);
};

/* Generated; NULL-ended. */
extern const struct exporter *const exporters[];

/* NULL when there is none of that name. */
const struct exporter *export_format(const char *name);

#define EXPORT_REASONS_MAX 8

struct export_report {
	size_t written, left_out;
	struct {
		const char *text;
		size_t count;
	} reasons[EXPORT_REASONS_MAX]; /* why what was left out was */
	size_t reason_count;
};

struct export_set {
	const struct indicator *items; /* without repeats */
	size_t count;
	uint32_t made; /* as in struct export_output */
};

/* -ENOMEM, -EIO (errno of the file). */
int export_write(FILE *to, const struct exporter *format, const struct export_set *set,
	struct export_report *ret_report);

/* Of two neighbours in that order: the same is said of both but for what is each one's own
 * (SAID_SHARED). */
bool export_same_set(const struct indicator *a, const struct indicator *b);
/* Behind the last one from `begin` on of which the same is said. */
size_t export_set_end(const struct indicator *const *items, size_t count, size_t begin);

/* For the exports: text as it is, and what is in out->json, which is empty then. */
void export_text(struct export_output *out, const char *text);
void export_json(struct export_output *out);
/* The condition of a signature, owned by the caller; NULL when out of memory, which export_write
 * tells. */
struct expression *export_condition(struct export_output *out, const struct indicator *item);
void export_json_text(struct json *j, const char *key, const char *value);
/* 2024-05-01T00:00:00 and then `end`, which says the zone. */
const char *export_time(char to[EXPORT_TIME_BYTES], uint32_t date, const char *end);
/* When what an item says began to be so: when it was published, else first seen, else when the set
 * was made. 0 is left of a set that says neither. */
uint32_t export_created(const struct export_output *out, const struct indicator *item);
/* When it was said as it is now: when the set was made, and never before it was created. */
uint32_t export_modified(const struct export_output *out, const struct indicator *item);
/* UUID of version 5 (RFC 9562 section 5.5) below a namespace of kukla; the texts are its name,
 * ended by NULL. */
void export_uuid(char to[EXPORT_UUID_BYTES], const char *const *texts);
