/* SPDX-License-Identifier: Apache-2.0 */
/* IPFIX messages, RFC 7011 sections 3 and 8; files, RFC 5655. Every octet is read through a cursor:
 * libfixbuf's own decoder trusts the lengths inside records and lists (docs/decisions). */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/ipfix_plan.h"

#define HEADER_BYTES       16
#define MESSAGE_BYTES_MAX  65535
#define BUFFER_BYTES       131072
#define TEMPLATES_MAX      1024
#define TEMPLATE_BYTES_MAX 65536 /* of all templates together */
#define ELEMENTS_MAX       128   /* of a template; more where the schema itself has more */
#define DOMAINS_MAX        64
#define ID_TEMPLATES       2
#define ID_OPTIONS         3
#define ID_DATA            256

struct domain {
	uint32_t id;
	uint32_t next; /* sequence number of the next record */
	bool counted;  /* `next` is right */
	struct ipfix_moment moment;
};

struct template_slot {
	uint32_t domain;
	uint16_t id;
	struct ipfix_plan *plan;
};

struct ipfix_reader {
	const struct ipfix_schema *schema;
	int fd; /* -1: fed from memory */
	bool datagrams;
	bool ended;
	int failed; /* a stream that broke stays broken */
	unsigned elements_max;
	size_t from, have; /* what is unread in `buffer` */
	uint64_t messages; /* read so far, with the current one */
	uint64_t offset;   /* of the message after the current one */
	uint64_t message_at;
	struct cursor message, set; /* what is left of them */
	struct domain *domain;
	const struct ipfix_plan *plan; /* of the set */
	size_t slot_count, template_bytes, domain_count;
	uint64_t rejected, lost;
	struct template_slot slots[TEMPLATES_MAX]; /* by domain and id */
	struct domain domains[DOMAINS_MAX];
	char error[256];
	uint8_t storage[RECORD_BYTES_MAX];
	uint8_t buffer[BUFFER_BYTES];
};

__attribute__((format(printf, 3, 4))) static int broken(
	struct ipfix_reader *r, int error, const char *format, ...)
{
	va_list arguments;
	int used;

	used = snprintf(r->error, sizeof(r->error),
		"message %ju at octet %ju: ", (uintmax_t)r->messages, (uintmax_t)r->message_at);
	va_start(arguments, format);
	(void)vsnprintf(r->error + used, sizeof(r->error) - (size_t)used, format, arguments);
	va_end(arguments);
	r->message = r->set = cur_init(NULL, 0);
	r->plan = NULL;
	r->from = r->have; /* of a datagram the rest goes with it */
	if (!r->datagrams)
		r->failed = error;
	return error;
}

static int reader_new(struct ipfix_reader **ret, const struct ipfix_schema *schema)
{
	struct ipfix_reader *r = calloc(1, sizeof(*r));
	size_t fields = 0;

	if (!r)
		return -ENOMEM;
	for (size_t k = 0; schema->kinds[k]; k++) {
		for (size_t t = 0; schema->kinds[k]->tables[t]; t++)
			fields += schema->kinds[k]->tables[t]->count;
	}
	for (size_t t = 0; schema->tables && schema->tables[t]; t++)
		fields += schema->tables[t]->count;
	r->schema = schema;
	r->fd = -1;
	r->elements_max = 2 * fields > ELEMENTS_MAX ? (unsigned)(2 * fields) : ELEMENTS_MAX;
	r->message = r->set = cur_init(NULL, 0);
	*ret = r;
	return 0;
}

int ipfix_reader_open(struct ipfix_reader **ret, const struct ipfix_schema *schema, int fd,
	char *ret_error, size_t error_size)
{
	int error = fd < 0 ? -EBADF : reader_new(ret, schema);

	if (error)
		(void)snprintf(ret_error, error_size, "IPFIX: %s", strerror(-error));
	else
		(*ret)->fd = fd;
	return error;
}

int ipfix_reader_new(struct ipfix_reader **ret, const struct ipfix_schema *schema, bool datagrams)
{
	int error = reader_new(ret, schema);

	if (!error)
		(*ret)->datagrams = datagrams;
	return error;
}

size_t ipfix_reader_feed(struct ipfix_reader *r, const void *octets, size_t bytes)
{
	if (bytes == 0) {
		r->ended = true;
		return 0;
	}
	/* Nothing points into the buffer any more: the contract is to read all first. */
	r->message = r->set = cur_init(NULL, 0);
	r->plan = NULL;
	if (r->datagrams) {
		r->from = r->have = 0;
		r->ended = true; /* a datagram is a message */
	}
	memmove(r->buffer, r->buffer + r->from, r->have - r->from);
	r->have -= r->from;
	r->from = 0;
	if (bytes > BUFFER_BYTES - r->have)
		bytes = BUFFER_BYTES - r->have;
	memcpy(r->buffer + r->have, octets, bytes);
	r->have += bytes;
	return bytes;
}

