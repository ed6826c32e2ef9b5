/* SPDX-License-Identifier: Apache-2.0 */
#include "dissectors/http_record.h"

#include "base/cleanup.h"
#include "base/schema.h"
#include "dissectors/http_reference.h"

#define HOSTNAME_BYTES_MAX 255

enum http_field { HTTP_HOSTNAME, HTTP_METHOD, HTTP_URL, HTTP_USER_AGENT, HTTP_STATUS, HTTP_FIELDS };

enum http_message_field {
	HTTP_PROTOCOL,
	HTTP_CONTENT_TYPE,
	HTTP_REDIRECT,
	HTTP_REDIRECT_HOST,
	HTTP_TX_ID,
	HTTP_MESSAGE_FIELDS
};

static const struct field http_fields[HTTP_FIELDS] = {
	[HTTP_HOSTNAME] = {"http.hostname", FIELD_TEXT, FIELD_HOST, MATCH_NAME, KUKLA_PEN, 2200, 0,
		"httpHostname", NULL, "Host",
		"Host of a request, of a flow its first: its target's, else that of Host (RFC 9112 "
		"section 3.2.2), without port, in lower case.",
		NULL},
	[HTTP_METHOD] = {"http.http_method", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2201, 0,
		"httpMethod", NULL, "Method", "Method of a request, of a flow its first.", NULL},
	[HTTP_URL] = {"http.url", FIELD_TEXT, 0, MATCH_URL, KUKLA_PEN, 2202, 0, "httpUrl", NULL,
		"URL",
		"Target of a request, of a flow its first; no user, query, fragment, parameters.",
		NULL},
	[HTTP_USER_AGENT] = {"http.http_user_agent", FIELD_TEXT, 0, MATCH_USER_AGENT, PEN_CERT, 111,
		0, "httpUserAgent", NULL, "User-Agent",
		"User-Agent of a request, of a flow its first (RFC 9110 section 10.1.5).", NULL},
	[HTTP_STATUS] = {"http.status", FIELD_U16, 0, MATCH_NONE, KUKLA_PEN, 2204, 0, "httpStatus",
		NULL, "Status",
		"Status of a response, of a flow its first final one (RFC 9110 section 15).", NULL},
};

static const struct field http_message_fields[HTTP_MESSAGE_FIELDS] = {
	[HTTP_PROTOCOL] = {"http.protocol", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2205, 0,
		"httpProtocol", NULL, "Protocol", "HTTP/1.0 or HTTP/1.1 (RFC 9112 section 2.3).",
		NULL},
	[HTTP_CONTENT_TYPE] = {"http.http_content_type", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2206,
		0, "httpContentType", NULL, "Content type",
		"Media type of a response without parameters (RFC 9110 section 8.3).", NULL},
	[HTTP_REDIRECT] = {"http.redirect", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2207, 0,
		"httpRedirect", NULL, "Redirect",
		"Location of a response (RFC 9110 section 10.2.2); no user, query, fragment, "
		"parameters.",
		NULL},
	[HTTP_REDIRECT_HOST] = {"http.redirect_host", FIELD_TEXT, 0, MATCH_NAME, KUKLA_PEN, 2208, 0,
		"httpRedirectHost", NULL, "Redirected to",
		"Host of that Location, without port, in lower case.", NULL},
	[HTTP_TX_ID] = {"tx_id", FIELD_U32, FIELD_KEEP_ZERO, MATCH_NONE, KUKLA_PEN, 2209, 0,
		"httpTxId", NULL, "Exchange",
		"Number of the request in its connection from 0, and of the response to it; after "
		"missing octets a guess.",
		NULL},
};

const struct field_table http_table = {"http", http_fields, HTTP_FIELDS};
static const struct field_table http_message_table = {
	"http message", http_message_fields, HTTP_MESSAGE_FIELDS};
const struct record_kind http_kind = {"http", {&common_table, &http_table, &http_message_table}};

