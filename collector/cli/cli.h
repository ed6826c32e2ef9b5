/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of kukla. Each parses its own words and returns the program's exit status. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/option.h"

/* What the outside may rely on: design/contract. */
enum { EXIT_ALL_READ = 0, EXIT_COMMAND_WRONG = 1, EXIT_PART_UNREADABLE = 2 };

/* What main.c knows of the machine and the moment. */
struct cli {
	uint64_t (*now_ns)(void);          /* since any fixed moment; never goes back */
	const char *temporary;             /* folder for what need not last */
	unsigned columns_out, columns_err; /* width of the terminal there; 0: it is none */
	/* A signal that ended a command, for main.c to die of once all is in order; 0: none. */
	int died_of;
};

struct cli_command {
	const struct command *about;
	int (*run)(struct cli *cli, int argc, char **argv);
};

extern const struct cli_command cli_replay, cli_flows, cli_hits, cli_hunt, cli_names, cli_ledger,
	cli_collect;
