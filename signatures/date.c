/* SPDX-License-Identifier: Apache-2.0 */
/* ISO 8601 as RFC 3339 has it, a little more loosely, and the dates of tables. */
#include "signatures/date.h"

#include <time.h>

#include "base/cursor.h"

#define YEAR_MIN 1970
#define YEAR_MAX 9999

struct parts {
	unsigned year, month, day, hour, minute, second;
	int offset_s; /* of the zone, east of Greenwich */
};

/* So many digits, at least one and at most `most`; the cursor is bad when there are none. */
static unsigned number(struct cursor *in, unsigned least, unsigned most)
{
	unsigned n = 0, digits = 0;

	while (digits < most && cur_peek(in, 0) >= '0' && cur_peek(in, 0) <= '9') {
		n = n * 10 + (cur_u8(in) - '0');
		digits++;
	}
	if (digits < least)
		cur_fail(in);
	return n;
}

static bool take(struct cursor *in, const char *any)
{
	if (!cur_left(in) || !memchr(any, cur_peek(in, 0), strlen(any)))
		return false;
	cur_skip(in, 1);
	return true;
}

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_sound(const struct parts *p)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (p->year < YEAR_MIN || p->year > YEAR_MAX || p->month < 1 || p->month > 12)
		return false;
	return p->day >= 1 &&
	       p->day <= days[p->month - 1] + (p->month == 2 && is_leap(p->year) ? 1u : 0u) &&
	       p->hour < 24 && p->minute < 60 && p->second <= 60;
}

/* Z, UTC, or +02:00; without, it is UTC. */
static void zone(struct cursor *in, struct parts *p)
{
	int sign;

	(void)take(in, " ");
	if (cur_left(in) == 0 || take(in, "Zz"))
		return;
	if (cur_is(in, "UTC", 3)) {
		cur_skip(in, 3);
		return;
	}
	sign = cur_peek(in, 0) == '-' ? -1 : 1;
	if (!take(in, "+-"))
		cur_fail(in);
	p->offset_s = sign * 3600 * (int)number(in, 2, 2);
	(void)take(in, ":");
	if (cur_left(in))
		p->offset_s += sign * 60 * (int)number(in, 2, 2);
}

static void time_of_day(struct cursor *in, struct parts *p)
{
	if (!take(in, "Tt "))
		return;
	p->hour = number(in, 1, 2);
	if (!take(in, ":"))
		cur_fail(in);
	p->minute = number(in, 2, 2);
	if (take(in, ":"))
		p->second = number(in, 2, 2);
	if (take(in, ".,"))
		(void)number(in, 1, 9);
	zone(in, p);
}

static bool iso(struct cursor in, struct parts *p)
{
	p->year = number(&in, 4, 4);
	if (!take(&in, "-/"))
		return false;
	p->month = number(&in, 1, 2);
	if (!take(&in, "-/"))
		return false;
	p->day = number(&in, 1, 2);
	time_of_day(&in, p);
	return !in.bad && cur_left(&in) == 0;
}

static bool table(struct cursor in, struct parts *p, enum date_order order)
{
	unsigned first = number(&in, 1, 2), second;

	if (order == DATES_ISO || !take(&in, "/.-"))
		return false;
	second = number(&in, 1, 2);
	if (!take(&in, "/.-"))
		return false;
	p->year = number(&in, 2, 4);
	if (p->year < 100)
		p->year += 2000;
	p->day = order == DATES_DAY_FIRST ? first : second;
	p->month = order == DATES_DAY_FIRST ? second : first;
	time_of_day(&in, p);
	return !in.bad && cur_left(&in) == 0;
}

static bool seconds(uint32_t *ret, struct cursor in)
{
	uint64_t n = 0;
	size_t digits = cur_left(&in);

	if (digits < 9 || digits > 10)
		return false;
	while (cur_left(&in)) {
		uint8_t c = cur_u8(&in);

		if (c < '0' || c > '9')
			return false;
		n = n * 10 + (c - '0');
	}
	*ret = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
	return true;
}

bool date_parse(uint32_t *ret, const char *text, size_t bytes, enum date_order order)
{
	struct cursor in;
	struct parts p = {0};
	struct tm tm;
	int64_t at;

	for (; bytes && (*text == ' ' || *text == '\t'); text++, bytes--)
		;
	for (; bytes && (text[bytes - 1] == ' ' || text[bytes - 1] == '\t'); bytes--)
		;
	in = cur_init(text, bytes);
	if (seconds(ret, in))
		return true;
	if (!iso(in, &p)) {
		p = (struct parts){0};
		if (!table(in, &p, order))
			return false;
	}
	if (!is_sound(&p))
		return false;
	tm = (struct tm){.tm_year = (int)p.year - 1900,
		.tm_mon = (int)p.month - 1,
		.tm_mday = (int)p.day,
		.tm_hour = (int)p.hour,
		.tm_min = (int)p.minute,
		.tm_sec = (int)p.second};
	at = (int64_t)timegm(&tm) - p.offset_s;
	*ret = at < 0 ? 0 : at > UINT32_MAX ? UINT32_MAX : (uint32_t)at;
	return true;
}
