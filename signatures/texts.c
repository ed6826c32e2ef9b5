/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/texts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 65536
#define PRINT_BYTES 1024

struct text_block {
	struct text_block *next;
	size_t used, size;
	char text[];
};

void texts_done(struct texts *t)
{
	while (t->blocks) {
		struct text_block *next = t->blocks->next;

		free(t->blocks);
		t->blocks = next;
	}
}

static struct text_block *block_with(struct texts *t, size_t bytes)
{
	size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
	struct text_block *block = t->blocks;

	if (block && block->size - block->used >= bytes)
		return block;
	block = malloc(sizeof(*block) + size);
	if (!block)
		return NULL;
	*block = (struct text_block){.next = t->blocks, .size = size};
	t->blocks = block;
	return block;
}

const char *texts_add(struct texts *t, const char *text, size_t bytes)
{
	struct text_block *block = bytes ? block_with(t, bytes + 1) : NULL;
	char *copy;

	if (bytes == 0)
		return "";
	if (!block)
		return NULL;
	copy = block->text + block->used;
	block->used += bytes + 1;
	for (size_t i = 0; i < bytes; i++)
		copy[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? ' ' : text[i];
	copy[bytes] = '\0';
	return copy;
}

const char *texts_print(struct texts *t, const char *format, ...)
{
	char text[PRINT_BYTES];
	va_list values;

	va_start(values, format);
	(void)vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	return texts_add(t, text, strlen(text));
}
