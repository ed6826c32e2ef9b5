/* SPDX-License-Identifier: Apache-2.0 */
/* Information elements (RFC 7012) and templates from the field tables. */
#include "base/ipfix_model.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

static uint16_t type_bytes(enum field_type type)
{
	if (type == FIELD_TEXT)
		return FB_IE_VARLEN;
	return type == FIELD_ADDRESS ? 4 : (uint16_t)field_width(type);
}

static uint8_t type_element(enum field_type type)
{
	static const uint8_t types[] = {[FIELD_U8] = FB_UINT_8,
		[FIELD_U16] = FB_UINT_16,
		[FIELD_U32] = FB_UINT_32,
		[FIELD_U64] = FB_UINT_64,
		[FIELD_TIME] = FB_DT_MILSEC,
		[FIELD_ADDRESS] = FB_IP4_ADDR,
		[FIELD_TEXT] = FB_STRING};

	return types[type];
}

static uint32_t unit_flags(const char *unit)
{
	static const struct {
		const char *name;
		uint32_t flags;
	} units[] = {
		{"octets", FB_UNITS_OCTETS},
		{"packets", FB_UNITS_PACKETS},
		{"flows", FB_UNITS_FLOWS},
		{"s", FB_UNITS_SECONDS},
		{"ms", FB_UNITS_MILLISECONDS},
		{"us", FB_UNITS_MICROSECONDS},
		{"ns", FB_UNITS_NANOSECONDS},
		{"hops", FB_UNITS_HOPS},
	};

	for (size_t i = 0; unit && i < ARRAY_LEN(units); i++) {
		if (strcmp(unit, units[i].name) == 0)
			return units[i].flags;
	}
	return 0;
}

/* Whether a value of ours of this many octets can be sent as this element. */
static bool fits(const fbInfoElement_t *is, const fbInfoElement_t *want)
{
	switch (want->type) {
	case FB_UINT_8:
	case FB_UINT_16:
	case FB_UINT_32:
	case FB_UINT_64:
		return is->type >= FB_UINT_8 && is->type <= FB_UINT_64 && is->len >= want->len;
	case FB_STRING:
		return is->type == FB_STRING || is->type == FB_OCTET_ARRAY;
	default:
		return is->type == want->type && is->len == want->len;
	}
}

/* The element out of the model, or put into it; `want` becomes what we send. */
static int settle(fbInfoModel_t *elements, fbInfoElement_t *want)
{
	const fbInfoElement_t *is = fbInfoModelGetElementByID(elements, want->num, want->ent);

	if (!is) {
		fbInfoModelAddElement(elements, want);
		is = fbInfoModelGetElementByID(elements, want->num, want->ent);
		assert(is);
	}
	if (!fits(is, want))
		return -EINVAL;
	want->type = is->type;
	want->flags = is->flags;
	return 0;
}

/* `flowStartMilliseconds` gives `flowStartNanosecondPart`, `sourceIPv4Address` the IPv6 one. */
static void name_more(char *to, size_t size, const struct field *f)
{
	const char *cut = strstr(f->ie_name, f->type == FIELD_TIME ? "Milliseconds" : "IPv4");
	int head = cut ? (int)(cut - f->ie_name) : (int)strlen(f->ie_name);

	(void)snprintf(to, size, "%.*s%s%s", head, f->ie_name,
		f->type == FIELD_TIME ? "NanosecondPart" : "IPv6",
		cut && f->type == FIELD_ADDRESS ? cut + 4 : "");
}