/* More octets from the descriptor. 1: there are; 0: the end. */
static int fill(struct ipfix_reader *r)
{
	ssize_t n;

	if (r->fd < 0 || r->ended)
		return 0;
	memmove(r->buffer, r->buffer + r->from, r->have - r->from);
	r->have -= r->from;
	r->from = 0;
	do
		n = read(r->fd, r->buffer + r->have, BUFFER_BYTES - r->have);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -EAGAIN : broken(r, -errno, "%s", strerror(errno));
	r->ended = n == 0;
	r->have += (size_t)n;
	return n > 0;
}

static struct domain *domain_of(struct ipfix_reader *r, uint32_t id)
{
	struct domain *d = r->domains;

	for (; d < r->domains + r->domain_count; d++) {
		if (d->id == id)
			return d;
	}
	if (r->domain_count == DOMAINS_MAX)
		return NULL;
	r->domain_count++;
	*d = (struct domain){.id = id};
	return d;
}

/* A message that is there as a whole, framed and not yet looked into. */
static int begin_message(struct ipfix_reader *r, const uint8_t *octets, size_t bytes)
{
	struct cursor in = cur_init(octets, bytes);
	uint32_t export_s, sequence, gap;

	cur_skip(&in, 4);
	export_s = cur_u32(&in);
	sequence = cur_u32(&in);
	r->domain = domain_of(r, cur_u32(&in));
	if (!r->domain)
		return broken(r, -EBADMSG, "more than %d observation domains", DOMAINS_MAX);
	r->domain->moment.export_s = export_s;
	gap = sequence - r->domain->next;
	if (r->domain->counted && gap <= INT32_MAX)
		r->lost += gap;
	r->domain->next = sequence;
	r->domain->counted = true;
	r->message = in;
	return 1;
}

/* 1: a message; 0: no more. */
static int next_message(struct ipfix_reader *r)
{
	for (;;) {
		size_t left = r->have - r->from, bytes;
		struct cursor in = cur_init(r->buffer + r->from, left);
		int more;

		r->message_at = r->offset;
		if (left >= HEADER_BYTES) {
			unsigned version = cur_u16(&in);

			bytes = cur_u16(&in);
			r->messages++;
			if (version != 10)
				return broken(r, -EBADMSG, "version %u, not IPFIX", version);
			if (bytes < HEADER_BYTES || (r->datagrams && bytes != left))
				return broken(r, -EBADMSG, "length %zu", bytes);
			if (bytes <= left) {
				const uint8_t *octets = r->buffer + r->from;

				r->from += bytes;
				r->offset += bytes;
				return begin_message(r, octets, bytes);
			}
			r->messages--;
		}
		more = fill(r);
		if (more < 0)
			return more;
		if (more == 0) {
			if (left == 0 || !r->ended)
				return 0;
			r->messages++;
			return broken(r, -EBADMSG, "cut off after %zu octets", left);
		}
	}
}

/* Where a template is, or would be. */
static struct template_slot *slot_of(struct ipfix_reader *r, uint32_t domain, uint16_t id)
{
	size_t low = 0, high = r->slot_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct template_slot *s = &r->slots[middle];

		if (s->domain < domain || (s->domain == domain && s->id < id))
			low = middle + 1;
		else
			high = middle;
	}
	return &r->slots[low];
}

static bool slot_is(const struct ipfix_reader *r, const struct template_slot *s, uint16_t id)
{
	return s < r->slots + r->slot_count && s->domain == r->domain->id && s->id == id;
}

static void forget(struct ipfix_reader *r, struct template_slot *s)
{
	r->template_bytes -= s->plan->spec_bytes;
	ipfix_plan_free(s->plan);
	r->slot_count--;
	memmove(s, s + 1, (size_t)(r->slots + r->slot_count - s) * sizeof(*s));
}

/* RFC 7011 section 8.1; a withdrawal by datagram is ignored. */
static void withdraw(struct ipfix_reader *r, uint16_t id, bool options)
{
	struct template_slot *s = slot_of(r, r->domain->id, id);

	if (r->datagrams)
		return;
	if (id >= ID_DATA) {
		if (slot_is(r, s, id))
			forget(r, s);
		return;
	}
	for (s = slot_of(r, r->domain->id, ID_DATA);
		s < r->slots + r->slot_count && s->domain == r->domain->id;) {
		if (s->plan->options == options)
			forget(r, s);
		else
			s++;
	}
}

