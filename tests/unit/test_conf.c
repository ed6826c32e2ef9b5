/* SPDX-License-Identifier: Apache-2.0 */
#include "base/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/option.h"
#include "tests/unit/unit.h"

static struct {
	bool quiet, tls;
	const char *spool, *address;
	uint64_t workers, port, any;
	struct option_list feeds, allow;
} got;

static const struct conf_key keys[] = {
	{"workers", CONF_NUMBER, &got.workers, 1, 64, "Worker threads."},
	{"quiet", CONF_FLAG, &got.quiet, 0, 0, "Say less."},
	{"spool", CONF_TEXT, &got.spool, 0, 0, "A folder."},
	{"feeds", CONF_LIST, &got.feeds, 0, 0, "Indicators."},
	{"receive.address", CONF_TEXT, &got.address, 0, 0, "Where to listen."},
	{"receive.port", CONF_NUMBER, &got.port, 1, 65535, "Port to listen on."},
	{"receive.allow", CONF_LIST, &got.allow, 0, 0, "Who may send."},
	{"receive.tls", CONF_FLAG, &got.tls, 0, 0, "Encrypt."},
	{"any", CONF_NUMBER, &got.any, 0, 0, NULL},
	{0},
};

static struct conf *conf;
static char error[256];

static int parse(const char *text, size_t bytes)
{
	struct conf *read = NULL;
	int result = conf_parse(
		&read, keys, &(struct conf_input){"x.yaml", text, bytes}, error, sizeof(error));

	if (!result) {
		conf_free(conf);
		conf = read;
	}
	return result;
}

static int reset(void **state)
{
	(void)state;
	option_list_done(&got.feeds);
	option_list_done(&got.allow);
	memset(&got, 0, sizeof(got));
	got.workers = 2;
	got.spool = "default";
	conf_free(conf);
	conf = NULL;
	return 0;
}

static void good(const char *text)
{
	(void)reset(NULL);
	if (parse(text, strlen(text)))
		fail_msg("%s", error);
}

static void values(void **state)
{
	(void)state;
	good("# comment\nworkers: 8\nquiet: true\nspool: /var/spool/kukla\n"
	     "feeds:\n  - a.csv\n  - \"b c.csv\"\n"
	     "receive:\n  address: '::1'\n  port: 4739\n  allow: [192.0.2.1, 198.51.100.0/24]\n"
	     "any: 18446744073709551615\n");
	assert_int_equal(got.workers, 8);
	assert_true(got.quiet);
	assert_string_equal(got.spool, "/var/spool/kukla");
	assert_int_equal(got.feeds.count, 2);
	assert_string_equal(got.feeds.values[1], "b c.csv");
	assert_string_equal(got.address, "::1");
	assert_int_equal(got.port, 4739);
	assert_int_equal(got.allow.count, 2);
	assert_string_equal(got.allow.values[0], "192.0.2.1");
	assert_false(got.tls);
	assert_true(got.any == UINT64_MAX);

	good("receive.port: 99\nquiet: false\nspool: \"\"\nfeeds: []\n");
	assert_int_equal(got.port, 99);
	assert_int_equal(got.workers, 2); /* a default stays */
	assert_string_equal(got.spool, "");
	assert_int_equal(got.feeds.count, 0);
	good("");
	good("# only a comment\n");
	good("---\n{workers: 3, receive: {port: 7}}\n...\n");
	assert_int_equal(got.port, 7);
	assert_string_equal(got.spool, "default");
}

/* A list that is given again, in a later file, replaces the one before. */
static void lists_replace(void **state)
{
	(void)state;
	good("feeds: [a, b]\n");
	assert_int_equal(parse("feeds: [c]\n", 11), 0);
	assert_int_equal(got.feeds.count, 1);
	assert_string_equal(got.feeds.values[0], "c");
}

static void bad(const char *text, const char *want)
{
	(void)reset(NULL);
	if (parse(text, strlen(text)) != -EINVAL)
		fail_msg("accepted: %s", text);
	assert_string_equal(error, want);
	assert_int_equal(got.workers, 2);
	assert_string_equal(got.spool, "default");
	assert_int_equal(got.feeds.count, 0);
}

