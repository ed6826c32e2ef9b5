/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/filter_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "collector/columns.h"

#define NAMED_NUMBERS_MAX 65536u /* protocols, DNS types: none is larger */

static bool refuse(char *ret_cause, size_t cause_size, const struct filter *f, const char *what)
{
	char name[COLUMN_NAME_BYTES];

	(void)column_name(name, f->field);
	(void)snprintf(ret_cause, cause_size, "'%s' %s", name, what);
	return false;
}

/* Digits only: strtoull would take blanks, signs and wrap. */
static bool read_digits(const char **text, unsigned count_min, unsigned count_max, uint64_t *ret)
{
	uint64_t n = 0;
	unsigned count = 0;

	for (; count < count_max && **text >= '0' && **text <= '9'; count++, (*text)++) {
		unsigned digit = (unsigned)(**text - '0');

		if (n > (UINT64_MAX - digit) / 10)
			return false;
		n = 10 * n + digit;
	}
	*ret = n;
	return count >= count_min;
}

static bool read_hex(const char *text, uint64_t *ret)
{
	uint64_t n = 0;
	size_t bytes = strlen(text);

	if (bytes == 0 || bytes > 16)
		return false;
	for (; *text; text++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = strchr(digits, *text | 0x20);

		if (!digit || !((*text >= '0' && *text <= '9') || (*text | 0x20) >= 'a'))
			return false;
		n = n << 4 | (uint64_t)(digit - digits);
	}
	*ret = n;
	return true;
}

