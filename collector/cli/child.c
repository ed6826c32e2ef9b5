/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/cli/child.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

extern char **environ;

static bool try(char to[CHILD_PATH_BYTES], const char *folder, const struct child_start *s)
{
	int n = snprintf(to, CHILD_PATH_BYTES, "%s/%s", folder, s->program);

	if (n > 0 && n < CHILD_PATH_BYTES && access(to, X_OK) == 0)
		return true;
	n = snprintf(to, CHILD_PATH_BYTES, "%s/../%s/%s", folder, s->room, s->program);
	return n > 0 && n < CHILD_PATH_BYTES && access(to, X_OK) == 0;
}

/* The folder of the name that we were started by (bin/kukla may be a link), and that of the file
 * that it is; "" when there is none. */
static void own_folders(char to[2][CHILD_PATH_BYTES])
{
	const char *started = (const char *)getauxval(
		AT_EXECFN); /* NOLINT(performance-no-int-to-ptr) */
	ssize_t bytes = readlink("/proc/self/exe", to[1], CHILD_PATH_BYTES - 1);

	(void)snprintf(to[0], CHILD_PATH_BYTES, "%s", started ? started : "");
	to[1][bytes > 0 ? bytes : 0] = 0;
	for (size_t i = 0; i < 2; i++) {
		char *slash = strrchr(to[i], '/');

		*(slash ? slash : to[i]) = 0;
	}
}

static void find(char to[CHILD_PATH_BYTES], const struct child_start *s)
{
	char own[2][CHILD_PATH_BYTES];

	if (s->folder) {
		(void)snprintf(to, CHILD_PATH_BYTES, "%s/%s", s->folder, s->program);
		return;
	}
	own_folders(own);
	for (size_t i = 0; i < 2; i++) {
		if (*own[i] && try(to, own[i], s))
			return;
	}
	(void)snprintf(to, CHILD_PATH_BYTES, "%s", s->program);
}

bool child_find_data(char to[CHILD_PATH_BYTES], const char *name)
{
	static const char *const places[] = {"../share/kukla", "../signatures", "../../signatures"};
	char own[2][CHILD_PATH_BYTES];

	own_folders(own);
	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; *own[i] && j < ARRAY_LEN(places); j++) {
			int n = snprintf(to, CHILD_PATH_BYTES, "%s/%s/%s", own[i], places[j], name);

			if (n > 0 && n < CHILD_PATH_BYTES && access(to, R_OK) == 0)
				return true;
		}
	}
	return false;
}

static int set_up(posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes,
	const struct child_start *s)
{
	sigset_t none, all;
	int r = 0;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	if (s->output >= 0)
		r = posix_spawn_file_actions_adddup2(files, s->output, STDOUT_FILENO);
	if (r == 0 && s->progress >= 0)
		r = posix_spawn_file_actions_adddup2(files, s->progress, 3);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setflags(
			attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return r;
}

int child_start(const struct child_start *start, pid_t *ret_pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	char path[CHILD_PATH_BYTES];
	const char **words;
	size_t count = 0;
	int r;

	while (start->arguments[count])
		count++;
	words = calloc(count + 2, sizeof(const char *));
	if (!words)
		return -ENOMEM;
	find(path, start);
	words[0] = path;
	memcpy(words + 1, start->arguments, count * sizeof(const char *));
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&attributes);
	r = set_up(&files, &attributes, start);
	if (r == 0)
		r = posix_spawnp(
			ret_pid, path, &files, &attributes, (char **)(uintptr_t)words, environ);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attributes);
	free(words);
	return -r;
}

void child_await(pid_t pid)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
		;
}

int child_wait(pid_t pid, int *ret_status)
{
	while (waitpid(pid, ret_status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}
