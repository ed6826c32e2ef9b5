/* SPDX-License-Identifier: Apache-2.0 */
/* A capture as it lies on disk, plain or compressed, as a FILE that libpcap can read. What it is
 * says its magic number, not its name. One decoder is one small file that knows its library;
 * archives inside archives are not opened. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define INFLATE_WINDOW_LOG_MAX 27           /* zstd: 128 MiB */
#define INFLATE_MEMORY_MAX     (192u << 20) /* xz: its own measure, the dictionary and a bit */
#define INFLATE_RATIO_MAX      200u         /* output to input; more is a bomb ... */
#define INFLATE_FREE_BYTES     (64u << 20)  /* ... but not before that much output */
#define INFLATE_MAGIC_MAX      6

/* What a decoder is given and moves on. */
struct inflate_io {
	const uint8_t *in;
	size_t in_bytes;
	bool last; /* nothing comes after `in` */
	uint8_t *out;
	size_t out_bytes;
};

enum inflate_step {
	INFLATE_MORE, /* within a frame */
	INFLATE_END,  /* between two frames: the input may end here */
	INFLATE_BAD,
};

/* A decoder takes frames (gzip: members) one after another without being told. */
struct inflater {
	const char *name;
	uint8_t magic[INFLATE_MAGIC_MAX];
	uint8_t magic_bytes;
	void *(*new)(void); /* NULL: no memory */
	void (*free)(void *state);
	enum inflate_step (*step)(void *state, struct inflate_io *io, const char **ret_cause);
};

/* NULL-ended. */
extern const struct inflater *const inflaters[];

struct inflate;

/* Standard input when the name is "-". Nothing of it but its first octets has been read then. */
int inflate_open(struct inflate **ret_stream, const char *name, bool allow_bomb);
/* Hand over the FILE: the caller closes it, before inflate_free. ftello() of it is the offset in
 * what comes out of the decoder. */
FILE *inflate_take(struct inflate *s);
/* Why the FILE has an error or a premature end; NULL when nothing was wrong. Borrowed. */
const char *inflate_cause(const struct inflate *s);
/* The decoder's name; NULL for a plain file. */
const char *inflate_kind(const struct inflate *s);
/* Octets as they lie on disk; total 0: it is not a file that knows its size. */
uint64_t inflate_bytes_read(const struct inflate *s);
uint64_t inflate_bytes_total(const struct inflate *s);
/* The descriptor of a plain file that is read as it lies there, else -1. Borrowed. */
int inflate_plain_file(const struct inflate *s);
/* Go on with a plain file there; `taken` is the FILE that was handed over. */
bool inflate_seek(struct inflate *s, FILE *taken, uint64_t offset);
/* Whether it can be opened a second time and read from its start. */
bool inflate_can_reopen(const struct inflate *s);
void inflate_free(struct inflate *s);
