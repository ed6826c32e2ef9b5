/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>

#include "tests/unit/unit.h"

/* What was written to standard error since the last call. */
static const char *said(int read_from, char *to, size_t size)
{
	ssize_t bytes = read(read_from, to, size - 1);

	to[bytes < 0 ? 0 : bytes] = 0;
	return to;
}

static void lines(void **state)
{
	static char text[8192], big[5000];
	int ends[2], standard_error = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	log_open("kukla-test", LOG_LEVEL_NOTE);
	errno = EXDEV;
	log_error("cannot read %s: %d", "x\x1b[2J\nfake: line", 7);
	assert_int_equal(errno, EXDEV);
	assert_string_equal(said(ends[0], text, sizeof(text)),
		"kukla-test: cannot read x\\x1b[2J\\x0afake: line: 7\n");
	log_warning("w");
	log_note("n");
	assert_string_equal(
		said(ends[0], text, sizeof(text)), "kukla-test: warning: w\nkukla-test: n\n");
	log_open("kukla-test", LOG_LEVEL_ERROR);
	log_warning("w");
	log_note("n");
	log_error("e");
	assert_string_equal(said(ends[0], text, sizeof(text)), "kukla-test: e\n");
	memset(big, '\x01', sizeof(big)); /* four times as long when escaped: cut, one line */
	big[sizeof(big) - 1] = 0;
	log_error("%s", big);
	(void)said(ends[0], text, sizeof(text));
	assert_int_equal(strcspn(text, "\n"), strlen(text) - 1);
	assert_true(strlen(text) > 2000);
	assert_true(dup2(standard_error, STDERR_FILENO) >= 0);
	close(standard_error);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
