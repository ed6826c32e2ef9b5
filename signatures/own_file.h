/* SPDX-License-Identifier: Apache-2.0 */
/* What the YAML files have in common that a person writes for us: overrides and feed definitions.
 */
#pragma once

#include <stdbool.h>

#include "base/cursor.h"
#include "signatures/problems.h"
#include "signatures/texts.h"
#include "signatures/tree.h"

#define OWN_FILE_BYTES_MAX (4u << 20)

/* The first line that is no comment begins with this key. */
bool own_file_is(struct cursor text, const char *key);
/* Parses the text and hands its root to `read`; what is wrong with it is told `problems`. -EBADMSG
 * when there is any, -ENOMEM, or what `read` returned. */
int own_file_parse(struct cursor text, struct problems *problems,
	int (*read)(void *context, const struct tree_node *root), void *context);
/* The list of that key, which is all there is; NULL, and a problem, when there is none. */
const struct tree_node *own_file_list(
	const struct tree_node *root, const char *key, struct problems *problems);
/* Only known keys, each once; `keys` ends with NULL. */
void own_file_keys(const struct tree_node *of, const char *const *keys, struct problems *problems);
/* The text of a member; NULL when it is not there or empty. A list or a map is a problem. */
const char *own_file_text(const struct tree_node *of, const char *name, struct problems *problems);
/* `approved_by: [A, B]` and `reason: TEXT` as "A and B: TEXT", kept in `texts`. *ret is NULL when a
 * reason or two different persons are missing, which `problems` then says of `what`. -ENOMEM. */
int own_file_approval(const char **ret, struct texts *texts, const struct tree_node *of,
	const char *what, struct problems *problems);
