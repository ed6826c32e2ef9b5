/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig test: what a database says to values, as the probe would ask it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "signatures/address.h"
#include "signatures/cmd_output.h"
#include "signatures/commands.h"
#include "signatures/match.h"
#include "signatures/signature_field.h"
#include "signatures/span.h"
#include "signatures/url.h"

#define QUESTIONS_MAX 2

struct question {
	enum field_match kind;
	const char *value;
	size_t bytes;
	uint16_t port;
};

/* What a value may be on the wire, and where what is asked of it lies. */
struct questions {
	struct question asked[QUESTIONS_MAX];
	size_t count;
	bool is_guess; /* it is nothing else, so that it may be a User-Agent */
	struct refanged normal;
	uint8_t address[16];
	uint32_t system;
	char url[URL_BYTES_MAX];
};

static void add(struct questions *q, enum field_match kind, const void *value, size_t bytes)
{
	q->asked[q->count++] = (struct question){.kind = kind, .value = value, .bytes = bytes};
}

static void add_address(struct questions *q)
{
	const char *value = q->normal.text;
	struct address_range range;

	if (!address_range_parse(&range, value, strlen(value)))
		return;
	memcpy(q->address, range.address, sizeof(q->address));
	add(q, MATCH_ADDRESS, q->address, sizeof(q->address));
	q->asked[0].port = range.port;
}

/* Of a URL the probe sees the host and, of http, the path. */
static void add_url(struct questions *q)
{
	char *value = q->normal.text, *scheme = strstr(value, "://");
	const char *host = scheme ? scheme + 3 : value;
	struct url url;
	uint8_t address[16];
	size_t bytes = strcspn(host, "/:?#");

	if (*host == '[') {
		host++;
		bytes = strcspn(host, "]");
	}
	value[strcspn(value, "?#")] = '\0';
	if (text_to_address(host, bytes, address))
		add(q, MATCH_ADDRESS, host, bytes);
	else
		add(q, MATCH_NAME, host, bytes);
	if (url_read(&url, value))
		return;
	bytes = url_write(q->url, &url);
	add(q, MATCH_URL, q->url, bytes);
}

static void add_value(struct questions *q)
{
	const char *value = q->normal.text;
	size_t bytes = strlen(value);

	switch (q->normal.type) {
	case INDICATOR_URL:
		add_url(q);
		break;
	case INDICATOR_IP:
	case INDICATOR_IP_PORT:
		add_address(q);
		break;
	case INDICATOR_DOMAIN:
		add(q, MATCH_NAME, value, bytes);
		break;
	case INDICATOR_JA3:
		add(q, MATCH_JA3, value, bytes);
		add(q, MATCH_JA3S, value, bytes);
		break;
	case INDICATOR_JA4:
		add(q, MATCH_JA4, value, bytes);
		break;
	case INDICATOR_CERT_SHA1:
		add(q, MATCH_CERT_SHA1, value, bytes);
		break;
	case INDICATOR_CERT_SHA256:
		add(q, MATCH_CERT_SHA256, value, bytes);
		add(q, MATCH_SPKI_SHA256, value, bytes);
		break;
	case INDICATOR_ASN:
		(void)span_number(span_of(value + 2), UINT32_MAX, &q->system);
		add(q, MATCH_AS, &q->system, sizeof(q->system));
		break;
	default:
		add(q, MATCH_USER_AGENT, value, bytes);
	}
}

/* What is nothing else is looked up as a User-Agent. */
static void understand(struct questions *q, const char *text, const struct suffix_list *suffixes)
{
	size_t bytes = strlen(text);

	q->count = 0;
	q->is_guess = false;
	if (refang(&q->normal, text, bytes, COLUMN_ANY, suffixes) == NULL ||
		refang(&q->normal, text, bytes, COLUMN_JA3, suffixes) == NULL ||
		refang(&q->normal, text, bytes, COLUMN_CERT, suffixes) == NULL)
		add_value(q);
	else if (*text == '/')
		add(q, MATCH_URL, text, strcspn(text, "?#"));
	else if (!strchr(text, ' ') && strchr(text, '.'))
		add(q, MATCH_NAME, text, bytes); /* on the wire are names below no known suffix */
	else
		add(q, MATCH_USER_AGENT, text, bytes);
	q->is_guess = q->count && q->asked[0].kind == MATCH_USER_AGENT;
}

/* What touches nothing and has not the form of a User-Agent either (RFC 9110 section 10.1.5: a
 * product and its version): NULL, or what it might be meant as. */
static const char *why_not_asked(const struct questions *q, const char *text)
{
	if (signature_field_id(text, strlen(text)) >= 0)
		return "a field without a value: say FIELD=VALUE";
	if (!q->is_guess || strchr(text, '/'))
		return NULL;
	if (text[strspn(text, "0123456789")] == '\0')
		return "no value that can be asked: a number; say AS64500 for a network";
	return "no value that can be asked: neither a name, an address, a URL nor a fingerprint";
}

static void show_hit(const char *value, const struct indicator *i)
{
	struct shown_indicator s;
	char shown[512];

	cmd_output_shown(&s, i);
	text_terminal(shown, sizeof(shown), value, strlen(value));
	(void)printf("%s: %s %s (%s), %s, %s, from %s, line %u of its file\n", shown,
		indicator_type_name(i->type), s.value, indicator_scope_name(i->scope),
		indicator_role_name(i->role), s.campaign, s.source, i->line);
	cmd_show_about(i);
}

