/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a case folder: `flow-000001.parquet` and so on, one sequence for each kind. A
 * segment appears whole or not at all, and never changes. One process writes at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_NAME_BYTES 64

/* A descriptor of the folder, made and locked when `writable`: -EBUSY when another process writes
 * there. What an earlier writer left unfinished is removed. */
int segments_open(const char *place, bool writable, int *ret_folder);
/* The numbers of a kind's segments, ascending; owned by the caller. */
int segments_list(int folder, const char *kind, uint64_t **ret_numbers, size_t *ret_count);
void segment_name(char to[SEGMENT_NAME_BYTES], const char *kind, uint64_t number);
/* What it is called while it is written. */
void segment_draft_name(char to[SEGMENT_NAME_BYTES], const char *kind, uint64_t number);
/* The draft is made durable and takes its name. */
int segment_publish(int folder, const char *kind, uint64_t number);
