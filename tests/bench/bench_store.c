/* SPDX-License-Identifier: Apache-2.0 */
/* bench_store FOLDER [FLOWS]: how fast the default store takes flows, how much room they need, and
 * how long queries take. The flows are made up: 5,000 names, 65,536 clients, 2 in 3 are TLS. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/schema.h"
#include "base/siphash.h"
#include "collector/columns.h"
#include "collector/store.h"
#include "dissectors/schema_all.h"

#define TIME_NS 1684047600000000001ULL

static const struct field *sni, *ja3, *ja4;

/* Wall time, and that of all threads on a processor: what counts when the machine has other work.
 */
struct moment {
	double wall, cpu;
};

static double seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct moment now(void)
{
	return (struct moment){seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static struct moment since(struct moment begin)
{
	struct moment m = now();

	return (struct moment){m.wall - begin.wall, m.cpu - begin.cpu};
}

static void find_fields(const struct schema *s)
{
	for (size_t i = 0; s->tables[i]; i++) {
		for (size_t j = 0; j < s->tables[i]->count; j++) {
			const struct field *f = &s->tables[i]->fields[j];

			sni = strcmp(f->key, "tls.sni") == 0 ? f : sni;
			ja3 = strcmp(f->key, "tls.ja3.hash") == 0 ? f : ja3;
			ja4 = strcmp(f->key, "tls.ja4") == 0 ? f : ja4;
		}
	}
}

static void make_tls(struct record *r, uint64_t random)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "host%llu.service.example.org",
		(unsigned long long)(random % 5000));
	(void)record_text(r, sni, text, strlen(text));
	(void)snprintf(text, sizeof(text), "%016llx%016llx",
		(unsigned long long)(random % 300 * 0x9e3779b97f4a7c15ULL),
		(unsigned long long)(random % 300 * 0xbf58476d1ce4e5b9ULL));
	(void)record_text(r, ja3, text, 32);
	(void)record_text(r, ja4, "t13d1516h2_8daaf6152771_02713d6af862", 36);
}

static void make_flow(struct record *r, uint64_t n)
{
	static const struct siphash_key key = {1, 2};
	uint64_t random = siphash13(&key, &n, sizeof(n));
	uint8_t address[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0,
		(uint8_t)(random >> 8), (uint8_t)random};
	uint64_t begin = TIME_NS + n * 10000, packets = 1 + (random >> 20) % 40;
	bool tls = random % 3 != 0;
	char id[40];

	(void)record_number(
		r, &common_fields[COMMON_TIMESTAMP], begin + (random >> 30) % 30000000000);
	(void)record_number(r, &common_fields[COMMON_FLOW_ID], random);
	(void)record_address(r, &common_fields[COMMON_SRC_IP], address);
	(void)record_number(r, &common_fields[COMMON_SRC_PORT], 1024 + (random >> 16) % 60000);
	address[12] = 198;
	address[13] = 51;
	(void)record_address(r, &common_fields[COMMON_DEST_IP], address);
	(void)record_number(r, &common_fields[COMMON_DEST_PORT], tls ? 443 : 53);
	(void)record_number(r, &common_fields[COMMON_PROTO], tls ? 6 : 17);
	(void)snprintf(id, sizeof(id),
		"1:%016llx%011llx=", (unsigned long long)(random * 0x9e3779b97f4a7c15ULL),
		(unsigned long long)(random % (1ULL << 44)));
	(void)record_text(r, &common_fields[COMMON_COMMUNITY_ID], id, 30);
	(void)record_number(r, &flow_fields[FLOW_PKTS_TOSERVER], packets);
	(void)record_number(r, &flow_fields[FLOW_PKTS_TOCLIENT], packets / 2);
	(void)record_number(r, &flow_fields[FLOW_BYTES_TOSERVER], packets * 120 + random % 100);
	(void)record_number(r, &flow_fields[FLOW_BYTES_TOCLIENT], packets * 700 + random % 1000);
	(void)record_number(r, &flow_fields[FLOW_START], begin);
	(void)record_number(r, &flow_fields[FLOW_END], begin + (random >> 30) % 30000000000);
	(void)record_number(r, &flow_fields[FLOW_REASON], 1 + random % 3);
	(void)record_text(
		r, &flow_fields[FLOW_APP_PROTO], tls ? "TLS.Telegram" : "DNS", tls ? 12 : 3);
	(void)record_text(r, &flow_fields[FLOW_NDPI_MASTER], tls ? "TLS" : "DNS", 3);
	(void)record_text(
		r, &flow_fields[FLOW_NDPI_CATEGORY], tls ? "Chat" : "Network", tls ? 4 : 7);
	if (tls && sni && ja3 && ja4)
		make_tls(r, random);
}

