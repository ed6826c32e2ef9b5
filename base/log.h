/* SPDX-License-Identifier: Apache-2.0 */
/* The one way a program speaks to its user: `program: message` on standard error. Libraries return
 * errors and do not log; never called for a packet. */
#pragma once

#include <stdarg.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_NOTE };

void log_open(const char *program, enum log_level most);
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
