/* SPDX-License-Identifier: Apache-2.0 */
/* What the dissectors of this build declare can be sent, and is known again when it comes. */
#include "dissectors/schema_all.h"
#include "ipfix_sample.h"

/* A template is known to be of a kind by an element of our own in the kind's last table. */
static void kinds_can_be_told(void **unused)
{
	(void)unused;
	struct schema all;

	schema_init(&all);
	for (size_t k = 1; all.ipfix.kinds[k]; k++) {
		const struct field_table *last = NULL;
		bool own = false;

		for (size_t t = 0; all.ipfix.kinds[k]->tables[t]; t++)
			last = all.ipfix.kinds[k]->tables[t];
		for (size_t i = 0; i < last->count; i++)
			own |= last->fields[i].pen == KUKLA_PEN &&
			       !(last->fields[i].flags & FIELD_LIST);
		if (!own)
			fail_msg("%s has no field of its own", all.ipfix.kinds[k]->event_type);
	}
}

static void everything(void **unused)
{
	(void)unused;
	_cleanup_(free_ptr) struct sample *s = malloc(sizeof(*s));
	struct ipfix_writer *w;
	struct ipfix_reader *r;
	struct schema all;
	struct record read;
	char path[64], error[256] = "";
	int fd = memory_file(path);

	schema_init(&all);
	if (ipfix_writer_open(&w, &all.ipfix, path, 7, error, sizeof(error)))
		fail_msg("%s", error);
	/* Each kind, then a flow with each dissector's fields; twice over for what comes back. */
	for (int pass = 0; pass < 2; pass++) {
		size_t kind_count = 0;

		while (all.ipfix.kinds[kind_count])
			kind_count++;
		for (size_t i = 0; i < kind_count || all.ipfix.tables[i - kind_count]; i++) {
			const struct record_kind *kind = i < kind_count ? all.ipfix.kinds[i]
									: &kind_flow;

			record_init(&s->record, kind, s->storage, sizeof(s->storage));
			for (size_t t = 0; kind->tables[t]; t++)
				tiny(&s->record, kind->tables[t]);
			if (i >= kind_count)
				tiny(&s->record, all.ipfix.tables[i - kind_count]);
			if (pass == 0) {
				if (ipfix_write(w, &s->record) < 0)
					fail_msg("%s: %s", kind->event_type, ipfix_writer_error(w));
				continue;
			}
			if (ipfix_read(r, &read) != 1)
				fail_msg("%s: %s", kind->event_type, ipfix_reader_error(r));
			assert_same(&s->record, &read);
			if (i >= kind_count) {
				const struct field_table *table = all.ipfix.tables[i - kind_count];

				for (size_t f = 0; f < table->count; f++)
					assert_same_field(&s->record, &read, &table->fields[f]);
			}
		}
		if (pass == 0) {
			assert_int_equal(ipfix_writer_close(w), 0);
			assert_int_equal(
				ipfix_reader_open(&r, &all.ipfix, fd, error, sizeof(error)), 0);
		}
	}
	assert_int_equal(ipfix_read(r, &read), 0);
	ipfix_reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_can_be_told),
		cmocka_unit_test(everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
