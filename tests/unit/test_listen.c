/* SPDX-License-Identifier: Apache-2.0 */
/* Exporters over loopback: ours by TCP and UDP, broken ones, too many. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include "collector/receive/listen.h"
#include "ipfix_sample.h"

struct seen {
	struct listener *listener;
	unsigned records, problems, ticks;
	unsigned begun, ended;
	struct ipfix_writer *exporter;  /* that shows signs of life */
	uint64_t session_records, lost; /* of those that ended */
	unsigned wanted;                /* stop after so many records */
	unsigned ticks_most;            /* or so many ticks */
	uint64_t bytes_sum;
	bool refuse, refuse_begin;
	struct listen_session last; /* that a record came from */
	int fail;
	char problem[512];
};

static int on_begin(void *context, struct listen_session *session)
{
	struct seen *s = context;

	session->owner = calloc(1, sizeof(uint64_t));
	s->begun++;
	return session->owner && !s->refuse_begin ? 0 : (free(session->owner), -ENOMEM);
}

static void on_end(void *context, const struct listen_session *session)
{
	struct seen *s = context;

	s->ended++;
	s->session_records += *(uint64_t *)session->owner;
	s->lost += session->lost;
	free(session->owner);
}

static int on_record(void *context, const struct listen_session *session, const struct record *r)
{
	struct seen *s = context;

	++*(uint64_t *)session->owner;
	s->last = *session;
	s->bytes_sum += record_get(r, &flow_fields[FLOW_BYTES_TOSERVER]);
	if (++s->records == s->wanted)
		listen_stop(s->listener);
	return s->fail;
}

static void on_problem(void *context, const char *text)
{
	struct seen *s = context;

	s->problems++;
	(void)snprintf(s->problem, sizeof(s->problem), "%s", text);
}

static int on_tick(void *context)
{
	struct seen *s = context;

	if (s->exporter)
		assert_int_equal(ipfix_writer_alive(s->exporter), 0);
	if (++s->ticks == s->ticks_most)
		listen_stop(s->listener);
	return 0;
}

static bool admits(void *context, const uint8_t address[16])
{
	static const uint8_t loopback[16] = {[10] = 0xff, [11] = 0xff, 127, 0, 0, 1};
	struct seen *s = context;

	assert_memory_equal(address, loopback, 16);
	return !s->refuse;
}

static struct listener *start(struct seen *s, unsigned idle_s)
{
	struct listen_config config = {.schema = &schema,
		.address = "127.0.0.1",
		.idle_s = idle_s,
		.context = s,
		.on_begin = on_begin,
		.on_record = on_record,
		.on_end = on_end,
		.on_problem = on_problem,
		.on_tick = on_tick,
		.admits = admits};
	char error[256] = "";

