/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people read them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define AMOUNT_BYTES 40

void amount_count(char to[AMOUNT_BYTES], uint64_t n);  /* 1,234,567 */
void amount_short(char to[AMOUNT_BYTES], uint64_t n);  /* 999, 1.2 k, 34 M */
void amount_octets(char to[AMOUNT_BYTES], uint64_t n); /* 999 B, 1.2 MB */
void amount_seconds(char to[AMOUNT_BYTES], double s);  /* 0.3 s, 12 s, 4 min 5 s, 2 h 3 min */
