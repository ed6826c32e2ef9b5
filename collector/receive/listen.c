/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/receive/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "base/cleanup.h"
#include "base/text.h"

#define DATAGRAM_SESSIONS_MAX (LISTEN_SESSIONS_MAX / 2)
#define IDLE_S                120
#define REPLACE_S             60 /* a datagram session so long silent makes room for another */
#define TELL_S                60
#define OCTETS_PER_TURN       65536
#define DATAGRAMS_PER_TURN    64
#define TURNS_AFTER_STOP      16
#define DATAGRAM_BUFFER_BYTES (4 << 20)

enum { POLL_STOP, POLL_TICK, POLL_TCP, POLL_UDP, POLL_SESSIONS };

struct session {
	struct listen_session about;
	struct ipfix_reader *reader;
	int fd;           /* -1: datagrams */
	uint64_t heard_s; /* in ticks of the listener */
	uint64_t told_s;  /* 0: never */
};

struct listener {
	struct listen_config config;
	struct listen_counts counts; /* those of ended sessions; the others are in their readers */
	uint64_t now_s;              /* ticks since the start, from 1 on */
	uint64_t told_s;
	int stop_fd, tick_fd;
	int result; /* nonzero: of a function of the config */
	size_t session_count, datagram_sessions;
	struct session sessions[LISTEN_SESSIONS_MAX];
	struct pollfd polls[POLL_SESSIONS + LISTEN_SESSIONS_MAX];
	uint8_t octets[OCTETS_PER_TURN];
};

static int listen_error(char *ret_error, size_t size, const char *what, int error)
{
	(void)snprintf(ret_error, size, "%s: %s", what, strerror(error));
	return -error;
}

static struct listen_peer peer_of(const struct sockaddr_storage *from)
{
	struct listen_peer p = {.address = {[10] = 0xff, [11] = 0xff}};

	if (from->ss_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, from, sizeof(v4));
		memcpy(p.address + 12, &v4.sin_addr, 4);
		p.port = ntohs(v4.sin_port);
	} else {
		struct sockaddr_in6 v6;

		memcpy(&v6, from, sizeof(v6));
		memcpy(p.address, &v6.sin6_addr, 16);
		p.port = ntohs(v6.sin6_port);
	}
	return p;
}

static void tell(
	struct listener *l, uint64_t *told_s, const struct listen_peer *peer, const char *text)
{
	char address[TEXT_ADDRESS_BYTES], line[512];

	if (*told_s && l->now_s - *told_s < TELL_S)
		return;
	*told_s = l->now_s;
	(void)text_address(address, peer->address);
	(void)snprintf(line, sizeof(line), "%s port %u: %s", address, peer->port, text);
	l->config.on_problem(l->config.context, line);
}

static void session_end(struct listener *l, struct session *s)
{
	s->about.rejected = ipfix_reader_rejected(s->reader);
	s->about.lost = ipfix_reader_lost(s->reader);
	l->counts.rejected += s->about.rejected;
	l->counts.lost += s->about.lost;
	if (l->config.on_end)
		l->config.on_end(l->config.context, &s->about);
	ipfix_reader_close(s->reader);
	if (s->fd >= 0)
		(void)close(s->fd);
	else
		l->datagram_sessions--;
	*s = l->sessions[--l->session_count];
}

/* Why a peer may not have another session; NULL: it may. */
static const char *refusal(struct listener *l, const struct listen_peer *peer, bool datagrams)
{
	size_t same = 0;

	if (l->config.admits && !l->config.admits(l->config.context, peer->address))
		return "not admitted";
	for (size_t i = 0; i < l->session_count; i++)
		same += memcmp(l->sessions[i].about.peer.address, peer->address, 16) == 0;
	if (same >= LISTEN_SESSIONS_PER_PEER_MAX)
		return "refused: too many sessions of one peer";
	if (l->session_count == LISTEN_SESSIONS_MAX ||
		(datagrams && l->datagram_sessions == DATAGRAM_SESSIONS_MAX))
		return "refused: too many sessions";
	return NULL;
}

