/* SPDX-License-Identifier: Apache-2.0 */
/* Records to IPFIX messages (RFC 7011). libfixbuf lays the messages out in memory; what is sent
 * when is decided here, so that a message never ends in an empty set and a datagram stays small. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/ipfix_model.h"
#include "base/ipfix_out.h"

#define LAYOUTS_MAX      128
#define MESSAGE_BYTES    65535
#define DATAGRAM_BYTES   1400 /* fits every path; a longer record goes alone and is fragmented */
#define DATAGRAM_LONGEST 65507
#define RESEND_S         60 /* templates over UDP (RFC 7011 section 8.1) */
#define ID_TYPES         256
#define ID_FIRST         257

#define VALUES_MAX (RECORD_BYTES_MAX / 10) /* a value in a record takes 10 octets and its own */

struct ipfix_writer {
	struct ipfix_model model;
	struct ipfix_out out;
	fbSession_t *session; /* owned by `buffer` once that is there */
	fBuf_t *buffer;
	uint32_t used;                  /* octets of the open message; 0: none is open */
	uint32_t limit;                 /* an open message with records does not grow beyond */
	uint16_t set;                   /* the template whose set is open */
	uint32_t sent_s;                /* export time when the templates were sent last */
	int failed;                     /* a stream that broke stays broken */
	uint32_t table;                 /* hint for ipfix_model_column */
	const struct record_kind *kind; /* of the last record, and its tables */
	uint64_t kind_tables;
	uint32_t layout_count;
	struct ipfix_layout *layout; /* used last */
	struct ipfix_layout layouts[LAYOUTS_MAX];
	uint16_t list_values[IPFIX_LISTS_MAX];
	uint8_t *structure; /* of the record that is being written */
	uint32_t structure_bytes;
	const struct ipfix_column *columns[VALUES_MAX]; /* of its values, as survey found them */
	fbVarfield_t arena[VALUES_MAX];                 /* the values of its lists */
	uint8_t message[MESSAGE_BYTES + 1];
	char error[256];
};

/* What a record needs, found in a first pass over its values. */
struct survey {
	uint64_t tables;
	bool v6, lists;
	uint32_t value_count;
	uint32_t wire_bytes; /* beyond those of an empty record */
};

static int fail(struct ipfix_writer *w, int error, const char *what, GError **cause)
{
	(void)snprintf(w->error, sizeof(w->error), "%s: %s", what,
		cause && *cause ? (*cause)->message : strerror(-error));
	if (cause)
		g_clear_error(cause);
	return error;
}

/* Close the open message and send it. */
static int emit(struct ipfix_writer *w)
{
	GError *cause = NULL;
	size_t bytes;
	int error;

	if (w->failed)
		return w->failed;
	w->message[0] = w->message[1] = 0;
	if (!fBufEmit(w->buffer, &cause))
		return fail(w, -EIO, "message", &cause);
	w->used = 0;
	w->set = 0;
	if (w->message[1] == 0) /* where the version number is: there was no message */
		return 0;
	bytes = (size_t)w->message[2] << 8 | w->message[3];
	error = ipfix_out_write(&w->out, w->message, bytes);
	if (error && !w->out.datagrams)
		w->failed = error;
	return error ? fail(w, error, "sending", NULL) : 0;
}

static uint32_t export_time(const struct ipfix_writer *w)
{
	return (uint32_t)w->message[4] << 24 | (uint32_t)w->message[5] << 16 |
	       (uint32_t)w->message[6] << 8 | w->message[7];
}

/* libfixbuf wants a new message (always around templates); any other error is one. */
static int next_message(struct ipfix_writer *w, const char *what, GError **cause)
{
	if (!g_error_matches(*cause, FB_ERROR_DOMAIN, FB_ERROR_EOM))
		return fail(w, -EIO, what, cause);
	g_clear_error(cause);
	return emit(w);
}

static uint32_t text_wire_bytes(size_t bytes) /* RFC 7011 section 7 */
{
	return (uint32_t)(bytes < 255 ? bytes + 1 : bytes + 3);
}

/* RFC 5610: what our elements are, so that others can name them. */
static int describe(struct ipfix_writer *w, const fbInfoElement_t *element)
{
	const fbInfoElement_t *e = fbInfoModelGetElementByID(
		w->model.elements, element->num, element->ent);
	GError *cause = NULL;
	uint32_t need;
	int error;

	if (!e || e->ent == PEN_IANA || e->ent == PEN_REVERSE)
		return 0;
	need = 26 + text_wire_bytes(strlen(e->ref.name)) +
	       text_wire_bytes(e->description ? strlen(e->description) : 0);
	if (w->used && w->used + need > w->limit) {
		error = emit(w);
		if (error)
			return error;
	}
	for (int attempt = 0; attempt < 2; attempt++) {
		if (fbInfoElementWriteOptionsRecord(w->buffer, e, ID_TYPES, ID_TYPES, &cause)) {
			w->used += need + (w->used ? 0 : 20);
			return 0;
		}
		error = next_message(w, "element type", &cause);
		if (error)
			return error;
	}
	return fail(w, -EMSGSIZE, "element type", NULL);
}