static int keep(struct ipfix_reader *r, uint16_t id, struct ipfix_plan *p)
{
	struct template_slot *s = slot_of(r, r->domain->id, id);

	if (slot_is(r, s, id)) {
		bool same = s->plan->options == p->options &&
			    s->plan->spec_bytes == p->spec_bytes &&
			    memcmp(s->plan->spec, p->spec, p->spec_bytes) == 0;

		if (same || !r->datagrams) {
			ipfix_plan_free(p);
			return same ? 0 : broken(r, -EBADMSG, "template %u redefined", id);
		}
		forget(r, s);
	}
	if (r->slot_count == TEMPLATES_MAX ||
		r->template_bytes + p->spec_bytes > TEMPLATE_BYTES_MAX) {
		ipfix_plan_free(p);
		return broken(r, -EBADMSG, "too many templates");
	}
	memmove(s + 1, s, (size_t)(r->slots + r->slot_count - s) * sizeof(*s));
	*s = (struct template_slot){.domain = r->domain->id, .id = id, .plan = p};
	r->slot_count++;
	r->template_bytes += p->spec_bytes;
	return 0;
}

static int read_templates(struct ipfix_reader *r, struct cursor *in, bool options)
{
	while (cur_left(in) >= 4) {
		uint16_t id = cur_u16(in);
		unsigned elements = cur_u16(in), scope = 0;
		struct ipfix_plan *plan;
		const char *reason;
		int error;

		if (id == 0 && elements == 0) /* padding */
			break;
		if (elements == 0 && (id >= ID_DATA || id == ID_TEMPLATES || id == ID_OPTIONS)) {
			withdraw(r, id, options);
			continue;
		}
		if (options)
			scope = cur_u16(in);
		if (id < ID_DATA || elements > r->elements_max ||
			(options && (scope == 0 || scope > elements)))
			return broken(r, -EBADMSG, "template %u with %u elements", id, elements);
		error = ipfix_plan_new(&plan, r->schema, in, elements, scope, &reason);
		if (error)
			return broken(r, error, "%s (%u)", reason, id);
		error = keep(r, id, plan);
		if (error)
			return error;
	}
	return 0;
}

/* The next set of the message; its templates are learnt, its data are left in r->set. */
static int next_set(struct ipfix_reader *r)
{
	uint16_t id = cur_u16(&r->message);
	size_t bytes = cur_u16(&r->message);
	struct template_slot *s;

	if (r->message.bad || bytes < 4 || bytes - 4 > cur_left(&r->message))
		return broken(r, -EBADMSG, "set %u with length %zu", id, bytes);
	r->set = cur_sub(&r->message, bytes - 4);
	r->plan = NULL;
	if (id == ID_TEMPLATES || id == ID_OPTIONS) {
		struct cursor templates = r->set;

		r->set = cur_init(NULL, 0);
		return read_templates(r, &templates, id == ID_OPTIONS);
	}
	if (id < ID_DATA)
		return broken(r, -EBADMSG, "set %u", id);
	s = slot_of(r, r->domain->id, id);
	if (slot_is(r, s, id)) {
		r->plan = s->plan;
		return 0;
	}
	/* How many records these were is not to be known. */
	r->set = cur_init(NULL, 0);
	r->rejected++;
	r->domain->counted = false;
	return 0;
}

int ipfix_read(struct ipfix_reader *r, struct record *ret_record)
{
	for (;;) {
		int result;

		if (r->failed)
			return r->failed;
		if (r->plan && cur_left(&r->set) >= r->plan->record_bytes_min) {
			record_init(ret_record, r->plan->kind, r->storage, sizeof(r->storage));
			result = ipfix_plan_read(
				r->plan, r->schema, &r->set, &r->domain->moment, ret_record);
			r->domain->next++;
			if (result < 0)
				return broken(r, result, "record runs over the end of its set");
			if (result > 0)
				return 1;
			r->rejected += !r->plan->options;
			continue;
		}
		r->plan = NULL; /* the rest of a set is padding */
		if (cur_left(&r->message)) {
			result = next_set(r);
			if (result < 0)
				return result;
			continue;
		}
		result = next_message(r);
		if (result <= 0)
			return result;
	}
}

uint64_t ipfix_reader_rejected(const struct ipfix_reader *r)
{
	return r->rejected;
}

uint64_t ipfix_reader_lost(const struct ipfix_reader *r)
{
	return r->lost;
}

const char *ipfix_reader_error(const struct ipfix_reader *r)
{
	return r->error;
}

void ipfix_reader_close(struct ipfix_reader *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->slot_count; i++)
		ipfix_plan_free(r->slots[i].plan);
	if (r->fd >= 0)
		(void)close(r->fd);
	free(r);
}
