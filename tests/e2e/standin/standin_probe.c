/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for kukla-probe where a test wants to know just what it sends: its "captures" are
 * commands. `flows=N` sends N flows with a name each; `hits=N`; `dns=N`; `partial` makes it exit 2;
 * `wrong` exit 1 at once; `crash` kills it after what came before; `nap=N` waits N milliseconds;
 * `garbage` writes what is no IPFIX; `forget=N` counts N records in its books that it does not
 * send. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/ipfix.h"
#include "base/ledger.h"
#include "base/schema.h"
#include "dissectors/schema_all.h"

#define TIME_NS 1684047600000000001ULL /* 2023-05-14T07:00:00 */

struct standin {
	struct ipfix_writer *writer;
	struct ledger *ledger;
	struct schema schema;
	uint64_t count;
	int status, progress;
	uint8_t storage[4096];
};

static const struct field *field_named(const struct standin *s, const char *key)
{
	for (size_t i = 0; s->schema.tables[i]; i++) {
		for (size_t j = 0; j < s->schema.tables[i]->count; j++) {
			if (strcmp(s->schema.tables[i]->fields[j].key, key) == 0)
				return &s->schema.tables[i]->fields[j];
		}
	}
	return NULL;
}

static void begin(struct standin *s, struct record *r, const struct record_kind *kind)
{
	uint64_t n = ++s->count;
	uint8_t address[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, (uint8_t)(n >> 16),
		(uint8_t)(n >> 8), (uint8_t)n};

	record_init(r, kind, s->storage, sizeof(s->storage));
	record_number(r, &common_fields[COMMON_TIMESTAMP], TIME_NS + n * 1000000);
	record_number(r, &common_fields[COMMON_FLOW_ID], n * 0x9e3779b97f4a7c15ULL | 1);
	record_address(r, &common_fields[COMMON_SRC_IP], address);
	record_number(r, &common_fields[COMMON_SRC_PORT], 1024 + n % 60000);
	address[12] = 198;
	address[13] = 51;
	address[14] = (uint8_t)(n % 100);
	record_address(r, &common_fields[COMMON_DEST_IP], address);
	record_number(r, &common_fields[COMMON_DEST_PORT], n % 3 ? 443 : 53);
	record_number(r, &common_fields[COMMON_PROTO], n % 3 ? 6 : 17);
}

static int send_record(struct standin *s, const struct record *r)
{
	int error = ipfix_write(s->writer, r);

	s->ledger->n[LEDGER_CREATED]++;
	s->ledger->n[LEDGER_SPOOLED]++;
	return error;
}

static int send_flow(struct standin *s)
{
	const struct field *sni = field_named(s, "tls.sni"), *ja4 = field_named(s, "tls.ja4");
	uint64_t packets = 10, octets = 5000;
	char name[64], id[64];
	struct record r;

	begin(s, &r, &kind_flow);
	(void)snprintf(id, sizeof(id),
		"1:%016llx%011llx=", (unsigned long long)(s->count * 0x9e3779b97f4a7c15ULL),
		(unsigned long long)(s->count * 0x2545f4914f6cdd1dULL % (1ULL << 44)));
	record_text(&r, &common_fields[COMMON_COMMUNITY_ID], id, strlen(id));
	record_number(&r, &flow_fields[FLOW_PKTS_TOSERVER], packets);
	record_number(&r, &flow_fields[FLOW_PKTS_TOCLIENT], s->count % 7);
	record_number(&r, &flow_fields[FLOW_BYTES_TOSERVER], octets);
	record_number(&r, &flow_fields[FLOW_BYTES_TOCLIENT], 1000 * (s->count % 7));
	record_number(&r, &flow_fields[FLOW_START], TIME_NS + s->count * 1000000 - 500000000);
	record_number(&r, &flow_fields[FLOW_END], TIME_NS + s->count * 1000000);
	record_number(&r, &flow_fields[FLOW_REASON], 1 + s->count % 3);
	record_text(&r, &flow_fields[FLOW_APP_PROTO], s->count % 3 ? "TLS.Telegram" : "DNS",
		s->count % 3 ? 12 : 3);
	record_number(&r, &flow_fields[FLOW_TCP_FLAGS_TOSERVER], 0x1b);
	if (s->count % 3 && sni) {
		(void)snprintf(name, sizeof(name), "www%llu.example.org",
			(unsigned long long)(s->count % 5000));
		record_text(&r, sni, name, strlen(name));
		if (ja4)
			record_text(&r, ja4, "t13d1516h2_8daaf6152771_02713d6af862", 36);
	}
	packets += s->count % 7;
	octets += 1000 * (s->count % 7);
	s->ledger->n[LEDGER_WIRE_SEEN] += packets;
	s->ledger->n[LEDGER_DELIVERED] += packets;
	s->ledger->n[LEDGER_DECODED] += packets;
	s->ledger->n[LEDGER_FLOW_PKTS] += packets;
	s->ledger->n[LEDGER_EXPORTED_PKTS] += packets;
	s->ledger->n[LEDGER_FLOW_BYTES] += octets;
	s->ledger->n[LEDGER_EXPORTED_BYTES] += octets;
	s->ledger->n[LEDGER_FLOW_RECORDS]++;
	return send_record(s, &r);
}

