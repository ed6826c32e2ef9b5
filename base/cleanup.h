/* SPDX-License-Identifier: Apache-2.0 */
/* Release by scope: `_cleanup_(free_ptr) char *s = ...`; hand over with steal(). */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

static inline void free_ptr(void *p)
{
	free(*(void **)p);
}

static inline void fclose_ptr(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static inline void close_ptr(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* Take the pointer out of a variable that would release it. */
#define steal(p)                                                                                   \
	__extension__({                                                                            \
		__typeof__(p) stolen_ = (p);                                                       \
		(p) = NULL;                                                                        \
		stolen_;                                                                           \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
