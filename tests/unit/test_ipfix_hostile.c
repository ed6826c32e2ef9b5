/* SPDX-License-Identifier: Apache-2.0 */
/* Streams that are wrong in every octet, and what other exporters send. */
#include <errno.h>

#include "ipfix_sample.h"

/* Octets being put together; hexadecimal text with lengths filled in. */
struct octets {
	uint8_t at[1024];
	size_t count;
};

static void add(struct octets *o, const char *hex)
{
	o->count += unit_octets(o->at + o->count, hex);
	assert_true(o->count < sizeof(o->at));
}

static void put_u16(uint8_t *at, size_t n)
{
	at[0] = (uint8_t)(n >> 8);
	at[1] = (uint8_t)n;
}

/* A message with these sets: `id` and contents by turns, NULL-ended. The export time is 1000 s. */
static void add_message(struct octets *o, uint32_t sequence, const char *const *sets)
{
	size_t message = o->count;

	add(o, "000a 0000 000003e8");
	put_u16(o->at + o->count, sequence >> 16);
	put_u16(o->at + o->count + 2, sequence & 0xffff);
	o->count += 4;
	add(o, "00000001");
	for (; sets[0]; sets += 2) {
		size_t set = o->count;

		add(o, sets[0]);
		add(o, "0000");
		add(o, sets[1]);
		put_u16(o->at + set + 2, o->count - set);
	}
	put_u16(o->at + message + 2, o->count - message);
}

/* How many records come out of a stream; the result that ended it goes to *ret_end. */
static unsigned read_all(const uint8_t *octets, size_t bytes, bool datagram, int *ret_end)
{
	struct ipfix_reader *r;
	struct record record;
	unsigned count = 0;
	size_t fed = 0;

	assert_int_equal(ipfix_reader_new(&r, &schema, datagram), 0);
	do {
		fed += ipfix_reader_feed(r, octets + fed, bytes - fed);
		while ((*ret_end = ipfix_read(r, &record)) > 0)
			count++;
	} while (*ret_end == 0 && fed < bytes);
	if (*ret_end == 0 && !datagram) {
		assert_int_equal(ipfix_reader_feed(r, NULL, 0), 0);
		*ret_end = ipfix_read(r, &record);
	}
	if (*ret_end < 0)
		assert_non_null(strstr(ipfix_reader_error(r), "message "));
	ipfix_reader_close(r);
	return count;
}

#define STREAM_RECORDS 5

/* A stream of every kind of record, each in a message of its own, without the descriptions of the
 * elements. Returns its octets; where each record's message ends goes to `ends`. */
static size_t make_stream(uint8_t *to, size_t size, size_t ends[STREAM_RECORDS])
{
	_cleanup_(free_ptr) struct sample *s = malloc(sizeof(*s));
	_cleanup_(free_ptr) uint8_t *all = malloc(1 << 20);
	struct ipfix_writer *w;
	char path[64];
	int fd = memory_file(path);
	size_t kept = 0, records = 0;
	ssize_t bytes;

	w = writer(path);
	for (unsigned i = 0; i < STREAM_RECORDS; i++) {
		record_init(&s->record, kinds[i % 4], s->storage, sizeof(s->storage));
		for (size_t t = 0; s->record.kind->tables[t]; t++)
			tiny(&s->record, s->record.kind->tables[t]);
		if (i == 4)
			tiny(&s->record, &every_table);
		assert_int_equal(ipfix_write(w, &s->record), 0);
		assert_int_equal(ipfix_writer_flush(w), 0);
	}
	assert_int_equal(ipfix_writer_close(w), 0);
	bytes = read(fd, all, 1 << 20);
	for (size_t at = 0; at < (size_t)bytes;) {
		size_t length = (size_t)all[at + 2] << 8 | all[at + 3];
		size_t set = (size_t)all[at + 16] << 8 | all[at + 17];

		if (set != 3 && set != 256) {
			assert_true(kept + length <= size);
			memcpy(to + kept, all + at, length);
			kept += length;
			if (set > 256)
				ends[records++] = kept;
		}
		at += length;
	}
	assert_int_equal(records, STREAM_RECORDS);
	close(fd);
	return kept;
}

