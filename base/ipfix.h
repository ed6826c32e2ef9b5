/* SPDX-License-Identifier: Apache-2.0 */
/* Records to IPFIX and back (RFC 7011, biflow by RFC 5103, files by RFC 5655). The elements come
 * from the field tables. A template is: one kind of record, the dissectors whose fields it has, and
 * the address family. libfixbuf is known to ipfix_model.c and ipfix_write.c only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"

struct ipfix_writer;
struct ipfix_reader;

/* All kinds and all dissector tables a program knows: NULL-ended, borrowed, must outlive. */
struct ipfix_schema {
	const struct record_kind *const *kinds;
	const struct field_table *const
		*tables; /* of the dissectors: fields that a flow may have besides */
};

/* `to`: "-" standard output, "tcp:HOST:PORT", "udp:HOST:PORT", or a file; a name with a colon in it
 * is taken for a file only after a slash ("./a:b"): "tls:..." must not become one. Blocks where the
 * receiver is slow. Writing to a pipe whose reader has gone is -EPIPE. */
int ipfix_writer_open(struct ipfix_writer **ret, const struct ipfix_schema *schema, const char *to,
	uint32_t observation_domain, char *ret_error, size_t error_size);
int ipfix_write(struct ipfix_writer *w, const struct record *r);
int ipfix_writer_flush(struct ipfix_writer *w);
/* The same, and where there is nothing to send says once more what one of our elements is: a
 * collector ends a connection that is silent for long. */
int ipfix_writer_alive(struct ipfix_writer *w);
/* Whether records go to another machine, where anybody on the way can read them. */
bool ipfix_writer_is_remote(const struct ipfix_writer *w);
const char *ipfix_writer_error(const struct ipfix_writer *w);
int ipfix_writer_close(struct ipfix_writer *w); /* flushes; says what went wrong last */

/* From a file descriptor that carries a stream of messages (pipe, TCP connection, file); the reader
 * owns it from now on. */
int ipfix_reader_open(struct ipfix_reader **ret, const struct ipfix_schema *schema, int fd,
	char *ret_error, size_t error_size);
/* 1: a record, in the reader's storage until the next call; 0: the end; negative: broken
 * (ipfix_reader_error says where). Records of foreign exporters become flows with what we know of
 * them; elements we do not know are skipped. */
int ipfix_read(struct ipfix_reader *r, struct record *ret_record);
/* Without a descriptor: the caller brings the octets, of a stream as they arrive, or one
 * `datagrams` message at a time (UDP; a broken one is an error of ipfix_read and the next one is
 * read again). */
int ipfix_reader_new(struct ipfix_reader **ret, const struct ipfix_schema *schema, bool datagrams);
/* Takes octets and says how many; read (until 0) before giving more. None at all is the end of a
 * stream: then a message that is cut off is an error. */
size_t ipfix_reader_feed(struct ipfix_reader *r, const void *octets, size_t bytes);
/* Records that were there and could not be understood; a set whose template is missing counts as
 * one. */
uint64_t ipfix_reader_rejected(const struct ipfix_reader *r);
/* Records that were not there, by the sequence numbers of the messages. */
uint64_t ipfix_reader_lost(const struct ipfix_reader *r);
const char *ipfix_reader_error(const struct ipfix_reader *r);
void ipfix_reader_close(struct ipfix_reader *r);
