/* SPDX-License-Identifier: Apache-2.0 */
/* Where an IPFIX writer's messages go: a file descriptor that is a stream or a datagram socket. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipfix_out {
	int fd;
	bool datagrams;
	bool owned; /* close it */
};

/* `to` as ipfix_writer_open says. */
int ipfix_out_open(struct ipfix_out *o, const char *to, char *ret_error, size_t error_size);
/* A socket whose other end is not on the loopback address. */
bool ipfix_out_is_remote(const struct ipfix_out *o);
/* All of it, or a negative errno. */
int ipfix_out_write(const struct ipfix_out *o, const uint8_t *message, size_t bytes);
int ipfix_out_close(struct ipfix_out *o);
