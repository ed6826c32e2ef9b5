/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "probe/pkt.h"

/* Set everything below "set by decode", the verdict first. Reads only the captured octets; never
 * fails otherwise than by its verdict. A packet whose IP header is sound but whose transport header
 * is cut off or broken still is PKT_FLOW, with the ports it has (or none): its volume counts. */
void decode(struct pkt *p);
