/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/limited.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

#ifdef KUKLA_SANITIZED
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

/* What a parser needs; anything else fails with EPERM. */
static const int calls_allowed[] = {
	SCMP_SYS(access),
	SCMP_SYS(brk),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(close),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(fadvise64),
	SCMP_SYS(fcntl),
	SCMP_SYS(fstat),
	SCMP_SYS(fstatfs),
	SCMP_SYS(futex),
	SCMP_SYS(getcwd),
	SCMP_SYS(getdents64),
	SCMP_SYS(getegid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getpid),
	SCMP_SYS(getrandom),
	SCMP_SYS(getrusage),
	SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getuid),
	SCMP_SYS(ioctl),
	SCMP_SYS(lseek),
	SCMP_SYS(lstat),
	SCMP_SYS(madvise),
	SCMP_SYS(mmap),
	SCMP_SYS(mprotect),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(nanosleep),
	SCMP_SYS(newfstatat),
	SCMP_SYS(poll),
	SCMP_SYS(pread64),
	SCMP_SYS(read),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(readv),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rseq),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(stat),
	SCMP_SYS(statfs),
	SCMP_SYS(statx),
	SCMP_SYS(sysinfo),
	SCMP_SYS(tgkill),
	SCMP_SYS(time),
	SCMP_SYS(uname),
	SCMP_SYS(write),
	SCMP_SYS(writev),
};

static void filter_release_ptr(scmp_filter_ctx *filter)
{
	seccomp_release(*filter);
}

/* Reading only: no other mode, nothing made, nothing cut. */
static int allow_open(scmp_filter_ctx filter)
{
	const unsigned writes = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
	int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, writes, O_RDONLY));

	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
			SCMP_A1(SCMP_CMP_MASKED_EQ, writes, O_RDONLY));
	return r;
}

static int filter_calls(void)
{
	_cleanup_(filter_release_ptr)
		scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO((unsigned)EPERM));
	int r = filter ? allow_open(filter) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(calls_allowed); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls_allowed[i], 0);
	return r == 0 ? seccomp_load(filter) : r;
}

/* A second more than the soft limit, which ends the process with a signal of its own. */
static bool set_limit(__rlimit_resource_t resource, uint64_t most, uint64_t more)
{
	struct rlimit limit = {.rlim_cur = most, .rlim_max = most + more};

	return setrlimit(resource, &limit) == 0;
}

static bool set_limits(const struct limits *limits)
{
	if (!set_limit(RLIMIT_CPU, limits->cpu_s, 1) || !set_limit(RLIMIT_CORE, 0, 0) ||
		!set_limit(RLIMIT_FSIZE, limits->file_bytes, 0))
		return false;
	return is_sanitized || set_limit(RLIMIT_AS, limits->memory_bytes, 0);
}

static int child_main(
	int (*work)(void *context), void *context, const struct limits *limits, pid_t parent)
{
	int code;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || !set_limits(limits))
		return 126;
	/* where the kernel has no filters the limits remain */
	if (!is_sanitized)
		(void)filter_calls();
	code = work(context);
	return fflush(NULL) == 0 || code ? code : 126;
}

static void on_spent(int number)
{
	static const char said[] = "kukla-sig: it took more of the processor than --cpu allows\n";
	ssize_t unused = write(STDERR_FILENO, said, sizeof(said) - 1);

	(void)number;
	(void)unused;
	_exit(LIMITED_SPENT);
}

void limited_cpu(uint64_t cpu_s)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CPU, &limit) != 0 || limit.rlim_cur <= cpu_s)
		return;
	limit.rlim_cur = cpu_s;
	if (signal(SIGXCPU, on_spent) != SIG_ERR)
		(void)setrlimit(RLIMIT_CPU, &limit);
}

static void say_signal(int number, const struct limits *limits, char *to, size_t size)
{
	switch (number) {
	case SIGXCPU:
	case SIGKILL:
		(void)snprintf(to, size, "it took more than %ju s of the processor",
			(uintmax_t)limits->cpu_s);
		break;
	case SIGXFSZ:
		(void)snprintf(to, size, "what it wrote became larger than %ju MiB",
			(uintmax_t)(limits->file_bytes >> 20));
		break;
	default:
		(void)snprintf(
			to, size, "it was ended by signal %d (%s)", number, strsignal(number));
	}
}

int limited_run(int (*work)(void *context), void *context, const struct limits *limits,
	char *ret_why, size_t why_size)
{
	pid_t parent = getpid(), child;
	int status;

	if (fflush(NULL) != 0)
		return -errno;
	child = fork();
	if (child == 0)
		_exit(child_main(work, context, limits, parent));
	if (child < 0)
		return -errno;
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) < 126)
		return WEXITSTATUS(status);
	if (WIFEXITED(status))
		(void)snprintf(ret_why, why_size, "its limits could not be set");
	else
		say_signal(WTERMSIG(status), limits, ret_why, why_size);
	return -ECANCELED;
}