static void every_prefix(void **unused)
{
	(void)unused;
	static uint8_t stream[16384];
	size_t ends[STREAM_RECORDS], bytes = make_stream(stream, sizeof(stream), ends);
	unsigned whole = 0;
	size_t boundaries = 0;

	for (size_t n = 1; n <= bytes; n++) {
		int end;
		unsigned count = read_all(stream, n, false, &end);

		if (n == ends[whole])
			whole++;
		assert_int_equal(count, whole);
		assert_true(end == 0 || end == -EBADMSG);
		boundaries += end == 0;
		(void)read_all(stream, n, true, &end);
	}
	assert_int_equal(whole, STREAM_RECORDS);
	assert_int_equal(boundaries, 2 * STREAM_RECORDS); /* a template and a record each */
}

/* What stands before the message with the flipped octet is delivered; what follows may be. */
static void every_octet(void **unused)
{
	(void)unused;
	static const uint8_t flips[] = {0xff, 0x01, 0x80};
	static uint8_t stream[16384];
	size_t ends[STREAM_RECORDS], bytes = make_stream(stream, sizeof(stream), ends);

	for (size_t n = 0; n < bytes; n++) {
		unsigned before = 0;

		while (n >= ends[before])
			before++;
		for (size_t i = 0; i < ARRAY_LEN(flips); i++) {
			int end;

			stream[n] ^= flips[i];
			assert_in_range(
				read_all(stream, bytes, false, &end), before, STREAM_RECORDS + 4);
			stream[n] ^= flips[i];
		}
	}
}

/* One message and what must come of it. */
struct wrong {
	const char *what;
	const char *sets[8];
	int end;
	unsigned records, rejected;
};

/* Template 256: protocolIdentifier, octetDeltaCount as four octets. */
#define FOREIGN "0100 0002 0004 0001 0001 0004"

