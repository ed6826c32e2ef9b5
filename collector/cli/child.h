/* SPDX-License-Identifier: Apache-2.0 */
/* Other programs of ours, as children. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CHILD_PATH_BYTES 2048

struct child_start {
	const char *program;    /* "kukla-probe" */
	const char *room;       /* its folder in a build tree, where each program is in its room */
	const char *folder;     /* where it must be; NULL: beside us, then in PATH */
	const char **arguments; /* NULL-ended, without the program's own name */
	int output;             /* its standard output; -1: ours */
	int progress;           /* its descriptor 3; -1: none */
};

/* Where a file of share/kukla is: of this installation, or of the tree that we were built in.
 * False: it is in neither. */
bool child_find_data(char to[CHILD_PATH_BYTES], const char *name);
/* All signals are let through to it again. */
int child_start(const struct child_start *start, pid_t *ret_pid);
/* The status as waitpid gives it. */
int child_wait(pid_t pid, int *ret_status);
/* Until it has ended, without taking its status: its number stays its own. */
void child_await(pid_t pid);