/* The protected name, what looks like it, and how. */
static void show_look_alike(const char *value, const struct indicator *i, struct matcher *m,
	uint32_t index, const struct question *q)
{
	char shown[512], domain[LOOK_ASKED_MAX + 1];
	struct shown_indicator s;
	struct look_alike look = {0};

	(void)match_sets.tell(m, index, q->value, q->bytes, &look);
	cmd_output_shown(&s, i);
	text_terminal(shown, sizeof(shown), value, strlen(value));
	text_terminal(domain, sizeof(domain), look.domain, look.domain_bytes);
	(void)printf("%s: look-alike of %s: %s (%s), %s, %s, from %s, line %u of its file\n", shown,
		s.value, domain, look_kind_name(look.kind), indicator_role_name(i->role),
		s.campaign, s.source, i->line);
	cmd_show_about(i);
}

/* Whom to ask and where to say it. */
struct asking {
	const struct sigdb *db;
	struct matcher *matcher;
	const struct suffix_list *suffixes;
	uint64_t left_out;       /* beyond what may be told of one value */
	struct json_output *out; /* NULL: lines for people */
	bool is_wrong;           /* a word could not be asked */
};

/* Of a look-alike also what looks like the protected name, and how. */
static void write_hit(const struct asking *a, uint32_t index, const struct question *q,
	const struct indicator *hit)
{
	struct json *j = &a->out->json;
	struct look_alike look = {0};

	json_open(j, NULL, '{');
	cmd_output_text(j, "type", indicator_type_name(hit->type));
	cmd_output_text(j, "value", hit->value);
	cmd_output_text(j, "scope", indicator_scope_name(hit->scope));
	cmd_output_text(j, "role", indicator_role_name(hit->role));
	cmd_output_text(j, "campaign", hit->campaign);
	cmd_output_about(j, hit);
	json_number(j, "line", hit->line);
	if (hit->type == INDICATOR_LOOK_ALIKE) {
		(void)match_sets.tell(a->matcher, index, q->value, q->bytes, &look);
		json_text(j, "domain", look.domain, look.domain_bytes);
		cmd_output_text(j, "look_alike", look_kind_name(look.kind));
	}
	json_close(j, '}');
}

static unsigned ask(struct asking *a, const struct question *q, const char *value)
{
	struct match_found found;
	unsigned count = match_sets.find(a->matcher, q->kind, q->value, q->bytes, q->port, &found);

	a->left_out += found.left_out;
	for (unsigned i = 0; i < count; i++) {
		struct indicator hit = sigdb_get(a->db, found.indices[i]);

		if (a->out)
			write_hit(a, found.indices[i], q, &hit);
		else if (hit.type == INDICATOR_LOOK_ALIKE)
			show_look_alike(value, &hit, a->matcher, found.indices[i], q);
		else
			show_hit(value, &hit);
	}
	return count;
}

static void test_value(struct asking *a, const char *value)
{
	struct json *j = a->out ? cmd_output_begin(a->out) : NULL;
	char shown[512];
	struct questions q;
	unsigned count = 0;
	const char *why;

	a->left_out = 0;
	understand(&q, value, a->suffixes);
	if (j) {
		cmd_output_text(j, "asked", value);
		json_open(j, "hits", '[');
	}
	for (size_t i = 0; i < q.count; i++)
		count += ask(a, &q.asked[i], value);
	why = count ? NULL : why_not_asked(&q, value);
	a->is_wrong |= why != NULL;
	if (j) {
		json_close(j, ']');
		json_number(j, "left_out", a->left_out);
		if (why)
			cmd_output_text(j, "problem", why);
		cmd_output_end(a->out);
		return;
	}
	text_terminal(shown, sizeof(shown), value, strlen(value));
	if (why)
		log_error("%s: %s", shown, why);
	else if (count == 0)
		(void)printf("%s: nothing\n", shown);
	if (a->left_out)
		(void)printf("%s: and %" PRIu64 " more\n", shown, a->left_out);
}

static int test_values(const struct sig_args *args, const struct sigdb *db, struct json_output *out)
{
	_cleanup_(suffix_list_free_ptr) struct suffix_list *suffixes = NULL;
	struct match_set *set = NULL;
	struct matcher *m = NULL;
	char error[256];
	int code = EXIT_COMMAND_WRONG, r;

	if (suffix_list_new(&suffixes) < 0) {
		log_error("no public suffix list; install the package publicsuffix");
	} else if ((r = match_sets.build(&set, db, error, sizeof(error))) < 0) {
		log_error("%s: %s; compile it again", args->words.values[0], error);
		code = r == -EINVAL ? EXIT_PART_UNREADABLE : code;
	} else if (match_sets.open(&m, set) < 0) {
		log_error("out of memory");
	} else {
		struct asking asking = {db, m, suffixes, 0, out, false};
		bool has_flow = false;

		for (size_t i = 1; i < args->words.count; i++) {
			bool is_flow = cmd_test_is_flow(args->words.values[i]);

			has_flow |= is_flow;
			if (!is_flow)
				test_value(&asking, args->words.values[i]);
		}
		code = has_flow ? cmd_test_flow(args, db, m, out) : EXIT_ALL_READ;
		if (code == EXIT_ALL_READ && asking.is_wrong)
			code = EXIT_COMMAND_WRONG;
	}
	match_sets.close(m);
	match_sets.drop(set);
	return code;
}

int cmd_test(const struct sig_args *args)
{
	struct json_output out = {0};
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
	r = args->json ? cmd_output_open(&out, args->json) : 0;
	if (r == 0)
		r = test_values(args, db, args->json ? &out : NULL);
	if (out.to && cmd_output_close(&out, args->json))
		r = EXIT_COMMAND_WRONG;
	sigdb_close(db);
	return r;
}
