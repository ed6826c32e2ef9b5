/* SPDX-License-Identifier: Apache-2.0 */
/* Android Debug Bridge over TCP, AOSP packages/modules/adb protocol.txt: what the phone says of
 * itself in its CNXN message, and where TLS begins (STLS). Serial numbers, keys and what is opened
 * are passed over. */
#include "base/cleanup.h"
#include "dissectors/dissect.h"

#define HEADER_BYTES     24
#define BANNER_BYTES_MAX 4096
#define MESSAGES_MAX     16   /* of one side, before it opens something */
#define AUTH_BYTES_MAX   8192 /* a signature or a public key */
#define VALUE_BYTES_MAX  128

enum adb_field { ADB_VERSION, ADB_AUTH, ADB_TYPE, ADB_PRODUCT, ADB_MODEL, ADB_DEVICE, ADB_FIELDS };

struct adb_state {
	uint8_t messages[2];
	bool described; /* by the phone */
};

static const struct field adb_fields[ADB_FIELDS] = {
	[ADB_VERSION] = {"adb.version", FIELD_U32, FIELD_HEX, MATCH_NONE, KUKLA_PEN, 2700, 0,
		"adbVersion", NULL, "ADB version", "Lowest version that a side said it speaks.",
		NULL},
	[ADB_AUTH] = {"adb.auth", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 2701, 0, "adbAuth", NULL,
		"ADB authentication", "1: an RSA key was asked for or shown.", NULL},
	[ADB_TYPE] = {"adb.system_type", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2702, 0,
		"adbSystemType", NULL, "ADB system",
		"What the side that is no host is: device, recovery, sideload, bootloader ...",
		NULL},
	[ADB_PRODUCT] = {"adb.product", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2703, 0, "adbProduct",
		NULL, "ADB product", "ro.product.name of the phone.", NULL},
	[ADB_MODEL] = {"adb.model", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2704, 0, "adbModel", NULL,
		"ADB model", "ro.product.model of the phone.", NULL},
	[ADB_DEVICE] = {"adb.device", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2705, 0, "adbDevice",
		NULL, "ADB device", "ro.product.device of the phone.", NULL},
};

static const struct field_table adb_table = {"adb", adb_fields, ADB_FIELDS};

/* Numbers are little-endian. */
static uint32_t u32(struct cursor *in)
{
	uint32_t n = cur_u8(in);

	n |= (uint32_t)cur_u8(in) << 8;
	n |= (uint32_t)cur_u8(in) << 16;
	return n | (uint32_t)cur_u8(in) << 24;
}

struct message {
	char command[4];
	uint32_t argument, bytes;
};

/* The last word is the first one with all its bits turned. */
static bool take_header(struct cursor *in, struct message *ret)
{
	const uint8_t *command = cur_take(in, 4);
	uint8_t difference = 0xff;

	ret->argument = u32(in);
	cur_skip(in, 4);
	ret->bytes = u32(in);
	cur_skip(in, 4); /* checksum */
	for (unsigned i = 0; i < 4 && command; i++) {
		ret->command[i] = (char)command[i];
		difference &= command[i] ^ cur_u8(in);
	}
	return !in->bad && difference == 0xff;
}

static bool is(const struct message *m, const char *command)
{
	return memcmp(m->command, command, 4) == 0;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	static const char *const first[] = {"CNXN", "AUTH", "STLS", "SYNC"};
	size_t there = cur_left(&in), head = there < 4 ? there : 4;
	struct message m;
	bool begins = false;

	for (size_t i = 0; i < ARRAY_LEN(first); i++)
		begins |= cur_is(&in, first[i], head);
	if (!begins || there == 0)
		return GUESS_NO;
	if (there < HEADER_BYTES)
		return d->end_of_stream ? GUESS_NO : GUESS_MORE;
	return take_header(&in, &m) ? GUESS_YES : GUESS_NO;
}

/* Up to a separator, or all that is left; the separator is used up. */
static struct cursor take_until(struct dissect *d, struct cursor *in, char separator)
{
	struct cursor part;
	size_t bytes = 0;

