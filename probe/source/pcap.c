/* SPDX-License-Identifier: Apache-2.0 */
/* Captures through libpcap: pcap and pcapng, any byte order, nanoseconds; the records of plain pcap
 * files mostly without it (plain_pcap.h). Several captures are read in the order of their first
 * stamps; where they overlap, their packets are merged by time. */
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "probe/source.h"
#include "probe/source/inflate.h"
#include "probe/source/plain_pcap.h"

#define MERGE_MAX    32 /* captures open at once; what begins meanwhile waits for one to end */
#define LINK_UNKNOWN 0xffff

struct capture {
	char *name;
	size_t argument; /* its place among the names: decides between equal stamps */
	struct inflate *stream;
	pcap_t *pcap;
	struct plain *plain; /* while all is plain: then libpcap only knows the file's header */
	uint16_t link;
	/* the packet that comes next, in a block or in libpcap's memory */
	uint32_t captured, wire;
	const uint8_t *bytes;
	struct plain_block *block;
	uint64_t time_ns;
};

struct source {
	struct capture *captures; /* sorted by first stamp; those from `next` on are to be read */
	size_t capture_count, next;
	struct capture *open[MERGE_MAX];
	size_t open_count;
	char **problems; /* at most one a capture */
	size_t problem_count, problems_told;
	struct plain_pool pool;
	bool allow_bomb;
	uint64_t packets, disk_bytes_done, disk_bytes_total;
	const char *reading;
};

/* libpcap gives DLT numbers, which differ between systems for a few old link types. */
static uint16_t link_of_dlt(int dlt)
{
	switch (dlt) {
	case DLT_ATM_RFC1483:
		return 100;
	case DLT_RAW:
		return 101;
	case DLT_SLIP_BSDOS:
		return 102;
	case DLT_PPP_BSDOS:
		return 103;
	case DLT_ATM_CLIP:
		return 106;
	default:
		return dlt >= 0 && dlt < LINK_UNKNOWN ? (uint16_t)dlt : LINK_UNKNOWN;
	}
}

/* libpcap gives the unsigned 32 bits of pcap as signed ones, and any 64 bits of pcapng. */
static uint64_t time_of(int64_t s, int64_t ns)
{
	if (s < 0)
		s = s >= INT32_MIN ? (int64_t)(uint32_t)s : 0;
	if (s > INT64_MAX / 1000000000 - 1)
		s = INT64_MAX / 1000000000 - 1;
	if (ns < 0 || ns > 999999999)
		ns = ns < 0 ? 0 : 999999999;
	return (uint64_t)s * 1000000000 + (uint64_t)ns;
}

static void add_problem(struct source *s, const struct capture *c, off_t at, const char *cause)
{
	const char *advice = "";
	char *text;

	if (strstr(cause, "of the first interface"))
		advice = "; its interfaces differ, split it by interface to read all of it";
	if (asprintf(&text, "%s: offset %lld: %s%s", c->name, (long long)at, cause, advice) >= 0)
		s->problems[s->problem_count++] = text;
}

static uint64_t capture_bytes_read(const struct capture *c)
{
	return c->plain ? plain_offset(c->plain) : inflate_bytes_read(c->stream);
}

static void capture_close(struct source *s, struct capture *c, bool done)
{
	if (c->stream && done)
		s->disk_bytes_done += capture_bytes_read(c);
	plain_free(c->plain);
	c->plain = NULL;
	if (c->pcap)
		pcap_close(c->pcap);
	inflate_free(c->stream);
	c->pcap = NULL;
	c->stream = NULL;
}

/* Whether libpcap gives the packets of a link type as they stand in the file. */
static bool link_is_plain(int dlt)
{
	return dlt == DLT_NULL || dlt == DLT_EN10MB || dlt == DLT_RAW || dlt == DLT_LINUX_SLL ||
	       dlt == DLT_LINUX_SLL2;
}

static void capture_begin_plain(struct source *s, struct capture *c)
{
	int file = inflate_plain_file(c->stream), longest = pcap_snapshot(c->pcap);

	if (file >= 0 && link_is_plain(pcap_datalink(c->pcap)))
		(void)plain_open(&c->plain, &s->pool, file,
			longest < 0 || longest > (int)PACKET_BYTES_MAX ? PACKET_BYTES_MAX
								       : (uint32_t)longest);
}

/* False: libpcap is to go on from the packet that comes next. */
static bool capture_next_plain(struct capture *c)
{
	struct plain_packet p;

	if (plain_next(c->plain, &p)) {
		c->time_ns = time_of(p.s, p.ns);
		c->captured = p.captured;
		c->wire = p.wire;
		c->bytes = p.bytes;
		c->block = p.block;
		return true;
	}
	(void)inflate_seek(c->stream, pcap_file(c->pcap), plain_offset(c->plain));
	plain_free(c->plain);
	c->plain = NULL;
	return false;
}