static uint64_t folder_octets(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	uint64_t octets = 0;
	struct stat s;

	while (dir && (entry = readdir(dir))) {
		if (fstatat(dirfd(dir), entry->d_name, &s, 0) == 0 && S_ISREG(s.st_mode))
			octets += (uint64_t)s.st_size;
	}
	if (dir)
		(void)closedir(dir);
	return octets;
}

static int count_row(void *context, const struct query_result *row)
{
	(void)row;
	++*(uint64_t *)context;
	return 0;
}

static int measure(const struct store_ops *ops, struct store *s, struct query *q, const char *where,
	const char *title)
{
	struct schema schema;
	struct columns *c;
	struct filter *f = NULL;
	char error[512] = "";
	uint64_t rows = 0;
	struct moment begin, took;
	int r;

	schema_init(&schema);
	c = columns_new(&schema.ipfix, "flow");
	if (where && !(f = filter_parse(where, c->tables, error, sizeof(error)))) {
		(void)fprintf(stderr, "%s\n", error);
		return 1;
	}
	q->where = f;
	begin = now();
	r = ops->query(s, q, count_row, &rows);
	took = since(begin);
	(void)printf("%-40s %9llu rows %8.1f ms, processor %8.1f ms\n", title,
		(unsigned long long)rows, took.wall * 1e3, took.cpu * 1e3);
	filter_free(f);
	columns_free(c);
	return r;
}

static int ask(const struct store_ops *ops, struct store *s)
{
	static const struct {
		struct query q;
		const char *where, *title;
	} all[] = {
		{{.kind = "flow"}, NULL, "all flows, every column"},
		{{.kind = "flow", .limit = 20}, NULL, "the first 20"},
		{{.kind = "flow"}, "tls.sni = host77.service.example.org", "tls.sni = NAME"},
		{{.kind = "flow"}, "tls.sni ~ T77.SERVICE", "tls.sni ~ PART"},
		{{.kind = "flow"}, "src_ip = 10.0.3.7", "src_ip = ADDRESS"},
		{{.kind = "flow"}, "src_ip = 10.0.3.0/28", "src_ip = PREFIX"},
		{{.kind = "flow"}, "not tls.sni ~ service and dest_port = 443",
			"not tls.sni ~ PART and dest_port = 443"},
		{{.kind = "flow", .since_ns = TIME_NS, .until_ns = TIME_NS + 1000000000}, NULL,
			"one second of time"},
		{{.name = QUERY_APPLICATIONS}, NULL, "applications"},
		{{.name = QUERY_NAMES}, NULL, "names"},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(all) / sizeof(*all); i++) {
		struct query q = all[i].q;

		r = measure(ops, s, &q, all[i].where, all[i].title);
	}
	return r;
}

int main(int argc, char **argv)
{
	uint64_t flows = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	const struct store_ops *ops = stores[0];
	static uint8_t storage[RECORD_BYTES_MAX];
	struct store *s = NULL;
	struct schema schema;
	char error[512] = "";
	struct moment begin, made, took;
	struct record r;
	int failed = 0;

	schema_init(&schema);
	find_fields(&schema);
	if (argc < 2 || ops->open(&s, &schema.ipfix, argv[1], true, error, sizeof(error)) < 0) {
		(void)fprintf(stderr, "bench_store FOLDER [FLOWS] %s\n", error);
		return 1;
	}
	begin = now();
	for (uint64_t n = 0; n < flows; n++) {
		record_init(&r, &kind_flow, storage, sizeof(storage));
		make_flow(&r, n);
	}
	made = since(begin);
	begin = now();
	for (uint64_t n = 0; n < flows && !failed; n++) {
		record_init(&r, &kind_flow, storage, sizeof(storage));
		make_flow(&r, n);
		failed = ops->append(s, &r);
	}
	failed = failed ? failed : ops->commit(s);
	took = since(begin);
	(void)printf("%llu flows in %.2f s (processor %.2f s): %.0f flows/s of wall, %.0f of "
		     "processor time; "
		     "%.1f octets a flow\n",
		(unsigned long long)flows, took.wall - made.wall, took.cpu - made.cpu,
		(double)flows / (took.wall - made.wall), (double)flows / (took.cpu - made.cpu),
		(double)folder_octets(argv[1]) / (double)flows);
	failed = failed ? failed : ask(ops, s);
	if (failed)
		(void)fprintf(stderr, "%s\n", ops->error(s));
	ops->close(s);
	return failed ? 1 : 0;
}