static int send_hit(struct standin *s)
{
	struct record r;

	begin(s, &r, &kind_hit);
	record_text(&r, &hit_fields[HIT_VALUE],
		s->count % 2 ? "puppet.example.org" : "\x1b[2J=cmd|\xff\"<",
		s->count % 2 ? 18 : 11);
	record_text(&r, &hit_fields[HIT_TYPE], "domain", 6);
	record_text(&r, &hit_fields[HIT_FIELD], "tls.sni", 7);
	record_text(&r, &hit_fields[HIT_CAMPAIGN], "Example", 7);
	record_text(&r, &hit_fields[HIT_ROLE], "reader-facing", 13);
	return send_record(s, &r);
}

static void nap(unsigned long ms)
{
	struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};

	(void)nanosleep(&t, NULL);
}

static int obey(struct standin *s, const char *word)
{
	const char *sign = strchr(word, '=');
	unsigned long n = sign ? strtoul(sign + 1, NULL, 10) : 0;
	int error = 0;

	if (strcmp(word, "partial") == 0) {
		(void)fprintf(stderr, "kukla-probe: standin: octet 24: cut off\n");
		s->ledger->n[LEDGER_FILE_ERROR]++;
		s->status = 2;
	} else if (strcmp(word, "crash") == 0) {
		(void)ipfix_writer_flush(s->writer);
		if (s->progress >= 0)
			(void)dprintf(s->progress, "1000 2000 %llu crash\n",
				(unsigned long long)s->ledger->n[LEDGER_DELIVERED] + 5);
		(void)raise(SIGKILL);
	} else if (strcmp(word, "garbage") == 0) {
		(void)ipfix_writer_flush(s->writer);
		(void)dprintf(STDOUT_FILENO, "this is no message at all, and it goes on and on");
	} else if (strncmp(word, "forget=", 7) == 0) {
		s->ledger->n[LEDGER_CREATED] += n;
		s->ledger->n[LEDGER_SPOOLED] += n;
	} else if (strncmp(word, "nap=", 4) == 0) {
		nap(n);
	} else if (strncmp(word, "flows=", 6) == 0) {
		for (; n && error == 0; n--)
			error = send_flow(s);
	} else if (strncmp(word, "hits=", 5) == 0) {
		for (; n && error == 0; n--)
			error = send_hit(s);
	} else {
		(void)fprintf(stderr, "kukla-probe: %s: there is no such file\n", word);
		s->status = 1;
		return -ENOENT;
	}
	if (s->progress >= 0)
		(void)dprintf(s->progress, "%llu 2000000 %llu %s\n",
			(unsigned long long)s->count * 100,
			(unsigned long long)s->ledger->n[LEDGER_DELIVERED], word);
	return error;
}

int main(int argc, char **argv)
{
	static struct ledger ledger;
	static struct standin s;
	const char *to = "-";
	char error[256];
	struct record r;
	int failed = 0, at = 1;

	s.ledger = &ledger;
	s.progress = -1;
	schema_init(&s.schema);
	for (; at < argc && strcmp(argv[at], "-r") != 0; at++) {
		if (strcmp(argv[at], "--progress-fd") == 0)
			s.progress = 3;
		if (strcmp(argv[at], "--to") == 0 && at + 1 < argc)
			to = argv[at + 1];
	}
	if (ipfix_writer_open(&s.writer, &s.schema.ipfix, to, 0, error, sizeof(error)) < 0) {
		(void)fprintf(stderr, "kukla-probe: %s: %s\n", to, error);
		return 1;
	}
	for (at++; at < argc && !failed; at++)
		failed = obey(&s, argv[at]);
	if (failed)
		return s.status ? s.status : 1;
	record_init(&r, &kind_ledger, s.storage, sizeof(s.storage));
	ledger_to_record(&ledger, &r);
	failed = ipfix_write(s.writer, &r);
	return ipfix_writer_close(s.writer) || failed ? 1 : s.status;
}