/* Datagrams have no end: the session that has been silent longest goes, if it was long enough. */
static void make_room(struct listener *l, const struct listen_peer *peer)
{
	struct session *oldest = NULL;
	size_t same = 0;

	for (size_t i = 0; i < l->session_count; i++)
		same += memcmp(l->sessions[i].about.peer.address, peer->address, 16) == 0;
	if (same < LISTEN_SESSIONS_PER_PEER_MAX && l->datagram_sessions < DATAGRAM_SESSIONS_MAX &&
		l->session_count < LISTEN_SESSIONS_MAX)
		return;
	for (size_t i = 0; i < l->session_count; i++) {
		struct session *s = &l->sessions[i];

		if (s->fd >= 0 || (same >= LISTEN_SESSIONS_PER_PEER_MAX &&
					  memcmp(s->about.peer.address, peer->address, 16) != 0))
			continue;
		if (!oldest || s->heard_s < oldest->heard_s)
			oldest = s;
	}
	if (oldest && l->now_s - oldest->heard_s >= REPLACE_S)
		session_end(l, oldest);
}

/* Why it cannot be read; NULL: it can. */
static const char *session_prepare(struct listener *l, struct session *s)
{
	static const char no_memory[] = "refused: out of memory";

	if (ipfix_reader_new(&s->reader, l->config.schema, s->fd < 0) < 0)
		return no_memory;
	if (!l->config.on_begin || l->config.on_begin(l->config.context, &s->about) == 0)
		return NULL;
	ipfix_reader_close(s->reader);
	return no_memory;
}

static struct session *session_begin(struct listener *l, const struct listen_peer *peer, int fd)
{
	const char *why;
	struct session *s;

	if (fd < 0)
		make_room(l, peer);
	why = refusal(l, peer, fd < 0);
	s = &l->sessions[l->session_count];
	if (!why) {
		*s = (struct session){.about = {.peer = *peer, .datagrams = fd < 0},
			.fd = fd,
			.heard_s = l->now_s};
		why = session_prepare(l, s);
	}
	if (why) {
		l->counts.refused++;
		tell(l, &l->told_s, peer, why);
		return NULL;
	}
	l->session_count++;
	l->datagram_sessions += fd < 0;
	l->counts.sessions++;
	return s;
}

/* Everything that the session's reader has; negative: the session is broken. */
static int read_records(struct listener *l, struct session *s)
{
	struct record record;
	int got = 0;

	while (!l->result && (got = ipfix_read(s->reader, &record)) > 0) {
		l->counts.records++;
		l->result = l->config.on_record(l->config.context, &s->about, &record);
	}
	if (got < 0) {
		l->counts.broken++;
		tell(l, &s->told_s, &s->about.peer, ipfix_reader_error(s->reader));
	}
	return got;
}

/* What a connection has for one turn. False: it has come to its end. */
static bool session_turn(struct listener *l, struct session *s)
{
	ssize_t n = read(s->fd, l->octets, sizeof(l->octets));
	size_t taken = 0;

	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return true;
		tell(l, &s->told_s, &s->about.peer, strerror(errno));
		return false;
	}
	s->heard_s = l->now_s;
	if (n == 0) {
		(void)ipfix_reader_feed(s->reader, NULL, 0);
		(void)read_records(l, s);
		return false;
	}
	while (taken < (size_t)n && !l->result) {
		taken += ipfix_reader_feed(s->reader, l->octets + taken, (size_t)n - taken);
		if (read_records(l, s) < 0)
			return false;
	}
	return true;
}

