/* SPDX-License-Identifier: Apache-2.0 */
/* What can be refused by a few octets is refused before the rest is read: others may put any file
 * in the place of a database. */
#include "signatures/sigdb_file.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/cursor.h"
#include "base/file.h"
#include "signatures/sigdb_format.h"

/* From begin to end, to the same places in memory. */
static int read_part(struct sigdb_file *f, int fd, size_t begin, size_t end)
{
	while (begin < end) {
		ssize_t n = pread(fd, f->octets + begin, end - begin, (off_t)begin);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EBADMSG;
		begin += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* NULL when the header is one of a database. */
static const char *check_head(struct sigdb_file *f)
{
	struct cursor in = cur_init(f->octets, SIGDB_HEADER_BYTES);
	uint64_t summed;

	if (!cur_is(&in, SIGDB_MAGIC, 8))
		return "not a signature database; make one with `kukla-sig compile`";
	cur_skip(&in, 8);
	if (cur_u32(&in) != SIGDB_FORMAT)
		return "of a format this program does not know; compile it again";
	cur_skip(&in, 4);
	memcpy(f->sum, cur_take(&in, sizeof(f->sum)), sizeof(f->sum));
	summed = cur_u64(&in);
	f->section_count = cur_u32(&in);
	if (summed > f->bytes || summed < SIGDB_HEADER_BYTES)
		return "too short for a signature database; compile it again";
	f->summed = summed;
	/* just behind what is summed and the end of the file, so that nothing in it is left out of
	 * the sum, the sum out of the signature */
	if (f->bytes - f->summed == SIGDB_SIGNATURE_BYTES)
		f->signature = f->octets + f->summed;
	return NULL;
}

/* NULL when one of them signed it. */
static const char *check_trust(const struct sigdb_file *f, const struct sigdb_trust *trust)
{
	for (size_t i = 0; i < trust->count; i++) {
		if (memcmp(trust->keys[i], f->signature, SIGNING_KEY_BYTES) != 0)
			continue;
		return signing_is_good(f->signature + SIGNING_KEY_BYTES, f->signature, f->octets,
			       SIGDB_SIGNED_BYTES)
			       ? NULL
			       : "its signature is wrong, it was changed after it was signed; get "
				 "it again from who made it";
	}
	return "is signed by a key that is not trusted; sign it with one that is, or name the "
	       "public key of who signed it with --trust";
}

static int read_trusted(
	struct sigdb_file *f, int fd, const struct sigdb_trust *trust, const char **ret_why)
{
	int r = 0;

	*ret_why = "is not signed, and only what is signed by a trusted key is taken; make it "
		   "with `kukla-sig compile --sign KEY`";
	if (f->signature)
		r = read_part(f, fd, f->summed, f->bytes);
	if (r == 0 && f->signature)
		*ret_why = check_trust(f, trust);
	return r == 0 && *ret_why ? -EKEYREJECTED : r;
}

/* Each octet is read once: what was checked is what is used. */
static int read_checked(
	struct sigdb_file *f, int fd, const struct sigdb_trust *trust, const char **ret_why)
{
	size_t end = f->bytes;
	uint8_t sum[32];
	int r = read_part(f, fd, 0, SIGDB_HEADER_BYTES);

	if (r == 0 && (*ret_why = check_head(f)))
		return -EBADMSG;
	if (r == 0 && trust->count) {
		r = read_trusted(f, fd, trust, ret_why);
		end = f->summed;
	}
	if (r == 0)
		r = read_part(f, fd, SIGDB_HEADER_BYTES, end);
	if (r < 0)
		return r;
	crypto_sha256(sum, f->octets + SIGDB_SUMMED_OFFSET, f->summed - SIGDB_SUMMED_OFFSET);
	if (memcmp(sum, f->sum, sizeof(sum)) == 0)
		return mprotect(f->octets, f->bytes, PROT_READ) < 0 ? -errno : 0;
	*ret_why = "damaged, its checksum differs; compile it again";
	return -EBADMSG;
}

/* Into memory of our own: a file that is written over or cut while it is in use would change what
 * was checked, or end the program. */
int sigdb_file_read(struct sigdb_file *ret, const char *path, const struct sigdb_trust *trust,
	const char **ret_why)
{
	_cleanup_(close_ptr) int fd = -1;
	struct sigdb_file f = {0};
	int r;

	*ret_why = NULL;
	fd = file_open_regular(path, &f.bytes);
	if (fd == -ENXIO)
		*ret_why = "is no regular file";
	if (fd < 0)
		return fd;
	if (f.bytes > SIGDB_BYTES_MAX)
		return -EFBIG;
	*ret_why = "too short for a signature database";
	if (f.bytes < SIGDB_HEADER_BYTES)
		return -EBADMSG;
	f.octets = mmap(NULL, f.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*ret_why = NULL;
	if (f.octets == MAP_FAILED)
		return -errno;
	(void)madvise(f.octets, f.bytes, MADV_HUGEPAGE); /* it is asked all over */
	r = read_checked(&f, fd, trust, ret_why);
	if (r < 0) {
		if (r == -EBADMSG && !*ret_why)
			*ret_why = "too short for a signature database";
		sigdb_file_done(&f);
		return r;
	}
	*ret = f;
	return 0;
}

void sigdb_file_done(struct sigdb_file *f)
{
	if (f->octets)
		(void)munmap(f->octets, f->bytes);
	*f = (struct sigdb_file){0};
}

int sigdb_sign(int fd, const uint8_t secret[SIGNING_KEY_BYTES])
{
	uint8_t head[SIGDB_SIGNED_BYTES + 8], section[SIGDB_SIGNATURE_BYTES];
	uint64_t summed;
	struct stat st;
	int r;

	if (pread(fd, head, sizeof(head), 0) != sizeof(head) || fstat(fd, &st) < 0)
		return -EIO;
	summed = (uint64_t)sigdb_get_u32(head + SIGDB_SUMMED_OFFSET) << 32 |
		 sigdb_get_u32(head + SIGDB_SUMMED_OFFSET + 4);
	if ((uint64_t)st.st_size != summed + sizeof(section))
		return -ENOSPC;
	r = signing_key_public(section, secret);
	if (r == 0)
		r = signing_sign(section + SIGNING_KEY_BYTES, secret, head, SIGDB_SIGNED_BYTES);
	if (r == 0 &&
		pwrite(fd, section, sizeof(section), (off_t)summed) != (ssize_t)sizeof(section))
		r = -EIO;
	return r;
}