	if (listen_open(&s->listener, &config, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	if (s->ticks_most == 0)
		s->ticks_most = 10; /* a test that fails ends all the same */
	assert_true(listen_port(s->listener, true) > 0);
	assert_true(listen_port(s->listener, false) > 0);
	return s->listener;
}

static int raw(const struct listener *l, bool tcp)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(listen_port(l, tcp)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* One exporter: `count` flows of 1, 2, 3 ... octets. */
static void export_flows(const struct listener *l, bool tcp, unsigned count)
{
	uint8_t storage[512];
	struct ipfix_writer *w;
	struct record r;
	char to[64];

	(void)snprintf(to, sizeof(to), "%s:127.0.0.1:%u", tcp ? "tcp" : "udp", listen_port(l, tcp));
	w = writer(to);
	for (unsigned n = 1; n <= count; n++) {
		record_init(&r, &kind_flow, storage, sizeof(storage));
		record_number(&r, &flow_fields[FLOW_BYTES_TOSERVER], n);
		record_text(&r, &small_fields[0], "name", 4);
		assert_int_equal(ipfix_write(w, &r), 0);
		if (n % 50 == 0)
			assert_int_equal(ipfix_writer_flush(w), 0);
	}
	assert_int_equal(ipfix_writer_close(w), 0);
}

/* What was written before the listener stops is read, all of it. */
static void both_transports(void **unused)
{
	(void)unused;
	struct seen s = {.wanted = 2 * 3 * 100};
	struct listener *l = start(&s, 0);
	struct listen_counts counts;

	for (int i = 0; i < 3; i++) {
		export_flows(l, true, 100);
		export_flows(l, false, 100);
	}
	assert_int_equal(listen_run(l), 0);
	listen_count(l, &counts);
	listen_close(l);
	assert_int_equal(s.records, 600);
	assert_int_equal(s.bytes_sum, 6 * 5050);
	assert_int_equal(s.begun, 6);
	assert_int_equal(s.ended, 6);
	assert_int_equal(s.session_records, 600);
	assert_int_equal(s.problems, 0);
	assert_int_equal(counts.sessions, 6);
	assert_int_equal(counts.records, 600);
	assert_int_equal(counts.refused + counts.broken + counts.rejected + counts.lost, 0);
}

/* Told to stop before it has looked: what is there is read all the same. */
static void stopped_early(void **unused)
{
	(void)unused;
	struct seen s = {.wanted = 0};
	struct listener *l = start(&s, 0);

	export_flows(l, true, 100);
	export_flows(l, false, 100);
	listen_stop(l);
	assert_int_equal(listen_run(l), 0);
	listen_close(l);
	assert_int_equal(s.records, 200);
}

static void *export_many(void *context)
{
	export_flows(context, true, 50000);
	return NULL;
}

/* Two exporters at once, with more than a socket's buffer holds. */
static void slow_reader(void **unused)
{
	(void)unused;
	struct seen s = {.wanted = 100000, .ticks_most = 60};
	struct listener *l = start(&s, 0);
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, export_many, l), 0);
	assert_int_equal(listen_run(l), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	listen_close(l);
	assert_int_equal(s.records, 100000);
}

/* A broken peer costs its own session and is named; the others go on. */
static void broken_peers(void **unused)
{
	(void)unused;
	static const char http[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	static const uint8_t cut[] = {0, 10, 0, 20, 0, 0, 0, 0};
	struct seen s = {.wanted = 20};
	struct listener *l = start(&s, 0);
	struct listen_counts counts;
	int fds[3] = {raw(l, true), raw(l, true), raw(l, false)};

	assert_true(write(fds[0], http, sizeof(http)) > 0);
	assert_true(write(fds[1], cut, sizeof(cut)) > 0);
	close(fds[1]);
	for (int i = 0; i < 3; i++)
		assert_true(write(fds[2], http, sizeof(http)) > 0);
	export_flows(l, false, 10);
	export_flows(l, true, 10);
	assert_int_equal(listen_run(l), 0);
	listen_count(l, &counts);
	assert_int_equal(read(fds[0], s.problem, 1), 0); /* it was closed */
	listen_close(l);
	close(fds[0]);
	close(fds[2]);
	assert_int_equal(s.records, 20);
	assert_int_equal(counts.broken, 5);
	assert_int_equal(s.problems, 3); /* once for each peer */
	assert_non_null(strstr(s.problem, "127.0.0.1 port "));
}

static void too_many_of_a_peer(void **unused)
{
	(void)unused;
	struct seen s = {.ticks_most = 1};
	struct listener *l = start(&s, 0);
	struct listen_counts counts;
	int fds[12];

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = raw(l, true);
	assert_int_equal(listen_run(l), 0);
	listen_count(l, &counts);
	assert_int_equal(counts.sessions, LISTEN_SESSIONS_PER_PEER_MAX);
	assert_int_equal(counts.refused, 12 - LISTEN_SESSIONS_PER_PEER_MAX);
	assert_non_null(strstr(s.problem, "too many sessions of one peer"));
	listen_close(l);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
}

static void not_admitted(void **unused)
{
	(void)unused;
	struct seen s = {.ticks_most = 1, .refuse = true};
	struct listener *l = start(&s, 0);
	struct listen_counts counts;

	export_flows(l, false, 10);
	assert_int_equal(listen_run(l), 0);
	listen_count(l, &counts);
	listen_close(l);
	assert_int_equal(s.records, 0);
	assert_int_equal(counts.sessions, 0);
	assert_true(counts.refused >= 3); /* each of its datagrams */
	assert_int_equal(s.problems, 1);
}

/* Each session has its own owner, and ends although others take its place. */
static void sessions_are_told_apart(void **unused)
{
	(void)unused;
	static const uint8_t loopback[16] = {[10] = 0xff, [11] = 0xff, 127, 0, 0, 1};
	struct seen s = {.wanted = 30};
	struct listener *l = start(&s, 0);
	struct listen_counts counts;
	int fd = raw(l, true);

	export_flows(l, true, 10);
	export_flows(l, true, 20);
	assert_int_equal(listen_run(l), 0);
	listen_count(l, &counts);
	assert_true(s.ended >= 1 && s.ended <= 2); /* the silent one has not */
	assert_memory_equal(s.last.peer.address, loopback, 16);
	assert_true(s.last.peer.port > 0);
	assert_false(s.last.datagrams);
	listen_close(l);
	close(fd);
	assert_int_equal(counts.sessions, 3);
	assert_int_equal(s.ended, 3);
	assert_int_equal(s.session_records, 30);
}

/* Who keeps books and has no memory for them refuses; it is not told of an end. */
static void refused_at_its_begin(void **unused)
{
	(void)unused;
	struct seen s = {.ticks_most = 1, .refuse_begin = true};
	struct listener *l = start(&s, 0);
	struct listen_counts counts;

	export_flows(l, true, 10);
	assert_int_equal(listen_run(l), 0);
	listen_count(l, &counts);
	listen_close(l);
	assert_int_equal(s.begun, 1);
	assert_int_equal(s.ended + s.records, 0);
	assert_int_equal(counts.refused, 1);
	assert_int_equal(counts.sessions, 0);
}

static void silent_session(void **unused)
{
	(void)unused;
	struct seen s = {.ticks_most = 3};
	struct listener *l = start(&s, 1);
	struct listen_counts counts;
	char octet;
	int fd = raw(l, true);

	assert_int_equal(listen_run(l), 0);
	listen_count(l, &counts);
	assert_int_equal(counts.idle, 1);
	assert_int_equal(read(fd, &octet, 1), 0);
	listen_close(l);
	close(fd);
}

static void quiet_session(void **unused)
{
	(void)unused;
	struct seen s = {.ticks_most = 5};
	struct listener *l = start(&s, 2);
	struct listen_counts counts;
	char to[64];

	(void)snprintf(to, sizeof(to), "tcp:127.0.0.1:%u", listen_port(l, true));
	s.exporter = writer(to);
	assert_int_equal(listen_run(l), 0);
	listen_count(l, &counts);
	listen_close(l);
	assert_int_equal(counts.sessions, 1);
	assert_int_equal(counts.idle + counts.broken + counts.rejected + counts.lost, 0);
	assert_int_equal(s.records, 0);
	(void)ipfix_writer_close(s.exporter);
}

/* A store that fails ends the run with its result. */
static void failing_record(void **unused)
{
	(void)unused;
	struct seen s = {.fail = -ENOSPC};
	struct listener *l = start(&s, 0);

	export_flows(l, true, 10);
	assert_int_equal(listen_run(l), -ENOSPC);
	listen_close(l);
	assert_int_equal(s.records, 1);
}

static void port_in_use(void **unused)
{
	(void)unused;
	struct seen s = {.wanted = 1};
	struct listener *l = start(&s, 0), *other = NULL;
	struct listen_config config = {.schema = &schema,
		.address = "127.0.0.1",
		.tcp_port = listen_port(l, true),
		.udp_port = LISTEN_PORT_NONE};
	char error[256] = "";

	assert_int_equal(listen_open(&other, &config, error, sizeof(error)), -EADDRINUSE);
	assert_non_null(strstr(error, "tcp port "));
	config.address = "example.org"; /* addresses only: nothing is asked of a name server */
	assert_int_equal(listen_open(&other, &config, error, sizeof(error)), -EADDRNOTAVAIL);
	assert_null(other);
	listen_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_transports),
		cmocka_unit_test(stopped_early),
		cmocka_unit_test(slow_reader),
		cmocka_unit_test(broken_peers),
		cmocka_unit_test(too_many_of_a_peer),
		cmocka_unit_test(not_admitted),
		cmocka_unit_test(sessions_are_told_apart),
		cmocka_unit_test(refused_at_its_begin),
		cmocka_unit_test(silent_session),
		cmocka_unit_test(quiet_session),
		cmocka_unit_test(failing_record),
		cmocka_unit_test(port_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
