/* SPDX-License-Identifier: Apache-2.0 */
/* The Public Suffix List (https://publicsuffix.org): the newer one of the system's and the one
 * built into libpsl, which only suffix.c knows. Names are lower case and punycode. */
#pragma once

#include <stdbool.h>

struct suffix_list;

int suffix_list_new(struct suffix_list **ret);
/* The one in a file, in the form that publicsuffix.org has; -EBADMSG: it is none. */
int suffix_list_load(struct suffix_list **ret, const char *path);
void suffix_list_free(struct suffix_list *list);
void suffix_list_free_ptr(struct suffix_list **list);

/* The last label exists: the ICANN part knows it, or it is `onion` or `arpa`. */
bool suffix_known(const struct suffix_list *list, const char *name);
/* The name itself is a public suffix of either part: many owners share what is below it. */
bool suffix_is_public(const struct suffix_list *list, const char *name);
/* It is what somebody registered: a public suffix of either part and one label before it. */
bool suffix_is_registrable(const struct suffix_list *list, const char *name);

/* Every rule that has more than one label, as the list writes it (`co.uk`, `*.ck`, `!www.ck`), in
 * no order; those that ASCII does not write are left out. They come from the list's text, of which
 * this list says what holds: for the system's list from the file beside it. Ends with what `on`
 * returns when that is not 0; -ENODATA: there is no text. */
int suffix_list_rules(
	const struct suffix_list *list, int (*on)(void *context, const char *rule), void *context);
