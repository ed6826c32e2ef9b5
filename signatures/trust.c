/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/trust.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"

static int read_key(uint8_t ret[SIGNING_KEY_BYTES], const char *path)
{
	_cleanup_(free_ptr) char *text = NULL;
	size_t bytes = 0;
	int r = file_read(&text, &bytes, path, SIGNING_PEM_BYTES_MAX);

	return r == 0 ? signing_public_read(ret, text, bytes) : r;
}

int trust_read(struct trust *ret, const char *const *paths, size_t count, char *ret_error,
	size_t error_size)
{
	struct trust t = {.keys = calloc(count + 1, sizeof(*t.keys))};
	int r = t.keys ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < count; i++) {
		r = read_key(t.keys[i], paths[i]);
		if (r == -EBADMSG || r == -EFBIG)
			snprintf(ret_error, error_size,
				"%s: no public Ed25519 key; `kukla-sig keygen` writes one beside "
				"the secret key, as KEY.pub",
				paths[i]);
		else if (r < 0)
			snprintf(ret_error, error_size, "%s: %s", paths[i], strerror(-r));
	}
	if (r < 0) {
		if (r == -ENOMEM)
			snprintf(ret_error, error_size, "%s", strerror(ENOMEM));
		trust_done(&t);
		return r;
	}
	t.sigdb = (struct sigdb_trust){(const uint8_t(*)[SIGNING_KEY_BYTES])t.keys, count};
	*ret = t;
	return 0;
}

void trust_done(struct trust *t)
{
	free(t->keys);
	*t = (struct trust){.keys = NULL};
}