static const struct wrong wrongs[] = {
	{"fine", {"0002", FOREIGN, "0100", "06 00000010", NULL}, 0, 1, 0},
	{"padding after a record", {"0002", FOREIGN, "0100", "06 00000010 000000", NULL}, 0, 1, 0},
	{"padding after a template", {"0002", FOREIGN "0000 00", "0100", "06 00000010", NULL}, 0, 1,
		0},
	{"much padding after a template",
		{"0002", FOREIGN "0000 0000 0000", "0100", "06 00000010", NULL}, 0, 1, 0},
	{"a million nanoseconds in a millisecond",
		{"0002", "0100 0001 8065 0004 00007ed9", "0100", "000f4240 000f423f", NULL}, 0, 1,
		1},
	{"no template", {"0101", "06 00000010", "0002", FOREIGN, "0100", "06 00000010", NULL}, 0, 1,
		1},
	{"set id 0", {"0002", FOREIGN, "0000", "00", NULL}, -EBADMSG, 0, 0},
	{"set id 255", {"0002", FOREIGN, "00ff", "00", NULL}, -EBADMSG, 0, 0},
	{"template id 255", {"0002", "00ff 0001 0004 0001", NULL}, -EBADMSG, 0, 0},
	{"template cut off", {"0002", "0100 0002 0004 0001 0001", NULL}, -EBADMSG, 0, 0},
	{"enterprise cut off", {"0002", "0100 0001 8004 0001 0000", NULL}, -EBADMSG, 0, 0},
	{"too many elements", {"0002", "0100 ffff 0004 0001", NULL}, -EBADMSG, 0, 0},
	{"empty records", {"0002", "0100 0001 0052 0000", "0100", "00", NULL}, -EBADMSG, 0, 0},
	{"longer than the element", {"0002", "0100 0001 0004 0002", NULL}, -EBADMSG, 0, 0},
	{"a number of no octets", {"0002", "0100 0002 0004 0000 0001 0004", NULL}, -EBADMSG, 0, 0},
	{"a number of any length", {"0002", "0100 0001 0004 ffff", NULL}, -EBADMSG, 0, 0},
	{"an address of 3 octets", {"0002", "0100 0001 0008 0003", NULL}, -EBADMSG, 0, 0},
	{"an address of 17 octets", {"0002", "0100 0001 001b 0011", NULL}, -EBADMSG, 0, 0},
	{"a time of 4 octets", {"0002", "0100 0001 0098 0004", NULL}, -EBADMSG, 0, 0},
	{"redefinition", {"0002", FOREIGN "0100 0001 0004 0001", NULL}, -EBADMSG, 0, 0},
	{"the same template again", {"0002", FOREIGN FOREIGN, "0100", "06 00000010", NULL}, 0, 1,
		0},
	{"withdrawal", {"0002", FOREIGN "0100 0000 0100 0001 0004 0001", "0100", "06 11", NULL}, 0,
		2, 0},
	{"withdrawal of all", {"0002", FOREIGN "0002 0000", "0100", "06 00000010", NULL}, 0, 0, 1},
	{"withdrawal of what is not there", {"0002", "0777 0000", NULL}, 0, 0, 0},
	{"scope of none", {"0003", "0100 0001 0000 0004 0001", NULL}, -EBADMSG, 0, 0},
	{"scope of too many", {"0003", "0100 0001 0002 0004 0001", NULL}, -EBADMSG, 0, 0},
	{"options are not records", {"0003", "0100 0001 0001 0004 0001", "0100", "0607", NULL}, 0,
		0, 0},
	{"nothing that we know", {"0002", "0100 0001 1fff 0002", "0100", "00010002", NULL}, 0, 0,
		2},
	{"variable length past the end", {"0002", "0100 0001 0060 ffff", "0100", "02 61", NULL},
		-EBADMSG, 0, 0},
	{"variable length cut off", {"0002", "0100 0001 0060 ffff", "0100", "ff 00", NULL},
		-EBADMSG, 0, 0},
	{"text of fixed length", {"0002", "0100 0001 0060 0004", "0100", "61620000", NULL}, 0, 1,
		0},
	{"list cut off", {"0002", "0100 0001 0123 ffff", "0100", "04 03003a00", NULL}, 0, 0, 1},
	{"list of elements of no octets",
		{"0002", "0100 0002 0004 0001 0123 ffff", "0100", "06 06 03003a0000 00", NULL}, 0,
		0, 1},
	{"list whose element runs over its end",
		{"0002", "0100 0002 0004 0001 0123 ffff", "0100", "06 07 03003a0004 0000", NULL}, 0,
		0, 1},
	{"list of an element that we do not know",
		{"0002", "0100 0002 0004 0001 0123 ffff", "0100", "06 07 031fff0002 0000", NULL}, 0,
		1, 0},
	{"list of vlanIds",
		{"0002", "0100 0002 0004 0001 0123 ffff", "0100", "06 09 03003a0002 00050006",
			NULL},
		0, 1, 0},
	{"milliseconds beyond the end of time",
		{"0002", "0100 0001 0098 0008", "0100", "ffffffffffffffff", NULL}, 0, 0, 1},
};

static void wrong_messages(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(wrongs); i++) {
		const struct wrong *c = &wrongs[i];
		struct octets o = {.count = 0};
		struct ipfix_reader *r;
		struct record record;
		unsigned records = 0;
		int end;

		add_message(&o, 0, c->sets);
		assert_int_equal(ipfix_reader_new(&r, &schema, false), 0);
		assert_int_equal(ipfix_reader_feed(r, o.at, o.count), o.count);
		while ((end = ipfix_read(r, &record)) > 0) {
			assert_ptr_equal(record.kind, &kind_flow);
			records++;
		}
		if (end != c->end || records != c->records ||
			ipfix_reader_rejected(r) != c->rejected)
			fail_msg("%s: %d, %u records, %ju rejected: %s", c->what, end, records,
				(uintmax_t)ipfix_reader_rejected(r), ipfix_reader_error(r));
		ipfix_reader_close(r);
	}
}

