/* SPDX-License-Identifier: Apache-2.0 */
/* Files of Zeek's Intelligence Framework (docs.zeek.org: Intelligence Framework; base/frameworks/
 * intel/main.zeek for the types): a line `#fields` names the columns, the rows are separated by
 * tabs, `-` is a field that is not set. `meta.whitelist` and `meta.remove` come from the scripts
 * whitelist.zeek and removal.zeek of policy/frameworks/intel. */
#include <errno.h>

#include "base/cleanup.h"
#include "signatures/format.h"
#include "signatures/said.h"
#include "signatures/span.h"

#define FIELDS_MAX            64
#define RECOGNISE_LINES_MAX   64
#define ROOM_BYTES            (REFANG_BYTES_MAX + 8 * CONTEXT_BYTES_MAX)
#define CONTEXT_WITH_ITS_ZERO (CONTEXT_BYTES_MAX + 1)

enum column {
	INDICATOR,
	TYPE,
	SOURCE,
	DESCRIPTION,
	URL,
	WHITELIST,
	REMOVE,
	CONFIDENCE,
	FIRST_SEEN,
	LAST_SEEN,
	TLP,
	CAMPAIGN,
	ROLE,
	LICENCE,
	DISARM,
	PUBLISHED,
	EXPIRES,
	SCOPE,
	COLUMNS
};

/* The fields that people add to Intel::MetaData have no fixed names; those of CIF are common. */
static const struct {
	const char *name;
	enum column column;
} names[] = {
	{"indicator", INDICATOR},
	{"indicator_type", TYPE},
	{"meta.source", SOURCE},
	{"meta.desc", DESCRIPTION},
	{"meta.url", URL},
	{"meta.whitelist", WHITELIST},
	{"meta.remove", REMOVE},
	{"meta.confidence", CONFIDENCE},
	{"meta.cif_confidence", CONFIDENCE},
	{"meta.firstseen", FIRST_SEEN},
	{"meta.first_seen", FIRST_SEEN},
	{"meta.cif_firstseen", FIRST_SEEN},
	{"meta.lastseen", LAST_SEEN},
	{"meta.last_seen", LAST_SEEN},
	{"meta.cif_lastseen", LAST_SEEN},
	{"meta.tlp", TLP},
	{"meta.campaign", CAMPAIGN}, /* these are of export/to_zeek.c */
	{"meta.role", ROLE},
	{"meta.licence", LICENCE},
	{"meta.disarm", DISARM},
	{"meta.published", PUBLISHED},
	{"meta.expires", EXPIRES},
	{"meta.scope", SCOPE},
};

/* A type of Zeek without its namespace: what refang() is told, or why it cannot be used. */
static const struct {
	const char *name;
	enum value_column column;
	const char *why;
} types[] = {
	{"DOMAIN", COLUMN_ANY, NULL},
	{"ADDR", COLUMN_ANY, NULL},
	{"SUBNET", COLUMN_ANY, NULL},
	{"URL", COLUMN_URL, NULL},
	{"CERT_HASH", COLUMN_CERT, NULL},
	{"SOFTWARE", COLUMN_USER_AGENT, NULL}, /* compared with the whole User-Agent header */
	{"JA3", COLUMN_JA3, NULL},
	{"JA3_HASH", COLUMN_JA3, NULL},
	{"JA3S", COLUMN_JA3S, NULL},
	{"JA3S_HASH", COLUMN_JA3S, NULL},
	{"JA4", COLUMN_ANY, NULL},
	{"ASN", COLUMN_ASN, NULL},
	{"FILE_HASH", COLUMN_ANY, "the hash of a file"},
	{"FILE_NAME", COLUMN_ANY, "the name of a file"},
	{"EMAIL", COLUMN_ANY, "an e-mail address"},
	{"USER_NAME", COLUMN_ANY, "an account handle"},
	{"PUBKEY_HASH", COLUMN_ANY, "the hash of an SSH host key"},
};

struct table {
	char separator;
	bool has_header;
	uint8_t at[COLUMNS]; /* FIELDS_MAX: not there */
};

struct row {
	size_t count;
	struct span fields[FIELDS_MAX];
};

