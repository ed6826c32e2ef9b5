/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "probe/source/dpdk_eal.h"

#define ARGUMENTS_MAX  32
#define EAL_MEMORY_MIB 32 /* for its own needs, beside the packets */
#define SAID_BYTES_MAX 65536
#define SAID_END_BYTES 4096
#define HUGEPAGES      "/sys/kernel/mm/hugepages"
#define PCI_DEVICES    "/sys/bus/pci/devices"

/* net_af_packet's own 512 frames are 5 ms of traffic at 100,000 packets a second. */
#define AF_PACKET_FRAMES ",framecnt=16384"

int dpdk_said_init(struct dpdk_said *s)
{
	int fd = memfd_create("dpdk", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	_cleanup_(fclose_ptr) FILE *log = fd < 0 ? NULL : fdopen(fd, "r+");

	if (!log || ftruncate(fd, SAID_BYTES_MAX) < 0 ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) < 0)
		return -errno;
	s->log = steal(log);
	(void)setvbuf(s->log, NULL, _IONBF, 0);
	(void)rte_openlog_stream(s->log);
	return 0;
}

void dpdk_said_done(struct dpdk_said *s)
{
	if (!s->log)
		return;
	(void)rte_openlog_stream(NULL);
	(void)fclose(s->log);
	s->log = NULL;
}

void dpdk_said_begin(struct dpdk_said *s)
{
	int fd = fileno(s->log);

	(void)fflush(NULL);
	(void)lseek(fd, 0, SEEK_SET); /* its duplicates share the place where they write */
	for (int i = 0; i < 2; i++) {
		s->saved[i] = fcntl(STDOUT_FILENO + i, F_DUPFD_CLOEXEC, 3);
		(void)dup2(fd, STDOUT_FILENO + i);
	}
}

/* What says no more than that something failed, or says it twice. */
static bool is_empty_talk(const char *line, const char *before)
{
	return !*line || (before && strcmp(line, before) == 0) ||
	       strncmp(line, "vdev_probe()", 12) == 0 || strstr(line, "probe failed.") ||
	       strncmp(line, "EAL: FATAL", 10) == 0;
}

/* The last two lines that say something. */
static void last_lines(char *text, char *to, size_t size)
{
	char *lines[2] = {NULL, NULL};

	for (char *line = strsep(&text, "\n"); line; line = strsep(&text, "\n")) {
		if (is_empty_talk(line, lines[1]))
			continue;
		lines[0] = lines[1];
		lines[1] = line;
	}
	(void)snprintf(to, size, "%s%s%s", lines[0] ? lines[0] : "", lines[0] ? "; " : "",
		lines[1] ? lines[1] : "");
}

void dpdk_said_end(struct dpdk_said *s, char *ret_lines, size_t size)
{
	char text[SAID_END_BYTES + 1];
	int fd = fileno(s->log);
	off_t end;
	ssize_t n;

	(void)fflush(NULL);
	end = lseek(fd, 0, SEEK_CUR);
	n = end < SAID_END_BYTES ? end : SAID_END_BYTES;
	n = pread(fd, text, (size_t)(n > 0 ? n : 0), end - n);
	text[n > 0 ? n : 0] = 0;
	last_lines(text, ret_lines, size);
	for (int i = 0; i < 2; i++) {
		if (s->saved[i] < 0)
			continue;
		(void)dup2(s->saved[i], STDOUT_FILENO + i);
		(void)close(s->saved[i]);
	}
}

/* `0000:01:00.0` or `01:00.0`; virtual devices have no colon before their first comma. */
static bool is_pci(const char *device)
{
	return device[strcspn(device, ",:")] == ':';
}

void dpdk_port_name(const char *device, char *ret_name, size_t size)
{
	int length = (int)strcspn(device, ",");
	const char *colon = strchr(device, ':');
	bool has_domain = colon && strchr(colon + 1, ':');

	(void)snprintf(ret_name, size, "%s%.*s", is_pci(device) && !has_domain ? "0000:" : "",
		length, device);
}

bool dpdk_device_option(const char *device, const char *key, char *ret_value, size_t size)
{
	const char *at = strstr(device, key);

	if (!at)
		return false;
	at += strlen(key);
	(void)snprintf(ret_value, size, "%.*s", (int)strcspn(at, ","), at);
	return true;
}

static int check_interface(const char *name, char *ret_error, size_t size)
{
	_cleanup_(close_ptr) int fd = -1;
	struct ifreq request = {0};

	if (if_nametoindex(name) == 0) {
		(void)snprintf(ret_error, size,
			"there is no network interface %s; `ip link` lists them", name);
		return -ENODEV;
	}
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		(void)snprintf(ret_error, size,
			"to capture on %s needs the capability CAP_NET_RAW: run as root or give it "
			"to the service",
			name);
		return -EPERM;
	}
	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%.15s", name);
	if (ioctl(fd, SIOCGIFFLAGS, &request) == 0 && !(request.ifr_flags & IFF_UP)) {
		(void)snprintf(ret_error, size, "%s is down; `ip link set %s up`", name, name);
		return -ENETDOWN;
	}
	return 0;
}