/* Move on to the next packet; false: the capture has ended or is broken. */
static bool capture_next(struct source *s, struct capture *c)
{
	struct pcap_pkthdr *header;
	const char *cause;
	int r;

	if (c->plain && capture_next_plain(c))
		return true;
	r = pcap_next_ex(c->pcap, &header, &c->bytes);
	if (r == 1) {
		c->time_ns = time_of(header->ts.tv_sec, header->ts.tv_usec);
		c->captured = header->caplen;
		c->wire = header->len;
		c->block = NULL;
		return true;
	}
	cause = inflate_cause(c->stream);
	if (!cause && r != PCAP_ERROR_BREAK)
		cause = pcap_geterr(c->pcap);
	if (cause)
		add_problem(s, c, ftello(pcap_file(c->pcap)), cause);
	return false;
}

/* Read the head of a file that has been opened, and its first packet. */
static bool capture_begin(struct source *s, struct capture *c)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	_cleanup_(fclose_ptr) FILE *file = inflate_take(c->stream);
	const char *cause;
	off_t at;

	c->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, error);
	if (c->pcap) {
		(void)steal(file); /* pcap_close() closes it */
		c->link = link_of_dlt(pcap_datalink(c->pcap));
		capture_begin_plain(s, c);
		return capture_next(s, c);
	}
	at = ftello(file);
	cause = inflate_cause(c->stream);
	if (!cause)
		cause = error;
	if (at <= 4 && !inflate_cause(c->stream)) {
		at = 0;
		cause = inflate_kind(c->stream) ? "not a capture file when decompressed"
						: "not a capture file";
	}
	add_problem(s, c, at, cause);
	return false;
}

static bool earlier(const struct capture *a, const struct capture *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->argument < b->argument;
}

static int compare_captures(const void *a, const void *b)
{
	return earlier(a, b) ? -1 : earlier(b, a);
}

/* Open the next capture where that was not left open. */
static bool capture_resume(struct source *s, struct capture *c)
{
	int r;

	if (c->pcap)
		return true;
	r = inflate_open(&c->stream, c->name, s->allow_bomb);
	if (r < 0) {
		add_problem(s, c, 0, strerrordesc_np(-r));
		return false;
	}
	return capture_begin(s, c);
}

/* The open capture whose packet is next; NULL at the end of all. */
static struct capture *choose(struct source *s)
{
	struct capture *first = s->open_count ? s->open[0] : NULL;

	for (size_t i = 1; i < s->open_count; i++)
		if (earlier(s->open[i], first))
			first = s->open[i];
	while (s->next < s->capture_count && s->open_count < MERGE_MAX &&
		(!first || earlier(&s->captures[s->next], first))) {
		struct capture *c = &s->captures[s->next++];

		s->reading = c->name;
		if (!capture_resume(s, c)) {
			capture_close(s, c, true);
			continue;
		}
		s->open[s->open_count++] = c;
		if (!first || earlier(c, first))
			first = c;
	}
	return first;
}

static void drop(struct source *s, struct capture *c)
{
	capture_close(s, c, true);
	for (size_t i = 0; i < s->open_count; i++)
		if (s->open[i] == c)
			s->open[i] = s->open[--s->open_count];
}

/* Into the burst's storage; what lies in a block stays there, and counts, so that a burst holds few
 * blocks of large packets. */
static void place(struct burst *b, const struct capture *c, struct pkt *p, size_t at)
{
	b->owners[b->count] = c->block;
	b->bytes_used = at + p->captured;
	p->bytes = c->bytes;
	if (c->block) {
		plain_hold(c->block);
		return;
	}
	memcpy(b->bytes + at, c->bytes, p->captured);
	p->bytes = b->bytes + at;
}

/* Whether a packet waits for the next burst, its octets going to `at` of this one. One that leaps
 * in time is not to be the last of a burst. */
static bool waits(const struct burst *b, size_t at, uint32_t captured, uint64_t time_ns)
{
	if (captured > BURST_BYTES - at)
		return true;
	if (!b->count || time_ns <= b->pkts[b->count - 1].time_ns + SOURCE_LEAP_NS)
		return false;
	return b->count + 1 == BURST_PACKETS_MAX ||
	       at + captured + 8 + PACKET_BYTES_MAX > BURST_BYTES;
}