static void record_host(struct record *r, const struct field *f, struct http_text host)
{
	char name[HOSTNAME_BYTES_MAX];

	if (host.bytes > sizeof(name))
		host.bytes = sizeof(name);
	for (size_t i = 0; i < host.bytes; i++)
		name[i] = http_lower(host.at[i]);
	record_text(r, f, name, host.bytes);
}

static void record_reference(
	struct dissect *d, const struct field *f, const struct http_reference *reference)
{
	size_t used = http_copy_reference(d->scratch, RECORD_TEXT_BYTES_MAX, reference);

	record_text(d->message, f, d->scratch, used);
}

/* A folded line's end counts as blanks (RFC 9112 section 5.2). */
static void record_value(struct dissect *d, const struct field *f, struct http_text value)
{
	if (value.bytes > RECORD_TEXT_BYTES_MAX)
		value.bytes = RECORD_TEXT_BYTES_MAX;
	for (size_t i = 0; i < value.bytes; i++) {
		char octet = value.at[i];

		d->scratch[i] = (uint8_t)(octet == '\r' || octet == '\n' ? ' ' : octet);
	}
	record_text(d->message, f, d->scratch, value.bytes);
}

/* The flow's own fields say what the first request and the first final response said; `sign` is
 * there when it was. */
static bool flow_fields_from(struct dissect *d, const struct field *sign)
{
	struct record_value v = {0}, known;

	if (record_find(d->flow, sign, &known))
		return false;
	while (record_next(d->message, &v)) {
		if (v.field >= http_fields && v.field < http_fields + HTTP_FIELDS)
			record_octets(d->flow, v.field, v.text, v.bytes);
	}
	return true;
}

static void record_version(struct dissect *d, const struct http_header *h)
{
	record_text(
		d->message, &http_message_fields[HTTP_PROTOCOL], h->version.at, h->version.bytes);
}

void http_record_request(struct dissect *d, const struct http_header *h, uint32_t number)
{
	bool connect = http_same(h->method, "CONNECT");
	struct http_reference target = http_reference(
		h->target, connect ? HTTP_AUTHORITY : HTTP_TARGET);
	/* a target's own host wins over Host, RFC 9112 section 3.2.2 */
	struct http_text host = target.authority.bytes || connect
					? target.authority
					: http_reference(h->host, HTTP_AUTHORITY).authority;

	record_version(d, h);
	record_host(d->message, &http_fields[HTTP_HOSTNAME], http_host(host));
	record_text(d->message, &http_fields[HTTP_METHOD], h->method.at, h->method.bytes);
	record_reference(d, &http_fields[HTTP_URL], &target);
	record_value(d, &http_fields[HTTP_USER_AGENT], h->user_agent);
	if (flow_fields_from(d, &http_fields[HTTP_METHOD]))
		d->application = http_application(h);
	record_number(d->message, &http_message_fields[HTTP_TX_ID], number);
}

void http_record_late_host(struct dissect *d, struct http_text host)
{
	struct record_value known;

	if (!record_find(d->flow, &http_fields[HTTP_HOSTNAME], &known))
		record_host(d->flow, &http_fields[HTTP_HOSTNAME],
			http_host(http_reference(host, HTTP_AUTHORITY).authority));
}

bool http_is_interim(uint16_t status)
{
	return status < 200 && status != 101;
}

void http_record_response(struct dissect *d, const struct http_header *h, uint32_t number)
{
	struct http_reference location = http_reference(h->location, HTTP_LOCATION);

	record_version(d, h);
	record_number(d->message, &http_fields[HTTP_STATUS], h->framing.status);
	if (!http_is_interim(h->framing.status))
		(void)flow_fields_from(d, &http_fields[HTTP_STATUS]);
	record_value(d, &http_message_fields[HTTP_CONTENT_TYPE], http_media_type(h->content_type));
	record_reference(d, &http_message_fields[HTTP_REDIRECT], &location);
	record_host(d->message, &http_message_fields[HTTP_REDIRECT_HOST],
		http_host(location.authority));
	record_number(d->message, &http_message_fields[HTTP_TX_ID], number);
}
