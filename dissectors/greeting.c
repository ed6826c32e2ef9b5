/* SPDX-License-Identifier: Apache-2.0 */
#include "dissectors/greeting.h"

#include "base/cleanup.h"
#include "dissectors/line.h"

#define GREETING_BYTES_MAX 512
#define GREETING_LINES_MAX 32

static bool has_port(const struct dissect *d, const uint16_t *ports)
{
	for (; *ports; ports++) {
		if (*ports == d->port_server || *ports == d->port_client)
			return true;
	}
	return false;
}

/* FTP answers USER, AUTH and FEAT first, SMTP EHLO. */
static enum greeting by_reply(struct line line)
{
	static const char *const of_ftp[] = {
		"331", "332", "230", "234", "530", "211", "215", "500"};

	for (size_t i = 0; i < ARRAY_LEN(of_ftp); i++) {
		if (line_begins(line, of_ftp[i]))
			return GREETING_FTP;
	}
	return line_begins(line, "250") ? GREETING_SMTP : GREETING_OPEN;
}

static enum greeting by_words(struct line line)
{
	if (line_has(line, "smtp") || line_has(line, "lmtp"))
		return GREETING_SMTP;
	if (line_has(line, "ftp") || line_has(line, "filezilla"))
		return GREETING_FTP;
	return GREETING_OPEN;
}

enum greeting greeting_of(const struct dissect *d, struct cursor in)
{
	static const uint16_t smtp_ports[] = {25, 587, 465, 2525, 0}, ftp_ports[] = {21, 2121, 0};
	size_t there = cur_left(&in);
	enum greeting found = GREETING_OPEN;
	struct line line;
	unsigned lines = 0;

	if (!cur_is(&in, "220", there < 3 ? there : 3))
		return GREETING_NONE;
	if (there < 4)
		return GREETING_OPEN;
	if (cur_peek(&in, 3) != ' ' && cur_peek(&in, 3) != '-')
		return GREETING_NONE;
	if (has_port(d, smtp_ports))
		return GREETING_SMTP;
	if (has_port(d, ftp_ports))
		return GREETING_FTP;
	for (; found == GREETING_OPEN && lines < GREETING_LINES_MAX && line_take(&in, &line);
		lines++)
		found = line_begins(line, "220") ? by_words(line) : by_reply(line);
	if (found == GREETING_OPEN &&
		(there > GREETING_BYTES_MAX || d->end_of_stream || lines == GREETING_LINES_MAX))
		return GREETING_NONE;
	return found;
}
