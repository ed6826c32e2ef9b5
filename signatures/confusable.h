/* SPDX-License-Identifier: Apache-2.0 */
/* Characters that look like a letter of ASCII: Latin letters with marks, and what looks like Latin
 * in Greek, Cyrillic and Armenian. A table of our own, made from the shapes of the letters in the
 * code charts of Unicode; which of them Unicode holds to be confusable is said in its Technical
 * Standard 39, of which this is a part and not the whole. */
#pragma once

#include <stdint.h>

#define CONFUSABLE_NONE 0u

/* What a character looks like: of ASCII in lower case; itself where it looks like none; a mark that
 * stands over or below another character looks like CONFUSABLE_NONE. */
uint32_t confusable_fold(uint32_t character);

/* The same of a character of ASCII. */
static inline uint32_t confusable_ascii(uint32_t character)
{
	if (character == '0')
		return 'o';
	if (character == '1')
		return 'l';
	return character >= 'A' && character <= 'Z' ? character | 0x20 : character;
}