static void accept_turn(struct listener *l)
{
	struct sockaddr_storage from = {0};
	socklen_t bytes = sizeof(from);
	int fd = accept4(l->polls[POLL_TCP].fd, (struct sockaddr *)&from, &bytes,
		SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct listen_peer peer;

	if (fd < 0) {
		/* Without descriptors there is no use in being told of it again and again. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			l->polls[POLL_TCP].events = 0;
		return;
	}
	peer = peer_of(&from);
	if (!session_begin(l, &peer, fd))
		(void)close(fd);
}

static struct session *datagram_session(struct listener *l, const struct listen_peer *peer)
{
	for (size_t i = 0; i < l->session_count; i++) {
		struct session *s = &l->sessions[i];

		if (s->fd < 0 && s->about.peer.port == peer->port &&
			memcmp(s->about.peer.address, peer->address, 16) == 0)
			return s;
	}
	return session_begin(l, peer, -1);
}

static void datagram_turn(struct listener *l)
{
	for (int i = 0; i < DATAGRAMS_PER_TURN && !l->result; i++) {
		struct sockaddr_storage from = {0};
		socklen_t bytes = sizeof(from);
		ssize_t n = recvfrom(l->polls[POLL_UDP].fd, l->octets, sizeof(l->octets),
			MSG_DONTWAIT, (struct sockaddr *)&from, &bytes);
		struct listen_peer peer;
		struct session *s;

		if (n < 0)
			return;
		peer = peer_of(&from);
		s = datagram_session(l, &peer);
		if (!s || n == 0)
			continue;
		s->heard_s = l->now_s;
		(void)ipfix_reader_feed(s->reader, l->octets, (size_t)n);
		(void)read_records(l, s);
	}
}

static void tick(struct listener *l)
{
	uint64_t ticks;

	if (read(l->tick_fd, &ticks, sizeof(ticks)) != sizeof(ticks))
		return;
	l->now_s += ticks;
	l->polls[POLL_TCP].events = POLLIN;
	for (size_t i = l->session_count; i-- > 0;) {
		struct session *s = &l->sessions[i];

		if (s->fd >= 0 && l->now_s - s->heard_s >= l->config.idle_s) {
			l->counts.idle++;
			tell(l, &s->told_s, &s->about.peer, "silent for too long, closed");
			session_end(l, s);
		}
	}
	if (l->config.on_tick && !l->result)
		l->result = l->config.on_tick(l->config.context);
}

/* One round of poll. Whether there was anything. */
static int turn(struct listener *l, int timeout_ms)
{
	size_t sessions = l->session_count;
	int ready;

	for (size_t i = 0; i < sessions; i++)
		l->polls[POLL_SESSIONS + i] = (struct pollfd){
			.fd = l->sessions[i].fd, .events = POLLIN};
	ready = poll(l->polls, POLL_SESSIONS + sessions, timeout_ms);
	if (ready <= 0)
		return ready < 0 && errno != EINTR ? -errno : 0;
	/* From the end: the place of a session that ends is taken by one that has had its turn. */
	for (size_t i = sessions; i-- > 0 && !l->result;) {
		if (l->polls[POLL_SESSIONS + i].revents && !session_turn(l, &l->sessions[i]))
			session_end(l, &l->sessions[i]);
	}
	if (l->polls[POLL_UDP].revents && !l->result)
		datagram_turn(l);
	if (l->polls[POLL_TCP].revents && !l->result)
		accept_turn(l);
	if (l->polls[POLL_TICK].revents && !l->result)
		tick(l);
	return 1;
}

int listen_run(struct listener *l)
{
	int result;

	do {
		l->polls[POLL_STOP].revents = 0;
		result = turn(l, -1);
		if (result < 0)
			return result;
		if (l->result)
			return l->result;
	} while (!(l->polls[POLL_STOP].revents & POLLIN));
	/* What lies in the sockets; a sender that goes on does not hold us up. */
	l->polls[POLL_STOP].fd = l->polls[POLL_TICK].fd = -1;
	for (int i = 0; i < TURNS_AFTER_STOP && !l->result; i++) {
		result = turn(l, 0);
		if (result <= 0)
			break;
	}
	return l->result ? l->result : result < 0 ? result : 0;
}

static void addrinfo_free(struct addrinfo **list)
{
	if (*list)
		freeaddrinfo(*list);
}

static int bind_one(const struct addrinfo *a)
{
	int fd = socket(
		a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	int on = 1, off = 0, buffer = DATAGRAM_BUFFER_BYTES, error;

	if (fd < 0)
		return -errno;
	if (a->ai_socktype == SOCK_STREAM)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	else
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	if (a->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 &&
		(a->ai_socktype != SOCK_STREAM || listen(fd, SOMAXCONN) == 0))
		return fd;
	error = -errno;
	(void)close(fd);
	return error;
}

/* A descriptor, or a negative errno. */
static int bind_to(const char *address, int port, int type)
{
	struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_PASSIVE | AI_NUMERICHOST};
	_cleanup_(addrinfo_free) struct addrinfo *list = NULL;
	char service[8];
	int fd = -EADDRNOTAVAIL;

	(void)snprintf(service, sizeof(service), "%d", port);
	/* All: the IPv6 one takes IPv4 too; where there is no IPv6, IPv4. */
	if (getaddrinfo(address ? address : "::", service, &hints, &list) == 0)
		fd = bind_one(list);
	if (fd < 0 && fd != -EADDRINUSE && !address) {
		addrinfo_free(&list);
		list = NULL;
		if (getaddrinfo("0.0.0.0", service, &hints, &list) == 0)
			fd = bind_one(list);
	}
	return fd;
}

static int open_sockets(struct listener *l, char *ret_error, size_t error_size)
{
	const struct {
		int port, type, poll;
		const char *name;
	} sockets[] = {
		{l->config.tcp_port, SOCK_STREAM, POLL_TCP, "tcp"},
		{l->config.udp_port, SOCK_DGRAM, POLL_UDP, "udp"},
	};

	for (size_t i = 0; i < ARRAY_LEN(sockets); i++) {
		struct pollfd *p = &l->polls[sockets[i].poll];
		char what[128];

		if (sockets[i].port == LISTEN_PORT_NONE)
			continue;
		p->fd = bind_to(l->config.address, sockets[i].port, sockets[i].type);
		p->events = POLLIN;
		if (p->fd >= 0)
			continue;
		(void)snprintf(what, sizeof(what), "%s port %d of %s", sockets[i].name,
			sockets[i].port, l->config.address ? l->config.address : "all addresses");
		return listen_error(ret_error, error_size, what, -p->fd);
	}
	return 0;
}

int listen_open(struct listener **ret, const struct listen_config *config, char *ret_error,
	size_t error_size)
{
	const struct itimerspec every = {.it_interval.tv_sec = 1, .it_value.tv_sec = 1};
	struct listener *l = calloc(1, sizeof(*l));
	int error;

	if (!l)
		return listen_error(ret_error, error_size, "listener", ENOMEM);
	l->config = *config;
	l->config.idle_s = config->idle_s ? config->idle_s : IDLE_S;
	l->now_s = 1;
	for (size_t i = 0; i < ARRAY_LEN(l->polls); i++)
		l->polls[i].fd = -1;
	l->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->tick_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->stop_fd < 0 || l->tick_fd < 0 || timerfd_settime(l->tick_fd, 0, &every, NULL) < 0) {
		error = listen_error(ret_error, error_size, "listener", errno);
		listen_close(l);
		return error;
	}
	l->polls[POLL_STOP] = (struct pollfd){.fd = l->stop_fd, .events = POLLIN};
	l->polls[POLL_TICK] = (struct pollfd){.fd = l->tick_fd, .events = POLLIN};
	error = open_sockets(l, ret_error, error_size);
	if (error) {
		listen_close(l);
		return error;
	}
	*ret = l;
	return 0;
}

uint16_t listen_port(const struct listener *l, bool tcp)
{
	struct sockaddr_storage at = {0};
	socklen_t bytes = sizeof(at);
	int fd = l->polls[tcp ? POLL_TCP : POLL_UDP].fd;

	if (fd < 0 || getsockname(fd, (struct sockaddr *)&at, &bytes) < 0)
		return 0;
	return peer_of(&at).port;
}

void listen_stop(struct listener *l)
{
	uint64_t one = 1;
	ssize_t ignored = write(l->stop_fd, &one, sizeof(one));

	(void)ignored; /* full: it has been told often enough */
}

void listen_count(const struct listener *l, struct listen_counts *ret)
{
	*ret = l->counts;
	for (size_t i = 0; i < l->session_count; i++) {
		ret->rejected += ipfix_reader_rejected(l->sessions[i].reader);
		ret->lost += ipfix_reader_lost(l->sessions[i].reader);
	}
}

void listen_close(struct listener *l)
{
	if (!l)
		return;
	while (l->session_count)
		session_end(l, &l->sessions[l->session_count - 1]);
	for (int i = POLL_TCP; i <= POLL_UDP; i++)
		close_ptr(&l->polls[i].fd);
	close_ptr(&l->stop_fd);
	close_ptr(&l->tick_fd);
	free(l);
}
