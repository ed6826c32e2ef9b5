/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of fields are the one truth for JSON, IPFIX, store and documentation: here is what
 * those rely on, over all tables of this build. */
#include <ctype.h>
#include <stdlib.h>

#include "base/ledger.h"
#include "base/schema.h"
#include "dissectors/dissect.h"
#include "dissectors/schema_all.h"
#include "tests/unit/unit.h"

#define FIELDS_MAX 1024 /* what json_record keeps places for */
#define TABLES_MAX 128

/* The fields that one record may hold, in the order in which they are written. */
struct set {
	const char *name;
	const struct field *fields[FIELDS_MAX];
	const struct field_table *tables[TABLES_MAX];
	size_t count, table_count;
};

static void add_table(struct set *s, const struct field_table *t)
{
	for (size_t i = 0; i < s->table_count; i++)
		if (s->tables[i] == t)
			return;
	assert_true(s->count + t->count <= FIELDS_MAX && s->table_count < TABLES_MAX);
	s->tables[s->table_count++] = t;
	for (size_t i = 0; i < t->count; i++)
		s->fields[s->count++] = &t->fields[i];
}

static void add_kind(struct set *s, const struct record_kind *kind)
{
	assert_null(kind->tables[ARRAY_LEN(kind->tables) - 1]);
	for (size_t i = 0; kind->tables[i]; i++)
		add_table(s, kind->tables[i]);
}

typedef void check(const struct set *s);

/* A flow with all that the dissectors may add, and each other kind. */
static void each_record(check *check_one)
{
	static struct schema schema;

	schema_init(&schema);
	for (size_t i = 0; schema.kinds[i]; i++) {
		_cleanup_(free_ptr) struct set *s = calloc(1, sizeof(*s));

		assert_non_null(s);
		s->name = schema.kinds[i]->event_type;
		add_kind(s, schema.kinds[i]);
		for (size_t t = 0; schema.kinds[i] == &kind_flow && schema.tables[t]; t++)
			add_table(s, schema.tables[t]);
		check_one(s);
	}
}

/* Everything there is, each table once. */
static void all_records(check *check_all)
{
	static struct schema schema;
	_cleanup_(free_ptr) struct set *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	schema_init(&schema);
	s->name = "all";
	for (size_t i = 0; schema.kinds[i]; i++)
		add_kind(s, schema.kinds[i]);
	for (size_t i = 0; schema.tables[i]; i++)
		add_table(s, schema.tables[i]);
	assert_true(s->count > 80);
	check_all(s);
}

#define EXPECT(f, fine)                                                                            \
	do {                                                                                       \
		if (!(fine))                                                                       \
			fail_msg("%s: not true: %s", (f)->key, #fine);                             \
	} while (0)

static bool is_said(const char *text)
{
	return text && *text && !isspace((unsigned char)*text);
}

/* Names in lower case with dots between, one `[]` where the list is. */
static bool is_key(const struct field *f)
{
	const char *list = strstr(f->key, "[]");
	bool begun = false;

	for (const char *c = f->key; *c; c++) {
		if (list && (c == list || c == list + 1))
			continue;
		if (*c == '.' && !begun)
			return false;
		if (*c != '.' && *c != '_' && !isdigit((unsigned char)*c) &&
			!islower((unsigned char)*c))
			return false;
		begun = *c != '.';
	}
	if (list && list[2] && list[2] != '.')
		return false;
	return begun && !list == !(f->flags & FIELD_LIST);
}

static void is_complete(const struct set *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct field *f = s->fields[i];

		assert_non_null(f->key);
		EXPECT(f, is_key(f));
		EXPECT(f, is_said(f->label));
		EXPECT(f, is_said(f->meaning));
		EXPECT(f, is_said(f->ie_name));
		EXPECT(f, f->type <= FIELD_TEXT && f->match < MATCH_KINDS);
		EXPECT(f, f->pen == PEN_IANA || f->pen == PEN_REVERSE || f->pen == PEN_CERT ||
				  f->pen == KUKLA_PEN);
		EXPECT(f, f->ie > 0 && f->ie < 0x8000);
		EXPECT(f, (f->type == FIELD_TIME || f->type == FIELD_ADDRESS) == (f->ie_more > 0));
		EXPECT(f, f->match == MATCH_NONE || f->type >= FIELD_ADDRESS);
		EXPECT(f, !f->name_of || f->type <= FIELD_U64);
		EXPECT(f, !(f->flags & FIELD_HEX) || f->type <= FIELD_U64);
		EXPECT(f, !(f->flags & FIELD_HOST) || f->type == FIELD_TEXT);
		EXPECT(f, (f->pen == PEN_REVERSE) == (strncmp(f->ie_name, "reverse", 7) == 0));
	}
}

