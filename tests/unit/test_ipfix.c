/* SPDX-License-Identifier: Apache-2.0 */
/* Records through the writer and back, and writers that cannot write. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include "ipfix_sample.h"

#define ALL_RECORDS 600

static void round_trip(void **unused)
{
	(void)unused;
	_cleanup_(free_ptr) struct sample *s = malloc(sizeof(*s));
	struct record read;
	struct ipfix_reader *r;
	struct ipfix_writer *w;
	char path[64];
	int fd = memory_file(path);

	w = writer(path);
	for (unsigned n = 0; n < ALL_RECORDS; n++) {
		make(s, n);
		if (ipfix_write(w, &s->record))
			fail_msg("%u: %s", n, ipfix_writer_error(w));
		if (n % 50 == 0)
			assert_int_equal(ipfix_writer_flush(w), 0);
	}
	assert_int_equal(ipfix_writer_close(w), 0);
	r = reader(fd);
	for (unsigned n = 0; n < ALL_RECORDS; n++) {
		make(s, n);
		if (ipfix_read(r, &read) != 1)
			fail_msg("%u: %s", n, ipfix_reader_error(r));
		assert_int_equal(read.lost_values, 0);
		assert_same(&s->record, &read);
	}
	assert_int_equal(ipfix_read(r, &read), 0);
	assert_int_equal(ipfix_read(r, &read), 0);
	assert_int_equal(ipfix_reader_rejected(r), 0);
	assert_int_equal(ipfix_reader_lost(r), 0);
	ipfix_reader_close(r);
}

/* Signs of life are short, are no records and disturb no count of them. */
static void signs_of_life(void **unused)
{
	(void)unused;
	_cleanup_(free_ptr) struct sample *s = malloc(sizeof(*s));
	struct record read;
	struct ipfix_reader *r;
	struct ipfix_writer *w;
	char path[64];
	int fd = memory_file(path);
	off_t before;

	w = writer(path);
	for (unsigned n = 0; n < 3; n++) {
		make(s, n);
		assert_int_equal(ipfix_write(w, &s->record), 0);
		assert_int_equal(ipfix_writer_alive(w), 0); /* this one sends the record */
		before = lseek(fd, 0, SEEK_END);
		assert_int_equal(ipfix_writer_flush(w), 0);
		assert_int_equal(lseek(fd, 0, SEEK_END), before);
		assert_int_equal(ipfix_writer_alive(w), 0);
		assert_in_range(lseek(fd, 0, SEEK_END), before + 17, before + 400);
	}
	assert_int_equal(ipfix_writer_close(w), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	r = reader(fd);
	for (unsigned n = 0; n < 3; n++) {
		make(s, n);
		assert_int_equal(ipfix_read(r, &read), 1);
		assert_same(&s->record, &read);
	}
	assert_int_equal(ipfix_read(r, &read), 0);
	assert_int_equal(ipfix_reader_rejected(r) + ipfix_reader_lost(r), 0);
	ipfix_reader_close(r);
}

static void extreme_values(void **unused)
{
	(void)unused;
	static const uint64_t times[] = {0, 1, 999999, 1000000, UINT64_MAX - 1, UINT64_MAX};
	const struct field *stamp = &common_fields[COMMON_TIMESTAMP];
	_cleanup_(free_ptr) struct sample *s = malloc(sizeof(*s));
	struct record read;
	struct ipfix_reader *r;
	struct ipfix_writer *w;
	char path[64];
	int fd = memory_file(path);

	w = writer(path);
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		record_init(&s->record, &kind_flow, s->storage, sizeof(s->storage));
		record_number(&s->record, stamp, times[i]);
		record_number(&s->record, &flow_fields[FLOW_END], times[i]);
		assert_int_equal(ipfix_write(w, &s->record), 0);
	}
	/* As full as a record can be: texts that come back whole, values that all come back. */
	record_init(&s->record, &kind_message, s->storage, sizeof(s->storage));
	while (record_text(&s->record, &message_fields[1], "x", 1))
		continue;
	assert_int_equal(ipfix_write(w, &s->record), 0);
	assert_int_equal(ipfix_writer_close(w), 0);
	r = reader(fd);
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		struct record_value v;

		assert_int_equal(ipfix_read(r, &read), 1);
		assert_true(record_find(&read, stamp, &v));
		assert_true(v.number == times[i]);
		assert_true(record_get(&read, &flow_fields[FLOW_END]) == times[i]);
	}
	/* 1,489 values are more than a list may have. */
	assert_int_equal(ipfix_read(r, &read), 0);
	assert_int_equal(ipfix_reader_rejected(r), 1);
	ipfix_reader_close(r);
}

/* Walks a message: no set is empty, all lengths add up. Returns the records that its sequence
 * number counts, which are those before it. */
static uint32_t check_message(const uint8_t *m, size_t bytes)
{
	size_t at = 16;

	assert_int_equal(m[0] << 8 | m[1], 10);
	assert_int_equal(m[2] << 8 | m[3], bytes);
	assert_int_equal(m[15], 7); /* observation domain */
	while (at < bytes) {
		size_t length = (size_t)(m[at + 2] << 8 | m[at + 3]);

		assert_true(length > 4);
		at += length;
	}
	assert_int_equal(at, bytes);
	return (uint32_t)m[8] << 24 | (uint32_t)m[9] << 16 | (uint32_t)m[10] << 8 | m[11];
}

