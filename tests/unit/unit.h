/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka with what it needs before it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

/* Hexadecimal digits, blanks between allowed, into octets; returns how many. */
static inline size_t unit_octets(uint8_t *to, const char *hex)
{
	size_t digits = 0;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		unsigned digit = (unsigned)(*hex <= '9' ? *hex - '0' : *hex - 'a' + 10);

		to[digits / 2] = (uint8_t)(digits % 2 ? (unsigned)to[digits / 2] << 4 | digit
						      : digit);
		digits++;
	}
	return digits / 2;
}