static void every_field_is_complete(void **state)
{
	(void)state;
	all_records(is_complete);
}

/* The enterprise of a field's second element. */
static uint32_t pen_more(const struct field *f)
{
	return f->type == FIELD_TIME ? KUKLA_PEN : f->pen;
}

static bool share_element(const struct field *a, const struct field *b)
{
	return (a->pen == b->pen && a->ie == b->ie) ||
	       (a->ie_more && pen_more(a) == b->pen && a->ie_more == b->ie) ||
	       (b->ie_more && pen_more(b) == a->pen && b->ie_more == a->ie) ||
	       (a->ie_more && b->ie_more && pen_more(a) == pen_more(b) && a->ie_more == b->ie_more);
}

static void is_unique(const struct set *s)
{
	for (size_t i = 0; i < s->count; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct field *a = s->fields[k], *b = s->fields[i];

			if (strcmp(a->key, b->key) == 0)
				fail_msg("%s: key %s is there twice", s->name, a->key);
			if (share_element(a, b))
				fail_msg("%s: %s and %s have one element, %u/%u", s->name, a->key,
					b->key, a->pen, a->ie);
		}
	}
}

static void no_record_holds_one_thing_twice(void **state)
{
	(void)state;
	each_record(is_unique);
}

static void is_ours_once(const struct set *s)
{
	for (size_t i = 0; i < s->count; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct field *a = s->fields[k], *b = s->fields[i];
			bool same_name = strcmp(a->ie_name, b->ie_name) == 0;

			if ((a->pen == KUKLA_PEN || b->pen == KUKLA_PEN) &&
				(same_name || share_element(a, b)))
				fail_msg("%s and %s: our element %u %s is used twice", a->key,
					b->key, a->ie, a->ie_name);
			/* a foreign one may serve two kinds of records: under one name */
			if ((a->pen == b->pen && a->ie == b->ie) != same_name)
				fail_msg("%s and %s: %u/%u %s is not %u/%u %s", a->key, b->key,
					a->pen, a->ie, a->ie_name, b->pen, b->ie, b->ie_name);
		}
	}
}

static void our_elements_are_used_once(void **state)
{
	(void)state;
	all_records(is_ours_once);
}

/* Whether a key lies in the object that the first `bytes` octets of `of` name, dot included. */
static bool lies_in(const char *key, const char *of, size_t bytes)
{
	return strncmp(key, of, bytes) == 0;
}

/* json_record opens and closes objects as the keys come: one that is left is not entered again. */
static void is_grouped(const struct set *s)
{
	for (size_t i = 1; i < s->count; i++) {
		const char *key = s->fields[i]->key, *before = s->fields[i - 1]->key;

		for (const char *dot = strchr(key, '.'); dot; dot = strchr(dot + 1, '.')) {
			size_t bytes = (size_t)(dot - key) + 1;

			if (lies_in(before, key, bytes))
				continue;
			for (size_t k = 0; k < i; k++)
				if (lies_in(s->fields[k]->key, key, bytes))
					fail_msg("%s: %s stands away from %s", s->name, key,
						s->fields[k]->key);
		}
	}
}

static void objects_stand_together(void **state)
{
	(void)state;
	each_record(is_grouped);
}

