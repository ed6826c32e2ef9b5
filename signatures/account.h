/* SPDX-License-Identifier: Apache-2.0 */
/* URLs of accounts on platforms: who is on one is a person or a group of them, and persons are no
 * indicators. Such a URL is read and counted, and goes into no database and no export. */
#pragma once

#include "signatures/indicator.h"

extern const char account_reason[]; /* "an account on a platform" */

/* The host of a URL is a platform of accounts, or below one. */
bool account_is(enum indicator_type type, const char *value);