	while (bytes < cur_left(in) && cur_peek(in, bytes) != (uint8_t)separator)
		bytes++;
	d->steps++;
	part = cur_sub(in, bytes);
	if (cur_left(in))
		cur_skip(in, 1);
	return part;
}

static void record_value(struct dissect *d, enum adb_field field, const struct cursor *value)
{
	size_t bytes = cur_left(value);

	record_text(d->flow, &adb_fields[field], value->pos,
		bytes < VALUE_BYTES_MAX ? bytes : VALUE_BYTES_MAX);
}

/* "device:serial number:name=value;name=value;"; a host describes nobody. */
static void banner(struct dissect *d, struct cursor in)
{
	static const char *const names[] = {[ADB_PRODUCT] = "ro.product.name",
		[ADB_MODEL] = "ro.product.model",
		[ADB_DEVICE] = "ro.product.device"};
	struct adb_state *state = d->state;
	struct cursor text = take_until(d, &in, '\0'), type = take_until(d, &text, ':');
	bool seen[ADB_FIELDS] = {false};

	if (state->described || cur_is(&type, "host", 4))
		return;
	state->described = true;
	record_value(d, ADB_TYPE, &type);
	(void)take_until(d, &text, ':');
	while (cur_left(&text)) {
		struct cursor value = take_until(d, &text, ';'), name = take_until(d, &value, '=');

		for (unsigned i = ADB_PRODUCT; i < ADB_FIELDS; i++) {
			if (seen[i] || cur_left(&name) != strlen(names[i]) ||
				!cur_is(&name, names[i], strlen(names[i])))
				continue;
			seen[i] = true;
			record_value(d, (enum adb_field)i, &value);
		}
	}
}

static enum dissect_result connect(struct dissect *d, const struct message *m, struct cursor *in)
{
	uint64_t known = record_get(d->flow, &adb_fields[ADB_VERSION]);

	if (m->bytes > BANNER_BYTES_MAX)
		return DISSECT_BAD;
	if (cur_left(in) < HEADER_BYTES + m->bytes) {
		d->want_bytes = HEADER_BYTES + m->bytes;
		return d->end_of_stream ? DISSECT_DONE : DISSECT_MORE;
	}
	if (m->argument && (!known || m->argument < known))
		record_set(d->flow, &adb_fields[ADB_VERSION], m->argument);
	cur_skip(in, HEADER_BYTES);
	banner(d, cur_sub(in, m->bytes));
	return DISSECT_MORE;
}

static enum dissect_result message(struct dissect *d, struct cursor *in)
{
	struct adb_state *state = d->state;
	struct cursor head = *in;
	struct message m;

	d->steps++;
	if (cur_left(in) < HEADER_BYTES) {
		d->want_bytes = HEADER_BYTES;
		return d->end_of_stream ? DISSECT_DONE : DISSECT_MORE;
	}
	if (!take_header(&head, &m))
		return DISSECT_BAD;
	if (is(&m, "CNXN"))
		return connect(d, &m, in);
	if (state->messages[d->direction]++ == MESSAGES_MAX || m.bytes > AUTH_BYTES_MAX)
		return DISSECT_DONE;
	if (is(&m, "AUTH"))
		record_set(d->flow, &adb_fields[ADB_AUTH], 1);
	else if (!is(&m, "STLS") && !is(&m, "SYNC"))
		return DISSECT_DONE;
	cur_skip(in, HEADER_BYTES);
	if (is(&m, "STLS") && m.bytes == 0)
		return DISSECT_NEXT;
	if (cur_left(in) < m.bytes)
		d->skip_bytes = m.bytes;
	else
		cur_skip(in, m.bytes);
	return DISSECT_MORE;
}

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	enum dissect_result result = DISSECT_MORE;

	while (result == DISSECT_MORE && cur_left(in) && !d->want_bytes && !d->skip_bytes)
		result = message(d, in);
	return result;
}

const struct dissector adb_dissector = {
	.name = "adb",
	.transports = 1u << DISSECT_TCP,
	.flow = &adb_table,
	.state_bytes = sizeof(struct adb_state),
	.probe = probe,
	.parse = parse,
};
