/* SPDX-License-Identifier: Apache-2.0 */
/* DNS that cannot be read: which flows carry it, so that the share is known that the names do not
 * tell of. */
#pragma once

#include "base/ledger.h"
#include "probe/flow/flow.h"

enum encrypted_dns { ENCRYPTED_DNS_NOT, ENCRYPTED_DNS_DOT, ENCRYPTED_DNS_DOH, ENCRYPTED_DNS_DOQ };

/* From what was found in the flow, and the classifier's name for its application. */
enum encrypted_dns encrypted_dns_of(const struct flow *f, const char *application);
/* "dot", "doh", "doq"; NULL for none. */
const char *encrypted_dns_name(enum encrypted_dns kind);
void encrypted_dns_count(struct ledger *l, enum encrypted_dns kind);
/* Whether this is the name of a public resolver, or lies below one. */
bool resolver_is_known(const void *name, size_t bytes);
/* Whether one answers at this address; nothing else does. */
bool resolver_is_at(const uint8_t address[16]);
