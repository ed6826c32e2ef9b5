/* SPDX-License-Identifier: Apache-2.0 */
#include "dissectors/dns_name.h"

#include "base/text.h"

#define STEPS_AN_OCTET 6 /* of a message; a real one takes about one */

_Static_assert(DNS_NAME_TEXT_MAX <= RECORD_TEXT_BYTES_MAX, "a name is never cut");

struct dns_reader dns_reader_of(const struct cursor *message)
{
	size_t bytes = (size_t)(message->end - message->begin);

	return (struct dns_reader){.message = cur_init(message->begin, bytes),
		.steps_max = 64 + STEPS_AN_OCTET * (uint32_t)bytes};
}

void dns_add_octets(struct dns_text *t, const void *octets, size_t bytes)
{
	size_t room = sizeof(t->bytes) - t->used;

	bytes = bytes < room ? bytes : room;
	if (bytes)
		memcpy(t->bytes + t->used, octets, bytes);
	t->used += bytes;
}

void dns_add_text(struct dns_text *t, const char *text)
{
	dns_add_octets(t, text, strlen(text));
}

void dns_add_number(struct dns_text *t, uint64_t number)
{
	char text[TEXT_NUMBER_BYTES];

	dns_add_octets(t, text, text_number(text, number));
}

/* RFC 1035 section 5.1. */
static void add_escaped_octet(struct dns_text *t, uint8_t c, const char *special)
{
	char escaped[4] = {'\\', (char)c};

	if (c > 0 && c < 0x80 && strchr(special, c)) {
		dns_add_octets(t, escaped, 2);
	} else if (c >= ' ' && c < 0x7f) {
		dns_add_octets(t, &c, 1);
	} else {
		escaped[1] = (char)('0' + c / 100);
		escaped[2] = (char)('0' + c / 10 % 10);
		escaped[3] = (char)('0' + c % 10);
		dns_add_octets(t, escaped, 4);
	}
}

void dns_add_escaped(struct dns_text *t, struct cursor octets, const char *special)
{
	while (cur_left(&octets) > 0 && t->used < sizeof(t->bytes))
		add_escaped_octet(t, cur_u8(&octets), special);
}

/* A label. A blank would end it where names are written one after the other. Most octets stand for
 * themselves. */
static void add_label_text(struct dns_text *t, struct cursor label)
{
	const uint8_t *at = label.pos;
	size_t used = t->used;

	for (; at < label.end && used < sizeof(t->bytes); at++) {
		if (*at <= ' ' || *at >= 0x7f || *at == '.' || *at == '\\')
			break;
		t->bytes[used++] = (char)*at;
	}
	t->used = used;
	for (; at < label.end; at++) {
		if (*at == ' ')
			dns_add_text(t, "\\032");
		else
			add_escaped_octet(t, *at, ".\\");
	}
}

/* Where a name goes on; the walk of one name. */
struct walk {
	struct cursor at;
	size_t lowest; /* a pointer must lead to before here */
	size_t wire_bytes;
	unsigned labels, jumps;
};

/* The second octet of a pointer follows. False when it leads where it must not. */
static bool follow(struct walk *w, uint8_t first, const struct cursor *message)
{
	size_t target = (size_t)(first & 0x3f) << 8 | cur_u8(&w->at);

	if (w->at.bad || target >= w->lowest || w->jumps > DNS_JUMPS_MAX)
		return false;
	w->lowest = target;
	w->at = *message;
	cur_skip(&w->at, target);
	return true;
}

static bool add_label(struct dns_text *t, struct walk *w, uint8_t length)
{
	struct cursor label;

	w->wire_bytes += length + 1u;
	if (length > 63 || w->wire_bytes > DNS_NAME_BYTES_MAX || w->labels == DNS_LABELS_MAX)
		return false;
	label = cur_sub(&w->at, length);
	if (t && w->labels > 0 && t->used < sizeof(t->bytes))
		t->bytes[t->used++] = '.';
	if (t)
		add_label_text(t, label);
	w->labels++;
	return !w->at.bad;
}

/* The same pointer as the last one: its labels are not walked again. */
static bool is_walked(struct dns_text *t, const struct dns_reader *r, size_t target)
{
	if (!target || target != r->sound || (t && !r->text)) /* at 0 a header begins */
		return false;
	if (t)
		dns_add_octets(t, r->text, r->text_bytes);
	return true;
}

/* `from`: where its text begins. */
static void remember(struct dns_reader *r, size_t target, const struct dns_text *t, size_t from)
{
	size_t bytes = t ? t->used - from : 0;

	if (r->text && (!t || t->used == sizeof(t->bytes) || bytes > DNS_NAME_TEXT_MAX))
		return;
	if (r->text)
		memcpy(r->text, t->bytes + from, bytes);
	r->text_bytes = bytes;
	r->sound = target;
}

/* Whether a pointer can be followed. What follows the name follows its first pointer. */
static bool jump(struct walk *w, struct cursor *in, const struct dns_reader *r, uint8_t length)
{
	if (w->jumps++ == 0) {
		*in = w->at;
		cur_skip(in, 1);
	}
	return follow(w, length, &r->message);
}

static void walk_name(struct dns_text *t, struct cursor *in, struct dns_reader *r, bool pointers)
{
	struct walk w = {
		.at = *in, .lowest = (size_t)(in->pos - r->message.begin), .wire_bytes = 1};
	size_t before = t ? t->used : 0, target = 0;

	while (r->steps++ < r->steps_max) {
		uint8_t length = cur_u8(&w.at);

		if (w.at.bad)
			break;
		if (length == 0) {
			if (w.jumps == 0)
				*in = w.at;
			if (target)
				remember(r, target, t, before);
			return;
		}
		if (length < 0xc0 ? !add_label(t, &w, length)
				  : !pointers || !jump(&w, in, r, length))
			break;
		if (length >= 0xc0 && w.jumps == 1 && w.labels == 0) {
			target = w.lowest;
			if (is_walked(t, r, target))
				return;
		}
	}
	cur_fail(in);
}

void dns_add_name(struct dns_text *t, struct cursor *in, struct dns_reader *r)
{
	walk_name(t, in, r, true);
}

void dns_add_name_or_dot(struct dns_text *t, struct cursor *in, struct dns_reader *r)
{
	size_t before = t->used;

	walk_name(t, in, r, true);
	if (t->used == before)
		dns_add_text(t, ".");
}

void dns_add_whole_name(struct dns_text *t, struct cursor *in, struct dns_reader *r)
{
	size_t before = t->used;

	walk_name(t, in, r, false);
	if (t->used == before)
		dns_add_text(t, ".");
}

void dns_skip_name(struct cursor *in, struct dns_reader *r)
{
	walk_name(NULL, in, r, true);
}

void dns_pass_name(struct cursor *in, struct dns_reader *r)
{
	uint8_t length;

	do {
		r->steps++;
		length = cur_u8(in);
		cur_skip(in, length >= 0xc0 ? 1 : length);
	} while (length > 0 && length < 0x40 && !in->bad);
	if (length >= 0x40 && length < 0xc0)
		cur_fail(in);
}
