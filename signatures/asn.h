/* SPDX-License-Identifier: Apache-2.0 */
/* Which autonomous system an address belongs to, by a database in MaxMind's format
 * (https://maxmind.github.io/MaxMind-DB/) that the user has. It is read-only: threads share it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct asn_database;

/* -EBADMSG: it is no such database, or none of autonomous systems; else what the system says. */
int asn_open(struct asn_database **ret, const char *path, char *ret_error, size_t error_size);
void asn_close(struct asn_database *db);
/* 0: not known. */
uint32_t asn_find(const struct asn_database *db, const uint8_t address[16]);