/* A name is a value or an object or a list, not two of them. */
static void is_one_thing(const struct set *s)
{
	for (size_t i = 0; i < s->count; i++) {
		for (size_t k = 0; k < s->count; k++) {
			const char *a = s->fields[i]->key, *b = s->fields[k]->key;
			size_t bytes = strlen(a);

			if (i != k && strncmp(a, b, bytes) == 0 &&
				(b[bytes] == '.' || b[bytes] == '['))
				fail_msg("%s: %s and %s", s->name, a, b);
		}
	}
}

static void a_name_is_one_thing(void **state)
{
	(void)state;
	each_record(is_one_thing);
}

/* Whether an earlier dissector has the same table. */
static bool is_shared(size_t dissector)
{
	for (size_t i = 0; i < dissector; i++)
		if (dissectors[i]->flow == dissectors[dissector]->flow)
			return true;
	return false;
}

/* Numbers of our own, as schema.c shares them out. */
static void numbers_are_in_their_hundred(void **state)
{
	static struct schema schema;
	unsigned hundreds[328] = {0};

	(void)state;
	schema_init(&schema);
	for (size_t i = 0; dissectors[i]; i++) {
		const struct dissector *d = dissectors[i];
		static struct set s;
		unsigned hundred = 0;

		s = (struct set){.name = d->name};
		if (d->flow && !is_shared(i))
			add_table(&s, d->flow);
		for (size_t t = 0; d->message && d->message->tables[t]; t++)
			if (d->message->tables[t] != &common_table)
				add_table(&s, d->message->tables[t]);
		for (size_t f = 0; f < s.count; f++) {
			if (s.fields[f]->pen != KUKLA_PEN)
				continue;
			EXPECT(s.fields[f], s.fields[f]->ie >= 2000);
			EXPECT(s.fields[f], !hundred || s.fields[f]->ie / 100 == hundred);
			hundred = s.fields[f]->ie / 100;
		}
		if (hundred && hundreds[hundred]++)
			fail_msg("%s uses the numbers of another, %u", d->name, hundred);
	}
	for (size_t i = 0; i < LEDGER_COUNT; i++)
		EXPECT(&ledger_fields[i], ledger_fields[i].ie / 1000 == 1);
}

static void kinds_and_dissectors_are_complete(void **state)
{
	static struct schema schema;

	(void)state;
	schema_init(&schema);
	for (size_t i = 0; schema.kinds[i]; i++) {
		const struct field_table *own = NULL;

		assert_true(is_said(schema.kinds[i]->event_type));
		for (size_t t = 0; schema.kinds[i]->tables[t]; t++)
			own = schema.kinds[i]->tables[t];
		assert_non_null(own);
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(
				schema.kinds[i]->event_type, schema.kinds[k]->event_type);
			for (size_t t = 0; schema.kinds[k]->tables[t]; t++)
				assert_ptr_not_equal(schema.kinds[k]->tables[t], own);
		}
	}
	for (size_t i = 0; dissectors[i]; i++) {
		const struct dissector *d = dissectors[i];

		assert_true(is_said(d->name));
		assert_true(d->probe && d->parse);
		assert_true(d->flow || d->message);
		assert_in_range(d->transports, 1, 3);
		assert_true(d->state_bytes <= DISSECT_STATE_BYTES_MAX);
		assert_true(d->more_bytes <= DISSECT_STATE_BYTES_MAX);
		assert_true(!d->more_bytes || d->state_bytes >= sizeof(void *));
		for (size_t f = 0; d->flow && f < d->flow->count; f++)
			EXPECT(&d->flow->fields[f], lies_in(d->flow->fields[f].key, d->flow->name,
							    strlen(d->flow->name)));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(d->name, dissectors[k]->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_complete),
		cmocka_unit_test(no_record_holds_one_thing_twice),
		cmocka_unit_test(our_elements_are_used_once),
		cmocka_unit_test(objects_stand_together),
		cmocka_unit_test(a_name_is_one_thing),
		cmocka_unit_test(numbers_are_in_their_hundred),
		cmocka_unit_test(kinds_and_dissectors_are_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
