/* SPDX-License-Identifier: Apache-2.0 */
/* The classifiers on packets written by hand. What nDPI makes of real traffic is the business of
 * the oracle tests. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "probe/classify.h"

#define STATES 4

struct end {
	const char *address;
	uint16_t port;
};

/* An IPv4 packet with its storage; sets what the classifier looks at of a pkt. */
struct made {
	uint8_t bytes[2048];
	struct pkt pkt;
};

static const struct classify_ops *const ops = &classify_ndpi;

/* Names change with nDPI's version; ndpiReader's that we are measured by is 4.2. */
static bool version_42(void)
{
	return strncmp(ops->version(), "4.2", 3) == 0;
}

static void put16(uint8_t *to, size_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static void make(struct made *m, uint8_t protocol, struct end from, struct end to,
	const void *payload, size_t bytes)
{
	size_t transport = protocol == IPPROTO_TCP ? 20 : 8, header = 14 + 20 + transport;
	uint8_t *ip = m->bytes + 14, *l4 = ip + 20;
	bool swap;

	assert_true(header + bytes <= sizeof(m->bytes));
	memset(m, 0, sizeof(*m));
	ip[0] = 0x45;
	put16(ip + 2, 20 + transport + bytes);
	ip[8] = 64;
	ip[9] = protocol;
	assert_int_equal(inet_pton(AF_INET, from.address, ip + 12), 1);
	assert_int_equal(inet_pton(AF_INET, to.address, ip + 16), 1);
	put16(l4, from.port);
	put16(l4 + 2, to.port);
	if (protocol == IPPROTO_TCP) {
		l4[12] = 5 << 4;
		l4[13] = 0x18; /* PSH ACK */
	} else {
		put16(l4 + 4, 8 + bytes);
	}
	memcpy(m->bytes + header, payload, bytes);
	m->pkt.bytes = m->bytes;
	m->pkt.captured = m->pkt.wire = (uint32_t)(header + bytes);
	m->pkt.ip_offset = 14;
	m->pkt.payload_offset = (uint16_t)header;
	m->pkt.ip_bytes = (uint32_t)(20 + transport + bytes);
	m->pkt.payload_bytes = m->pkt.payload_wire = (uint32_t)bytes;
	m->pkt.time_ns = m->pkt.clock_ns = 1700000000ull * 1000000000ull;
	swap = memcmp(ip + 12, ip + 16, 4) > 0;
	m->pkt.side = swap;
	m->pkt.key.protocol = protocol;
	for (unsigned i = 0; i < 2; i++) {
		uint8_t *address = m->pkt.key.address[i];

		address[10] = address[11] = 0xff;
		memcpy(address + 12, ip + (swap ? 16 - 4 * i : 12 + 4 * i), 4);
		m->pkt.key.port[i] = (i != swap ? to : from).port;
	}
}

/* The name of a flow of one packet. */
static void name_of(struct classifier *c, const struct made *m, char name[CLASSIFY_NAME_BYTES],
	struct application *app)
{
	struct classify_state *s = ops->begin(c, &m->pkt);

	assert_non_null(s);
	if (!ops->packet(c, s, &m->pkt, true, app))
		*app = ops->give_up(c, s);
	ops->end(c, s);
	(void)ops->both(c, app, name);
}

static int open_ndpi(void **state)
{
	return ops->open((struct classifier **)state, STATES);
}

static int close_ndpi(void **state)
{
	ops->close(*state);
	return 0;
}

static const struct end client = {"192.0.2.7", 40123}, server = {"198.51.100.9", 40999};

static const char dns_query[] = "\x12\x34\x01\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\1\0\1";
static const char bittorrent[] = "\x13"
				 "BitTorrent protocol\0\0\0\0\0\x10\0\5"
				 "aaaaaaaaaaaaaaaaaaaa-TR2940-bbbbbbbbbbbb";
static const char ssh_banner[] = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n";

static void test_one_packet(void **state)
{
	struct end dns = {"198.51.100.9", 53};
	struct made m;
	struct application app;
	char name[CLASSIFY_NAME_BYTES];

	make(&m, IPPROTO_UDP, client, dns, dns_query, sizeof(dns_query) - 1);
	name_of(*state, &m, name, &app);
	assert_string_equal(name, "DNS");
	assert_int_equal(app.by, CLASSIFY_ENGINE);
	assert_string_equal(ops->category_name(*state, app.category), "Network");

	make(&m, IPPROTO_TCP, client, server, bittorrent, sizeof(bittorrent) - 1);
	name_of(*state, &m, name, &app);
	assert_string_equal(name, "BitTorrent");
	assert_int_equal(app.by, CLASSIFY_ENGINE);
	assert_string_equal(ops->category_name(*state, app.category), "Download");

	make(&m, IPPROTO_TCP, server, client, ssh_banner, sizeof(ssh_banner) - 1);
	name_of(*state, &m, name, &app);
	assert_string_equal(name, "SSH");
	assert_string_equal(ops->category_name(*state, app.category), "RemoteAccess");
}

/* nDPI wants a command of the client and a reply before it calls this mail. */
static void test_both_directions(void **state)
{
	static const struct {
		bool to_server;
		const char *text;
	} lines[] = {
		{false, "220 mail.example.org ESMTP ready\r\n"},
		{true, "EHLO there.example.org\r\n"},
		{false, "250 mail.example.org\r\n"},
		{true, "MAIL FROM:<a@example.org>\r\n"},
		{false, "250 ok\r\n"},
		{true, "RCPT TO:<b@example.org>\r\n"},
	};
	static const struct end mail = {"198.51.100.9", 2525};
	struct application app = {0};
	struct classify_state *s = NULL;
	struct made m;
	size_t packets = 0;
	bool final = false;
	char name[CLASSIFY_NAME_BYTES];

	while (!final && packets < sizeof(lines) / sizeof(lines[0])) {
		bool to_server = lines[packets].to_server;

		make(&m, IPPROTO_TCP, to_server ? client : mail, to_server ? mail : client,
			lines[packets].text, strlen(lines[packets].text));
		if (!s)
			s = ops->begin(*state, &m.pkt);
		assert_non_null(s);
		final = ops->packet(*state, s, &m.pkt, to_server, &app);
		packets++;
	}
	assert_true(final);
	assert_in_range(packets, 2, 6);
	assert_int_equal(ops->both(*state, &app, name), 4);
	assert_string_equal(name, "SMTP");
	assert_int_equal(app.by, CLASSIFY_ENGINE);
	ops->end(*state, s);
}

/* Packets without payload and later fragments teach nothing; what nobody understands is given up
 * after some packets, guessed by its port where that says something. */
static void test_budget(void **state)
{
	static const char noise[] = "\x9b\xe4\x03\xd1\x77\x02\xfe\xc8\x5c\xaa\x31\x90\x66";
	struct end mqtt = {"198.51.100.9", 1883};
	struct classify_state *s;
	struct made empty, m;
	struct application app;
	unsigned packets = 0;
	bool final = false;
	char name[CLASSIFY_NAME_BYTES];

	make(&empty, IPPROTO_TCP, client, mqtt, "", 0);
	make(&m, IPPROTO_TCP, client, mqtt, noise, sizeof(noise) - 1);
	s = ops->begin(*state, &empty.pkt);
	assert_non_null(s);
	for (unsigned i = 0; i < 100; i++)
		assert_false(ops->packet(*state, s, &empty.pkt, true, &app));
	m.pkt.fragment = true;
	assert_false(ops->packet(*state, s, &m.pkt, true, &app));
	m.pkt.fragment = false;
	while (!final && packets < 100) {
		final = ops->packet(*state, s, &m.pkt, true, &app);
		packets++;
	}
	assert_in_range(packets, 2, 32);
	(void)ops->both(*state, &app, name);
	assert_string_equal(name, "MQTT");
	assert_int_equal(app.by, CLASSIFY_PORT);
	ops->end(*state, s);
}

/* A datagram that nobody waits to see more of is given up at once; what may be STUN is not. */
static void test_budget_of_udp(void **state)
{
	static const uint8_t noise[24] = {0x9b, 0xe4, 0x03, 0xd1, 0x77};
	static const uint8_t stun[24] = {0x00, 0x01, 0x00, 0x04, 0x77};
	struct application app;
	struct classify_state *s;
	struct made m;

	make(&m, IPPROTO_UDP, client, server, noise, sizeof(noise));
	s = ops->begin(*state, &m.pkt);
	assert_non_null(s);
	assert_true(ops->packet(*state, s, &m.pkt, true, &app));
	assert_int_equal(app.by, CLASSIFY_NOT);
	ops->end(*state, s);

	make(&m, IPPROTO_UDP, client, server, stun, sizeof(stun));
	s = ops->begin(*state, &m.pkt);
	assert_non_null(s);
	assert_false(ops->packet(*state, s, &m.pkt, true, &app));
	ops->end(*state, s);
}

static void test_pool(void **state)
{
	struct classify_state *s[STATES], *again;
	struct made m;

	make(&m, IPPROTO_UDP, client, server, "x", 1);
	for (unsigned i = 0; i < STATES; i++) {
		s[i] = ops->begin(*state, &m.pkt);
		assert_non_null(s[i]);
	}
	assert_null(ops->begin(*state, &m.pkt));
	ops->end(*state, s[2]);
	again = ops->begin(*state, &m.pkt);
	assert_ptr_equal(again, s[2]);
	assert_null(ops->begin(*state, &m.pkt));
	for (unsigned i = 0; i < STATES; i++)
		ops->end(*state, s[i]);
}

struct named {
	const char *master, *host;
	struct end server;
	const char *name, *category;
};

static void check_names(struct classifier *c, const struct named *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool udp = strstr("QUIC DNS MDNS", cases[i].master) != NULL;
		struct application app;
		char name[CLASSIFY_NAME_BYTES];
		struct made m;

		make(&m, udp ? IPPROTO_UDP : IPPROTO_TCP, client, cases[i].server, "x", 1);
		app = ops->by_name(
			c, &m.pkt, cases[i].master, cases[i].host, strlen(cases[i].host));
		(void)ops->both(c, &app, name);
		assert_string_equal(name, cases[i].name);
		assert_string_equal(ops->category_name(c, app.category), cases[i].category);
		assert_int_equal(app.by, app.app ? CLASSIFY_NAME : CLASSIFY_NOT);
	}
}