static void stream_layout(void **unused)
{
	(void)unused;
	_cleanup_(free_ptr) struct sample *s = malloc(sizeof(*s));
	_cleanup_(free_ptr) uint8_t *all = malloc(8 << 20);
	struct ipfix_writer *w;
	uint32_t sequence = 0;
	size_t messages = 0, longest = 0;
	char path[64];
	int fd = memory_file(path);
	ssize_t bytes;

	w = writer(path);
	for (unsigned n = 0; n < 4 * ALL_RECORDS; n += 4) { /* flows only: few templates */
		make(s, n);
		assert_int_equal(ipfix_write(w, &s->record), 0);
	}
	assert_int_equal(ipfix_writer_close(w), 0);
	bytes = read(fd, all, 8 << 20);
	for (size_t at = 0; at < (size_t)bytes; messages++) {
		size_t length = (size_t)all[at + 2] << 8 | all[at + 3];
		uint32_t next = check_message(all + at, length);

		assert_true(next >= sequence);
		sequence = next;
		longest = length > longest ? length : longest;
		at += length;
	}
	assert_true(messages > 10);
	assert_true(longest > 50000);
	close(fd);
}

static void datagrams_are_small(void **unused)
{
	(void)unused;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t at_bytes = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), buffer = 4 << 20;
	uint8_t storage[512], datagram[2048], text[100] = "x";
	size_t datagrams = 0, longest = 0;
	struct ipfix_writer *w;
	struct record r;
	ssize_t bytes;
	char to[64];

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &at_bytes), 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	(void)snprintf(to, sizeof(to), "udp:127.0.0.1:%u", ntohs(at.sin_port));
	w = writer(to);
	for (unsigned n = 0; n < 1600; n++) { /* by turns, so that there are many sets */
		record_init(&r, n % 2 ? &kind_flow : &kind_hit, storage, sizeof(storage));
		record_text(&r, n % 2 ? &flow_fields[FLOW_APP_PROTO] : &hit_fields[HIT_VALUE], text,
			n / 16);
		assert_int_equal(ipfix_write(w, &r), 0);
	}
	assert_int_equal(ipfix_writer_close(w), 0);
	for (; (bytes = recv(fd, datagram, sizeof(datagram), MSG_DONTWAIT)) > 0; datagrams++) {
		(void)check_message(datagram, (size_t)bytes);
		longest = (size_t)bytes > longest ? (size_t)bytes : longest;
	}
	assert_in_range(longest, 1200, 1400);
	assert_in_range(datagrams, 80, 800);
	close(fd);
}

static void pipe_without_reader(void **unused)
{
	(void)unused;
	_cleanup_(free_ptr) struct sample *s = malloc(sizeof(*s));
	struct ipfix_writer *w;
	char path[64];
	int fds[2], error = 0;

	assert_int_equal(pipe(fds), 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[1]);
	assert_int_equal(fcntl(fds[1], F_SETPIPE_SZ, 1 << 20) >= 0, 1);
	w = writer(path);
	close(fds[0]);
	close(fds[1]);
	for (unsigned n = 0; n < 10000 && !error; n++) {
		make(s, 4 * n);
		error = ipfix_write(w, &s->record);
	}
	assert_int_equal(error, -EPIPE);
	assert_non_null(strstr(ipfix_writer_error(w), "Broken pipe"));
	assert_int_equal(ipfix_write(w, &s->record), -EPIPE);
	assert_int_equal(ipfix_writer_flush(w), -EPIPE);
	assert_int_equal(ipfix_writer_close(w), -EPIPE);
}

static void full_disk(void **unused)
{
	(void)unused;
	struct ipfix_writer *w;
	char error[256] = "";

	assert_int_equal(
		ipfix_writer_open(&w, &schema, "/dev/full", 7, error, sizeof(error)), -ENOSPC);
	assert_non_null(strstr(error, "/dev/full"));
}

static void wrong_targets(void **unused)
{
	(void)unused;
	static const struct {
		const char *to;
		int error;
	} targets[] = {
		{"/no/such/folder/x", -ENOENT},
		{"tcp:localhost", -EINVAL},
		{"tcp::4739", -EINVAL},
		{"udp:localhost:", -EINVAL},
		{"tcp:127.0.0.1:1", -ECONNREFUSED},
		{"tcp:[::1]:1", -ECONNREFUSED},
		{"tcp:no.such.host.invalid:4739", -EADDRNOTAVAIL},
		{"tls:127.0.0.1:4739", -EPROTONOSUPPORT}, /* never a file of that name */
		{"tcp4:127.0.0.1:4739", -EPROTONOSUPPORT},
		{"TCP:127.0.0.1:4739", -EPROTONOSUPPORT},
		{"records:today", -EPROTONOSUPPORT},
	};

	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		struct ipfix_writer *w = NULL;
		char error[256] = "";
		int result = ipfix_writer_open(&w, &schema, targets[i].to, 7, error, sizeof(error));

		/* Where there is no IPv6 at all, there is no such address either. */
		if (targets[i].to[4] == '[' && result == -EADDRNOTAVAIL)
			continue;
		assert_int_equal(result, targets[i].error);
		assert_non_null(strstr(error, targets[i].to));
		assert_null(w);
	}
}