/* `\xNN` at the begin of a text; -1: there is none. */
static int escaped_octet(struct span s)
{
	int high = s.bytes >= 4 && s.at[0] == '\\' && s.at[1] == 'x' ? span_hex(s.at[2]) : -1;
	int low = high < 0 ? -1 : span_hex(s.at[3]);

	return low < 0 ? -1 : 16 * high + low;
}

/* `#separator \x09` or the character itself, as in Zeek's own logs. */
static void read_separator(struct table *t, struct span rest)
{
	int octet;

	rest = span_trim(rest);
	if (rest.bytes == 1)
		t->separator = *rest.at;
	octet = rest.bytes == 4 ? escaped_octet(rest) : -1;
	if (octet > 0)
		t->separator = (char)octet;
}

static bool read_header(struct table *t, struct span rest)
{
	uint8_t number = 0;

	for (size_t i = 0; i < COLUMNS; i++)
		t->at[i] = FIELDS_MAX;
	while (rest.bytes && number < FIELDS_MAX) {
		struct span name = span_trim(span_cut(&rest, t->separator));

		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			if (span_is(name, names[i].name) && t->at[names[i].column] == FIELDS_MAX)
				t->at[names[i].column] = number;
		}
		number++;
	}
	t->has_header = t->at[INDICATOR] < FIELDS_MAX && t->at[TYPE] < FIELDS_MAX;
	return t->has_header;
}

/* A line that begins with `#`; true: it was a header that names the two columns. */
static bool read_comment(struct table *t, struct span line)
{
	static const char separator[] = "#separator", fields[] = "#fields";
	size_t bytes = sizeof(fields) - 1;

	if (span_begins(line, separator)) {
		bytes = sizeof(separator) - 1;
		read_separator(t, (struct span){line.at + bytes, line.bytes - bytes});
		return false;
	}
	if (!span_begins(line, fields) || line.bytes == bytes)
		return false;
	bytes++; /* what stands behind it */
	return read_header(t, (struct span){line.at + bytes, line.bytes - bytes});
}

static unsigned recognise(const struct document *d)
{
	struct span_lines lines = span_lines(d->text);
	struct table table = {.separator = '\t'};
	struct span line;

	if (d->syntax != SYNTAX_TEXT)
		return 0;
	while (lines.line < RECOGNISE_LINES_MAX && span_next_line(&lines, &line)) {
		if (!span_trim(line).bytes)
			continue;
		if (*line.at != '#')
			return 0;
		if (read_comment(&table, line))
			return 95;
	}
	return 0;
}

/* A field of the row; empty when it is not there or not set. */
static struct span field(const struct row *row, const struct table *t, enum column column)
{
	struct span s = t->at[column] < row->count ? span_trim(row->fields[t->at[column]])
						   : (struct span){"", 0};

	if (span_is(s, "-") || span_is(s, "(empty)"))
		return (struct span){"", 0};
	return s;
}

/* Where fields are brought into their final form. */
struct room {
	size_t used;
	char text[ROOM_BYTES];
};

/* Zeek writes octets that would separate fields as \xNN. What there is no room for stays as it is.
 */
static struct span unescape(struct span s, struct room *room)
{
	char *to = room->text + room->used;
	size_t used = 0;

	if (!s.bytes || !memchr(s.at, '\\', s.bytes))
		return s;
	for (size_t i = 0; i < s.bytes; i++) {
		int octet = escaped_octet((struct span){s.at + i, s.bytes - i});

		if (room->used + used == ROOM_BYTES)
			return s;
		to[used++] = octet < 0 ? s.at[i] : (char)octet;
		i += octet < 0 ? 0 : 3;
	}
	room->used += used;
	return (struct span){to, used};
}

static const char *type_of(struct span type, enum value_column *ret)
{
	for (size_t i = type.bytes; i > 1; i--) {
		if (type.at[i - 1] != ':')
			continue;
		type = (struct span){type.at + i, type.bytes - i};
		break;
	}
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (!span_is(type, types[i].name))
			continue;
		*ret = types[i].column;
		return types[i].why;
	}
	return type.bytes ? "a type of Zeek that is not known" : "a row without a type";
}