static void test_by_name(void **state)
{
	static const struct named cases[] = {
		{"TLS", "www.youtube.com", {"198.51.100.9", 443}, "TLS.YouTube", "Media"},
		{"TLS", "WWW.YouTube.COM", {"198.51.100.9", 443}, "TLS.YouTube", "Media"},
		{"TLS", "web.telegram.org", {"198.51.100.9", 443}, "TLS.Telegram", "Chat"},
		{"TLS", "www.example.org", {"198.51.100.9", 443}, "TLS", "Web"},
		{"TLS", "xn--bcher-kva.example.org", {"198.51.100.9", 443}, "TLS",
			"Web"}, /* a risk */
		{"TLS", "", {"198.51.100.9", 443}, "TLS", "Web"},
		{"TLS", "www.example.org", {"198.51.100.9", 993}, "IMAPS", "Email"},
		{"QUIC", "www.youtube.com", {"198.51.100.9", 443}, "QUIC.YouTube", "Media"},
		{"HTTP", "www.youtube.com", {"198.51.100.9", 80}, "HTTP.YouTube", "Media"},
		{"HTTP", "www.youtube.com:8080", {"198.51.100.9", 8080}, "HTTP.YouTube", "Media"},
		{"HTTP", "www.example.org", {"198.51.100.9", 80}, "HTTP", "Web"},
		{"DNS", "www.example.org", {"198.51.100.9", 53}, "DNS", "Network"},
		{"MDNS", "www.example.org", {"224.0.0.251", 5353}, "MDNS", "Network"},
		{"DNS", "www.example.org", {"224.0.0.251", 5353}, "MDNS", "Network"},
		{"DNS", "2.dnscrypt-cert.example.org", {"198.51.100.9", 443}, "DNScrypt",
			"Network"},
		{"DNS", "2.dnscrypt-cert.example.org", {"198.51.100.9", 53}, "DNS", "Network"},
		{"DNS", "there", {"224.0.0.252", 5355}, "LLMNR", "Network"},
		{"no such protocol", "www.example.org", {"198.51.100.9", 1}, "Unknown",
			"Unspecified"},
	};
	/* 4.2 asks for the address where the name says nothing */
	static const struct named cases_42[] = {
		{"TLS", "", {"8.8.8.8", 443}, "TLS.Google", "Web"},
		{"TLS", "www.youtube.com", {"198.51.100.9", 993}, "TLS.YouTube", "Media"},
		{"QUIC", "www.example.org", {"8.8.8.8", 443}, "QUIC.Google", "Web"},
		{"DNS", "www.youtube.com", {"198.51.100.9", 53}, "DNS.YouTube", "Media"},
	};
	/* 4.11 tells an address only where the port says nothing, and has DNS a category of its own
	 * whatever is asked for */
	static const struct named cases_411[] = {
		{"TLS", "", {"8.8.8.8", 443}, "TLS", "Web"},
		{"TLS", "www.youtube.com", {"198.51.100.9", 993}, "IMAPS.YouTube", "Email"},
		{"QUIC", "www.example.org", {"8.8.8.8", 443}, "QUIC", "Web"},
		{"DNS", "www.youtube.com", {"198.51.100.9", 53}, "DNS.YouTube", "Network"},
	};

	for (unsigned again = 0; again < 3; again++) { /* known then, and forgotten again */
		struct made m;

		check_names(*state, cases, ARRAY_LEN(cases));
		if (version_42())
			check_names(*state, cases_42, ARRAY_LEN(cases_42));
		else
			check_names(*state, cases_411, ARRAY_LEN(cases_411));
		make(&m, IPPROTO_TCP, client, server, "x", 1);
		for (unsigned i = 0; again && i < 50000; i++) {
			char host[40];
			int bytes = snprintf(host, sizeof(host), "n%u.example.org", i);

			(void)ops->by_name(*state, &m.pkt, "TLS", host, (size_t)bytes);
		}
	}
}