static int pcap_burst(struct source *s, struct burst *b)
{
	struct capture *c;

	b->count = 0;
	b->bytes_used = 0;
	while (b->count < BURST_PACKETS_MAX && (c = choose(s))) {
		size_t at = (b->bytes_used + 7) & ~(size_t)7;
		uint32_t captured = c->captured;
		struct pkt *p;

		if (captured > PACKET_BYTES_MAX)
			captured = PACKET_BYTES_MAX; /* D-Bus and USB may be longer */
		if (waits(b, at, captured, c->time_ns))
			break;
		p = &b->pkts[b->count];
		*p = (struct pkt){.captured = captured,
			.wire = c->wire,
			.time_ns = c->time_ns,
			.link = c->link};
		place(b, c, p, at);
		b->count++;
		if (!capture_next(s, c))
			drop(s, c);
	}
	s->packets += b->count;
	return b->count ? (int)b->count : -ENODATA;
}

static void pcap_release(struct source *s, struct burst *b)
{
	for (unsigned i = 0; i < b->count; i++) {
		if (b->owners[i])
			plain_release(&s->pool, b->owners[i]);
	}
	b->count = 0;
	b->bytes_used = 0;
}

static const char *pcap_problem(struct source *s)
{
	return s->problems_told < s->problem_count ? s->problems[s->problems_told++] : NULL;
}

static void pcap_source_stats(struct source *s, struct ledger *l)
{
	l->n[LEDGER_WIRE_SEEN] = s->packets;
	l->n[LEDGER_FILE_ERROR] = s->problem_count;
}

static void pcap_progress(struct source *s, struct source_progress *ret_progress)
{
	uint64_t read = s->disk_bytes_done;

	for (size_t i = 0; i < s->open_count; i++)
		read += capture_bytes_read(s->open[i]);
	*ret_progress = (struct source_progress){.bytes_read = read,
		.bytes_total = s->disk_bytes_total,
		.packets = s->packets,
		.name = s->reading};
}

static void pcap_source_close(struct source *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->capture_count; i++) {
		capture_close(s, &s->captures[i], false);
		free(s->captures[i].name);
	}
	for (size_t i = 0; i < s->problem_count; i++)
		free(s->problems[i]);
	plain_pool_done(&s->pool);
	free(s->captures);
	free(s->problems);
	free(s);
}

static void source_free_ptr(struct source **s)
{
	pcap_source_close(*s);
}

/* Look at the first stamp; a capture that has none is not kept. */
static int add_capture(struct source *s, const char *name, bool only)
{
	struct capture *c = &s->captures[s->capture_count];
	int r;

	*c = (struct capture){.argument = s->capture_count, .name = strdup(name)};
	if (!c->name)
		return -ENOMEM;
	s->capture_count++;
	s->reading = c->name;
	r = inflate_open(&c->stream, name, s->allow_bomb);
	if (r < 0)
		return r;
	s->disk_bytes_total += inflate_bytes_total(c->stream);
	if (!capture_begin(s, c)) {
		capture_close(s, c, true);
		free(c->name);
		s->capture_count--;
		s->reading = NULL;
	} else if (!only && inflate_can_reopen(c->stream)) {
		capture_close(s, c, false);
	}
	return 0;
}

static int pcap_source_open(struct source **ret_source, const struct source_config *config,
	char *ret_error, size_t error_size)
{
	_cleanup_(source_free_ptr) struct source *s = calloc(1, sizeof(*s));
	size_t inputs = 0;

	if (!s)
		return -ENOMEM;
	s->allow_bomb = config->allow_bomb;
	s->captures = calloc(config->name_count + 1, sizeof(*s->captures));
	s->problems = calloc(config->name_count + 1, sizeof(*s->problems));
	if (!s->captures || !s->problems)
		return -ENOMEM;
	for (size_t i = 0; i < config->name_count; i++) {
		const char *name = config->names[i];
		int r;

		inputs += strcmp(name, "-") == 0;
		r = inputs > 1 ? -EINVAL : add_capture(s, name, config->name_count == 1);
		if (r < 0) {
			(void)snprintf(ret_error, error_size, "%s: %s", name,
				inputs > 1 ? "standard input can be read only once"
					   : strerrordesc_np(-r));
			return r;
		}
	}
	qsort(s->captures, s->capture_count, sizeof(*s->captures), compare_captures);
	*ret_source = steal(s);
	return 0;
}

const struct source_ops pcap_source = {
	.name = "pcap",
	.open = pcap_source_open,
	.burst = pcap_burst,
	.release = pcap_release,
	.problem = pcap_problem,
	.stats = pcap_source_stats,
	.progress = pcap_progress,
	.close = pcap_source_close,
};