/* A PCI device must be there, and its driver one that leaves it to user space. */
static int check_pci(const char *device, char *ret_error, size_t size)
{
	static const char *const user_drivers[] = {
		"vfio-pci", "uio_pci_generic", "igb_uio", "mlx4_core", "mlx5_core", "mana"};
	char name[64], path[128], driver[256];
	const char *base;
	ssize_t n;

	dpdk_port_name(device, name, sizeof(name));
	(void)snprintf(path, sizeof(path), PCI_DEVICES "/%s", name);
	if (access(path, F_OK) < 0) {
		(void)snprintf(ret_error, size,
			"there is no PCI device %s; `dpdk-devbind.py -s` lists them", name);
		return -ENODEV;
	}
	(void)snprintf(path, sizeof(path), PCI_DEVICES "/%s/driver", name);
	n = readlink(path, driver, sizeof(driver) - 1);
	driver[n > 0 ? n : 0] = 0;
	base = strrchr(driver, '/') ? strrchr(driver, '/') + 1 : "no driver";
	for (size_t i = 0; i < ARRAY_LEN(user_drivers); i++)
		if (strcmp(base, user_drivers[i]) == 0)
			return 0;
	(void)snprintf(ret_error, size,
		"%s is bound to %s; give it to user space with `dpdk-devbind.py -b vfio-pci %s`",
		name, base, name);
	return -EBUSY;
}

static int check_device(const char *device, char *ret_error, size_t size)
{
	char value[256];

	if (is_pci(device))
		return check_pci(device, ret_error, size);
	if (dpdk_device_option(device, ",iface=", value, sizeof(value)))
		return check_interface(value, ret_error, size);
	if (dpdk_device_option(device, ",rx_pcap=", value, sizeof(value)) &&
		access(value, R_OK) < 0) {
		int r = -errno;

		(void)snprintf(ret_error, size, "%s: %s", value, strerrordesc_np(-r));
		return r;
	}
	return 0;
}

static uint64_t free_hugepages_mib(void)
{
	DIR *folder = opendir(HUGEPAGES);
	uint64_t kib = 0;

	for (struct dirent *d; folder && (d = readdir(folder));) {
		char path[512], count[32] = "";
		_cleanup_(fclose_ptr) FILE *f = NULL;

		if (strncmp(d->d_name, "hugepages-", 10) != 0)
			continue;
		(void)snprintf(path, sizeof(path), HUGEPAGES "/%s/free_hugepages", d->d_name);
		f = fopen(path, "re");
		if (f && fgets(count, sizeof(count), f))
			kib += strtoull(count, NULL, 10) * strtoull(d->d_name + 10, NULL, 10);
	}
	if (folder)
		(void)closedir(folder);
	return kib / 1024;
}

struct arguments {
	char *words[ARGUMENTS_MAX + 1];
	int count;
};

__attribute__((format(printf, 2, 3))) static void add(struct arguments *a, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	if (a->count < ARGUMENTS_MAX && vasprintf(&a->words[a->count], format, list) >= 0)
		a->count++;
	va_end(list);
}

/* One lcore that floats over the CPUs this thread has: EAL neither moves it nor starts others. */
static void add_lcore(struct arguments *a)
{
	char list[1024] = "";
	size_t length = 0;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	(void)sched_getaffinity(0, sizeof(cpus), &cpus);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && length < sizeof(list) - 8; cpu++)
		if (CPU_ISSET(cpu, &cpus))
			length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%u",
				length ? "," : "", cpu);
	add(a, "--lcores=0@(%s)", list);
}

static bool add_memory(struct arguments *a, const struct dpdk_eal_config *config, bool pci,
	char *ret_error, size_t size)
{
	uint64_t need = config->memory_mib + EAL_MEMORY_MIB, there = free_hugepages_mib();

	if (there >= need) {
		add(a, "--in-memory");
		return true;
	}
	if (pci) {
		(void)snprintf(ret_error, size,
			"%lu MiB of hugepages are needed and %lu MiB are free; `sysctl "
			"vm.nr_hugepages=%lu` makes enough",
			need, there, (need + 1) / 2);
		return false;
	}
	add(a, "--no-huge"); /* which --in-memory excludes */
	add(a, "--no-shconf");
	add(a, "-m");
	add(a, "%lu", need);
	return true;
}

static void add_device(struct arguments *a, const char *device)
{
	bool short_ring = strncmp(device, "net_af_packet", 13) == 0 &&
			  !strstr(device, ",framecnt=");

	if (is_pci(device)) {
		add(a, "-a");
		add(a, "%s", device);
	} else {
		add(a, "--vdev=%s%s", device, short_ring ? AF_PACKET_FRAMES : "");
	}
}

int dpdk_eal_start(const struct dpdk_eal_config *config, char *ret_error, size_t error_size)
{
	struct arguments a = {.count = 0}, passed;
	bool pci = false;
	int r = 0;

	for (size_t i = 0; i < config->name_count && r == 0; i++) {
		pci |= is_pci(config->names[i]);
		r = check_device(config->names[i], ret_error, error_size);
	}
	if (r < 0)
		return r;
	add(&a, "kukla-probe");
	add(&a, "--no-telemetry");
	add(&a, "--log-level=warning");
	add(&a, "--file-prefix=kukla-%d", (int)getpid());
	add_lcore(&a);
	if (!pci)
		add(&a, "--no-pci");
	for (size_t i = 0; i < config->name_count; i++)
		add_device(&a, config->names[i]);
	if (!add_memory(&a, config, pci, ret_error, error_size))
		r = -ENOMEM;
	passed = a; /* it changes their order */
	if (r == 0 && rte_eal_init(passed.count, passed.words) < 0)
		r = rte_errno ? -rte_errno : -EIO;
	for (int i = 0; i < a.count; i++)
		free(a.words[i]);
	return r;
}

void dpdk_eal_stop(void)
{
	(void)rte_eal_cleanup();
}
