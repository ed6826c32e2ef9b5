/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a report written in Markdown or AsciiDoc, without what markup and punctuation put
 * round them. */
#pragma once

#include "signatures/builder.h"

/* The next word, empty at the end; *rest moves behind it. A comma parts words unless it may belong
 * to the path of a URL. */
struct span report_word(struct span *rest);
/* A whole cell or item without blanks and signs of markup round it. */
struct span report_bare(struct span text);
bool report_is_defanged(struct span word);
/* Has it a word that is? */
bool report_defangs(struct span text);
/* The words of a text that are, parted by line ends, into `to`; returns the octets, 0: none. */
size_t report_collect(char *to, size_t size, struct span text);
