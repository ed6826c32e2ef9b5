/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/cli/eve.h"

#include <errno.h>
#include <string.h>

static int fail(struct eve *e, int error)
{
	if (!e->error)
		e->error = error ? -error : -EIO;
	return e->error;
}

int eve_open(struct eve *e, const struct ipfix_schema *schema, const char *path)
{
	if (!path)
		return 0;
	for (size_t i = 0; schema->kinds[i] && i + 1 < EVE_KINDS_MAX; i++) {
		e->columns[i] = columns_new(schema, schema->kinds[i]->event_type);
		if (!e->columns[i])
			return fail(e, ENOMEM);
	}
	e->file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	return e->file ? 0 : fail(e, errno);
}

int eve_put(struct eve *e, const struct record *r)
{
	struct columns **c = e->columns;

	if (!e->file || e->error)
		return e->error;
	while (*c && (*c)->kind != r->kind)
		c++;
	if (!*c)
		return fail(e, EINVAL);
	json_clear(&e->line);
	json_record(&e->line, r, (*c)->tables);
	json_raw_line_end(&e->line);
	if (e->line.failed)
		return fail(e, ENOMEM);
	if (fwrite(e->line.text, 1, e->line.used, e->file) != e->line.used)
		return fail(e, errno);
	return 0;
}

int eve_close(struct eve *e)
{
	FILE *file = e->file;

	e->file = NULL;
	if (file && fflush(file) != 0)
		(void)fail(e, errno);
	if (file && file != stdout && fclose(file) != 0)
		(void)fail(e, errno);
	return e->error;
}

void eve_done(struct eve *e)
{
	for (struct columns **c = e->columns; *c; c++)
		columns_free(*c);
	json_done(&e->line);
}
