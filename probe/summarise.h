/* SPDX-License-Identifier: Apache-2.0 */
/* Records from flows: what leaves the probe, and what may leave it, is decided here. */
#pragma once

#include "base/record.h"
#include "probe/classify.h"
#include "probe/encrypted_dns.h"
#include "probe/flow/flow.h"

/* The common fields of every event of a flow. */
void summarise_common(struct record *r, const struct flow *f, uint64_t time_ns);
/* The flow itself; its facts come behind. */
void summarise_flow(struct record *r, const struct flow *f, enum flow_end_reason reason,
	enum encrypted_dns dns, const struct classify_ops *classify, struct classifier *classifier);
/* A number for a flow that is the same for every run over the same packets. */
uint64_t summarise_flow_id(const struct flow *f);