static void wrong_headers(void **unused)
{
	(void)unused;
	static const struct {
		const char *hex;
		const char *says;
	} headers[] = {
		{"0009 0010 00000000 00000000 00000001", "version 9, not IPFIX"},
		{"000a 000f 00000000 00000000 00000001", "length 15"},
		{"000a 0000 00000000 00000000 00000001", "length 0"},
		{"000a 0012 00000000 00000000 00000001 0002", "set 2 with length 0"},
		{"000a 0014 00000000 00000000 00000001 0100 0003", "set 256 with length 3"},
		{"000a 0014 00000000 00000000 00000001 0100 0005", "set 256 with length 5"},
		{"000a 0014 00000000 00000000 00000001 0100", "cut off after 18 octets"},
		{"000a", "cut off after 2 octets"},
	};

	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		struct octets o = {.count = 0};
		struct ipfix_reader *r;
		struct record record;

		add(&o, "000a 0010 00000000 00000000 00000001");
		add(&o, headers[i].hex);
		assert_int_equal(ipfix_reader_new(&r, &schema, false), 0);
		assert_int_equal(ipfix_reader_feed(r, o.at, o.count), o.count);
		(void)ipfix_read(r, &record);
		assert_int_equal(ipfix_reader_feed(r, NULL, 0), 0);
		assert_int_equal(ipfix_read(r, &record), -EBADMSG);
		assert_non_null(strstr(ipfix_reader_error(r), headers[i].says));
		assert_non_null(strstr(ipfix_reader_error(r), "message 2 at octet 16:"));
		assert_int_equal(ipfix_read(r, &record), -EBADMSG); /* and stays so */
		ipfix_reader_close(r);
	}
}

/* A broken datagram costs itself only; templates may change, and cannot be withdrawn. */
static void datagrams(void **unused)
{
	(void)unused;
	static const struct {
		const char *sets[5];
		int end;
		unsigned records;
	} steps[] = {
		{{"0002", FOREIGN, "0100", "06 00000010", NULL}, 0, 1},
		{{"0100", "06 00000010 06 00000010", "0001", "", NULL}, -EBADMSG, 2},
		{{"0100", "06 00000010", NULL}, 0, 1},
		{{"0002", "0100 0000", "0100", "06 00000010", NULL}, 0, 1},
		{{"0002", "0100 0001 0004 0001", "0100", "06 11 01", NULL}, 0, 3},
	};
	struct ipfix_reader *r;
	struct record record;
	struct octets o = {.count = 0};

	assert_int_equal(ipfix_reader_new(&r, &schema, true), 0);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		unsigned records = 0;
		int end;

		o.count = 0;
		add_message(&o, 0, steps[i].sets);
		assert_int_equal(ipfix_reader_feed(r, o.at, o.count), o.count);
		while ((end = ipfix_read(r, &record)) > 0)
			records++;
		assert_int_equal(end, steps[i].end);
		assert_int_equal(records, steps[i].records);
		assert_int_equal(ipfix_read(r, &record), 0);
	}
	add(&o, "00"); /* one octet more than the header says */
	assert_int_equal(ipfix_reader_feed(r, o.at, o.count), o.count);
	assert_int_equal(ipfix_read(r, &record), -EBADMSG);
	ipfix_reader_close(r);
}

static void sequence_gaps(void **unused)
{
	(void)unused;
	static const struct {
		uint32_t sequence;
		uint64_t lost;
	} messages[] = {{4294967294, 0}, {0, 0}, {2, 0}, {7, 3}, {5, 3}, {17, 13}};
	static const char *const first[] = {
		"0002", FOREIGN, "0100", "06 00000010 06 00000010", NULL};
	static const char *const next[] = {"0100", "06 00000010 06 00000010", NULL};
	struct ipfix_reader *r;
	struct record record;

	assert_int_equal(ipfix_reader_new(&r, &schema, false), 0);
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		struct octets o = {.count = 0};

		add_message(&o, messages[i].sequence, i ? next : first);
		assert_int_equal(ipfix_reader_feed(r, o.at, o.count), o.count);
		assert_int_equal(ipfix_read(r, &record), 1);
		assert_int_equal(ipfix_read(r, &record), 1);
		assert_int_equal(ipfix_read(r, &record), 0);
		assert_true(ipfix_reader_lost(r) == messages[i].lost);
	}
	ipfix_reader_close(r);
}

