/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/cli/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "collector/cli/amount.h"

static void ending_signals(sigset_t *ret)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

	(void)sigemptyset(ret);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		(void)sigaddset(ret, numbers[i]);
}

void watch_block(void)
{
	sigset_t signals;

	ending_signals(&signals);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
}

int watch_signal(void)
{
	static const struct timespec at_once = {0};
	sigset_t signals;
	int number;

	ending_signals(&signals);
	number = sigtimedwait(&signals, NULL, &at_once);
	return number > 0 ? number : 0;
}

/* capture.pcap  45 %  12.3 MB of 27.1 MB  1.2 Mpps  4 s left */
static void show(
	struct watch *w, uint64_t bytes, uint64_t total, uint64_t packets, const char *name)
{
	double seconds = (double)(w->now_ns() - w->begun_ns) / 1e9;
	char line[512], done[AMOUNT_BYTES], all[AMOUNT_BYTES], rate[AMOUNT_BYTES],
		left[AMOUNT_BYTES] = "";
	const char *slash = strrchr(name, '/');
	char safe[128];

	if (!w->columns || seconds < 0.3)
		return;
	(void)text_terminal(
		safe, sizeof(safe), slash ? slash + 1 : name, strlen(slash ? slash + 1 : name));
	amount_octets(done, bytes);
	amount_octets(all, total);
	amount_short(rate, (uint64_t)((double)packets / seconds));
	if (bytes && bytes < total)
		amount_seconds(left, seconds * (double)(total - bytes) / (double)bytes);
	if (total && bytes <= total)
		(void)snprintf(line, sizeof(line), "%s  %u %%  %s of %s  %s packets/s%s%s%s", safe,
			(unsigned)((double)bytes / (double)total * 100), done, all, rate,
			*left ? "  " : "", left, *left ? " left" : "");
	else
		(void)snprintf(line, sizeof(line), "%s  %s  %s packets/s", safe, done, rate);
	(void)fprintf(stderr, "\r\033[K%.*s", (int)(w->columns - 1), line);
	(void)fflush(stderr);
	w->shown = true;
}

static void take_line(struct watch *w, const char *line)
{
	uint64_t numbers[3];
	char *end;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (*line < '0' || *line > '9')
			return;
		errno = 0;
		numbers[i] = strtoumax(line, &end, 10);
		if (errno || *end != ' ')
			return;
		line = end + 1;
	}
	atomic_store(&w->bytes, numbers[0]);
	atomic_store(&w->packets, numbers[2]);
	show(w, numbers[0], numbers[1], numbers[2], line);
}

/* False: there will be no more. */
static bool read_progress(struct watch *w)
{
	ssize_t n = read(w->progress, w->line + w->line_bytes, sizeof(w->line) - 1 - w->line_bytes);
	char *begin = w->line, *end;

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	w->line_bytes += (size_t)n;
	w->line[w->line_bytes] = 0;
	while ((end = memchr(begin, '\n', w->line_bytes - (size_t)(begin - w->line)))) {
		*end = 0;
		take_line(w, begin);
		begin = end + 1;
	}
	w->line_bytes -= (size_t)(begin - w->line);
	memmove(w->line, begin, w->line_bytes);
	if (w->line_bytes == sizeof(w->line) - 1)
		w->line_bytes = 0; /* no line is so long */
	return true;
}

/* The first signal asks the child to end, a second one makes it. */
static void pass_signal(struct watch *w)
{
	struct signalfd_siginfo info;
	int none = 0;

	if (read(w->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (atomic_compare_exchange_strong(&w->signal, &none, (int)info.ssi_signo))
		(void)kill(w->child, SIGTERM);
	else
		(void)kill(w->child, SIGKILL);
}

static void *watch_run(void *context)
{
	struct watch *w = context;
	struct pollfd fds[] = {
		{w->stop, POLLIN, 0}, {w->signals, POLLIN, 0}, {w->progress, POLLIN, 0}};

	for (;;) {
		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[2].revents && !read_progress(w))
			fds[2].fd = -1;
		if (fds[1].revents)
			pass_signal(w);
		/* last: what the child said before it ended counts */
		if (fds[0].revents && !(fds[2].fd >= 0 && fds[2].revents))
			return NULL;
	}
}

int watch_start(struct watch *w)
{
	sigset_t signals;

	ending_signals(&signals);
	w->begun_ns = w->now_ns();
	w->signals = signalfd(-1, &signals, SFD_CLOEXEC);
	w->stop = eventfd(0, EFD_CLOEXEC);
	if (w->signals < 0 || w->stop < 0)
		return -errno;
	return -pthread_create(&w->thread, NULL, watch_run, w);
}

void watch_stop(struct watch *w)
{
	uint64_t one = 1;

	if (write(w->stop, &one, sizeof(one)) == (ssize_t)sizeof(one))
		(void)pthread_join(w->thread, NULL);
	close_ptr(&w->stop);
	close_ptr(&w->signals);
	close_ptr(&w->progress);
	if (w->shown)
		(void)fputs("\r\033[K", stderr);
}
