/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define MESSAGE_BYTES_MAX 2048

/* Set once by main before it starts a thread and only read after: a program has one standard error
 * as it has one name. */
static struct {
	const char *program;
	enum log_level most;
} log_to = {"kukla", LOG_LEVEL_NOTE};

void log_open(const char *program, enum log_level most)
{
	log_to.program = program;
	log_to.most = most;
}

/* One line, one write: lines of several processes do not mix. Whatever the message quotes (a name
 * from the network, a file name) cannot move the terminal's cursor or forge a second line. */
__attribute__((format(printf, 2, 0))) static void say(
	const char *kind, const char *format, va_list arguments)
{
	char message[MESSAGE_BYTES_MAX], line[2 * MESSAGE_BYTES_MAX];
	int saved_errno = errno;
	int length = vsnprintf(message, sizeof(message), format, arguments);
	size_t used;

	if (length < 0)
		return;
	if ((size_t)length >= sizeof(message))
		length = (int)sizeof(message) - 1;
	(void)snprintf(line, 256, "%s: %s", log_to.program, kind);
	used = strlen(line);
	used += text_terminal(line + used, sizeof(line) - used - 1, message, (size_t)length);
	line[used++] = '\n';
	if (write(STDERR_FILENO, line, used) < 0) {
		/* nobody is left to tell */
	}
	errno = saved_errno;
}

void log_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("", format, arguments);
	va_end(arguments);
}

void log_warning(const char *format, ...)
{
	va_list arguments;

	if (log_to.most < LOG_LEVEL_WARNING)
		return;
	va_start(arguments, format);
	say("warning: ", format, arguments);
	va_end(arguments);
}

void log_note(const char *format, ...)
{
	va_list arguments;

	if (log_to.most < LOG_LEVEL_NOTE)
		return;
	va_start(arguments, format);
	say("", format, arguments);
	va_end(arguments);
}