/* Limits of one session. */
static void too_many(void **unused)
{
	(void)unused;
	static const char *const sets[] = {"0002", FOREIGN, NULL};
	struct octets o = {.count = 0};
	struct ipfix_reader *r;
	struct record record;
	unsigned n;

	add_message(&o, 0, sets);
	assert_int_equal(ipfix_reader_new(&r, &schema, true), 0);
	for (n = 0; n < 2000; n++) {
		put_u16(o.at + 20, 256 + n);
		(void)ipfix_reader_feed(r, o.at, o.count);
		if (ipfix_read(r, &record) < 0)
			break;
	}
	assert_int_equal(n, 1024);
	assert_non_null(strstr(ipfix_reader_error(r), "too many templates"));
	ipfix_reader_close(r);
	assert_int_equal(ipfix_reader_new(&r, &schema, true), 0);
	for (n = 0; n < 2000; n++) {
		put_u16(o.at + 14, n);
		(void)ipfix_reader_feed(r, o.at, o.count);
		if (ipfix_read(r, &record) < 0)
			break;
	}
	assert_int_equal(n, 64);
	assert_non_null(strstr(ipfix_reader_error(r), "observation domains"));
	ipfix_reader_close(r);
}

/* The numbers of a flow as other exporters say them. Export time 1000 s. */
static const struct {
	const char *template, *record;
	const struct field *field;
	uint64_t value;
} foreign[] = {
#define F(name) &flow_fields[FLOW_##name]
#define C(name) &common_fields[COMMON_##name]
	{"0002 0002", "1234", F(PKTS_TOSERVER), 0x1234},
	{"0056 0008", "0000000000001234", F(PKTS_TOSERVER), 0x1234},
	{"0055 0004", "00001234", F(BYTES_TOSERVER), 0x1234},
	{"8055 0004 00007279", "00001234", F(BYTES_TOCLIENT), 0x1234},
	{"8002 0003 00007279", "001234", F(PKTS_TOCLIENT), 0x1234},
	{"012a 0008", "0000000000001234", F(PKTS_TOSERVER), 0x1234},
	{"00e8 0008", "0000000000001234", F(BYTES_TOCLIENT), 0x1234},
	/* The delta is meant where there are both, whichever comes first. */
	{"0056 0001 0002 0001", "0907", F(PKTS_TOSERVER), 7},
	{"0002 0001 0056 0001", "0709", F(PKTS_TOSERVER), 7},
	{"0006 0002", "011b", F(TCP_FLAGS_TOSERVER), 0x1b},
	{"0088 0001", "03", F(REASON), 3},
	{"0007 0002", "01bb", C(SRC_PORT), 443},
	{"003a 0002", "0005", C(VLAN), 5},
	{"00f3 0002", "0005", C(VLAN), 5},
	{"0020 0002", "0800", C(ICMP_TYPE), 8},
	{"008b 0002", "0104", C(ICMP_CODE), 4},
	{"00b2 0001", "80", C(ICMP_TYPE), 128},
	{"0096 0004", "00000064", F(START), 100000000000},
	{"0098 0008", "00000000000186a1", F(START), 100001000000},
	{"009a 0008", "83aa7ee4 80000000", F(START), 100500000000},
	{"009a 0008", "83aa7ee4 00000000", F(START), 100000000000},
	{"009c 0008", "83aa7ee4 00000005", F(START), 100000000001},
	{"009c 0008", "00000000 00000000", F(START), 0},
	{"009d 0008", "00000001 00000000", F(END), 2085978497000000000},
	{"009e 0004", "000f4240", F(START), 999000000000},
	{"0016 0004", "00000064", F(START), 1000000000000},
	/* When it was seen: at the flow's end, or when it was sent. */
	{"0097 0004", "00000064", C(TIMESTAMP), 100000000000},
	{"0004 0001", "06", C(TIMESTAMP), 1000000000000},
	{"0004 0001 0143 0008", "06 0000000000000002", C(TIMESTAMP), 2000000},
};

