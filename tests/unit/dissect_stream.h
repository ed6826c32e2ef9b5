/* SPDX-License-Identifier: Apache-2.0 */
/* One direction of a TCP connection for the tests of dissectors: octets come in segments of a given
 * size, what the dissector wants is waited for, what it does not want is passed over. */
#pragma once

#include "tests/unit/dissect_test.h"

struct played {
	enum dissect_guess guess;
	enum dissect_result result; /* of the last call */
	size_t used;                /* octets from the beginning on, up to its cursor */
};

/* `recognised`: the other side's octets were, so that no one is asked. */
static inline struct played trial_play(
	struct trial *t, bool recognised, const void *octets, size_t count, size_t step)
{
	struct played p = {recognised ? GUESS_YES : GUESS_MORE, DISSECT_MORE, 0};
	size_t there = 0, want = 0;

	while (p.result == DISSECT_MORE && p.guess != GUESS_NO && there < count) {
		there += step < count - there ? step : count - there;
		while (p.result == DISSECT_MORE && there > p.used && there - p.used >= want) {
			const uint8_t *at = (const uint8_t *)octets + p.used;
			size_t before = p.used;

			if (p.guess == GUESS_MORE)
				p.guess = trial_probe(t, at, there - p.used);
			if (p.guess != GUESS_YES)
				break;
			t->d.skip_bytes = 0;
			p.result = trial_parse(t, at, there - p.used);
			p.used += t->offset;
			want = t->d.want_bytes;
			if (p.result == DISSECT_MORE)
				p.used += (size_t)t->d.skip_bytes;
			if (p.used == before || !t->d.skip_bytes)
				break;
		}
	}
	return p;
}

/* Every size of segments gives the same; the first one is what is asserted after. */
static const size_t trial_steps[] = {65535, 1, 2, 3, 7, 100, 536};
