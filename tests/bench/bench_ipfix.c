/* SPDX-License-Identifier: Apache-2.0 */
/* Flow records with the fields of a TLS flow to IPFIX and back, one core.
 * usage: bench_ipfix [RECORDS] */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/ipfix.h"
#include "base/schema.h"

static const struct field tls_fields[] = {
#define TEXT(n, name)                                                                              \
	{                                                                                          \
		.key = name, .type = FIELD_TEXT, .pen = KUKLA_PEN, .ie = 9000 + (n),               \
		.ie_name = name                                                                    \
	}
	TEXT(0, "tls.sni"), TEXT(1, "tls.version"), TEXT(2, "tls.alpn"), TEXT(3, "tls.ja3.hash"),
	TEXT(4, "tls.ja3s.hash"), TEXT(5, "tls.ja4"), TEXT(6, "tls.subject"),
	TEXT(7, "tls.issuerdn"), TEXT(8, "tls.fingerprint"),
	{.key = "tls.ech", .type = FIELD_U8, .pen = KUKLA_PEN, .ie = 9010, .ie_name = "ech"}};
static const struct field_table tls_table = {"tls", tls_fields, ARRAY_LEN(tls_fields)};
static const struct record_kind *const kinds[] = {&kind_flow, &kind_hit, &kind_ledger, NULL};
static const struct field_table *const tables[] = {&tls_table, NULL};
static const struct ipfix_schema schema = {kinds, tables};

static double cpu_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void text(struct record *r, const struct field *f, const char *value)
{
	record_text(r, f, value, strlen(value));
}

static void make(struct record *r, uint64_t n)
{
	uint8_t address[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, (uint8_t)n};

	record_clear(r);
	record_number(r, &common_fields[COMMON_TIMESTAMP], 1700000000000000000 + n);
	record_number(r, &common_fields[COMMON_FLOW_ID], n);
	record_address(r, &common_fields[COMMON_SRC_IP], address);
	record_number(r, &common_fields[COMMON_SRC_PORT], 1024 + n % 60000);
	record_address(r, &common_fields[COMMON_DEST_IP], address);
	record_number(r, &common_fields[COMMON_DEST_PORT], 443);
	record_number(r, &common_fields[COMMON_PROTO], 6);
	text(r, &common_fields[COMMON_COMMUNITY_ID], "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
	record_number(r, &flow_fields[FLOW_PKTS_TOSERVER], 12);
	record_number(r, &flow_fields[FLOW_PKTS_TOCLIENT], 14);
	record_number(r, &flow_fields[FLOW_BYTES_TOSERVER], 2345);
	record_number(r, &flow_fields[FLOW_BYTES_TOCLIENT], 12345);
	record_number(r, &flow_fields[FLOW_START], 1700000000000000000 + n);
	record_number(r, &flow_fields[FLOW_END], 1700000001000000000 + n);
	record_number(r, &flow_fields[FLOW_REASON], 3);
	text(r, &flow_fields[FLOW_APP_PROTO], "TLS.Telegram");
	text(r, &flow_fields[FLOW_NDPI_MASTER], "TLS");
	text(r, &flow_fields[FLOW_NDPI_APP], "Telegram");
	text(r, &flow_fields[FLOW_NDPI_CATEGORY], "Chat");
	text(r, &flow_fields[FLOW_NDPI_BY], "name");
	record_number(r, &flow_fields[FLOW_TCP_FLAGS_TOSERVER], 0x1b);
	record_number(r, &flow_fields[FLOW_TCP_FLAGS_TOCLIENT], 0x1b);
	text(r, &tls_fields[0], "www.example.org");
	text(r, &tls_fields[1], "TLS 1.3");
	text(r, &tls_fields[2], "h2");
	text(r, &tls_fields[3], "e7d705a3286e19ea42f587b344ee6865");
	text(r, &tls_fields[4], "e7d705a3286e19ea42f587b344ee6865");
	text(r, &tls_fields[5], "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000, got = 0;
	static uint8_t storage[RECORD_BYTES_MAX];
	int fd = memfd_create("ipfix", 0), result = 0;
	struct record record, read;
	struct ipfix_writer *w;
	struct ipfix_reader *r;
	char path[64], error[256] = "";
	double start, made, wrote;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	record_init(&record, &kind_flow, storage, sizeof(storage));
	start = cpu_seconds();
	for (unsigned long n = 0; n < count; n++)
		make(&record, n);
	made = cpu_seconds() - start;
	if (ipfix_writer_open(&w, &schema, path, 0, error, sizeof(error)) < 0)
		return 1;
	start = cpu_seconds();
	for (unsigned long n = 0; n < count && !result; n++) {
		make(&record, n);
		result = ipfix_write(w, &record);
	}
	if (ipfix_writer_close(w) < 0 || result < 0)
		return 1;
	wrote = cpu_seconds() - start - made;
	printf("out %.0f records/s, %.0f octets a record\n", (double)count / wrote,
		(double)lseek(fd, 0, SEEK_END) / (double)count);
	(void)lseek(fd, 0, SEEK_SET);
	start = cpu_seconds();
	if (ipfix_reader_open(&r, &schema, fd, error, sizeof(error)) < 0)
		return 1;
	while ((result = ipfix_read(r, &read)) > 0)
		got++;
	printf("in  %.0f records/s\n", (double)got / (cpu_seconds() - start));
	ipfix_reader_close(r);
	return result < 0 || got != count;
}
