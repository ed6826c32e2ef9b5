/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/signature_set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void signature_set_free(struct signature_set *set)
{
	if (!set)
		return;
	guard_free(set->guard);
	for (unsigned i = 0; set->matchers && i < set->worker_count; i++) {
		if (set->matchers[i])
			set->match->close(set->matchers[i]);
	}
	free(set->matchers);
	if (set->matches)
		set->match->drop(set->matches);
	sigdb_close(set->db);
	free(set);
}

static void signature_set_free_ptr(struct signature_set **set)
{
	signature_set_free(*set);
}

static int open_matchers(struct signature_set *set)
{
	int r = 0;

	set->matchers = calloc(set->worker_count, sizeof(void *));
	if (!set->matchers)
		return -ENOMEM;
	for (unsigned i = 0; r == 0 && i < set->worker_count; i++)
		r = set->match->open(&set->matchers[i], set->matches);
	return r;
}

int signature_set_open(struct signature_set **ret, const struct signature_source *from,
	char *ret_error, size_t error_size)
{
	_cleanup_(signature_set_free_ptr) struct signature_set *set = calloc(1, sizeof(*set));
	char why[256];
	int r;

	if (!set)
		return -ENOMEM;
	set->match = from->match;
	set->worker_count = from->worker_count;
	r = sigdb_open_trusted(&set->db, from->path, &from->trust, ret_error, error_size);
	if (r < 0)
		return r;
	r = set->match->build(&set->matches, set->db, why, sizeof(why));
	if (r < 0) {
		snprintf(ret_error, error_size, "%s: %s", from->path, why);
		return r;
	}
	r = open_matchers(set);
	if (r == 0 && from->is_guarded)
		r = guard_new(&set->guard, sigdb_count(set->db), set->worker_count, &from->guard,
			&from->key);
	if (r < 0)
		snprintf(ret_error, error_size, "%s: %s", from->path, strerror(-r));
	else
		*ret = steal(set);
	return r;
}