static int column_init(struct ipfix_column *c, fbInfoModel_t *elements, const struct field *f)
{
	bool number = f->type <= FIELD_TIME;
	char name[128];
	int error;

	c->field = f;
	c->list = IPFIX_ABSENT;
	c->element = (fbInfoElement_t){
		.ref.name = f->ie_name,
		.ent = f->pen,
		.num = f->ie,
		.len = type_bytes(f->type),
		.flags = unit_flags(f->unit) | (f->type < FIELD_TEXT ? FB_IE_F_ENDIAN : 0),
		.type = type_element(f->type),
		.description = f->meaning,
	};
	error = settle(elements, &c->element);
	if (error || !f->ie_more || (number && f->type != FIELD_TIME))
		return error;
	name_more(name, sizeof(name), f);
	c->more = c->element;
	c->more.ref.name = name;
	c->more.num = f->ie_more;
	if (f->type == FIELD_TIME) {
		c->more.ent = KUKLA_PEN;
		c->more.len = 4;
		c->more.type = FB_UINT_32;
		c->more.flags = FB_IE_F_ENDIAN | FB_UNITS_NANOSECONDS;
		c->more.description = "Nanoseconds within the millisecond.";
	} else {
		c->more.len = 16;
		c->more.type = FB_IP6_ADDR;
		c->more.flags = 0;
		c->more.description = f->meaning;
	}
	error = settle(elements, &c->more);
	c->more.ref.name = NULL; /* the model has its own copy of the name */
	return error;
}

static int add_table(struct ipfix_model *m, const struct field_table *table)
{
	for (uint32_t i = 0; i < m->table_count; i++) {
		if (m->tables[i].table == table)
			return 0;
	}
	if (m->table_count == IPFIX_TABLES_MAX)
		return -E2BIG;
	m->tables[m->table_count].table = table;
	m->tables[m->table_count++].column = m->column_count;
	m->column_count += (uint32_t)table->count;
	return 0;
}

static int add_tables(struct ipfix_model *m, const struct ipfix_schema *schema)
{
	int error = 0;

	for (size_t k = 0; schema->kinds[k] && !error; k++) {
		for (size_t t = 0; schema->kinds[k]->tables[t] && !error; t++)
			error = add_table(m, schema->kinds[k]->tables[t]);
	}
	for (size_t t = 0; schema->tables && schema->tables[t] && !error; t++)
		error = add_table(m, schema->tables[t]);
	return error;
}

int ipfix_model_init(struct ipfix_model *m, const struct ipfix_schema *schema, char *ret_error,
	size_t error_size)
{
	int error;

	*m = (struct ipfix_model){0};
	error = add_tables(m, schema);
	if (error) {
		(void)snprintf(ret_error, error_size, "more than %d tables", IPFIX_TABLES_MAX);
		return error;
	}
	m->elements = fbInfoModelAlloc();
	m->columns = calloc(m->column_count, sizeof(*m->columns));
	if (!m->columns)
		return -ENOMEM;
	for (uint32_t t = 0, n = 0; t < m->table_count; t++) {
		for (size_t i = 0; i < m->tables[t].table->count; i++, n++) {
			const struct field *f = &m->tables[t].table->fields[i];

			error = column_init(&m->columns[n], m->elements, f);
			if (!error && f->flags & FIELD_LIST) {
				if (m->list_count == IPFIX_LISTS_MAX || f->type == FIELD_TIME) {
					error = -EINVAL;
				} else {
					m->list_columns[m->list_count] = (uint16_t)n;
					m->columns[n].list = (uint16_t)m->list_count++;
				}
			}
			if (error) {
				(void)snprintf(ret_error, error_size,
					"field %s does not fit element %u of enterprise %u", f->key,
					f->ie, f->pen);
				return error;
			}
		}
	}
	return 0;
}

void ipfix_model_done(struct ipfix_model *m)
{
	free(m->columns);
	if (m->elements)
		fbInfoModelFree(m->elements);
	*m = (struct ipfix_model){0};
}

/* One element of a template; its place in the structure is written to *at. */
struct place {
	fbInfoElement_t element;
	uint16_t bytes; /* in the structure */
	uint16_t *at;
};

static const fbInfoElement_t basic_list = {.num = FB_IE_BASIC_LIST, .len = FB_IE_VARLEN};

/* The elements of one field; returns how many (at most two). */
static size_t place_column(
	struct place *to, struct ipfix_layout *l, const struct ipfix_column *c, size_t column)
{
	const fbInfoElement_t *e = c->field->type == FIELD_ADDRESS && l->v6 ? &c->more
									    : &c->element;

