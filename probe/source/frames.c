/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "probe/source/frames.h"

static void put(struct frame *f, const void *octets, size_t bytes)
{
	assert(bytes <= FRAME_BYTES_MAX - f->count);
	if (bytes)
		memcpy(f->bytes + f->count, octets, bytes);
	f->count += bytes;
}

static void put_u8(struct frame *f, unsigned n)
{
	put(f, &(uint8_t){(uint8_t)n}, 1);
}

static void put_u16(struct frame *f, unsigned n)
{
	put(f, (uint8_t[]){(uint8_t)(n >> 8), (uint8_t)n}, 2);
}

static void put_u32(struct frame *f, uint32_t n)
{
	put_u16(f, n >> 16);
	put_u16(f, n & 0xffff);
}

static void put_text(struct frame *f, const char *text)
{
	put(f, text, strlen(text));
}

static void set_u16(struct frame *f, size_t at, unsigned n)
{
	f->bytes[at] = (uint8_t)(n >> 8);
	f->bytes[at + 1] = (uint8_t)n;
}

/* A length that is not known yet: room for it now, its value when what it measures is there. */
static size_t open_u16(struct frame *f)
{
	put_u16(f, 0);
	return f->count;
}

static void close_u16(struct frame *f, size_t opened)
{
	set_u16(f, opened - 2, (unsigned)(f->count - opened));
}

/* RFC 1071: the sum of 16-bit words, carries not folded yet. */
static uint64_t sum(const uint8_t *octets, size_t bytes)
{
	uint64_t total = 0;

	for (size_t i = 0; i + 1 < bytes; i += 2)
		total += (uint32_t)octets[i] << 8 | octets[i + 1];
	return bytes % 2 ? total + ((uint32_t)octets[bytes - 1] << 8) : total;
}

static unsigned fold(uint64_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (unsigned)(~total & 0xffff);
}

static bool is_v4(const uint8_t address[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(address, mapped, sizeof(mapped)) == 0;
}

/* Locally administered, from the last octets of the address. */
static void put_mac(struct frame *f, const uint8_t address[16])
{
	put_u16(f, 0x0200);
	put(f, address + 12, 4);
}

/* Ethernet and IP; returns the sum of the pseudo header. */
static uint64_t put_ip(struct frame *f, const struct frame_end *from, const struct frame_end *to,
	uint8_t protocol, size_t bytes)
{
	bool v4 = is_v4(from->address);
	size_t address_at = v4 ? 12 : 0, address_bytes = v4 ? 4 : 16, ip;

	f->count = 0;
	put_mac(f, to->address);
	put_mac(f, from->address);
	put_u16(f, v4 ? 0x0800 : 0x86dd);
	ip = f->count;
	if (v4) {
		put_u16(f, 0x4500);
		put_u16(f, (unsigned)bytes + 20);
		put_u32(f, 0x00004000); /* do not fragment */
		put_u8(f, 64);
		put_u8(f, protocol);
		put_u16(f, 0);
	} else {
		put_u32(f, 0x60000000);
		put_u16(f, (unsigned)bytes);
		put_u8(f, protocol);
		put_u8(f, 64);
	}
	put(f, from->address + address_at, address_bytes);
	put(f, to->address + address_at, address_bytes);
	if (v4)
		set_u16(f, ip + 10, fold(sum(f->bytes + ip, 20)));
	return sum(from->address + address_at, address_bytes) +
	       sum(to->address + address_at, address_bytes) + protocol + bytes;
}

void frame_tcp(struct frame *f, const struct frame_end *from, const struct frame_end *to,
	const struct frame_tcp *tcp, const struct frame *payload)
{
	bool syn = tcp->flags & FRAME_SYN;
	size_t header_bytes = syn ? 24 : 20, at;
	uint64_t pseudo = put_ip(f, from, to, 6, header_bytes + payload->count);

	at = f->count;
	put_u16(f, from->port);
	put_u16(f, to->port);
	put_u32(f, tcp->seq);
	put_u32(f, tcp->ack);
	put_u8(f, (unsigned)header_bytes << 2);
	put_u8(f, tcp->flags);
	put_u16(f, 65535);
	put_u32(f, 0);
	if (syn)
		put_u32(f, 0x02040000 | FRAME_PAYLOAD_MAX); /* maximum segment size */
	put(f, payload->bytes, payload->count);
	set_u16(f, at + 16, fold(pseudo + sum(f->bytes + at, f->count - at)));
}

void frame_udp(struct frame *f, const struct frame_end *from, const struct frame_end *to,
	const struct frame *payload)
{
	uint64_t pseudo = put_ip(f, from, to, 17, 8 + payload->count);
	size_t at = f->count;
	unsigned checksum;

	put_u16(f, from->port);
	put_u16(f, to->port);
	put_u16(f, (unsigned)payload->count + 8);
	put_u16(f, 0);
	put(f, payload->bytes, payload->count);
	checksum = fold(pseudo + sum(f->bytes + at, f->count - at));
	set_u16(f, at + 6, checksum ? checksum : 0xffff); /* 0 would say: none */
}

/* RFC 1035 section 4.1. */
static void put_dns(struct frame *f, unsigned flags, uint16_t id, const char *name, uint16_t type)
{
	f->count = 0;
	put_u16(f, id);
	put_u16(f, flags);
	put_u16(f, 1);
	put_u16(f, flags >> 15); /* an answer has one record */
	put_u32(f, 0);
	while (*name) {
		size_t label = strcspn(name, ".");

		put_u8(f, (unsigned)label);
		put(f, name, label);
		name += label + (name[label] == '.');
	}
	put_u8(f, 0);
	put_u16(f, type);
	put_u16(f, 1);
}

void frame_dns_query(struct frame *f, uint16_t id, const char *name, uint16_t type)
{
	put_dns(f, 0x0100, id, name, type);
}

void frame_dns_answer(
	struct frame *f, uint16_t id, const char *name, uint16_t type, const uint8_t address[16])
{
	bool v4 = type == 1;

	put_dns(f, 0x8180, id, name, type);
	put_u16(f, 0xc00c); /* the name of the question */
	put_u16(f, type);
	put_u16(f, 1);
	put_u32(f, 300);
	put_u16(f, v4 ? 4 : 16);
	put(f, address + (v4 ? 12 : 0), v4 ? 4 : 16);
}

static void put_list(struct frame *f, unsigned extension, const uint16_t *numbers, size_t count)
{
	size_t body, list;

	put_u16(f, extension);
	body = open_u16(f);
	list = open_u16(f);
	for (size_t i = 0; i < count; i++)
		put_u16(f, numbers[i]);
	close_u16(f, list);
	close_u16(f, body);
}

static void put_server_name(struct frame *f, const char *name)
{
	size_t body, list, host;

	put_u16(f, 0);
	body = open_u16(f);
	list = open_u16(f);
	put_u8(f, 0);
	host = open_u16(f);
	put_text(f, name);
	close_u16(f, host);
	close_u16(f, list);
	close_u16(f, body);
}

/* Record and handshake header, legacy version, random; returns where the handshake's body starts.
 */
static size_t open_hello(struct frame *f, unsigned type, const uint8_t random[32])
{
	size_t body;

	f->count = 0;
	put_u8(f, 22);
	put_u16(f, 0x0301);
	put_u16(f, 0);
	put_u8(f, type);
	put_u8(f, 0);
	body = open_u16(f);
	put_u16(f, 0x0303);
	put(f, random, 32);
	put_u8(f, 32); /* session id: middlebox compatibility */
	put(f, random, 32);
	return body;
}

static void close_hello(struct frame *f, size_t body)
{
	close_u16(f, body);
	set_u16(f, 3, (unsigned)(f->count - 5));
}

static void put_key_share(struct frame *f, const uint8_t key[32])
{
	put_u16(f, 29); /* x25519 */
	put_u16(f, 32);
	put(f, key, 32);
}

void frame_client_hello(struct frame *f, const char *server_name, const uint8_t random[32])
{
	static const uint16_t ciphers[] = {
		0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8};
	static const uint16_t groups[] = {29, 23, 24};
	static const uint16_t algorithms[] = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501};
	size_t body = open_hello(f, 1, random), list;

	list = open_u16(f);
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(*ciphers); i++)
		put_u16(f, ciphers[i]);
	close_u16(f, list);
	put_u16(f, 0x0100); /* no compression */
	list = open_u16(f);
	put_server_name(f, server_name);
	put_list(f, 10, groups, sizeof(groups) / sizeof(*groups));
	put_list(f, 13, algorithms, sizeof(algorithms) / sizeof(*algorithms));
	put(f, "\x00\x10\x00\x0e\x00\x0c\x02h2\x08http/1.1", 18); /* ALPN */
	put(f, "\x00\x2b\x00\x05\x04\x03\x04\x03\x03", 9);        /* supported_versions */
	put(f, "\x00\x2d\x00\x02\x01\x01", 6);                    /* psk_key_exchange_modes */
	put_u16(f, 51);
	put_u16(f, 38);
	put_u16(f, 36);
	put_key_share(f, random);
	close_u16(f, list);
	close_hello(f, body);
}