static bool read_name(const struct field *f, uint64_t most, const char *text, uint64_t *ret)
{
	for (uint64_t i = 0; f->name_of && i <= most && i < NAMED_NUMBERS_MAX; i++) {
		const char *name = f->name_of(i);

		if (name && strcasecmp(name, text) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* As many of the names as there is room for. */
static bool refuse_name(char *ret_cause, size_t cause_size, const struct filter *f, uint64_t most)
{
	char what[192] = "wants a number or one of its names";
	const char *before = ": ";
	size_t used = strlen(what);

	for (uint64_t i = 0; i <= most && i < NAMED_NUMBERS_MAX; i++) {
		const char *name = field_own_name(f->field, i);

		if (!name)
			continue;
		if (used + strlen(name) + sizeof(", , ...") > sizeof(what)) {
			(void)snprintf(what + used, sizeof(what) - used, ", ...");
			break;
		}
		used += (size_t)snprintf(what + used, sizeof(what) - used, "%s%s", before, name);
		before = ", ";
	}
	return refuse(ret_cause, cause_size, f, what);
}

static bool number_value(struct filter *f, char *ret_cause, size_t cause_size)
{
	uint64_t most = UINT64_MAX >> (64 - 8 * field_width(f->field->type));
	const char *text = f->text;
	bool hex = strncasecmp(text, "0x", 2) == 0;
	char what[64];

	if (read_name(f->field, most, text, &f->number))
		return true;
	if (hex || (f->field->flags & FIELD_HEX)) {
		if (!read_hex(hex ? text + 2 : text, &f->number))
			return refuse(ret_cause, cause_size, f, "wants hexadecimal digits");
	} else if (!read_digits(&text, 1, 20, &f->number) || *text) {
		return f->field->name_of ? refuse_name(ret_cause, cause_size, f, most)
					 : refuse(ret_cause, cause_size, f, "wants a number");
	}
	if (f->number <= most)
		return true;
	(void)snprintf(what, sizeof(what), "goes no further than %llu", (unsigned long long)most);
	return refuse(ret_cause, cause_size, f, what);
}

static bool address_value(struct filter *f, char *ret_cause, size_t cause_size)
{
	const char *slash = strchr(f->text, '/');
	size_t bytes = slash ? (size_t)(slash - f->text) : strlen(f->text);
	uint64_t bits, width;

	if (f->op != FILTER_EQ && f->op != FILTER_NE)
		return refuse(ret_cause, cause_size, f, "is an address: it knows = and != only");
	if (!text_to_address(f->text, bytes, f->address))
		return refuse(ret_cause, cause_size, f,
			"wants an address, or a prefix such as 10.0.0.0/8");
	f->prefix_bits = 128;
	if (!slash)
		return true;
	width = address_is_v4(f->address) && !memchr(f->text, ':', bytes) ? 32 : 128;
	slash++;
	if (!read_digits(&slash, 1, 3, &bits) || *slash || bits > width)
		return refuse(ret_cause, cause_size, f,
			width == 32 ? "wants a prefix length of 0 to 32"
				    : "wants a prefix length of 0 to 128");
	f->prefix_bits = (uint8_t)(128 - width + bits);
	return true;
}

/* Text is compared in the form that records are stored in. */
static bool text_value(struct filter *f, char *ret_cause, size_t cause_size)
{
	size_t bytes = strlen(f->text), size = 4 * bytes + 1;
	char *text = malloc(size);

	if (!text)
		return refuse(ret_cause, cause_size, f, "cannot be compared: out of memory");
	(void)text_utf8(text, size, f->text, bytes);
	free(f->text);
	f->text = text;
	return true;
}

bool filter_value(struct filter *f, char *ret_cause, size_t cause_size)
{
	if (f->op == FILTER_CONTAINS && f->field->type != FIELD_TEXT)
		return refuse(ret_cause, cause_size, f, "is no text: ~ looks into text only");
	switch (f->field->type) {
	case FIELD_TEXT:
		return text_value(f, ret_cause, cause_size);
	case FIELD_ADDRESS:
		return address_value(f, ret_cause, cause_size);
	case FIELD_TIME:
		return filter_time(f->text, &f->number) ||
		       refuse(ret_cause, cause_size, f,
			       "wants a time such as 2023-05-14T07:00:00, in UTC");
	default:
		return number_value(f, ret_cause, cause_size);
	}
}

/* Days from 1970-01-01 of a Gregorian date; years begin in March here, so that a leap day is the
 * last of its year. */
static bool date_days(uint64_t year, uint64_t month, uint64_t day, uint64_t *ret_days)
{
	static const uint8_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	uint64_t since_march = (month + 9) % 12, y = month < 3 ? year - 1 : year;

	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
		day > month_days[month - 1] + (uint64_t)(leap && month == 2))
		return false;
	*ret_days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * since_march + 2) / 5 + day - 1 -
		    719468;
	return true;
}

/* Z, +02:00, +0200, +02 */
static bool read_zone(const char **text, int64_t *ret_seconds)
{
	uint64_t hours, minutes = 0;
	int64_t sign = **text == '-' ? -1 : 1;

	*ret_seconds = 0;
	if (**text == 0)
		return true;
	if (**text == 'Z' || **text == 'z') {
		(*text)++;
		return true;
	}
	if (**text != '+' && **text != '-')
		return false;
	(*text)++;
	if (!read_digits(text, 2, 2, &hours))
		return false;
	if (**text == ':')
		(*text)++;
	if (**text && !read_digits(text, 2, 2, &minutes))
		return false;
	*ret_seconds = sign * (int64_t)(3600 * hours + 60 * minutes);
	return hours < 24 && minutes < 60;
}

static bool read_clock(const char **text, uint64_t *ret_seconds, uint64_t *ret_ns)
{
	uint64_t hour, minute, second = 0;

	if (!read_digits(text, 2, 2, &hour) || *(*text)++ != ':' ||
		!read_digits(text, 2, 2, &minute))
		return false;
	if (**text == ':') {
		(*text)++;
		if (!read_digits(text, 2, 2, &second))
			return false;
	}
	if (**text == '.') {
		const char *begin = ++*text;

		if (!read_digits(text, 1, 9, ret_ns))
			return false;
		for (long digits = *text - begin; digits < 9; digits++)
			*ret_ns *= 10;
	}
	*ret_seconds = 3600 * hour + 60 * minute + second;
	return hour < 24 && minute < 60 && second < 61;
}

bool filter_time(const char *text, uint64_t *ret_ns)
{
	uint64_t year, month, day, days, in_day = 0, ns = 0;
	int64_t zone = 0, seconds;

	if (!read_digits(&text, 4, 4, &year) || *text++ != '-' ||
		!read_digits(&text, 2, 2, &month) || *text++ != '-' ||
		!read_digits(&text, 2, 2, &day) || !date_days(year, month, day, &days))
		return false;
	if (*text == 'T' || *text == 't' || *text == ' ') {
		text++;
		if (!read_clock(&text, &in_day, &ns) || !read_zone(&text, &zone))
			return false;
	}
	seconds = (int64_t)(86400 * days + in_day) - zone;
	if (*text || seconds < 0 || (uint64_t)seconds > (UINT64_MAX - ns) / 1000000000)
		return false;
	*ret_ns = (uint64_t)seconds * 1000000000 + ns;
	return true;
}