static int describe_all(struct ipfix_writer *w)
{
	int error = 0;

	for (uint32_t c = 0; c < w->model.column_count && !error; c++) {
		error = describe(w, &w->model.columns[c].element);
		if (!error && w->model.columns[c].more.num)
			error = describe(w, &w->model.columns[c].more);
	}
	return error ? error : emit(w);
}

static int send_types(struct ipfix_writer *w)
{
	GError *cause = NULL;

	for (int attempt = 0; attempt < 2; attempt++) {
		int error;

		if (fbSessionSetMetadataExportElements(w->session, TRUE, ID_TYPES, &cause)) {
			error = emit(w);
			w->sent_s = export_time(w);
			return error ? error : describe_all(w);
		}
		error = next_message(w, "type template", &cause);
		if (error)
			return error;
	}
	return fail(w, -EIO, "type template", NULL);
}

/* A collector that was started late or lost a datagram learns the templates again. */
static int resend(struct ipfix_writer *w)
{
	GError *cause = NULL;

	for (uint32_t id = ID_TYPES; id < ID_FIRST + w->layout_count; id++) {
		int error = 0;

		if (!fbSessionExportTemplate(w->session, (uint16_t)id, &cause)) {
			error = next_message(w, "template", &cause);
			if (!error && !fbSessionExportTemplate(w->session, (uint16_t)id, &cause))
				error = fail(w, -EIO, "template", &cause);
		}
		if (!error)
			error = emit(w); /* each in its own datagram */
		if (error)
			return error;
	}
	w->sent_s = export_time(w);
	return describe_all(w);
}

static int add_template(struct ipfix_writer *w, bool inside, uint16_t id, fbTemplate_t *template)
{
	GError *cause = NULL;

	for (int attempt = 0; attempt < 2; attempt++) {
		int error;

		if (fbSessionAddTemplate(w->session, inside, id, template, &cause))
			return 0;
		error = next_message(w, "template", &cause);
		if (error)
			return error;
	}
	return fail(w, -EIO, "template", NULL);
}

static uint64_t kind_tables(const struct ipfix_model *m, const struct record_kind *kind)
{
	uint64_t tables = 0, bit = 1;

	for (const struct ipfix_table *t = m->tables; t < m->tables + m->table_count; t++) {
		for (size_t i = 0; kind->tables[i]; i++)
			tables |= kind->tables[i] == t->table ? bit : 0;
		bit <<= 1;
	}
	return tables;
}

static int add_layout(struct ipfix_writer *w, const struct record *r, const struct survey *s)
{
	struct ipfix_layout *l = &w->layouts[w->layout_count];
	fbTemplate_t *inside, *outside;
	uint8_t *structure;
	int error;

	if (w->layout_count == LAYOUTS_MAX)
		return fail(w, -ENOSPC, "templates", NULL);
	*l = (struct ipfix_layout){.kind = r->kind,
		.tables = s->tables,
		.v6 = s->v6,
		.lists = s->lists,
		.id = (uint16_t)(ID_FIRST + w->layout_count)};
	error = ipfix_layout_init(l, &w->model, &inside, &outside);
	if (!error) {
		structure = realloc(w->structure,
			l->bytes > w->structure_bytes ? l->bytes : w->structure_bytes);
		error = structure ? 0 : -ENOMEM;
		w->structure = structure ? structure : w->structure;
	}
	if (error) {
		ipfix_layout_done(l);
		return fail(w, error, "template", NULL);
	}
	if (l->bytes > w->structure_bytes)
		w->structure_bytes = l->bytes;
	error = add_template(w, true, l->id, inside);
	if (error)
		fbTemplateFreeUnused(inside);
	else
		error = add_template(w, false, l->id, outside);
	if (error) {
		fbTemplateFreeUnused(outside);
		ipfix_layout_done(l);
		return error;
	}
	w->layout = l;
	w->layout_count++;
	return emit(w);
}

static bool layout_is(const struct ipfix_layout *l, const struct record *r, const struct survey *s)
{
	return l->kind == r->kind && l->v6 == s->v6 && l->lists == s->lists &&
	       l->tables == s->tables;
}

