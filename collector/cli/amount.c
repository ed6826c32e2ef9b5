/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/cli/amount.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

void amount_count(char to[AMOUNT_BYTES], uint64_t n)
{
	char digits[TEXT_NUMBER_BYTES];
	size_t bytes = text_number(digits, n), used = 0;

	for (size_t i = 0; i < bytes; i++) {
		if (i && (bytes - i) % 3 == 0)
			to[used++] = ',';
		to[used++] = digits[i];
	}
	to[used] = 0;
}

static void with_prefix(char to[AMOUNT_BYTES], uint64_t n, const char *unit)
{
	static const char prefixes[] = "kMGTPE";
	double value = (double)n;
	int prefix = -1;

	while (value >= 999.5 && prefix + 1 < (int)sizeof(prefixes) - 1) {
		value /= 1000;
		prefix++;
	}
	if (prefix < 0)
		(void)snprintf(to, AMOUNT_BYTES, "%llu%s%s", (unsigned long long)n,
			*unit ? " " : "", unit);
	else
		(void)snprintf(to, AMOUNT_BYTES, "%.*f %c%s", value < 9.95 ? 1 : 0, value,
			prefixes[prefix], unit);
}

void amount_short(char to[AMOUNT_BYTES], uint64_t n)
{
	with_prefix(to, n, "");
}

void amount_octets(char to[AMOUNT_BYTES], uint64_t n)
{
	with_prefix(to, n, "B");
}

void amount_seconds(char to[AMOUNT_BYTES], double s)
{
	uint64_t whole = (uint64_t)(s + 0.5);

	if (s < 9.95)
		(void)snprintf(to, AMOUNT_BYTES, "%.1f s", s);
	else if (whole < 60)
		(void)snprintf(to, AMOUNT_BYTES, "%u s", (unsigned)whole);
	else if (whole < 3600)
		(void)snprintf(to, AMOUNT_BYTES, "%u min %u s", (unsigned)(whole / 60),
			(unsigned)(whole % 60));
	else
		(void)snprintf(to, AMOUNT_BYTES, "%llu h %u min",
			(unsigned long long)(whole / 3600), (unsigned)(whole / 60 % 60));
}