static void test_by_name_bad_hosts(void **state)
{
	char host[5000], name[CLASSIFY_NAME_BYTES];
	struct application app;
	struct made m;

	make(&m, IPPROTO_TCP, client, (struct end){"198.51.100.9", 443}, "x", 1);
	for (unsigned octet = 0; octet < 256; octet++) {
		memset(host, (int)octet, sizeof(host));
		app = ops->by_name(*state, &m.pkt, "TLS", host, sizeof(host));
		(void)ops->both(*state, &app, name);
		assert_string_equal(name, "TLS");
	}
	/* the end of a long name counts */
	memset(host, 'a', sizeof(host));
	memcpy(host + sizeof(host) - 12, ".youtube.com", 12);
	app = ops->by_name(*state, &m.pkt, "TLS", host, sizeof(host));
	(void)ops->both(*state, &app, name);
	assert_string_equal(name, "TLS.YouTube");
}

static void test_by_port(void **state)
{
	struct made m;
	struct application app;
	char name[CLASSIFY_NAME_BYTES];

	make(&m, IPPROTO_TCP, client, (struct end){"198.51.100.9", 22}, "", 0);
	app = ops->by_port(*state, &m.pkt);
	(void)ops->both(*state, &app, name);
	assert_string_equal(name, "SSH");
	assert_int_equal(app.by, CLASSIFY_PORT);

	make(&m, IPPROTO_TCP, client, (struct end){"8.8.8.8", 443}, "", 0);
	app = ops->by_port(*state, &m.pkt);
	(void)ops->both(*state, &app, name);
	if (version_42()) {
		assert_string_equal(name, "TLS.Google");
		assert_int_equal(app.by, CLASSIFY_ADDRESS);
	} else { /* which asks for the address where the port says nothing */
		assert_string_equal(name, "TLS");
		assert_int_equal(app.by, CLASSIFY_PORT);
	}

	make(&m, IPPROTO_TCP, client, server, "", 0);
	app = ops->by_port(*state, &m.pkt);
	assert_int_equal(app.by, CLASSIFY_NOT);
	assert_int_equal(app.app, 0);
	assert_int_equal(app.category, 0);
}

