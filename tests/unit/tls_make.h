/* SPDX-License-Identifier: Apache-2.0 */
/* Handshake messages and certificates for the tests of TLS and DTLS, made octet by octet. */
#pragma once

#include <stdio.h>

#include "tests/unit/dissect_test.h"

/* Bytes under construction; lengths are filled in when a block is closed. */
struct out {
	uint8_t bytes[20000];
	size_t used;
};

static inline void put(struct out *o, const char *digits)
{
	o->used += from_hex(o->bytes + o->used, sizeof(o->bytes) - o->used, digits);
}

static inline size_t open_block(struct out *o, size_t width)
{
	o->used += width;
	return o->used;
}

static inline void close_block(struct out *o, size_t start, size_t width)
{
	size_t bytes = o->used - start;

	for (size_t i = 1; i <= width; i++, bytes >>= 8)
		o->bytes[start - i] = (uint8_t)bytes;
}

static inline void put_extension(struct out *o, const char *type, const char *body)
{
	size_t start;

	put(o, type);
	start = open_block(o, 2);
	put(o, body);
	close_block(o, start, 2);
}

static inline void put_random(struct out *o)
{
	memset(o->bytes + o->used, 0x5a, 32);
	o->used += 32;
}

/* A record of TLS with octets of handshake. */
static inline void put_record(struct out *o, const uint8_t *body, size_t bytes)
{
	size_t start;

	put(o, "160301");
	start = open_block(o, 2);
	memcpy(o->bytes + o->used, body, bytes);
	o->used += bytes;
	close_block(o, start, 2);
}

/* Lengths of two octets throughout: DER would write shorter ones, readers take both. */
static inline size_t open_der(struct out *o, const char *tag)
{
	put(o, tag);
	put(o, "82");
	return open_block(o, 2);
}

static inline void put_der(struct out *o, const char *tag, const char *body)
{
	size_t start = open_der(o, tag);

	put(o, body);
	close_block(o, start, 2);
}

/* One RelativeDistinguishedName of one attribute. */
static inline void put_attribute(
	struct out *o, const char *oid, const char *string_tag, const char *value)
{
	size_t set = open_der(o, "31"), pair = open_der(o, "30");

	put_der(o, "06", oid);
	put_der(o, string_tag, value);
	close_block(o, pair, 2);
	close_block(o, set, 2);
}

static inline void put_names(struct out *o)
{
	size_t list = open_der(o, "30"), one, octets, names;

	one = open_der(o, "30");
	put_der(o, "06", "551d0f"); /* key usage, which is passed over */
	put_der(o, "01", "ff");
	put_der(o, "04", "030205a0");
	close_block(o, one, 2);
	one = open_der(o, "30");
	put_der(o, "06", "551d11");
	octets = open_der(o, "04");
	names = open_der(o, "30");
	put_der(o, "82", "6578616d706c652e6f7267"); /* example.org */
	put_der(o, "81", "6140622e63");             /* a mail address */
	put_der(o, "82", "2a2e6100622e63");         /* *.a NUL b.c */
	put_der(o, "87", "c0000201");
	put_der(o, "87", "20010db8000000000000000000000001");
	put_der(o, "87", "c00002");
	close_block(o, names, 2);
	close_block(o, octets, 2);
	close_block(o, one, 2);
	close_block(o, list, 2);
}

/* A certificate of example.org, version 3, with a signature of nothing. */
static inline void put_certificate(struct out *o)
{
	size_t whole = open_der(o, "30"), body = open_der(o, "30"), block;

	put(o, "a003020102");
	put_der(o, "02", "00c7d4288b");
	put_der(o, "30", "06082a8648ce3d040302");
	block = open_der(o, "30");
	put_attribute(o, "550406", "13", "4e4c");                   /* C=NL */
	put_attribute(o, "55040a", "0c", "4578616d706c652c20422e"); /* O=Example, B. */
	close_block(o, block, 2);
	block = open_der(o, "30");
	put(o, "170d3233303130323033303430355a");     /* 230102030405Z */
	put(o, "180f39393939313233313233353935395a"); /* 99991231235959Z */
	close_block(o, block, 2);
	block = open_der(o, "30");
	put_attribute(o, "550403", "1e", "0061 00e9 20ac d83d");    /* BMPString */
	put_attribute(o, "550403", "14", "e9");                     /* T61String */
	put_attribute(o, "2a864886f70d010901", "16", "6140622e63"); /* Email */
	put_attribute(o, "2b0601040182370a", "0c", "78");           /* no name */
	put_attribute(o, "550403", "02", "05");                     /* no string */
	close_block(o, block, 2);
	put_der(o, "30", "0500");
	block = open_der(o, "a3");
	put_names(o);
	close_block(o, block, 2);
	close_block(o, body, 2);
	put_der(o, "30", "06082a8648ce3d040302");
	put_der(o, "03", "00");
	close_block(o, whole, 2);
}

/* The body of a Certificate message: this one, and the beginning of another. */
static inline void put_certificate_list(struct out *o)
{
	size_t list = open_block(o, 3), one = open_block(o, 3);

	put_certificate(o);
	close_block(o, one, 3);
	one = open_block(o, 3);
	put(o, "30820000");
	close_block(o, one, 3);
	close_block(o, list, 3);
}
