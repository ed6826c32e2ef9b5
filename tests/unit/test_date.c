/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/date.h"

#include "tests/unit/unit.h"

static void dates(void **state)
{
	static const struct {
		const char *text;
		enum date_order order;
		uint32_t seconds;
	} cases[] = {
		{"1970-01-02", DATES_ISO, 86400},
		{"2023-05-14", DATES_ISO, 1684022400},
		{"2023-05-14T07:00:00Z", DATES_ISO, 1684047600},
		{"2023-05-14T07:00:00.123456Z", DATES_ISO, 1684047600},
		{"2023-05-14 07:00:00", DATES_ISO, 1684047600},
		{"2023-05-14 07:00:00 UTC", DATES_ISO, 1684047600},
		{"2023-05-14T09:00:00+02:00", DATES_ISO, 1684047600},
		{"2023-05-14T09:00:00+0200", DATES_ISO, 1684047600},
		{"2023-05-14T04:30-02:30", DATES_ISO, 1684047600},
		{" 2023/05/14 ", DATES_ISO, 1684022400},
		{"1684047600", DATES_ISO, 1684047600},
		{"14/05/2023", DATES_DAY_FIRST, 1684022400},
		{"05/14/2023", DATES_MONTH_FIRST, 1684022400},
		{"5/4/23", DATES_MONTH_FIRST, 1683158400},
		{"14.05.2023 07:00", DATES_DAY_FIRST, 1684047600},
		{"2024-02-29", DATES_ISO, 1709164800},
		{"2000-02-29", DATES_ISO, 951782400},
		{"9999-12-31", DATES_ISO, UINT32_MAX},
		{"9999999999", DATES_ISO, UINT32_MAX},
		{"1970-01-01T00:30:00+01:00", DATES_ISO, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t seconds = 1;

		if (!date_parse(&seconds, cases[i].text, strlen(cases[i].text), cases[i].order) ||
			seconds != cases[i].seconds)
			fail_msg("%s: %u", cases[i].text, seconds);
	}
}

static void no_dates(void **state)
{
	static const char *const texts[] = {"", " ", "x", "2023", "2023-", "2023-05", "2023-05-",
		"2023-13-01", "2023-00-10", "2023-02-29", "1900-02-29", "2023-04-31", "1969-12-31",
		"2023-05-14T", "2023-05-14T24:00", "2023-05-14T07", "2023-05-14T07:60",
		"2023-05-14T07:00:61", "2023-05-14T07:00:00+", "2023-05-14T07:00:00+2",
		"2023-05-14x", "2023-05-14T07:00:00Zx", "12345678", "123456789a", "12345678901",
		"03/04/2023", "2023-05-14T07:00:00.", "0x2023-05-14"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		uint32_t seconds;

		if (date_parse(&seconds, texts[i], strlen(texts[i]), DATES_ISO))
			fail_msg("%s is %u", texts[i], seconds);
	}
	assert_false(date_parse(&(uint32_t){0}, "14/05/2023", 10, DATES_MONTH_FIRST));
	assert_false(date_parse(&(uint32_t){0}, "14/05", 5, DATES_DAY_FIRST));
	assert_false(date_parse(&(uint32_t){0}, "1/1/123", 7, DATES_DAY_FIRST));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(dates), cmocka_unit_test(no_dates)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
