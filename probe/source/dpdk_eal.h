/* SPDX-License-Identifier: Apache-2.0 */
/* Starting DPDK's environment (EAL) from device strings; once in the life of a process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct dpdk_eal_config {
	const char *const *names; /* `0000:01:00.0`, `net_af_packet0,iface=eth0`, ... */
	size_t name_count;
	unsigned memory_mib; /* for packets */
};

/* DPDK and the libraries below it write to standard output and error. Its log goes to a file in
 * memory that takes no more when it is full; between begin and end all that is written does. */
struct dpdk_said {
	FILE *log;
	int saved[2]; /* standard output and error */
};

int dpdk_said_init(struct dpdk_said *s);
void dpdk_said_begin(struct dpdk_said *s);
/* The last lines go to `ret_lines` (empty: nothing was said). */
void dpdk_said_end(struct dpdk_said *s, char *ret_lines, size_t size);
void dpdk_said_done(struct dpdk_said *s);

/* The name that DPDK gives the port of a device string. */
void dpdk_port_name(const char *device, char *ret_name, size_t size);

/* The value of `key` (`,iface=`) in a device string; false: it is not there. */
bool dpdk_device_option(const char *device, const char *key, char *ret_value, size_t size);

/* Looks for what is missing before DPDK does, and says how to mend it. An empty `ret_error` with a
 * failure: what DPDK said is all that is known. */
int dpdk_eal_start(const struct dpdk_eal_config *config, char *ret_error, size_t error_size);
void dpdk_eal_stop(void);
