/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig test: what a database says to values, as the probe would ask it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "signatures/address.h"
#include "signatures/commands.h"
#include "signatures/match.h"

struct question {
	enum field_match kind;
	const char *value;
	size_t bytes;
	uint16_t port;
	uint8_t address[16];
};

/* Of a URL the probe sees the host, of `address:port` both; what is nothing else is looked up as a
 * User-Agent. */
static void ask_about(struct question *q, const struct refanged *value)
{
	struct address_range range;
	const char *host;

	q->value = value->text;
	q->bytes = strlen(value->text);
	switch (value->type) {
	case INDICATOR_URL:
		host = strstr(value->text, "://");
		q->kind = MATCH_NAME;
		q->value = host ? host + 3 : value->text;
		q->bytes = strcspn(q->value, "/:?#");
		break;
	case INDICATOR_IP:
	case INDICATOR_IP_PORT:
		q->kind = MATCH_ADDRESS;
		if (address_range_parse(&range, value->text, q->bytes)) {
			memcpy(q->address, range.address, sizeof(q->address));
			q->value = (const char *)q->address;
			q->bytes = sizeof(q->address);
			q->port = range.port;
		}
		break;
	case INDICATOR_DOMAIN:
		q->kind = MATCH_NAME;
		break;
	case INDICATOR_JA3:
		q->kind = MATCH_JA3;
		break;
	case INDICATOR_JA4:
		q->kind = MATCH_JA4;
		break;
	default:
		q->kind = MATCH_USER_AGENT;
	}
}

static void understand(struct question *q, struct refanged *value, const char *text,
	const struct suffix_list *suffixes)
{
	size_t bytes = strlen(text);

	*q = (struct question){.kind = MATCH_USER_AGENT, .value = text, .bytes = bytes};
	if (refang(value, text, bytes, COLUMN_ANY, suffixes) == NULL ||
		refang(value, text, bytes, COLUMN_JA3, suffixes) == NULL)
		ask_about(q, value);
	else if (!strchr(text, ' ') && strchr(text, '.'))
		q->kind = MATCH_NAME; /* on the wire are names below no known suffix too */
}

static void show_hit(const char *value, const struct indicator *i)
{
	char shown[512];

	text_terminal(shown, sizeof(shown), value, strlen(value));
	(void)printf("%s: %s %s (%s), %s, %s, from %s line %u\n", shown,
		indicator_type_name(i->type), i->value, indicator_scope_name(i->scope),
		indicator_role_name(i->role), *i->campaign ? i->campaign : "no campaign", i->source,
		i->line);
}

static void test_value(const struct sigdb *db, struct matcher *m, const char *value,
	const struct suffix_list *suffixes)
{
	uint32_t found[MATCH_RESULTS_MAX];
	struct refanged normal;
	char shown[512];
	struct question q;
	unsigned count;

	understand(&q, &normal, value, suffixes);
	count = match_sets.find(m, q.kind, q.value, q.bytes, q.port, found);
	for (unsigned i = 0; i < count; i++) {
		struct indicator hit = sigdb_get(db, found[i]);

		show_hit(value, &hit);
	}
	text_terminal(shown, sizeof(shown), value, strlen(value));
	if (count == 0)
		(void)printf("%s: nothing\n", shown);
}

static int test_values(const struct sig_args *args, const struct sigdb *db)
{
	_cleanup_(suffix_list_free_ptr) struct suffix_list *suffixes = NULL;
	struct match_set *set = NULL;
	struct matcher *m = NULL;
	char error[256];
	int code = EXIT_COMMAND_WRONG;

	if (suffix_list_new(&suffixes) < 0) {
		log_error("no public suffix list; install the package publicsuffix");
	} else if (match_sets.build(&set, db, error, sizeof(error)) < 0) {
		log_error("%s", error);
	} else if (match_sets.open(&m, set) < 0) {
		log_error("out of memory");
	} else {
		for (size_t i = 1; i < args->words.count; i++)
			test_value(db, m, args->words.values[i], suffixes);
		code = EXIT_ALL_READ;
	}
	match_sets.close(m);
	match_sets.drop(set);
	return code;
}

int cmd_test(const struct sig_args *args)
{
	struct sigdb *db;
	char error[256];
	int r;

	if (args->words.count < 2) {
		log_error("say which database and what: kukla-sig test signatures.kdb VALUE...");
		return EXIT_COMMAND_WRONG;
	}
	r = sigdb_open(&db, args->words.values[0], error, sizeof(error));
	if (r < 0) {
		log_error("%s", error);
		return r == -EBADMSG ? EXIT_PART_UNREADABLE : EXIT_COMMAND_WRONG;
	}
	r = test_values(args, db);
	sigdb_close(db);
	return r;
}
