/* SPDX-License-Identifier: Apache-2.0 */
/* kukla-sig test with FIELD=VALUE: what signatures say to a flow of which just that is known. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/schema.h"
#include "base/text.h"
#include "dissectors/schema_all.h"
#include "signatures/address.h"
#include "signatures/cmd_output.h"
#include "signatures/commands.h"
#include "signatures/expression.h"
#include "signatures/span.h"

#define VALUE_BYTES 512

/* A flow in the user's words. */
struct flow_words {
	struct record facts;
	uint8_t octets[RECORD_BYTES_MAX];
	uint8_t src_ip[16], dest_ip[16];
	char app_proto[VALUE_BYTES];
	struct evidence evidence;
	struct schema schema;
};

/* `tls.sni=`, and not a URL with a query. */
static size_t key_bytes(const char *word)
{
	size_t bytes = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_.[]");

	return word[bytes] == '=' ? bytes : 0;
}

bool cmd_test_is_flow(const char *word)
{
	return key_bytes(word) > 0;
}

static const struct field *in_table(const struct field_table *table, int id)
{
	for (size_t i = 0; table && i < table->count; i++) {
		const char *key = table->fields[i].key;

		if (signature_field_id(key, strlen(key)) == id)
			return &table->fields[i];
	}
	return NULL;
}

static const struct field *schema_field(const struct schema *s, int id)
{
	const struct field *found = NULL;

	for (size_t i = 0; s->tables[i] && !found; i++)
		found = in_table(s->tables[i], id);
	for (size_t i = 0; s->kinds[i] && !found; i++) {
		for (size_t t = 0; t < ARRAY_LEN(s->kinds[i]->tables) && !found; t++)
			found = in_table(s->kinds[i]->tables[t], id);
	}
	return found;
}

static bool set_address(uint8_t to[16], const uint8_t **known, const char *value)
{
	if (!text_to_address(value, strlen(value), to))
		return false;
	*known = to;
	return true;
}

static bool set_number(int32_t *to, const char *value)
{
	uint16_t low, high;

	if (!leaf_range(value, &low, &high) || low != high)
		return false;
	*to = low;
	return true;
}

static bool set_protocol(int32_t *to, const char *value)
{
	for (uint8_t number = 0; number < UINT8_MAX; number++) {
		const char *name = common_fields[COMMON_PROTO].name_of(number);

		if (name && strcasecmp(name, value) == 0) {
			*to = number;
			return true;
		}
	}
	return set_number(to, value);
}

static bool set_as(uint32_t *to, const char *value)
{
	struct span number = span_of(value + (strncasecmp(value, "AS", 2) == 0 ? 2 : 0));

	return span_number(number, UINT32_MAX, to);
}

static bool set_field(struct flow_words *f, int id, const char *value)
{
	struct evidence *e = &f->evidence;

	switch (id) {
	case FIELD_OF_SRC_IP:
		return set_address(f->src_ip, &e->src_ip, value);
	case FIELD_OF_DEST_IP:
		return set_address(f->dest_ip, &e->dest_ip, value);
	case FIELD_OF_DEST_PORT:
		return set_number(&e->dest_port, value);
	case FIELD_OF_PROTO:
		return set_protocol(&e->proto, value);
	case FIELD_OF_DEST_ASN:
		return set_as(&e->dest_asn, value);
	case FIELD_OF_APP_PROTO:
		(void)snprintf(f->app_proto, sizeof(f->app_proto), "%s", value);
		e->app_proto = f->app_proto;
		return true;
	default:
		return record_text(&f->facts, schema_field(&f->schema, id), value, strlen(value));
	}
}

static int read_word(struct flow_words *f, const char *word)
{
	size_t bytes = key_bytes(word);
	int id = signature_field_id(word, bytes);
	char key[64], why[160];

	if (id >= 0 && set_field(f, id, word + bytes + 1))
		return EXIT_ALL_READ;
	(void)snprintf(key, sizeof(key), "%.*s", (int)bytes, word);
	if (id < 0)
		log_error("%s", signature_field_why_not(key, why, sizeof(why)));
	else
		log_error("%s: that is no value of it", key);
	return EXIT_COMMAND_WRONG;
}

static void write_hits(struct json_output *out, const struct sigdb *db,
	const struct signature_hit *hits, unsigned count, uint64_t left_out)
{
	struct json *j = cmd_output_begin(out);

	json_open(j, "signatures", '[');
	for (unsigned i = 0; i < count; i++) {
		struct indicator s = sigdb_get(db, hits[i].index);

		json_open(j, NULL, '{');
		cmd_output_text(j, "value", s.value);
		cmd_output_text(j, "role", indicator_role_name(s.role));
		cmd_output_text(j, "campaign", s.campaign);
		cmd_output_about(j, &s);
		json_number(j, "line", s.line);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_number(j, "left_out", left_out);
	cmd_output_end(out);
}

static void show(const struct sigdb *db, const struct signature_hit *hit)
{
	struct indicator i = sigdb_get(db, hit->index);
	struct shown_indicator shown;

	cmd_output_shown(&shown, &i);
	(void)printf("signature %s (%s), %s, from %s, line %" PRIu32 " of its file, by",
		shown.value, indicator_role_name(i.role), shown.campaign, shown.source, i.line);
	for (size_t id = 0; id < signature_field_count(); id++) {
		if (hit->fields >> id & 1)
			(void)printf(" %s", signature_field(id)->key);
	}
	(void)printf("\n");
	cmd_show_about(&i);
}

int cmd_test_flow(const struct sig_args *args, const struct sigdb *db, struct matcher *m,
	struct json_output *out)
{
	_cleanup_(free_ptr) struct flow_words *f = calloc(1, sizeof(*f));
	struct signature_hit hits[SIGNATURE_HITS_MAX];
	uint64_t left_out = 0;
	unsigned count;

	if (!f) {
		log_error("out of memory");
		return EXIT_COMMAND_WRONG;
	}
	schema_init(&f->schema);
	record_init(&f->facts, &kind_flow, f->octets, sizeof(f->octets));
	f->evidence = (struct evidence){
		.moment = EVIDENCE_WHOLE, .facts = &f->facts, .dest_port = -1, .proto = -1};
	for (size_t i = 1; i < args->words.count; i++) {
		if (cmd_test_is_flow(args->words.values[i]) && read_word(f, args->words.values[i]))
			return EXIT_COMMAND_WRONG;
	}
	count = match_sets.evaluate(m, &f->evidence, hits, &left_out);
	if (match_sets.ended_early(m))
		log_warning("more signatures wait for these values than may be looked at: some "
			    "were left out");
	if (out)
		write_hits(out, db, hits, count, left_out);
	for (unsigned i = 0; !out && i < count; i++)
		show(db, &hits[i]);
	if (!out && !count)
		(void)printf("no signature holds\n");
	if (!out && left_out)
		(void)printf("and %" PRIu64 " more\n", left_out);
	return EXIT_ALL_READ;
}
