/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char folder[] = "/tmp/kukla-file-XXXXXX";

static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int folder_drop(void **state)
{
	(void)state;
	(void)unlink("a");
	(void)unlink("b");
	(void)unlink("link");
	(void)unlink("hard");
	(void)unlink("fifo");
	return rmdir(folder);
}

static void touch(const char *name)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
}

static void an_output_that_is_an_input(void **state)
{
	const char *inputs[] = {"-", "missing", "b", "a"};

	(void)state;
	touch("a");
	touch("b");
	assert_int_equal(symlink("a", "link"), 0);
	assert_int_equal(link("a", "hard"), 0);
	assert_string_equal(file_among("a", inputs, 4), "a");
	assert_string_equal(file_among("./a", inputs, 4), "a");
	assert_string_equal(file_among("link", inputs, 4), "a");
	assert_string_equal(file_among("hard", inputs, 4), "a");
	assert_null(file_among("a", inputs, 3));
	assert_null(file_among("missing", inputs, 4));
	inputs[0] = "/dev/null";
	assert_null(file_among("/dev/null", inputs, 4));
}

static void two_outputs_that_are_one(void **state)
{
	(void)state;
	assert_true(file_is_same("a", "./a"));
	assert_true(file_is_same("a", "hard"));
	assert_true(file_is_same("a", "link"));
	assert_true(file_is_same("missing", "./missing"));
	assert_true(file_is_same("missing", "missing"));
	assert_true(file_is_same("-", "-"));
	assert_false(file_is_same("a", "b"));
	assert_false(file_is_same("a", "missing"));
	assert_false(file_is_same("missing", "../missing"));
	assert_false(file_is_same("missing", "missing2"));
	assert_false(file_is_same("no/such", "missing"));
	assert_false(file_is_same("/dev/null", "/dev/null"));
}

static void only_files_are_replaced(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_true(file_is_replaceable("a"));
	assert_true(file_is_replaceable("missing"));
	assert_false(file_is_replaceable("fifo"));
	assert_false(file_is_replaceable("link"));
	assert_false(file_is_replaceable("/dev/full"));
	assert_false(file_is_replaceable("."));
}

static void a_whole_file(void **state)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *f = fopen("a", "w");

	(void)state;
	assert_non_null(f);
	for (unsigned i = 0; i < 70000; i++)
		assert_int_equal(fputc((int)(i % 251), f), (int)(i % 251));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(file_read(&text, &bytes, "a", 70000), 0);
	assert_int_equal(bytes, 70000);
	assert_int_equal((unsigned char)text[69999], 69999 % 251);
	assert_int_equal(text[70000], 0);
	free(text);
	text = NULL;
	assert_int_equal(file_read(&text, &bytes, "a", 69999), -EFBIG);
	assert_int_equal(file_read(&text, &bytes, "missing", 1), -ENOENT);
	assert_int_equal(file_read(&text, &bytes, ".", 1), -EISDIR);
	assert_null(text);
	touch("a");
	assert_int_equal(file_read(&text, &bytes, "a", 0), 0);
	assert_int_equal(bytes, 0);
	assert_string_equal(text, "");
	free(text);
}

/* A pipe that nobody opens at its other end does not hold up who wants a file. */
static void only_a_regular_file(void **state)
{
	static const char *const others[] = {"fifo", "/dev/null", "."};
	char *text = NULL;
	size_t bytes = 7;
	FILE *f = fopen("a", "w");

	(void)state;
	assert_non_null(f);
	assert_int_equal(fputs("some", f) < 0, 0);
	assert_int_equal(fclose(f), 0);
	(void)unlink("fifo");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(file_read_regular(&text, &bytes, others[i], 9), -ENXIO);
	assert_int_equal(file_read_regular(&text, &bytes, "missing", 9), -ENOENT);
	assert_int_equal(file_read_regular(&text, &bytes, "a", 3), -EFBIG);
	assert_null(text);
	(void)unlink("link");
	assert_int_equal(symlink("a", "link"), 0);
	assert_int_equal(file_read_regular(&text, &bytes, "link", 4), 0);
	assert_int_equal(bytes, 4);
	assert_string_equal(text, "some");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_output_that_is_an_input),
		cmocka_unit_test(two_outputs_that_are_one),
		cmocka_unit_test(only_files_are_replaced),
		cmocka_unit_test(a_whole_file),
		cmocka_unit_test(only_a_regular_file),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