void frame_server_hello(struct frame *f, const uint8_t random[32])
{
	size_t body = open_hello(f, 2, random), list;

	put_u16(f, 0x1301);
	put_u8(f, 0);
	list = open_u16(f);
	put(f, "\x00\x2b\x00\x02\x03\x04", 6);
	put_u16(f, 51);
	put_u16(f, 36);
	put_key_share(f, random);
	close_u16(f, list);
	close_hello(f, body);
	put(f, "\x14\x03\x03\x00\x01\x01", 6); /* change_cipher_spec */
}

void frame_http_request(struct frame *f, const char *host, const char *path, const char *user_agent)
{
	f->count = 0;
	put_text(f, "GET ");
	put_text(f, path);
	put_text(f, " HTTP/1.1\r\nHost: ");
	put_text(f, host);
	put_text(f, "\r\nUser-Agent: ");
	put_text(f, user_agent);
	put_text(f, "\r\nAccept: */*\r\n\r\n");
}

void frame_http_answer(struct frame *f, uint32_t body_bytes)
{
	char length[16];

	f->count = 0;
	(void)snprintf(length, sizeof(length), "%u", body_bytes);
	put_text(f, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ");
	put_text(f, length);
	put_text(f, "\r\n\r\n");
}

void frame_fill(struct frame *f, uint64_t seed, size_t bytes)
{
	uint64_t x = seed | 1;

	assert(bytes <= FRAME_BYTES_MAX);
	for (size_t i = 0; i < bytes; i++) {
		if (i % 8 == 0)
			x = x * 6364136223846793005u + 1442695040888963407u;
		f->bytes[i] = (uint8_t)(x >> (8 * (7 - i % 8)));
	}
	f->count = bytes;
}

void frame_tls_data(struct frame *f, uint64_t seed, size_t bytes)
{
	assert(bytes >= 5);
	frame_fill(f, seed, bytes);
	memcpy(f->bytes, "\x17\x03\x03", 3);
	set_u16(f, 3, (unsigned)bytes - 5);
}
