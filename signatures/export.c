/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/export.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/text.h"
#include "signatures/said.h"

const struct exporter *export_format(const char *name)
{
	for (const struct exporter *const *e = exporters; *e; e++) {
		if (strcmp((*e)->name, name) == 0)
			return *e;
	}
	return NULL;
}

static int compare_shared(const struct indicator *a, const struct indicator *b)
{
	char of_a[SAID_BYTES], of_b[SAID_BYTES];
	int order = 0;

	for (enum said key = 0; key < SAID_SHARED && order == 0; key++)
		order = strcmp(said_text(a, key, of_a), said_text(b, key, of_b));
	return order;
}

static int compare(const void *a, const void *b)
{
	const struct indicator *x = *(const struct indicator *const *)a;
	const struct indicator *y = *(const struct indicator *const *)b;
	int order = compare_shared(x, y);

	return order ? order : indicator_compare(x, y);
}

bool export_same_set(const struct indicator *a, const struct indicator *b)
{
	return compare_shared(a, b) == 0;
}

size_t export_set_end(const struct indicator *const *items, size_t count, size_t begin)
{
	size_t end = begin + 1;

	while (end < count && export_same_set(items[begin], items[end]))
		end++;
	return end;
}

static void leave_out(struct export_report *report, const char *why)
{
	size_t i = 0;

	report->left_out++;
	while (i < report->reason_count && strcmp(report->reasons[i].text, why) != 0)
		i++;
	if (i == EXPORT_REASONS_MAX)
		return;
	if (i == report->reason_count)
		report->reasons[report->reason_count++].text = why;
	report->reasons[i].count++;
}

static bool is_utf8(const char *text)
{
	size_t left = strlen(text);

	while (left) {
		uint32_t character;
		unsigned used = text_char((const uint8_t *)text, left, &character);

		if (!used)
			return false;
		text += used;
		left -= used;
	}
	return true;
}

/* A condition of other octets would be another one. */
static const char *why_not(const struct exporter *format, const struct indicator *item)
{
	const char *why = format->why_not(item);

	if (!why && item->type == INDICATOR_SIGNATURE && !is_utf8(item->expression))
		return "a signature that asks for octets which are not UTF-8";
	return why;
}

int export_write(FILE *to, const struct exporter *format, const struct export_set *set,
	struct export_report *ret_report)
{
	_cleanup_(free_ptr) const struct indicator **order = calloc(set->count + 1, sizeof(void *));
	struct export_output out = {.to = to, .made = set->made};
	bool no_memory;

	*ret_report = (struct export_report){.written = 0};
	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < set->count; i++) {
		const char *why = why_not(format, &set->items[i]);

		if (why)
			leave_out(ret_report, why);
		else
			order[ret_report->written++] = &set->items[i];
	}
	qsort(order, ret_report->written, sizeof(void *), compare);
	format->write(&out, order, ret_report->written);
	no_memory = out.json.failed;
	json_done(&out.json);
	if (no_memory)
		return -ENOMEM;
	return out.failed ? -EIO : 0;
}

void export_text(struct export_output *out, const char *text)
{
	if (!out->failed && fputs(text, out->to) < 0)
		out->failed = true;
}

void export_json(struct export_output *out)
{
	struct json *j = &out->json;

	if (!out->failed && !j->failed)
		out->failed = fwrite(j->text, 1, j->used, out->to) != j->used;
	if (!j->failed)
		json_clear(j);
}

struct expression *export_condition(struct export_output *out, const struct indicator *item)
{
	struct expression *e = malloc(sizeof(*e));
	int r = e ? expression_parse(e, item->expression) : 0;

	assert(r == 0); /* it was when it was read */
	if (!e)
		out->json.failed = true;
	return e;
}

void export_json_text(struct json *j, const char *key, const char *value)
{
	json_text(j, key, value, strlen(value));
}

const char *export_time(char to[EXPORT_TIME_BYTES], uint32_t date, const char *end)
{
	char text[TEXT_TIME_BYTES];

	(void)text_time(text, (uint64_t)date * 1000000000u);
	(void)snprintf(to, EXPORT_TIME_BYTES, "%.19s%s", text, end);
	return to;
}

uint32_t export_created(const struct export_output *out, const struct indicator *item)
{
	if (item->published)
		return item->published;
	return item->first_seen ? item->first_seen : out->made;
}

uint32_t export_modified(const struct export_output *out, const struct indicator *item)
{
	uint32_t created = export_created(out, item);

	return out->made > created ? out->made : created;
}

/* The name is the SHA-1 of each text, one behind the other, so that texts of any length part. */
void export_uuid(char to[EXPORT_UUID_BYTES], const char *const *texts)
{
	static const uint8_t kukla[16] = {0x60, 0xd1, 0xaa, 0x8f, 0x2a, 0x08, 0x5f, 0xf1, 0x8f,
		0x8a, 0xbf, 0x6f, 0x91, 0x54, 0xd8, 0x5f};
	uint8_t name[sizeof(kukla) + (size_t)EXPORT_UUID_TEXTS_MAX * 20], sum[20];
	size_t used = sizeof(kukla);
	char hex[33];

	memcpy(name, kukla, sizeof(kukla));
	for (size_t i = 0; i < EXPORT_UUID_TEXTS_MAX && texts[i]; i++) {
		crypto_sha1(name + used, texts[i], strlen(texts[i]));
		used += 20;
	}
	crypto_sha1(sum, name, used);
	sum[6] = (uint8_t)((sum[6] & 0x0f) | 0x50);
	sum[8] = (uint8_t)((sum[8] & 0x3f) | 0x80);
	text_hex(hex, sum, 16);
	(void)snprintf(to, EXPORT_UUID_BYTES, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
		hex + 16, hex + 20);
}
