/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ipfix_out.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

static void addrinfo_free(struct addrinfo **list)
{
	if (*list)
		freeaddrinfo(*list);
}

/* "HOST:PORT" or "[HOST]:PORT". */
static bool split(const char *text, char *ret_host, size_t size, const char **ret_port)
{
	const char *colon = strrchr(text, ':');
	size_t bytes = colon ? (size_t)(colon - text) : 0;

	if (bytes >= 2 && text[0] == '[' && text[bytes - 1] == ']') {
		text++;
		bytes -= 2;
	}
	if (bytes == 0 || bytes >= size || colon[1] == 0)
		return false;
	memcpy(ret_host, text, bytes);
	ret_host[bytes] = 0;
	*ret_port = colon + 1;
	return true;
}

static int out_connect(struct ipfix_out *o, const char *to, char *ret_error, size_t error_size)
{
	struct addrinfo hints = {.ai_socktype = o->datagrams ? SOCK_DGRAM : SOCK_STREAM};
	_cleanup_(addrinfo_free) struct addrinfo *list = NULL;
	char host[256];
	const char *port;
	int error;

	if (!split(to + 4, host, sizeof(host), &port)) {
		(void)snprintf(ret_error, error_size, "%s: HOST:PORT expected", to);
		return -EINVAL;
	}
	error = getaddrinfo(host, port, &hints, &list);
	if (error) {
		(void)snprintf(ret_error, error_size, "%s: %s", to, gai_strerror(error));
		return -EADDRNOTAVAIL;
	}
	error = EADDRNOTAVAIL;
	for (struct addrinfo *a = list; a; a = a->ai_next) {
		o->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
		o->owned = o->fd >= 0;
		if (o->owned && connect(o->fd, a->ai_addr, a->ai_addrlen) == 0)
			return 0;
		error = errno;
		(void)ipfix_out_close(o);
	}
	(void)snprintf(ret_error, error_size, "%s: %s", to, strerror(error));
	return -error;
}

/* Octets before the colon of "scheme:rest" (RFC 3986 section 3.1); 0: it is a path. */
static size_t scheme_bytes(const char *to)
{
	size_t bytes = strcspn(to, ":/");

	return to[bytes] == ':' ? bytes : 0;
}

static int unknown_scheme(const char *to, size_t bytes, char *ret_error, size_t error_size)
{
	if (bytes == 3 && strncmp(to, "tls", 3) == 0)
		(void)snprintf(ret_error, error_size,
			"%s: TLS is not there yet; say tcp:HOST:PORT with a loopback address, and "
			"let "
			"a tunnel (stunnel, ssh -L) carry it",
			to);
	else
		(void)snprintf(ret_error, error_size,
			"%s: '%.*s:' is not known: -, tcp:HOST:PORT, udp:HOST:PORT or a file; a "
			"file "
			"of that name is ./%s",
			to, (int)bytes, to, to);
	return -EPROTONOSUPPORT;
}

int ipfix_out_open(struct ipfix_out *o, const char *to, char *ret_error, size_t error_size)
{
	*o = (struct ipfix_out){.fd = STDOUT_FILENO};
	if (strcmp(to, "-") == 0)
		return 0;
	o->datagrams = strncmp(to, "udp:", 4) == 0;
	if (o->datagrams || strncmp(to, "tcp:", 4) == 0)
		return out_connect(o, to, ret_error, error_size);
	if (scheme_bytes(to))
		return unknown_scheme(to, scheme_bytes(to), ret_error, error_size);
	o->fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	o->owned = o->fd >= 0;
	if (o->owned)
		return 0;
	(void)snprintf(ret_error, error_size, "%s: %s", to, strerror(errno));
	return -errno;
}

bool ipfix_out_is_remote(const struct ipfix_out *o)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct sockaddr_storage peer = {0};
	socklen_t bytes = sizeof(peer);

	if (!o->owned || getpeername(o->fd, (struct sockaddr *)&peer, &bytes) < 0)
		return false;
	if (peer.ss_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, &peer, sizeof(v4));
		return ntohl(v4.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET;
	}
	if (peer.ss_family == AF_INET6) {
		struct sockaddr_in6 v6;

		memcpy(&v6, &peer, sizeof(v6));
		return !IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) &&
		       !(memcmp(&v6.sin6_addr, mapped, 12) == 0 &&
			       v6.sin6_addr.s6_addr[12] == IN_LOOPBACKNET);
	}
	return false;
}

static int send_datagram(const struct ipfix_out *o, const uint8_t *message, size_t bytes)
{
	/* A refusal tells of an earlier datagram; this one has not been sent yet. */
	for (int attempt = 0; attempt < 2; attempt++) {
		ssize_t n = send(o->fd, message, bytes, MSG_NOSIGNAL);

		if (n == (ssize_t)bytes)
			return 0;
		if (n >= 0)
			return -EMSGSIZE;
		if (errno != EINTR && errno != ECONNREFUSED)
			break;
	}
	return -errno;
}

int ipfix_out_write(const struct ipfix_out *o, const uint8_t *message, size_t bytes)
{
	if (o->datagrams)
		return send_datagram(o, message, bytes);
	while (bytes) {
		ssize_t n = write(o->fd, message, bytes);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			message += n;
			bytes -= (size_t)n;
		}
	}
	return 0;
}

int ipfix_out_close(struct ipfix_out *o)
{
	int error = o->owned && close(o->fd) < 0 ? -errno : 0;

	o->owned = false;
	return error;
}
