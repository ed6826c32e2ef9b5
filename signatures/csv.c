/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/csv.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

struct row_writer {
	struct csv *csv;
	size_t used, field_begin;
};

int csv_init(struct csv *c, struct cursor in, char separator)
{
	*c = (struct csv){.in = in, .separator = separator, .next_line = 1};
	c->storage = malloc(CSV_ROW_BYTES_MAX);
	return c->storage ? 0 : -ENOMEM;
}

void csv_done(struct csv *c)
{
	free(steal(c->storage));
}

static void put(struct row_writer *w, uint8_t octet)
{
	if (w->used < CSV_ROW_BYTES_MAX)
		w->csv->storage[w->used++] = (char)octet;
	else
		w->csv->damage = "a row of more than 64 KiB";
}

static void end_field(struct row_writer *w)
{
	struct csv *c = w->csv;

	if (c->field_count < CSV_FIELDS_MAX)
		c->fields[c->field_count++] = (struct csv_field){
			c->storage + w->field_begin, w->used - w->field_begin};
	else
		c->damage = "a row of more than 64 fields";
	w->field_begin = w->used;
}

/* Behind the opening quote up to and with the closing one; false when there is none. */
static bool read_quoted(struct row_writer *w)
{
	struct csv *c = w->csv;

	while (cur_left(&c->in)) {
		uint8_t octet = cur_u8(&c->in);

		if (octet == '"') {
			if (cur_peek(&c->in, 0) != '"')
				return true;
			cur_skip(&c->in, 1);
		} else if (octet == '\n' || (octet == '\r' && cur_peek(&c->in, 0) != '\n')) {
			c->next_line++;
		}
		put(w, octet);
	}
	return false;
}

/* `, "b"`: what some write for `,"b"`. */
static void skip_blanks_before_quote(struct cursor *in)
{
	size_t blanks = 0;

	while (cur_peek(in, blanks) == ' ')
		blanks++;
	if (blanks && cur_peek(in, blanks) == '"')
		cur_skip(in, blanks);
}

struct csv_field csv_skip_line(struct csv *c)
{
	struct csv_field line = {(const char *)c->in.pos, 0};

	while (cur_left(&c->in) && cur_peek(&c->in, 0) != '\n' && cur_peek(&c->in, 0) != '\r') {
		cur_skip(&c->in, 1);
		line.bytes++;
	}
	c->line = c->next_line++;
	if (cur_peek(&c->in, 0) == '\r' && cur_peek(&c->in, 1) == '\n')
		cur_skip(&c->in, 1);
	if (cur_left(&c->in))
		cur_skip(&c->in, 1);
	return line;
}

int csv_next(struct csv *c)
{
	struct row_writer w = {.csv = c};
	bool field_start = true;

	if (cur_left(&c->in) == 0)
		return 0;
	c->line = c->next_line;
	c->field_count = 0;
	c->damage = NULL;
	while (cur_left(&c->in)) {
		uint8_t octet = cur_u8(&c->in);

		if (octet == (uint8_t)c->separator) {
			end_field(&w);
			field_start = true;
			skip_blanks_before_quote(&c->in);
			continue;
		}
		if (octet == '\n' || octet == '\r') {
			if (octet == '\r' && cur_peek(&c->in, 0) == '\n')
				cur_skip(&c->in, 1);
			c->next_line++;
			break;
		}
		if (octet == '"' && field_start) {
			if (!read_quoted(&w))
				return -EBADMSG;
			octet = cur_peek(&c->in, 0);
			if (cur_left(&c->in) && octet != (uint8_t)c->separator && octet != '\n' &&
				octet != '\r')
				c->damage = "text behind a closing quotation mark";
		} else {
			put(&w, octet);
		}
		field_start = false;
	}
	end_field(&w);
	return 1;
}

struct csv_field csv_field(const struct csv *c, size_t number)
{
	return number < c->field_count ? c->fields[number] : (struct csv_field){"", 0};
}
