/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for what need not outlive the command. */
#pragma once

#define SCRATCH_PATH_BYTES 4096

struct scratch {
	char path[SCRATCH_PATH_BYTES]; /* "" when there is none */
};

int scratch_make(struct scratch *s, const char *parent);
/* With the files in it, and with folders of files. */
void scratch_remove(struct scratch *s);
