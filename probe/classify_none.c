/* SPDX-License-Identifier: Apache-2.0 */
/* Names nothing: for machines without nDPI, and for what the pipeline costs without it. */
#include <string.h>

#include "probe/classify.h"

static const char *none_version(void)
{
	return "none";
}

static int none_open(struct classifier **ret, size_t state_count)
{
	(void)state_count;
	*ret = NULL;
	return 0;
}

static void none_close(struct classifier *c)
{
	(void)c;
}

static struct application none_by_name(struct classifier *c, const struct pkt *p,
	const char *master, const char *host, size_t host_bytes)
{
	(void)c, (void)p, (void)master, (void)host, (void)host_bytes;
	return (struct application){0};
}

static struct classify_state *none_begin(struct classifier *c, const struct pkt *first)
{
	(void)c, (void)first;
	return NULL;
}

static bool none_packet(struct classifier *c, struct classify_state *s, const struct pkt *p,
	bool to_server, struct application *ret_app)
{
	(void)c, (void)s, (void)p, (void)to_server;
	*ret_app = (struct application){0};
	return true;
}

static struct application none_give_up(struct classifier *c, struct classify_state *s)
{
	(void)c, (void)s;
	return (struct application){0};
}

static void none_end(struct classifier *c, struct classify_state *s)
{
	(void)c, (void)s;
}

static struct application none_by_port(struct classifier *c, const struct pkt *first)
{
	(void)c, (void)first;
	return (struct application){0};
}

static const char *none_name(struct classifier *c, uint16_t number)
{
	(void)c, (void)number;
	return "Unknown";
}

static size_t none_both(
	struct classifier *c, const struct application *app, char ret_name[CLASSIFY_NAME_BYTES])
{
	(void)c, (void)app;
	memcpy(ret_name, "Unknown", sizeof("Unknown"));
	return sizeof("Unknown") - 1;
}

const struct classify_ops classify_none = {
	.name = "none",
	.version = none_version,
	.open = none_open,
	.close = none_close,
	.by_name = none_by_name,
	.begin = none_begin,
	.packet = none_packet,
	.give_up = none_give_up,
	.end = none_end,
	.by_port = none_by_port,
	.app_name = none_name,
	.category_name = none_name,
	.both = none_both,
};