static void errors_say_where(void **state)
{
	(void)state;
	bad("workers: 3\nwrokers: 4\n", "x.yaml:2:1: there is no key wrokers, but workers");
	bad("spool: x\nreceive:\n  prot: 4\n",
		"x.yaml:3:3: there is no key receive.prot, but receive.port");
	bad("xyzzy: 1\n", "x.yaml:1:1: there is no key xyzzy");
	bad("recieve:\n  port: 1\n", "x.yaml:1:1: there is no key recieve");
	bad("feeds: [a]\nworkers: 1\nworkers: 2\n",
		"x.yaml:3:1: workers was given in line 2 already");
	bad("receive:\n  port: 1\nreceive:\n  tls: true\n",
		"x.yaml:3:1: receive was given in line 1 already");
	bad("receive:\n  port: 1\nreceive.port: 2\n",
		"x.yaml:3:1: receive.port was given in line 2 already");
	bad("spool: x\nworkers: 65\n", "x.yaml:2:10: workers: 65 is not between 1 and 64");
	bad("workers: 0\n", "x.yaml:1:10: workers: 0 is not between 1 and 64");
}

static void types_are_strict(void **state)
{
	(void)state;
	bad("workers: -1\n", "x.yaml:1:10: workers: '-1' is not a number");
	bad("workers: 010\n", "x.yaml:1:10: workers: '010' is not a number");
	bad("workers: 0x10\n", "x.yaml:1:10: workers: '0x10' is not a number");
	bad("workers: 1e3\n", "x.yaml:1:10: workers: '1e3' is not a number");
	bad("any: 18446744073709551616\n",
		"x.yaml:1:6: any: '18446744073709551616' is not a number");
	bad("workers: ' 1'\n", "x.yaml:1:10: workers: ' 1' is not a number");
	bad("workers:\n", "x.yaml:1:9: workers has no value");
	bad("quiet: yes\n", "x.yaml:1:8: quiet is true or false, not 'yes'");
	bad("feeds: a\n", "x.yaml:1:8: feeds is a list: [one, another]");
	bad("feeds:\n", "x.yaml:1:7: feeds is a list: [one, another]");
	bad("feeds: [[a]]\n", "x.yaml:1:9: feeds must be one value");
	bad("feeds: [a: b]\n", "x.yaml:1:9: feeds must be one value");
	bad("spool: [a]\n", "x.yaml:1:8: spool must be one value");
	bad("spool: {a: b}\n", "x.yaml:1:8: spool must be one value");
	bad("receive: 3\n", "x.yaml:1:10: receive holds keys of its own");
	bad("receive: {receive: {port: 1}}\n", "x.yaml:1:11: there is no key receive.receive");
	bad("[a]\n", "x.yaml:1:1: keys with values are expected: `name: value`");
	bad("a\n", "x.yaml:1:1: keys with values are expected: `name: value`");
	bad("? [a]\n: b\n", "x.yaml:1:3: a key must be one value");
	bad("spool: &a x\nreceive:\n  address: *a\n", "x.yaml:3:12: aliases are not read");
	bad("*a : b\n", "x.yaml:1:1: aliases are not read");
	bad("workers: !!int 3\n", "x.yaml:1:10: tags are not read");
	bad("spool: \"a\\0b\"\n", "x.yaml:1:8: spool has a zero in it");
	bad("workers: 3\n---\nworkers: 4\n", "x.yaml:2:1: a second document is not read");
}

