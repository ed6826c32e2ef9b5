/* SPDX-License-Identifier: Apache-2.0 */
/* What a message costs in its dissector: bench_dissect [CAPTURE]. A new flow for each message, as
 * the probe makes one (its state zeroed), then probe and parse; nanoseconds of the processor, the
 * median and the best of the rounds. Without a capture the messages are seeds of the fuzz corpus;
 * with one they are its datagrams and segments that are whole for a dissector by themselves. */
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/schema.h"
#include "dissectors/dissect.h"

#define ROUNDS        15
#define ROUND_NS      2e7
#define MESSAGES_MAX  4096
#define MESSAGE_BYTES 9216
#define SEED_BYTES    4096
#define ETHERNET      14

struct message {
	const struct dissector *dissector;
	enum dissect_transport transport;
	enum dissect_direction direction;
	size_t bytes;
	uint8_t *octets;
};

struct bench {
	struct dissect d;
	struct record flow, message;
	uint8_t flow_bytes[RECORD_BYTES_MAX], message_bytes[RECORD_BYTES_MAX];
	_Alignas(16) uint8_t state[DISSECT_STATE_BYTES_MAX];
	_Alignas(16) uint8_t more[DISSECT_STATE_BYTES_MAX];
	uint8_t scratch[DISSECT_SCRATCH_BYTES];
	struct message messages[MESSAGES_MAX];
	size_t count;
};

static double now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static void *more(void *keeper, size_t bytes)
{
	struct bench *b = keeper;

	return bytes <= sizeof(b->more) ? b->more : NULL;
}

/* One message as the first of its flow. */
static enum dissect_result run(struct bench *b, const struct message *m)
{
	const struct dissector *dissector = m->dissector;
	struct cursor in = cur_init(m->octets, m->bytes);

	record_clear(&b->flow);
	record_clear(&b->message);
	b->message.kind = dissector->message;
	b->d = (struct dissect){.transport = m->transport,
		.direction = m->direction,
		.port_client = 40000,
		.port_server = 443,
		.state = dissector->state_bytes ? b->state : NULL,
		.more = more,
		.keeper = b,
		.scratch = b->scratch,
		.flow = &b->flow,
		.message = &b->message};
	if (dissector->probe(&b->d, in) != GUESS_YES)
		return DISSECT_BAD;
	memset(b->state, 0, dissector->state_bytes);
	return dissector->parse(&b->d, &in);
}

static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Messages [from, to), again and again. */
static void measure(struct bench *b, const char *title, size_t from, size_t to)
{
	double rounds[ROUNDS], bytes = 0;
	unsigned found = 0;

	for (size_t i = from; i < to; i++) {
		bytes += (double)b->messages[i].bytes;
		(void)run(b, &b->messages[i]);
		found += b->flow.used || b->message.used;
	}
	for (unsigned r = 0; r < ROUNDS; r++) {
		double start = now_ns(), taken;
		size_t calls = 0;

		do {
			for (size_t i = from; i < to; i++)
				(void)run(b, &b->messages[i]);
			calls += to - from;
			taken = now_ns() - start;
		} while (taken < ROUND_NS);
		rounds[r] = taken / (double)calls;
	}
	qsort(rounds, ROUNDS, sizeof(rounds[0]), by_time);
	printf("%-28s %8zu %8.0f %8u %9.0f %9.0f\n", title, to - from, bytes / (double)(to - from),
		found, rounds[ROUNDS / 2], rounds[0]);
}

static bool add(struct bench *b, struct message m, const uint8_t *octets)
{
	if (b->count == MESSAGES_MAX || m.bytes == 0 || m.bytes > MESSAGE_BYTES)
		return false;
	m.octets = malloc(m.bytes);
	if (!m.octets)
		return false;
	memcpy(m.octets, octets, m.bytes);
	b->messages[b->count++] = m;
	return true;
}

static const struct dissector *dissector_named(const char *name, size_t bytes)
{
	for (size_t i = 0; dissectors[i]; i++) {
		if (strlen(dissectors[i]->name) == bytes &&
			memcmp(dissectors[i]->name, name, bytes) == 0)
			return dissectors[i];
	}
	return NULL;
}

