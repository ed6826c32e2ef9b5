/* SPDX-License-Identifier: Apache-2.0 */
/* kukla: read captures, collect from probes, ask what was found. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "collector/cli/cli.h"

static const struct cli_command *const commands[] = {
	&cli_replay, &cli_flows, &cli_hits, &cli_hunt, &cli_names, &cli_ledger, &cli_collect};

static uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static unsigned terminal_columns(int fd)
{
	struct winsize size;

	if (!isatty(fd))
		return 0;
	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : 80;
}

/* Descriptors 0 to 2 are taken by something, and a reader that has gone is an error of writing. */
static void prepare(void)
{
	int fd;

	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
		;
	close_ptr(&fd);
	(void)signal(SIGPIPE, SIG_IGN);
}

static void die_of(int number)
{
	sigset_t signals;

	(void)signal(number, SIG_DFL);
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, number);
	(void)sigprocmask(SIG_UNBLOCK, &signals, NULL);
	(void)raise(number);
}

int main(int argc, char **argv)
{
	const struct command *about[ARRAY_LEN(commands) + 1] = {0};
	const char *temporary = getenv("TMPDIR");
	struct cli cli = {.now_ns = now_ns,
		.temporary = temporary && *temporary ? temporary : "/tmp",
		.columns_out = terminal_columns(STDOUT_FILENO),
		.columns_err = terminal_columns(STDERR_FILENO)};
	const struct command *chosen = NULL;
	enum option_outcome outcome;
	int status = EXIT_COMMAND_WRONG;

	prepare();
	log_open("kukla", LOG_LEVEL_NOTE);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		about[i] = commands[i]->about;
	outcome = options_command(about, argc, argv, &chosen);
	if (outcome == OPTIONS_SHOWN)
		status = EXIT_ALL_READ;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (outcome == OPTIONS_RUN && commands[i]->about == chosen)
			status = commands[i]->run(&cli, argc - 1, argv + 1);
		else if (outcome == OPTIONS_EACH)
			status = commands[i]->run(&cli, argc, argv);
	}
	if (cli.died_of)
		die_of(cli.died_of);
	if (fflush(stdout) != 0 && status == EXIT_ALL_READ)
		status = EXIT_COMMAND_WRONG;
	return status;
}
