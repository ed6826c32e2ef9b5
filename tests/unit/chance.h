/* SPDX-License-Identifier: Apache-2.0 */
/* Chance that is the same on every run: xorshift. */
#pragma once

#include <stdint.h>

#define CHANCE_BEGIN 88172645463325252ULL /* not zero */

static inline uint64_t chance_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline uint32_t chance_below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(chance_next(state) >> 33) % limit;
}
