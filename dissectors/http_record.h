/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of HTTP: the fields of a flow and of its messages. */
#pragma once

#include "dissectors/dissect.h"
#include "dissectors/http_header.h"

extern const struct field_table http_table;
extern const struct record_kind http_kind;

/* 100 and its like, RFC 9110 section 15.2; 101 is the last of HTTP. */
bool http_is_interim(uint16_t status);
/* A message into d->message and, where they are the first, into d->flow; `number`: of the
 * request. */
void http_record_request(struct dissect *d, const struct http_header *h, uint32_t number);
void http_record_response(struct dissect *d, const struct http_header *h, uint32_t number);
/* The Host of a request that is recorded already: the flow's, if it has none. */
void http_record_late_host(struct dissect *d, struct http_text host);