/* A field that contradicts the element which it names is found when the writer is opened. */
static void wrong_fields(void **unused)
{
	(void)unused;
	static const struct field wrong[] = {
		{.key = "w.wide", .type = FIELD_U64, .pen = PEN_IANA, .ie = 4, .ie_name = "x"},
		{.key = "w.text", .type = FIELD_TEXT, .pen = PEN_IANA, .ie = 1, .ie_name = "x"},
		{.key = "w.time", .type = FIELD_TIME, .pen = PEN_IANA, .ie = 150, .ie_name = "x"},
		{.key = "w.address",
			.type = FIELD_ADDRESS,
			.pen = PEN_IANA,
			.ie = 27,
			.ie_name = "x"},
		{.key = "w.times[]",
			.type = FIELD_TIME,
			.flags = FIELD_LIST,
			.pen = KUKLA_PEN,
			.ie = 9999,
			.ie_name = "x"},
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		const struct field_table table = {"w", &wrong[i], 1};
		const struct field_table *const with[] = {&table, NULL};
		const struct ipfix_schema bad = {kinds, with};
		struct ipfix_writer *w = NULL;
		char error[256] = "";

		assert_int_equal(
			ipfix_writer_open(&w, &bad, "/dev/null", 7, error, sizeof(error)), -EINVAL);
		assert_non_null(strstr(error, wrong[i].key));
		assert_null(w);
	}
}

/* Records of a field that no table has, and more kinds of templates than there may be. */
static void writer_limits(void **unused)
{
	(void)unused;
	static const struct field one[8] = {
#define ONE(n) {.key = "o", .type = FIELD_U8, .pen = KUKLA_PEN, .ie = 9300 + (n), .ie_name = "o"}
		ONE(0), ONE(1), ONE(2), ONE(3), ONE(4), ONE(5), ONE(6), ONE(7)};
	static const struct field alien = ONE(99);
	static const struct field_table ones[8] = {{"o", &one[0], 1}, {"o", &one[1], 1},
		{"o", &one[2], 1}, {"o", &one[3], 1}, {"o", &one[4], 1}, {"o", &one[5], 1},
		{"o", &one[6], 1}, {"o", &one[7], 1}};
	static const struct field_table *const many[] = {&ones[0], &ones[1], &ones[2], &ones[3],
		&ones[4], &ones[5], &ones[6], &ones[7], NULL};
	const struct ipfix_schema wide = {kinds, many};
	struct ipfix_writer *w;
	_cleanup_(free_ptr) struct sample *s = malloc(sizeof(*s));
	char path[64], error[256];
	struct ipfix_reader *r;
	struct record read;
	int fd = memory_file(path);
	unsigned wrote = 0;

	assert_int_equal(ipfix_writer_open(&w, &wide, path, 7, error, sizeof(error)), 0);
	record_init(&s->record, &kind_flow, s->storage, sizeof(s->storage));
	record_number(&s->record, &alien, 1);
	assert_int_equal(ipfix_write(w, &s->record), -EINVAL);
	for (unsigned set = 0; set < 256; set++) {
		record_init(&s->record, &kind_flow, s->storage, sizeof(s->storage));
		for (unsigned bit = 0; bit < 8; bit++)
			record_number(&s->record, &one[bit], set >> bit & 1);
		record_number(&s->record, &flow_fields[FLOW_BYTES_TOSERVER], set);
		if (ipfix_write(w, &s->record) == 0)
			wrote++;
		else
			assert_non_null(strstr(ipfix_writer_error(w), "No space left"));
	}
	assert_int_equal(wrote, 128);
	record_init(&s->record, &kind_flow, s->storage, sizeof(s->storage));
	assert_int_equal(ipfix_write(w, &s->record), 0); /* a template that is there */
	assert_int_equal(ipfix_writer_close(w), 0);
	assert_int_equal(ipfix_reader_open(&r, &wide, fd, error, sizeof(error)), 0);
	for (unsigned set = 0; set < wrote; set++) {
		if (ipfix_read(r, &read) != 1)
			fail_msg("%s", ipfix_reader_error(r));
		assert_int_equal(record_get(&read, &flow_fields[FLOW_BYTES_TOSERVER]), set);
		for (unsigned bit = 0; bit < 8; bit++)
			assert_int_equal(record_get(&read, &one[bit]), set >> bit & 1);
	}
	ipfix_reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(signs_of_life),
		cmocka_unit_test(extreme_values),
		cmocka_unit_test(stream_layout),
		cmocka_unit_test(datagrams_are_small),
		cmocka_unit_test(pipe_without_reader),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(wrong_targets),
		cmocka_unit_test(wrong_fields),
		cmocka_unit_test(writer_limits),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