	if (c->list != IPFIX_ABSENT) {
		if (!l->lists)
			return 0;
		*to = (struct place){basic_list, sizeof(fbBasicList_t), &l->at[column]};
		l->wire_bytes_min += c->element.ent ? 3 + 9 : 3 + 5; /* RFC 6313 section 4.5.1 */
		return 1;
	}
	*to = (struct place){
		*e, e->len == FB_IE_VARLEN ? sizeof(fbVarfield_t) : e->len, &l->at[column]};
	l->wire_bytes_min += e->len == FB_IE_VARLEN ? 1 : e->len;
	if (c->field->type != FIELD_TIME || !c->field->ie_more)
		return 1;
	to[1] = (struct place){c->more, c->more.len, &l->at_more[column]};
	l->wire_bytes_min += c->more.len;
	return 2;
}

static size_t place_tables(
	struct place *places, struct ipfix_layout *l, const struct ipfix_model *m)
{
	size_t count = 0;

	for (uint32_t t = 0; t < m->table_count; t++) {
		uint32_t first = m->tables[t].column;

		if (!(l->tables >> t & 1))
			continue;
		for (uint32_t c = first; c < first + m->tables[t].table->count; c++)
			count += place_column(&places[count], l, &m->columns[c], c);
	}
	return count;
}

/* The structure's templates: inside sorted by size, outside in the order of the tables. */
static int make_templates(struct ipfix_layout *l, const struct ipfix_model *m,
	const struct place *places, size_t count, fbTemplate_t **ret)
{
	static const uint16_t sizes[] = {sizeof(fbBasicList_t), 16, 8, 4, 2, 1};
	GError *error = NULL;
	uint32_t at = 0;

	for (size_t i = 0; i < count; i++) {
		fbInfoElement_t e = places[i].element;

		if (!fbTemplateAppend(ret[1], &e, &error))
			goto fail;
	}
	for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
		for (size_t i = 0; i < count; i++) {
			fbInfoElement_t e = places[i].element;

			if (places[i].bytes != sizes[s])
				continue;
			if (!fbTemplateAppend(ret[0], &e, &error))
				goto fail;
			*places[i].at = (uint16_t)at;
			at += sizes[s];
		}
	}
	l->bytes = at;
	assert(l->bytes == fbTemplateGetIELenOfMemBuffer(ret[0]));
	l->blank = calloc(1, l->bytes);
	for (uint32_t c = 0; l->blank && c < m->column_count; c++) {
		fbBasicList_t list = {.infoElement = &m->columns[c].element,
			.semantic = 4 /* ordered, RFC 6313 section 4.4.5 */};

		if (m->columns[c].field->type == FIELD_ADDRESS)
			list.infoElement = &m->columns[c].more;
		if (m->columns[c].list != IPFIX_ABSENT && l->at[c] != IPFIX_ABSENT)
			memcpy(l->blank + l->at[c], &list, sizeof(list));
	}
	return l->blank ? 0 : -ENOMEM;
fail:
	g_clear_error(&error);
	return -EINVAL;
}

int ipfix_layout_init(struct ipfix_layout *l, const struct ipfix_model *m,
	fbTemplate_t **ret_inside, fbTemplate_t **ret_outside)
{
	_cleanup_(free_ptr) struct place *places = calloc(
		(size_t)2 * m->column_count, sizeof(*places));
	fbTemplate_t *made[2];
	int error;

	l->at = malloc(m->column_count * sizeof(*l->at));
	l->at_more = malloc(m->column_count * sizeof(*l->at_more));
	if (!places || !l->at || !l->at_more)
		return -ENOMEM;
	memset(l->at, 0xff, m->column_count * sizeof(*l->at)); /* IPFIX_ABSENT */
	memset(l->at_more, 0xff, m->column_count * sizeof(*l->at_more));
	made[0] = fbTemplateAlloc(m->elements);
	made[1] = fbTemplateAlloc(m->elements);
	error = make_templates(l, m, places, place_tables(places, l, m), made);
	if (error) {
		fbTemplateFreeUnused(made[0]);
		fbTemplateFreeUnused(made[1]);
		return error;
	}
	*ret_inside = made[0];
	*ret_outside = made[1];
	return 0;
}

void ipfix_layout_done(struct ipfix_layout *l)
{
	free(l->at);
	free(l->at_more);
	free(l->blank);
	*l = (struct ipfix_layout){0};
}
