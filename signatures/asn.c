/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/asn.h"

#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

struct asn_database {
	MMDB_s mmdb;
};

static int error_of(int status)
{
	return status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR ? -errno
	       : status == MMDB_OUT_OF_MEMORY_ERROR                      ? -ENOMEM
									 : -EBADMSG;
}

int asn_open(struct asn_database **ret, const char *path, char *ret_error, size_t error_size)
{
	struct asn_database *db = calloc(1, sizeof(*db));
	const char *type;
	int status, r;

	if (!db)
		return -ENOMEM;
	status = MMDB_open(path, MMDB_MODE_MMAP, &db->mmdb);
	if (status != MMDB_SUCCESS) {
		r = error_of(status);
		(void)snprintf(ret_error, error_size, "%s: %s", path,
			r == -EBADMSG ? MMDB_strerror(status) : strerror(-r));
		free(db);
		return r;
	}
	type = db->mmdb.metadata.database_type;
	if (!type || (!strcasestr(type, "asn") && !strcasestr(type, "isp"))) {
		(void)snprintf(ret_error, error_size,
			"%s: a database of other things than autonomous systems (%s)", path,
			type ? type : "it does not say");
		asn_close(db);
		return -EBADMSG;
	}
	*ret = db;
	return 0;
}

void asn_close(struct asn_database *db)
{
	if (!db)
		return;
	MMDB_close(&db->mmdb);
	free(db);
}

static MMDB_lookup_result_s find(const MMDB_s *mmdb, const uint8_t address[16], int *ret_status)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_in v4 = {.sin_family = AF_INET};

	memcpy(&v6.sin6_addr, address, 16);
	memcpy(&v4.sin_addr, address + 12, 4);
	return MMDB_lookup_sockaddr(mmdb,
		address_is_v4(address) ? (const struct sockaddr *)&v4
				       : (const struct sockaddr *)&v6,
		ret_status);
}

uint32_t asn_find(const struct asn_database *db, const uint8_t address[16])
{
	int status = MMDB_SUCCESS;
	MMDB_lookup_result_s found = find(&db->mmdb, address, &status);
	MMDB_entry_data_s data = {0};

	if (status != MMDB_SUCCESS || !found.found_entry ||
		MMDB_get_value(&found.entry, &data, "autonomous_system_number", NULL) !=
			MMDB_SUCCESS ||
		!data.has_data)
		return 0;
	return data.type == MMDB_DATA_TYPE_UINT32   ? data.uint32
	       : data.type == MMDB_DATA_TYPE_UINT16 ? data.uint16
						    : 0;
}