/* nDPI would remember a BitTorrent peer and call the next unknown flow between the two so. */
static void test_no_memory_of_other_flows(void **state)
{
	static const char noise[] = "\x9b\xe4\x03\xd1\x77\x02\xfe\xc8\x5c\xaa\x31\x90\x66";
	struct made peer, m;
	struct application app, alone;
	char name[CLASSIFY_NAME_BYTES];

	make(&m, IPPROTO_UDP, client, server, noise, sizeof(noise) - 1);
	name_of(*state, &m, name, &alone);
	assert_string_equal(name, "Unknown");

	make(&peer, IPPROTO_TCP, client, server, bittorrent, sizeof(bittorrent) - 1);
	name_of(*state, &peer, name, &app);
	assert_string_equal(name, "BitTorrent");
	name_of(*state, &m, name, &app);
	assert_string_equal(name, "Unknown");
	assert_memory_equal(&app, &alone, sizeof(app));
}

/* Every prefix of a packet, and one whose headers lie about their lengths. */
static void test_broken_packets(void **state)
{
	struct made whole, m;
	struct application app;
	char name[CLASSIFY_NAME_BYTES];

	make(&whole, IPPROTO_UDP, client, (struct end){"198.51.100.9", 53}, dns_query,
		sizeof(dns_query) - 1);
	for (uint32_t captured = 14; captured <= whole.pkt.captured; captured++) {
		m = whole;
		m.pkt.bytes = m.bytes;
		m.pkt.captured = captured;
		name_of(*state, &m, name, &app);
		/* by port, when there is no more of it */
		assert_string_equal(name, "DNS");
	}
	m = whole;
	m.pkt.bytes = m.bytes;
	memset(m.bytes + 16, 0, 2); /* as segmentation in the network card leaves it */
	name_of(*state, &m, name, &app);
	assert_string_equal(name, "DNS");
	assert_int_equal(app.by, CLASSIFY_ENGINE);
	for (unsigned at = 14; at < 42; at++) {
		m = whole;
		m.pkt.bytes = m.bytes;
		m.bytes[at] = 0xff;
		name_of(*state, &m, name, &app);
		assert_true(name[0]);
	}
}

static void test_none(void **state)
{
	struct classifier *c = NULL;
	struct made m;
	char name[CLASSIFY_NAME_BYTES];
	struct application app;

	(void)state;
	make(&m, IPPROTO_UDP, client, server, "x", 1);
	assert_int_equal(classify_none.open(&c, 10), 0);
	assert_null(classify_none.begin(c, &m.pkt));
	app = classify_none.by_name(c, &m.pkt, "TLS", "www.youtube.com", 15);
	assert_int_equal(app.app, 0);
	assert_int_equal(app.by, CLASSIFY_NOT);
	app = classify_none.by_port(c, &m.pkt);
	assert_int_equal(app.by, CLASSIFY_NOT);
	assert_int_equal(classify_none.both(c, &app, name), 7);
	assert_string_equal(name, "Unknown");
	classify_none.close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_packet),
		cmocka_unit_test(test_both_directions),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_budget_of_udp),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_by_name),
		cmocka_unit_test(test_by_name_bad_hosts),
		cmocka_unit_test(test_by_port),
		cmocka_unit_test(test_no_memory_of_other_flows),
		cmocka_unit_test(test_broken_packets),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, open_ndpi, close_ndpi);
}
