/* SPDX-License-Identifier: Apache-2.0 */
/* What a user can say to kukla-probe, on the command line or in a file. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/option.h"

struct arguments {
	struct option_list captures, ports, synth, trust;
	const char *config, *to, *signatures, *asn_db, *matcher, *classifier, *reload, *guard,
		*signatures_state;
	uint64_t workers, progress_fd, domain, flows, idle_s, active_s, unestablished_s,
		passive_dns_s, max_age_days;
	bool allow_bomb, allow_plaintext, allow_rollback, no_decap, print_config;
	struct conf *conf; /* what the texts of a file point to */
};

/* Says on standard error what is wrong. */
enum option_outcome arguments_read(struct arguments *a, int argc, char **argv);
void arguments_print(struct arguments *a); /* as a file that reads back to the same */
void arguments_done(struct arguments *a);