static void hostile(void **state)
{
	static char text[70000];

	(void)state;
	assert_int_equal(parse("workers: 3\nspool: \"\xff\"\n", 21), -EINVAL);
	assert_string_equal(error, "x.yaml:2:9: invalid leading UTF-8 octet");
	assert_int_equal(parse("workers: [\n", 11), -EINVAL);
	assert_non_null(strstr(error, "x.yaml:1:10: workers must be one value"));
	assert_int_equal(parse("spool: \"x\n", 10), -EINVAL);
	assert_non_null(strstr(error, "x.yaml:2:1: found unexpected end of stream"));
	assert_int_equal(parse("a\tb: \x01\n", 7), -EINVAL);
	assert_int_equal(parse("\0", 1), -EINVAL);
	memset(text, '[', sizeof(text));
	assert_int_equal(parse(text, sizeof(text)), -EINVAL);
	memset(text, 'k', sizeof(text));
	memcpy(text, "spool: ", 7);
	assert_int_equal(parse(text, 7 + CONF_TEXT_BYTES_MAX), 0);
	assert_int_equal(parse(text, 8 + CONF_TEXT_BYTES_MAX), -EINVAL);
	assert_string_equal(error, "x.yaml:1:8: spool has more than 4096 octets");
	memcpy(text + 300, ": k", 3);
	assert_int_equal(parse(text + 100, 203), -EINVAL);
	assert_string_equal(error, "x.yaml:1:1: no key is that long");
	/* a message that is longer than its place is cut */
	assert_int_equal(
		conf_parse(&conf, keys, &(struct conf_input){"x.yaml", "q: 1\n", 5}, error, 10),
		-EINVAL);
	assert_string_equal(error, "x.yaml:1:");
}

static void files(void **state)
{
	char path[] = "/tmp/kukla-conf-XXXXXX";
	static char text[CONF_BYTES_MAX + 1];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "workers: 5\n", 11), 11);
	assert_int_equal(conf_read(&conf, keys, path, error, sizeof(error)), 0);
	assert_int_equal(got.workers, 5);
	(void)reset(NULL);
	memset(text, '\n', sizeof(text));
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, text, CONF_BYTES_MAX, 0), CONF_BYTES_MAX);
	assert_int_equal(conf_read(&conf, keys, path, error, sizeof(error)), 0);
	(void)reset(NULL);
	assert_int_equal(pwrite(fd, "\n", 1, CONF_BYTES_MAX), 1);
	assert_int_equal(conf_read(&conf, keys, path, error, sizeof(error)), -EFBIG);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(conf_read(&conf, keys, path, error, sizeof(error)), -ENOENT);
	assert_non_null(strstr(error, "No such file"));
	assert_int_equal(conf_read(&conf, keys, "/", error, sizeof(error)), -EISDIR);
	close(fd);
}

static void print(char **ret, size_t *ret_bytes)
{
	FILE *f = open_memstream(ret, ret_bytes);

	assert_non_null(f);
	conf_print(keys, f);
	assert_int_equal(fclose(f), 0);
}

static void prints_what_it_reads(void **state)
{
	_cleanup_(free_ptr) char *first = NULL, *second = NULL;
	size_t first_bytes, second_bytes;

	(void)state;
	good("workers: 8\nfeeds: [\"a\\\"\\\\\\n\\x1b\\uffff\\u202e caf\xc3\xa9 \\U0001f600\", '- "
	     "#', "
	     "\"\"]\n"
	     "receive: {port: 4739, tls: true}\n");
	print(&first, &first_bytes);
	assert_string_equal(first,
		"# Worker threads.\nworkers: 8\n# Say less.\nquiet: false\n# A folder.\n"
		"spool: \"default\"\n# Indicators.\nfeeds:\n"
		"  - \"a\\\"\\\\\\U0000000a\\U0000001b\\U0000ffff\\U0000202e caf\xc3\xa9 "
		"\xf0\x9f\x98\x80\"\n"
		"  - \"- #\"\n  - \"\"\n"
		"  # receive.address is not set: Where to listen.\nreceive:\n"
		"  # Port to listen on.\n  port: 4739\n  # Who may send.\n  allow: []\n"
		"  # Encrypt.\n  tls: true\nany: 0\n");
	good(first);
	assert_string_equal(got.feeds.values[0],
		"a\"\\\n\x1b\xef\xbf\xbf\xe2\x80\xae caf\xc3\xa9 \xf0\x9f\x98\x80");
	assert_int_equal(got.feeds.count, 3);
	print(&second, &second_bytes);
	assert_string_equal(first, second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values, reset, reset),
		cmocka_unit_test_setup_teardown(lists_replace, reset, reset),
		cmocka_unit_test_setup_teardown(errors_say_where, reset, reset),
		cmocka_unit_test_setup_teardown(types_are_strict, reset, reset),
		cmocka_unit_test_setup_teardown(hostile, reset, reset),
		cmocka_unit_test_setup_teardown(files, reset, reset),
		cmocka_unit_test_setup_teardown(prints_what_it_reads, reset, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
