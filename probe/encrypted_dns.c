/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/encrypted_dns.h"

#include <string.h>

#include "base/record.h"

#define PROTOCOL_TCP 6
#define PORT_DOT     853 /* of DNS over QUIC too: RFC 7858 section 3.1, RFC 9250 section 4.1.1 */

/* What the records of TLS and QUIC tell of this. */
struct sign {
	bool tls, quic; /* there is a hello */
	bool named;     /* it asks for a host */
	bool resolver;  /* to a resolver that is known */
	bool dot, doq;  /* by ALPN, RFC 7858 section 3.1 (IANA) and RFC 9250 section 4.1 */
};

/* Most keys differ in their first letter. */
static bool starts_with(const char *key, const char *start)
{
	return *key == *start && strncmp(key, start, strlen(start)) == 0;
}

static bool is_word(const char *word, size_t bytes, const char *want)
{
	return bytes == strlen(want) && memcmp(word, want, bytes) == 0;
}

/* Protocols joined by commas, or one of a list. */
static void look_at_alpn(struct sign *s, const char *text, size_t bytes)
{
	while (bytes > 0) {
		const char *comma = memchr(text, ',', bytes);
		size_t word = comma ? (size_t)(comma - text) : bytes;

		s->dot = s->dot || is_word(text, word, "dot");
		/* drafts are doq-i00 and the like */
		s->doq = s->doq || is_word(text, word, "doq") ||
			 (word > 4 && memcmp(text, "doq-", 4) == 0);
		word += comma != NULL;
		text += word;
		bytes -= word;
	}
}

static struct sign signs_of(const struct flow *f)
{
	struct record facts = {.bytes = f->facts, .size = f->facts_bytes, .used = f->facts_bytes};
	struct record_value v = {0};
	struct sign s = {0};

	while (record_next(&facts, &v)) {
		bool tls = starts_with(v.field->key, "tls."),
		     quic = starts_with(v.field->key, "quic.");

		s.tls = s.tls || tls;
		s.quic = s.quic || quic;
		if (!tls && !quic)
			continue;
		s.named = s.named || v.field->flags & FIELD_HOST;
		if (v.field->flags & FIELD_HOST)
			s.resolver = s.resolver || resolver_is_known(v.text, v.bytes);
		else if (v.field->type == FIELD_TEXT && strstr(v.field->key, ".alpn"))
			look_at_alpn(&s, (const char *)v.text, v.bytes);
	}
	return s;
}

enum encrypted_dns encrypted_dns_of(const struct flow *f, const char *application)
{
	bool port = f->key.port[!f->initiator] == PORT_DOT;
	struct sign s = {0};

	if (f->facts_bytes)
		s = signs_of(f);
	if (s.quic && (s.doq || port))
		return ENCRYPTED_DNS_DOQ;
	if (s.tls && (s.dot || (port && f->key.protocol == PROTOCOL_TCP)))
		return ENCRYPTED_DNS_DOT;
	if (s.resolver ||
		((s.tls || s.quic) && !s.named && resolver_is_at(f->key.address[!f->initiator])))
		return ENCRYPTED_DNS_DOH;
	/* whoever asks for such a name in the clear has this application, too */
	if (!application || strcmp(application, "DoH_DoT") != 0 ||
		(f->dissector && !s.tls && !s.quic))
		return ENCRYPTED_DNS_NOT;
	return port ? ENCRYPTED_DNS_DOT : ENCRYPTED_DNS_DOH;
}

const char *encrypted_dns_name(enum encrypted_dns kind)
{
	static const char *const names[] = {NULL, "dot", "doh", "doq"};

	return names[kind];
}

void encrypted_dns_count(struct ledger *l, enum encrypted_dns kind)
{
	static const enum ledger_term terms[] = {
		[ENCRYPTED_DNS_DOT] = LEDGER_DNS_DOT,
		[ENCRYPTED_DNS_DOH] = LEDGER_DNS_DOH,
		[ENCRYPTED_DNS_DOQ] = LEDGER_DNS_DOQ,
	};

	if (kind != ENCRYPTED_DNS_NOT)
		l->n[terms[kind]]++;
}
