/* SPDX-License-Identifier: Apache-2.0 */
/* What patterns over names cost, as a table: bench_patterns [PATTERNS...]. Half of them are
 * wildcards (`word-*.com`), half regular expressions (`^word[0-9]{1,3}\.(com|net)$`). Compiled
 * once, read back as a probe does; all times are of the processor, medians of ROUNDS. */
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "signatures/match_patterns.h"
#include "tests/bench/measure.h"
#include "tests/unit/chance.h"

#define NAME_COUNT   100000
#define NAME_BYTES   64
#define PATTERN_ROOM 96
#define WORD_BYTES   16
#define ROOM_BYTES   (256u << 20)

struct bench {
	uint64_t random;
	size_t count;
	char (*words)[WORD_BYTES];
	char (*texts)[PATTERN_ROOM];
	char (*names)[NAME_BYTES];
	uint32_t *found;
	struct pattern_list list;
	struct patterns *patterns;
	struct pattern_scratch *scratch;
};

static uint32_t below(struct bench *b, uint32_t limit)
{
	return chance_below(&b->random, limit);
}

static void random_word(struct bench *b, char to[WORD_BYTES])
{
	uint32_t bytes = 6 + below(b, 8);

	for (uint32_t i = 0; i < bytes; i++)
		to[i] = (char)('a' + below(b, 26));
	to[bytes] = '\0';
}

static bool make_patterns(struct bench *b)
{
	for (size_t i = 0; i < b->count; i++) {
		bool regex = i % 2;

		random_word(b, b->words[i]);
		snprintf(b->texts[i], PATTERN_ROOM,
			regex ? "^%s[0-9]{1,3}\\.(com|net)$" : "%s-*.com", b->words[i]);
		if (pattern_list_add(&b->list, PATTERNS_NAMES,
			    regex ? PATTERN_REGEX : PATTERN_WILDCARD, b->texts[i]) < 0)
			return false;
	}
	return true;
}

static void make_names(struct bench *b, bool hits)
{
	char word[WORD_BYTES];

	for (size_t i = 0; i < NAME_COUNT; i++) {
		size_t known = below(b, (uint32_t)b->count);

		random_word(b, word);
		if (!hits)
			snprintf(b->names[i], NAME_BYTES, "www.%s.%s", word,
				below(b, 2) ? "com" : "net");
		else if (known % 2)
			snprintf(b->names[i], NAME_BYTES, "%s%u.net", b->words[known],
				below(b, 1000));
		else
			snprintf(b->names[i], NAME_BYTES, "%s-%s.com", b->words[known], word);
	}
}

static double measure(struct bench *b, size_t *ret_hits)
{
	uint32_t *found = b->found;
	double times[ROUNDS];

	for (unsigned round = 0; round < ROUNDS; round++) {
		double start = now();

		*ret_hits = 0;
		for (size_t i = 0; i < NAME_COUNT; i++)
			*ret_hits += patterns_find(b->patterns, b->scratch, PATTERNS_NAMES,
					     b->names[i], strlen(b->names[i]), found) > 0;
		times[round] = now() - start;
	}
	return 1e9 * median(times) / NAME_COUNT;
}

/* What the process that compiles leaves to the one that is measured. */
struct made {
	double compile_s;
	size_t bytes;
	uint8_t octets[];
};

static int compile(struct bench *b, struct made *to)
{
	_cleanup_(free_ptr) uint8_t *octets = NULL;
	struct pattern_error error = {.text = "out of memory"};
	double start = now();

	if (patterns_compile(&b->patterns, &b->list, &error) < 0 ||
		patterns_write(b->patterns, &b->list, &octets, &to->bytes) < 0 ||
		to->bytes > ROOM_BYTES - sizeof(*to)) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	to->compile_s = now() - start;
	memcpy(to->octets, octets, to->bytes);
	return 0;
}

static bool compile_elsewhere(struct bench *b, struct made *to)
{
	pid_t child = fork();
	int status = 1;

	if (child == 0)
		_exit(compile(b, to));
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static bool load(struct bench *b, const struct made *from)
{
	pattern_scratch_free(steal(b->scratch));
	patterns_free(steal(b->patterns));
	return patterns_read(&b->patterns, &b->list, from->octets, from->bytes) == 0 &&
	       pattern_scratch_new(&b->scratch, b->patterns) == 0;
}

static bool run(struct bench *b, struct made *made)
{
	double times[ROUNDS], memory = 0, ns[2];
	size_t hits[2];

	if (!make_patterns(b) || !compile_elsewhere(b, made))
		return false;
	for (unsigned round = 0; round < ROUNDS; round++) {
		double before = resident_bytes(), start = now();

		if (!load(b, made))
			return false;
		times[round] = now() - start;
		/* what the octets take is the file's, and was not touched here before */
		memory = round ? memory : resident_bytes() - before - (double)made->bytes;
	}
	for (unsigned kind = 0; kind < 2; kind++) {
		make_names(b, kind);
		ns[kind] = measure(b, &hits[kind]);
	}
	printf("| %zu | %.2f s | %.1f MiB | %.1f ms | %.1f MiB | %.0f ns | %.0f ns |\n", b->count,
		made->compile_s, (double)made->bytes / 1048576, 1e3 * median(times),
		memory / 1048576, ns[0], ns[1]);
	if (hits[0] == 0 && hits[1] == NAME_COUNT)
		return true;
	fprintf(stderr, "wrong: %zu and %zu hits\n", hits[0], hits[1]);
	return false;
}

int main(int argc, char **argv)
{
	static const char *const usual[] = {"100", "1000", "10000"};
	const char *const *sizes = argc > 1 ? (const char *const *)argv + 1 : usual;
	size_t count = argc > 1 ? (size_t)argc - 1 : ARRAY_LEN(usual);
	struct made *made = mmap(
		NULL, ROOM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool fine = made != MAP_FAILED;

	printf("| patterns | compile | file | load | memory | miss | hit |\n"
	       "|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; fine && i < count; i++) {
		struct bench b = {.random = CHANCE_BEGIN, .count = strtoul(sizes[i], NULL, 10)};

		b.words = calloc(b.count + 1, sizeof(*b.words));
		b.texts = calloc(b.count + 1, sizeof(*b.texts));
		b.names = calloc(NAME_COUNT, sizeof(*b.names));
		b.found = calloc(b.count + 1, sizeof(*b.found));
		fine = b.found && b.words && b.texts && b.names && b.count && run(&b, made);
		pattern_scratch_free(b.scratch);
		patterns_free(b.patterns);
		pattern_list_done(&b.list);
		free(b.found);
		free(b.words);
		free(b.texts);
		free(b.names);
	}
	return fine ? 0 : 1;
}
