/* SPDX-License-Identifier: Apache-2.0 */
/* Work on what others wrote, in a child that cannot do more than that: so much of the processor,
 * memory and disk, no other program, no network, no file but for reading. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define LIMITED_SPENT 2 /* as where a part could not be read */

struct limits {
	uint64_t cpu_s;        /* time of the processor */
	uint64_t memory_bytes; /* address space; a sanitizer needs more, and there is no limit then
				*/
	uint64_t file_bytes;   /* of a file that it writes */
};

/* What the work returns (0 to 127), done in a child that has all that is open here, and changes
 * nothing in this process. Negative errno: there was no child; -ECANCELED: it came to a limit or
 * crashed, and `ret_why` says so. */
int limited_run(int (*work)(void *context), void *context, const struct limits *limits,
	char *ret_why, size_t why_size);

/* This process says so and ends with LIMITED_SPENT once it took so much of the processor; a limit
 * that is lower already stays. */
void limited_cpu(uint64_t cpu_s);