static int find_layout(struct ipfix_writer *w, const struct record *r, const struct survey *s)
{
	if (w->layout && layout_is(w->layout, r, s))
		return 0;
	for (uint32_t i = 0; i < w->layout_count; i++) {
		if (layout_is(&w->layouts[i], r, s)) {
			w->layout = &w->layouts[i];
			return 0;
		}
	}
	return add_layout(w, r, s);
}

static bool is_v4(const uint8_t address[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(address, mapped, sizeof(mapped)) == 0;
}

static int survey(struct ipfix_writer *w, const struct record *r, struct survey *s)
{
	struct record_value v = {0};
	uint32_t values = 0;

	if (w->kind != r->kind) {
		w->kind = r->kind;
		w->kind_tables = kind_tables(&w->model, r->kind);
	}
	/* The tables of the kind are there whether the record has values of them or not. */
	*s = (struct survey){.tables = w->kind_tables};
	memset(w->list_values, 0, w->model.list_count * sizeof(w->list_values[0]));
	while (record_next(r, &v)) {
		const struct ipfix_column *c = ipfix_model_column(&w->model, &w->table, v.field);

		if (!c)
			return fail(w, -EINVAL, v.field->key, NULL);
		w->columns[values++] = c;
		s->tables |= (uint64_t)1 << w->table;
		if (c->list != IPFIX_ABSENT) {
			s->lists = true;
			s->value_count++;
			w->list_values[c->list]++;
			s->wire_bytes += c->field->type == FIELD_TEXT ? text_wire_bytes(v.bytes)
								      : 16;
		} else if (c->field->type == FIELD_TEXT) {
			s->wire_bytes += text_wire_bytes(v.bytes);
		} else if (c->field->type == FIELD_ADDRESS) {
			s->v6 |= !is_v4(v.text);
		}
	}
	return 0;
}

/* Give each list of the record its part of the arena. */
static void lists_begin(struct ipfix_writer *w)
{
	const struct ipfix_layout *l = w->layout;
	uint32_t used = 0;

	for (uint32_t list = 0; list < w->model.list_count; list++) {
		uint16_t c = w->model.list_columns[list];
		fbBasicList_t basic;

		if (l->at[c] == IPFIX_ABSENT || w->list_values[list] == 0)
			continue;
		memcpy(&basic, w->structure + l->at[c], sizeof(basic));
		basic.dataPtr = (uint8_t *)&w->arena[used];
		basic.dataLength = (uint16_t)(w->list_values[list] * sizeof(w->arena[0]));
		memcpy(w->structure + l->at[c], &basic, sizeof(basic));
		used += w->list_values[list];
	}
	assert(used <= VALUES_MAX);
}

static void list_add(uint8_t *place, const struct ipfix_column *c, const struct record_value *v)
{
	fbVarfield_t text = {.len = v->bytes, .buf = (uint8_t *)(uintptr_t)v->text};
	fbBasicList_t basic;
	size_t bytes;

	memcpy(&basic, place, sizeof(basic));
	bytes = c->field->type == FIELD_TEXT ? sizeof(text) : basic.infoElement->len;
	memcpy(basic.dataPtr + bytes * basic.numElements++,
		c->field->type == FIELD_TEXT      ? (const void *)&text
		: c->field->type == FIELD_ADDRESS ? (const void *)v->text
						  : (const void *)&v->number,
		bytes);
	memcpy(place, &basic, sizeof(basic));
}

static void put(uint8_t *place, uint8_t *place_more, const struct ipfix_layout *l,
	const struct record_value *v)
{
	switch (v->field->type) {
	case FIELD_TIME: {
		uint64_t ms = v->number / 1000000;
		uint32_t ns = (uint32_t)(v->number % 1000000);

		memcpy(place, &ms, sizeof(ms));
		if (place_more)
			memcpy(place_more, &ns, sizeof(ns));
		break;
	}
	case FIELD_ADDRESS:
		if (l->v6) {
			memcpy(place, v->text, 16);
		} else { /* libfixbuf wants it in the order of the host */
			for (int i = 0; i < 4; i++)
				place[i] = v->text[15 - i];
		}
		break;
	case FIELD_TEXT: {
		fbVarfield_t text = {.len = v->bytes, .buf = (uint8_t *)(uintptr_t)v->text};

		memcpy(place, &text, sizeof(text));
		break;
	}
	default:
		record_number_to(place, v->number, v->bytes);
	}
}

static void fill(struct ipfix_writer *w, const struct record *r)
{
	const struct ipfix_layout *l = w->layout;
	struct record_value v = {0};
	uint32_t values = 0;

	memcpy(w->structure, l->blank, l->bytes);
	if (l->lists)
		lists_begin(w);
	while (record_next(r, &v)) {
		const struct ipfix_column *c = w->columns[values++];
		size_t i = (size_t)(c - w->model.columns);
		uint8_t *place = w->structure + l->at[i];

		if (c->list != IPFIX_ABSENT)
			list_add(place, c, &v);
		else
			put(place,
				l->at_more[i] == IPFIX_ABSENT ? NULL : w->structure + l->at_more[i],
				l, &v);
	}
}

static int append(struct ipfix_writer *w)
{
	GError *cause = NULL;

	for (int attempt = 0; attempt < 2; attempt++) {
		int error;

		if (!fBufSetInternalTemplate(w->buffer, w->layout->id, &cause) ||
			!fBufSetExportTemplate(w->buffer, w->layout->id, &cause))
			return fail(w, -EIO, "template", &cause);
		if (fBufAppend(w->buffer, w->structure, w->layout->bytes, &cause))
			return 0;
		error = next_message(w, "record", &cause);
		if (error)
			return error;
	}
	return fail(w, -EMSGSIZE, "record", NULL);
}

int ipfix_write(struct ipfix_writer *w, const struct record *r)
{
	struct survey s;
	uint32_t need;
	int error;

	if (w->failed)
		return w->failed;
	if (r->used > RECORD_BYTES_MAX)
		return fail(w, -EMSGSIZE, "record", NULL);
	error = survey(w, r, &s);
	if (!error)
		error = find_layout(w, r, &s);
	if (error)
		return error;
	need = w->layout->wire_bytes_min + s.wire_bytes;
	if (w->used && w->used + need + (w->set == w->layout->id ? 0 : 4) > w->limit) {
		error = emit(w);
		if (error)
			return error;
		if (w->out.datagrams && export_time(w) - w->sent_s >= RESEND_S) {
			error = resend(w);
			if (error)
				return error;
		}
	}
	fill(w, r);
	error = append(w);
	if (error)
		return error;
	w->used += need + (w->used ? 0 : 16) + (w->set == w->layout->id ? 0 : 4);
	w->set = w->layout->id;
	return 0;
}

int ipfix_writer_flush(struct ipfix_writer *w)
{
	int error = emit(w);

	if (!error && w->out.datagrams && export_time(w) - w->sent_s >= RESEND_S)
		error = resend(w);
	return error;
}

int ipfix_writer_alive(struct ipfix_writer *w)
{
	bool silent = w->used == 0 && !w->out.datagrams;
	int error = ipfix_writer_flush(w);

	for (uint32_t c = 0; silent && c < w->model.column_count && !error && !w->used; c++)
		error = describe(w, &w->model.columns[c].element);
	return error ? error : emit(w);
}

const char *ipfix_writer_error(const struct ipfix_writer *w)
{
	return w->error;
}

static void writer_free(struct ipfix_writer **p)
{
	struct ipfix_writer *w = *p;

	if (!w)
		return;
	if (w->buffer)
		fBufFree(w->buffer); /* with its session, its exporter and the templates */
	for (uint32_t i = 0; i < w->layout_count; i++)
		ipfix_layout_done(&w->layouts[i]);
	ipfix_model_done(&w->model);
	(void)ipfix_out_close(&w->out);
	free(w->structure);
	free(w);
}

int ipfix_writer_open(struct ipfix_writer **ret, const struct ipfix_schema *schema, const char *to,
	uint32_t observation_domain, char *ret_error, size_t error_size)
{
	_cleanup_(writer_free) struct ipfix_writer *w = calloc(1, sizeof(*w));
	int error;

	if (!w)
		return -ENOMEM;
	error = ipfix_model_init(&w->model, schema, ret_error, error_size);
	if (error)
		return error;
	error = ipfix_out_open(&w->out, to, ret_error, error_size);
	if (error)
		return error;
	w->limit = w->out.datagrams ? DATAGRAM_BYTES : MESSAGE_BYTES;
	w->session = fbSessionAlloc(w->model.elements);
	fbSessionSetDomain(w->session, observation_domain);
	w->buffer = fBufAllocForExport(
		w->session, fbExporterAllocBuffer(w->message,
				    w->out.datagrams ? DATAGRAM_LONGEST : MESSAGE_BYTES));
	fBufSetAutomaticMode(w->buffer, FALSE);
	error = send_types(w);
	if (error) {
		(void)snprintf(ret_error, error_size, "%s: %s", to, w->error);
		return error;
	}
	*ret = steal(w);
	return 0;
}

bool ipfix_writer_is_remote(const struct ipfix_writer *w)
{
	return ipfix_out_is_remote(&w->out);
}

int ipfix_writer_close(struct ipfix_writer *w)
{
	int error, closed;

	if (!w)
		return 0;
	error = ipfix_writer_flush(w);
	closed = ipfix_out_close(&w->out);
	writer_free(&w);
	return error ? error : closed;
}
