/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration that is accepted is printed as one that is accepted and prints the same. */
#include <stdbool.h>

#include "base/conf.h"
#include "base/option.h"
#include "tests/fuzz/fuzz.h"

static struct {
	bool quiet;
	const char *spool, *address;
	uint64_t workers, port;
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
	{0},
};

static void reset(void)
{
	option_list_done(&got.feeds);
	option_list_done(&got.allow);
	memset(&got, 0, sizeof(got));
	got.workers = 2;
	got.port = 4739;
}

static struct conf *parse(const char *text, size_t bytes)
{
	struct conf *conf = NULL;
	char error[200] = "";
	int result;

	reset();
	result = conf_parse(
		&conf, keys, &(struct conf_input){"x", text, bytes}, error, sizeof(error));
	assert((result == 0) == (conf != NULL));
	assert(result == 0 || strncmp(error, "x:", 2) == 0);
	assert(result == 0 || (!got.spool && !got.feeds.count && got.workers == 2));
	return conf;
}

static char *print(void)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	assert(f);
	conf_print(keys, f);
	(void)fclose(f);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *conf = parse((const char *)data, size);
	char *first, *second;

	if (!conf)
		return 0;
	first = print();
	conf_free(conf);
	conf = parse(first, strlen(first));
	assert(conf);
	second = print();
	assert(strcmp(first, second) == 0);
	free(first);
	free(second);
	conf_free(conf);
	reset();
	return 0;
}