/* The first piece of a seed that goes one way; fuzz_dissect.c says what a seed looks like. */
static void seed(struct bench *b, const char *folder, const char *name, bool to_client)
{
	uint8_t octets[SEED_BYTES];
	struct message m = {dissector_named(name, strcspn(name, "-")), DISSECT_TCP,
		to_client ? DISSECT_TO_CLIENT : DISSECT_TO_SERVER, 0, NULL};
	char path[1024], title[64];
	struct cursor in, piece = cur_init(NULL, 0);
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (!f || !m.dissector) {
		fprintf(stderr, "no seed %s\n", path);
		return;
	}
	in = cur_init(octets, fread(octets, 1, sizeof(octets), f));
	(void)fclose(f);
	cur_skip(&in, 1);
	m.transport = cur_u8(&in) & 1 ? DISSECT_UDP : DISSECT_TCP;
	cur_skip(&in, 1);
	while (cur_left(&in) > 0) {
		uint16_t head = cur_u16(&in);

		piece = cur_sub(&in, head & 0x7fff);
		if (head >> 15 == to_client && !piece.bad)
			break;
	}
	m.bytes = cur_left(&piece);
	(void)snprintf(title, sizeof(title), "%s%s", name, to_client ? " (server)" : "");
	if (!in.bad && add(b, m, piece.pos))
		measure(b, title, b->count - 1, b->count);
}

/* The payload of TCP or UDP over IPv4 or IPv6 without extensions; false: something else. */
static bool payload(struct cursor *in, struct message *m)
{
	uint16_t kind;
	uint8_t protocol;

	cur_skip(in, ETHERNET - 2);
	kind = cur_u16(in);
	while (kind == 0x8100) {
		cur_skip(in, 2);
		kind = cur_u16(in);
	}
	if (kind == 0x0800) {
		size_t header = (cur_peek(in, 0) & 15u) * 4u, bytes;

		bytes = (size_t)cur_peek(in, 2) << 8 | cur_peek(in, 3);
		protocol = cur_peek(in, 9);
		*in = cur_sub(in, bytes);
		cur_skip(in, header);
	} else {
		size_t bytes = (size_t)cur_peek(in, 4) << 8 | cur_peek(in, 5);

		protocol = cur_peek(in, 6);
		cur_skip(in, 40);
		*in = cur_sub(in, bytes);
	}
	m->transport = protocol == 17 ? DISSECT_UDP : DISSECT_TCP;
	cur_skip(in, protocol == 17 ? 8 : (cur_peek(in, 12) >> 4) * 4u);
	m->bytes = cur_left(in);
	return !in->bad && (kind == 0x0800 || kind == 0x86dd) && (protocol == 6 || protocol == 17);
}

/* Who takes it, and whether it is whole for him. */
static void try_all(struct bench *b, struct message m, struct cursor in)
{
	m.octets = (uint8_t *)in.pos;
	for (size_t i = 0; dissectors[i]; i++) {
		enum dissect_result result;

		m.dissector = dissectors[i];
		if (!(m.dissector->transports & 1u << m.transport))
			continue;
		for (int to_client = 0; to_client < 2; to_client++) {
			m.direction = to_client ? DISSECT_TO_CLIENT : DISSECT_TO_SERVER;
			result = run(b, &m);
			if (result != DISSECT_BAD && (b->flow.used || b->message.used)) {
				(void)add(b, m, in.pos);
				return;
			}
		}
	}
}

static int capture(struct bench *b, const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, error);
	struct pcap_pkthdr *header;
	const uint8_t *octets;

	if (!p)
		return fprintf(stderr, "%s: %s\n", path, error), 1;
	while (pcap_next_ex(p, &header, &octets) == 1) {
		struct message m = {0};
		struct cursor in = cur_init(octets, header->caplen);

		if (pcap_datalink(p) == DLT_EN10MB && payload(&in, &m) && m.bytes)
			try_all(b, m, in);
	}
	pcap_close(p);
	return 0;
}

static int by_dissector(const void *a, const void *b)
{
	const struct message *x = a, *y = b;

	return (x->dissector > y->dissector) - (x->dissector < y->dissector);
}

int main(int argc, char **argv)
{
	struct bench *b = calloc(1, sizeof(*b));
	int code = 0;

	if (!b)
		return 1;
	record_init(&b->flow, &kind_flow, b->flow_bytes, sizeof(b->flow_bytes));
	record_init(&b->message, NULL, b->message_bytes, sizeof(b->message_bytes));
	printf("%-28s %8s %8s %8s %9s %9s\n", "", "messages", "octets", "found", "ns median",
		"ns best");
	if (argc > 1) {
		code = capture(b, argv[1]);
		qsort(b->messages, b->count, sizeof(b->messages[0]), by_dissector);
		for (size_t from = 0, to; from < b->count; from = to) {
			const struct dissector *d = b->messages[from].dissector;

			for (to = from; to < b->count && b->messages[to].dissector == d;)
				to++;
			measure(b, d->name, from, to);
		}
	} else {
		seed(b, CORPUS, "tls-hello", false);
		seed(b, CORPUS, "tls-hello", true);
		seed(b, CORPUS, "quic-initial", false);
		seed(b, CORPUS, "dns-query-reply", false);
		seed(b, CORPUS, "dns-query-reply", true);
		seed(b, CORPUS, "http-get", false);
		seed(b, CORPUS, "http-get", true);
	}
	for (size_t i = 0; i < b->count; i++)
		free(b->messages[i].octets);
	free(b);
	return code;
}
