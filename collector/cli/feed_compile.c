/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/cli/feed_compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collector/cli/child.h"

int feed_compile(const struct feed_compile *c)
{
	_cleanup_(free_ptr) const char **words = calloc(c->count + 10, sizeof(const char *));
	struct child_start start = {.program = "kukla-sig",
		.room = "signatures",
		.folder = c->programs,
		.arguments = words,
		.output = STDERR_FILENO,
		.progress = -1};
	size_t used = 0;
	int status = 0, r;
	pid_t pid;

	if (!words)
		return -ENOMEM;
	words[used++] = "compile";
	words[used++] = "--undated"; /* the same feeds, the same output */
	words[used++] = "--partial";
	words[used++] = "--called"; /* where it is for the moment says nothing to anybody */
	words[used++] = "the signatures of these feeds";
	if (c->keeps_expired)
		words[used++] = "--keep-expired";
	if (c->quiet)
		words[used++] = "--quiet";
	words[used++] = "--output";
	words[used++] = c->output;
	memcpy(words + used, c->feeds, c->count * sizeof(const char *));
	r = child_start(&start, &pid);
	if (r == 0)
		r = child_wait(pid, &status);
	return r ? r : status;
}
