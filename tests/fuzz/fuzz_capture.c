/* SPDX-License-Identifier: Apache-2.0 */
/* A whole capture file, of any container, through source, decoding, fragments, flow table,
 * dissectors and writer: the books close and the work is bounded, whatever the octets. */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dissectors/schema_all.h"
#include "probe/pipeline.h"
#include "tests/fuzz/fuzz.h"

#define STEPS_A_PACKET 64 /* reliability, promise G3: so many, and eight for each octet */

static struct ipfix_writer *writer;
static struct schema schema;
static volatile sig_atomic_t stop;
static int memory = -1;
static char path[64];

static uint64_t no_time(void)
{
	return 0;
}

static void no_word(const char *text)
{
	assert(*text);
}

/* Once: a writer to nowhere, and a file that lies in memory. */
static void begin(void)
{
	char why[256];

	if (writer)
		return;
	schema_init(&schema);
	assert(ipfix_writer_open(&writer, &schema.ipfix, "/dev/null", 0, why, sizeof(why)) == 0);
	memory = memfd_create("capture", MFD_CLOEXEC);
	assert(memory >= 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
}

static const struct source_ops *pcap_source(void)
{
	for (size_t i = 0; sources[i]; i++)
		if (strcmp(sources[i]->name, "pcap") == 0)
			return sources[i];
	return NULL;
}

static void check(struct ledger *l, size_t size)
{
	assert(ledger_close(l, false) == 0);
	/* a compressed capture grows, to 200 times at the most where it is small */
	assert(l->n[LEDGER_DISSECT_STEPS] <=
		STEPS_A_PACKET * (l->n[LEDGER_DISSECT_CALLS] + 1) + 8 * 201 * (uint64_t)size * 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {path};
	struct settings settings = SETTINGS_DEFAULT;
	struct source_config config = {.names = names, .name_count = 1};
	struct pipeline p = {.source_ops = pcap_source(),
		.parts = {.settings = &settings, .classify = &classify_none, .key = {1, 2}},
		.worker_count = 1,
		.stop = &stop,
		.now_ns = no_time,
		.problem = no_word};
	char why[512];

	begin();
	assert(p.source_ops);
	settings.flow_count = 4096;
	settings.memory_bytes = 16u << 20;
	settings.engine_states = 16;
	if (ftruncate(memory, 0) != 0 || pwrite(memory, data, size, 0) != (ssize_t)size)
		return 0; /* no memory for it */
	p.writer = writer;
	if (p.source_ops->open(&p.source, &config, why, sizeof(why)) < 0)
		return 0;
	assert(pipeline_run(&p) == 0 && !p.write_error);
	check(&p.ledger, size);
	p.source_ops->close(p.source);
	return 0;
}