/* "source: description", or one of them. */
static struct span context_of(
	const struct row *row, const struct table *t, char to[CONTEXT_WITH_ITS_ZERO])
{
	struct span source = field(row, t, SOURCE), description = field(row, t, DESCRIPTION);
	size_t used = 0;

	if (!source.bytes || !description.bytes)
		return source.bytes ? source : description;
	if (source.bytes == description.bytes &&
		memcmp(source.at, description.at, source.bytes) == 0)
		return source;
	if (source.bytes + 2 + description.bytes > CONTEXT_BYTES_MAX)
		return description;
	memcpy(to, source.at, source.bytes);
	used = source.bytes;
	memcpy(to + used, ": ", 2);
	used += 2;
	memcpy(to + used, description.at, description.bytes);
	return (struct span){to, used + description.bytes};
}

/* What our own export has beside: there a source is who published it, and no part of a note. */
static void read_own(
	struct candidate *c, const struct row *row, const struct table *t, struct room *room)
{
	static const struct {
		enum column column;
		enum said key;
	} own[] = {{CAMPAIGN, SAID_CAMPAIGN}, {SOURCE, SAID_SOURCE}, {DESCRIPTION, SAID_NOTE},
		{URL, SAID_REFERENCE}, {TLP, SAID_TLP}, {LICENCE, SAID_LICENCE},
		{DISARM, SAID_DISARM}, {ROLE, SAID_ROLE}, {PUBLISHED, SAID_PUBLISHED},
		{EXPIRES, SAID_EXPIRES}, {SCOPE, SAID_SCOPE}};

	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		struct span text = unescape(field(row, t, own[i].column), room);

		if (text.bytes || own[i].key == SAID_NOTE)
			(void)said_read(c, span_of(said_key(own[i].key)), text);
	}
}

static int offer_row(struct builder *b, struct import_report *report, const struct row *row,
	const struct table *t, uint32_t line)
{
	char context[CONTEXT_WITH_ITS_ZERO];
	struct room room;
	enum value_column column = COLUMN_ANY;
	const char *why = type_of(field(row, t, TYPE), &column);
	struct candidate c = {.column = column, .line = line};

	if (span_is(field(row, t, REMOVE), "T"))
		why = "its source takes it back";
	if (why) {
		builder_refuse(report, line, why);
		return 0;
	}
	room.used = 0;
	c.value = unescape(field(row, t, INDICATOR), &room);
	c.context = context_of(row, t, context);
	c.reference = field(row, t, URL);
	c.first_seen = field(row, t, FIRST_SEEN);
	c.last_confirmed = field(row, t, LAST_SEEN);
	c.tlp = field(row, t, TLP);
	c.confidence = span_confidence(field(row, t, CONFIDENCE));
	if (t->at[CAMPAIGN] < FIELDS_MAX)
		read_own(&c, row, t, &room);
	if (span_is(field(row, t, WHITELIST), "T")) {
		c.advice = ADVICE_NOT_AN_INDICATOR;
		c.why = "its source says that it is legitimate";
	}
	return builder_offer(b, report, &c);
}

static int load(struct builder *b, const struct document *d, struct import_report *report)
{
	struct span_lines lines = span_lines(d->text);
	struct table table = {.separator = '\t'};
	struct span line;
	int r = 0;

	while (r == 0 && span_next_line(&lines, &line)) {
		struct row row = {.count = 0};

		if (!span_trim(line).bytes)
			continue;
		if (*line.at == '#') {
			(void)read_comment(&table, line);
			continue;
		}
		if (!table.has_header) {
			builder_break(report, lines.line,
				"no line #fields before it names indicator and indicator_type");
			return 0;
		}
		while (line.bytes && row.count < FIELDS_MAX)
			row.fields[row.count++] = span_cut(&line, table.separator);
		r = offer_row(b, report, &row, &table, lines.line);
	}
	return r;
}

const struct format zeek_intel_format = {
	.name = "zeek-intel",
	.summary = "Zeek Intelligence Framework, tab separated below a line #fields",
	.recognise = recognise,
	.load = load,
};
