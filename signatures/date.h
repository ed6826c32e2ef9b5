/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of feeds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 03/04/2023 is a day in March or in April: only who publishes it knows. */
enum date_order { DATES_ISO, DATES_DAY_FIRST, DATES_MONTH_FIRST };

/* Seconds since 1970: `2023-05-14`, with or without a time (`T07:00:00.5Z`, ` 07:00:00`, `+02:00`;
 * without a zone it is UTC), seconds as a number of nine or ten digits, or day, month and year
 * between `/`, `.` or `-` in the given order; with DATES_ISO these are none. A later one than
 * fits is UINT32_MAX. False: it is no date. */
bool date_parse(uint32_t *ret, const char *text, size_t bytes, enum date_order order);
