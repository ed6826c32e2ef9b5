/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a pattern of STIX: what it comes down to is bounded by its length and lies in it,
 * each alternative is answered, and the alternatives written out as a pattern come down to
 * themselves. */
#include <errno.h>

#include "signatures/stix_values.h"
#include "tests/fuzz/fuzz.h"

#define WRITTEN_FROM_MAX 2048 /* longer patterns are not written out */

struct written {
	char *at;
	size_t bytes, size;
};

static void put(struct written *w, const char *text, size_t bytes)
{
	if (w->size - w->bytes < bytes) {
		w->size = 2 * (w->size + bytes);
		w->at = realloc(w->at, w->size);
		assert(w->at);
	}
	memcpy(w->at + w->bytes, text, bytes);
	w->bytes += bytes;
}

static void put_text(struct written *w, const char *text)
{
	put(w, text, strlen(text));
}

static void put_quoted(struct written *w, const char *text, size_t bytes)
{
	put_text(w, "'");
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '\'' || text[i] == '\\')
			put_text(w, "\\");
		put(w, text + i, 1);
	}
	put_text(w, "'");
}

/* Names in quotation marks; what stands between them as it is. */
static void put_path(struct written *w, const struct stix_comparison *c)
{
	size_t begin = 0;

	for (size_t i = 0; i <= c->path_bytes; i++) {
		bool is_end = i == c->path_bytes;

		if (!is_end && !memchr(".:[", c->path[i], 3))
			continue;
		if (i > begin || is_end || c->path[begin ? begin - 1 : 0] != ']')
			put_quoted(w, c->path + begin, i - begin);
		if (is_end)
			break;
		while (c->path[i] == '[') {
			size_t end = i;

			while (c->path[end] != ']')
				end++;
			put(w, c->path + i, end + 1 - i);
			i = end + 1;
			if (i == c->path_bytes)
				return;
		}
		put(w, c->path + i, 1);
		begin = i + 1;
	}
}

static void put_comparison(struct written *w, const struct stix_comparison *c)
{
	static const char *const operators[] = {[STIX_EQUAL] = "=",
		[STIX_LESS] = "<",
		[STIX_LESS_EQUAL] = "<=",
		[STIX_GREATER] = ">",
		[STIX_GREATER_EQUAL] = ">=",
		[STIX_LIKE] = " LIKE ",
		[STIX_MATCHES] = " MATCHES ",
		[STIX_SUBSET] = " ISSUBSET ",
		[STIX_SUPERSET] = " ISSUPERSET "};

	if (c->op == STIX_EXISTS) {
		put_text(w, c->negated ? "NOT EXISTS " : "EXISTS ");
		put_path(w, c);
		return;
	}
	put_path(w, c);
	put_text(w, c->negated ? " NOT " : " ");
	if (c->op == STIX_IN) {
		put_text(w, "IN ()");
		return;
	}
	put_text(w, operators[c->op]);
	put_quoted(w, c->value, c->value_bytes);
}

static void write_out(struct written *w, const struct stix_pattern *p)
{
	for (size_t i = 0; i < p->alternative_count; i++) {
		struct stix_alternative a;

		stix_pattern_alternative(p, i, &a);
		put_text(w, i ? " OR [" : "[");
		for (size_t n = 0; n < a.count; n++) {
			if (n)
				put_text(w, " AND ");
			put_comparison(w, a.comparisons[n]);
		}
		put_text(w, a.qualified ? "] REPEATS 2 TIMES" : "]");
	}
}

static bool lies_in(const struct stix_pattern *p, size_t size, const char *text, size_t bytes)
{
	return text >= p->text && text + bytes <= p->text + size;
}

static void check(const struct stix_pattern *p, size_t size)
{
	assert(p->node_count <= size + 64 && p->alternative_count <= p->node_count);
	for (size_t i = 0; i < p->alternative_count; i++) {
		struct stix_alternative a;

		stix_pattern_alternative(p, i, &a);
		assert(a.count >= 1 && a.count <= STIX_CONJUNCTION_MAX);
		for (size_t n = 0; n < a.count; n++) {
			const struct stix_comparison *c = a.comparisons[n];

			assert(lies_in(p, size, c->path, c->path_bytes));
			assert(!c->value_bytes || lies_in(p, size, c->value, c->value_bytes));
			assert(memchr(c->path, ':', c->path_bytes));
			assert(c->op != STIX_IN || c->negated);
		}
	}
}

static int count_value(void *context, const struct stix_value *value)
{
	assert(value->text || (value->why && !value->bytes));
	(*(size_t *)context)++;
	return 0;
}

static void check_written(const struct stix_pattern *p)
{
	struct written once = {.bytes = 0}, twice = {.bytes = 0};
	struct stix_pattern again;
	struct stix_error error;

	write_out(&once, p);
	assert(stix_pattern_parse(&again, once.at, once.bytes, &error) == 0);
	assert(again.alternative_count == p->alternative_count);
	write_out(&twice, &again);
	assert(once.bytes == twice.bytes && memcmp(once.at, twice.at, once.bytes) == 0);
	stix_pattern_done(&again);
	free(once.at);
	free(twice.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);
	struct stix_error error = {.why = NULL};
	struct stix_pattern p;
	size_t values = 0;
	int r = stix_pattern_parse(&p, (const char *)copy, size, &error);

	free(copy);
	if (r < 0) {
		assert(r == -EBADMSG && error.why && error.offset <= size);
		return 0;
	}
	check(&p, size);
	assert(stix_values(&p, count_value, &values) == 0);
	assert(values >= p.alternative_count && values >= 1);
	if (size <= WRITTEN_FROM_MAX && p.alternative_count)
		check_written(&p);
	stix_pattern_done(&p);
	return 0;
}