static void foreign_elements(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
		struct octets o = {.count = 0}, size = {.count = 0};
		char template[64];
		const char *sets[] = {"0002", template, "0100", foreign[i].record, NULL};
		struct ipfix_reader *r;
		struct record record;
		unsigned elements = 0;

		add(&size, foreign[i].template);
		for (size_t at = 0; at < size.count; elements++)
			at += size.at[at] & 0x80 ? 8 : 4;
		(void)snprintf(
			template, sizeof(template), "0100 %04x %s", elements, foreign[i].template);
		add_message(&o, 0, sets);
		assert_int_equal(ipfix_reader_new(&r, &schema, true), 0);
		(void)ipfix_reader_feed(r, o.at, o.count);
		if (ipfix_read(r, &record) != 1)
			fail_msg("%s: %s", foreign[i].template, ipfix_reader_error(r));
		if (record_get(&record, foreign[i].field) != foreign[i].value)
			fail_msg("%s: %ju", foreign[i].template,
				(uintmax_t)record_get(&record, foreign[i].field));
		ipfix_reader_close(r);
	}
}

/* softflowd's way: times since the exporter started, and when that was as an option. */
static void uptime(void **unused)
{
	(void)unused;
	static const char *const sets[] = {"0003", "0101 0002 0001 0095 0004 00a0 0008", "0101",
		"00000001 0000000000010000", "0002", "0100 0002 0016 0004 0015 0004", "0100",
		"000003e8 000007d0", NULL};
	struct octets o = {.count = 0};
	struct ipfix_reader *r;
	struct record record;

	add_message(&o, 0, sets);
	assert_int_equal(ipfix_reader_new(&r, &schema, true), 0);
	(void)ipfix_reader_feed(r, o.at, o.count);
	assert_int_equal(ipfix_read(r, &record), 1);
	assert_true(record_get(&record, &flow_fields[FLOW_START]) == 66536000000);
	assert_true(record_get(&record, &flow_fields[FLOW_END]) == 67536000000);
	assert_true(record_get(&record, &common_fields[COMMON_TIMESTAMP]) == 67536000000);
	assert_int_equal(ipfix_read(r, &record), 0);
	assert_int_equal(ipfix_reader_rejected(r), 0);
	ipfix_reader_close(r);
}

/* The same octets in pieces of any size. */
static void pieces(void **unused)
{
	(void)unused;
	static uint8_t stream[16384];
	size_t ends[STREAM_RECORDS], bytes = make_stream(stream, sizeof(stream), ends);

	for (size_t size = 1; size < 100; size++) {
		struct ipfix_reader *r;
		struct record record;
		unsigned records = 0;
		int end = 0;

		assert_int_equal(ipfix_reader_new(&r, &schema, false), 0);
		for (size_t at = 0; at < bytes; at += size) {
			size_t n = bytes - at < size ? bytes - at : size;

			assert_int_equal(ipfix_reader_feed(r, stream + at, n), n);
			while ((end = ipfix_read(r, &record)) > 0)
				records++;
			assert_int_equal(end, 0);
		}
		assert_int_equal(records, STREAM_RECORDS);
		ipfix_reader_close(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(every_octet),
		cmocka_unit_test(wrong_messages),
		cmocka_unit_test(wrong_headers),
		cmocka_unit_test(datagrams),
		cmocka_unit_test(sequence_gaps),
		cmocka_unit_test(too_many),
		cmocka_unit_test(foreign_elements),
		cmocka_unit_test(uptime),
		cmocka_unit_test(pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
