/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/rule.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static const char why_no_rule[] = "neither a rule nor a comment";
static const char why_open[] = "a rule whose options do not end";
static const char why_many[] = "a rule of more than 256 options";
static const char why_long[] = "a rule of more than 65536 octets";

int rule_reader_new(struct rule_reader **ret, struct cursor text)
{
	struct rule_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->storage = malloc(RULE_BYTES_MAX);
	if (!r->storage) {
		free(r);
		return -ENOMEM;
	}
	r->lines = span_lines(text);
	*ret = r;
	return 0;
}

void rule_reader_free(struct rule_reader *r)
{
	if (!r)
		return;
	free(r->storage);
	free(r);
}

void rule_reader_free_ptr(struct rule_reader **r)
{
	rule_reader_free(*r);
}

static struct span skip(struct span s, size_t bytes)
{
	return (struct span){s.at + bytes, s.bytes - bytes};
}

static struct span word_of(struct span *rest)
{
	struct span word;
	size_t bytes = 0, depth = 0;

	*rest = span_trim(*rest);
	for (; bytes < rest->bytes; bytes++) {
		char c = rest->at[bytes];

		if (depth == 0 && (isspace((unsigned char)c) || c == '('))
			break;
		depth += c == '[';
		depth -= c == ']' && depth > 0;
	}
	word = (struct span){rest->at, bytes};
	*rest = span_trim(skip(*rest, bytes));
	return word;
}

static bool is_action(struct span word)
{
	static const char *const actions[] = {"alert", "drop", "pass", "reject", "log", "sdrop",
		"block", "rejectsrc", "rejectdst", "rejectboth", "react", "rewrite", "activate",
		"dynamic", "config"};

	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (span_is(word, actions[i]))
			return true;
	}
	return false;
}

static bool begins_rule(struct span line)
{
	struct span rest = line;

	return is_action(word_of(&rest)) && rest.bytes;
}

/* What Snort 3 lets stand without addresses. */
static bool is_service(struct span word)
{
	static const char *const services[] = {"http", "http2", "file", "ssl", "dns", "smtp", "ftp",
		"ssh", "sip", "imap", "pop3", "telnet"};

	for (size_t i = 0; i < ARRAY_LEN(services); i++) {
		if (span_is(word, services[i]))
			return true;
	}
	return false;
}

/* Takes the header off the text, which then begins with the options. */
static bool read_header(struct rule *rule, struct span *text)
{
	struct span none = {"", 0};

	rule->source = rule->source_port = rule->direction = none;
	rule->destination = rule->destination_port = none;
	rule->action = word_of(text);
	rule->protocol = word_of(text);
	if (!is_action(rule->action) || !rule->protocol.bytes)
		return false;
	if (text->bytes && *text->at == '(')
		return is_service(rule->protocol);
	rule->source = word_of(text);
	rule->source_port = word_of(text);
	rule->direction = word_of(text);
	rule->destination = word_of(text);
	rule->destination_port = word_of(text);
	return (span_is(rule->direction, "->") || span_is(rule->direction, "<>") ||
		       span_is(rule->direction, "=>") || span_is(rule->direction, "<-")) &&
	       text->bytes && *text->at == '(';
}

/* Where an option ends that begins here: at its `;`; or all when it does not end. */
static size_t option_bytes(struct span text)
{
	bool quoted = false;

	for (size_t i = 0; i < text.bytes; i++) {
		char c = text.at[i];

		if (c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (c == ';' && !quoted)
			return i;
	}
	return text.bytes;
}

static const char *read_options(struct rule *rule, struct span text)
{
	text = span_trim(skip(text, 1));
	while (text.bytes && *text.at != ')') {
		size_t bytes = option_bytes(text);
		struct span option = {text.at, bytes}, name;

		if (bytes == text.bytes)
			return why_open;
		text = span_trim(skip(text, bytes + 1));
		name = span_trim(span_cut(&option, ':'));
		if (!name.bytes)
			continue;
		if (rule->option_count == RULE_OPTIONS_MAX)
			return why_many;
		rule->options[rule->option_count++] = (struct rule_option){name, span_trim(option)};
	}
	return text.bytes ? NULL : why_open;
}

static void read_rule(struct rule *rule, struct span text)
{
	if (!read_header(rule, &text))
		rule->damage = why_no_rule;
	else
		rule->damage = read_options(rule, text);
}

/* One that is behind `#` must look like a rule as a whole: prose begins with such words too. */
static bool is_commented_rule(struct rule *rule, struct span text)
{
	while (text.bytes && (*text.at == '#' || isspace((unsigned char)*text.at)))
		text = skip(text, 1);
	if (!read_header(rule, &text))
		return false;
	rule->commented_out = true;
	return true;
}

static bool ends_open(struct span line)
{
	return !line.bytes || line.at[line.bytes - 1] != ')';
}

/* The lines that belong to the rule as well, joined in the storage. */
static struct span join(struct rule_reader *r, struct span line)
{
	size_t used = 0;
	bool more = true;

	while (more) {
		struct span_lines ahead = r->lines;
		struct span next;
		bool glued = line.bytes && line.at[line.bytes - 1] == '\\';

		line.bytes -= glued;
		if (used + line.bytes + 1 > RULE_BYTES_MAX) {
			r->rule.damage = why_long;
			return (struct span){"", 0};
		}
		memcpy(r->storage + used, line.at, line.bytes);
		used += line.bytes;
		r->storage[used++] = ' ';
		more = (glued || ends_open(line)) && span_next_line(&ahead, &next);
		if (!more)
			break;
		next = span_trim(next);
		more = glued || (next.bytes && *next.at != '#' && !begins_rule(next));
		if (more) {
			r->lines = ahead;
			line = next;
		}
	}
	return (struct span){r->storage, used};
}

const struct rule *rule_next(struct rule_reader *r)
{
	struct rule *rule = &r->rule;
	struct span line;

	while (span_next_line(&r->lines, &line)) {
		line = span_trim(line);
		if (!line.bytes)
			continue;
		rule->line = r->lines.line;
		rule->commented_out = false;
		rule->damage = NULL;
		rule->option_count = 0;
		if (*line.at == '#') {
			if (!is_commented_rule(rule, line))
				continue;
			return rule;
		}
		if (!begins_rule(line)) {
			rule->damage = why_no_rule;
			return rule;
		}
		line = ends_open(line) ? join(r, line) : line;
		if (!rule->damage)
			read_rule(rule, line);
		return rule;
	}
	return NULL;
}

bool rule_next_item(struct span *rest, struct span *ret)
{
	size_t bytes = 0;

	while (rest->bytes && (strchr("[],", *rest->at) || isspace((unsigned char)*rest->at)))
		*rest = skip(*rest, 1);
	while (bytes < rest->bytes && !strchr("[],", rest->at[bytes]) &&
		!isspace((unsigned char)rest->at[bytes]))
		bytes++;
	*ret = (struct span){rest->at, bytes};
	*rest = skip(*rest, bytes);
	return bytes > 0;
}

static bool is_variable_of_site(struct span item)
{
	static const char *const ends[] = {
		"_NET", "_NETS", "_SERVER", "_SERVERS", "_PORT", "_PORTS"};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		if (*item.at == '$' && span_ends(item, ends[i]))
			return true;
	}
	return false;
}

enum rule_place rule_place(struct span list, bool is_ports)
{
	bool any = false, listed = false;
	struct span item;
	uint32_t port;

	while (rule_next_item(&list, &item)) {
		bool negated = *item.at == '!';

		if (negated)
			item = skip(item, 1);
		if ((item.bytes && is_variable_of_site(item)) ||
			(!negated && span_is(item, "any"))) {
			any = true;
			continue;
		}
		if (negated || *item.at == '$' ||
			(is_ports && !span_number(item, UINT16_MAX, &port)))
			return PLACE_OTHER;
		listed = true;
	}
	if (listed)
		return any ? PLACE_OTHER : PLACE_LISTED;
	return PLACE_ANY;
}

bool rule_content(
	struct span value, bool *ret_negated, struct span *ret_pattern, struct span *ret_modifiers)
{
	size_t end = 1;

	*ret_negated = value.bytes && *value.at == '!';
	if (*ret_negated)
		value = span_trim(skip(value, 1));
	if (!value.bytes || *value.at != '"')
		return false;
	while (end < value.bytes && value.at[end] != '"')
		end += value.at[end] == '\\' ? 2 : 1;
	if (end >= value.bytes)
		return false;
	*ret_pattern = (struct span){value.at + 1, end - 1};
	*ret_modifiers = span_trim(skip(value, end + 1));
	return !ret_modifiers->bytes || *ret_modifiers->at == ',';
}

/* Hexadecimal octets up to the closing bar; returns the octets taken with it, 0: malformed. */
static size_t read_bars(struct span s, char *to, size_t size, size_t *used)
{
	for (size_t i = 0; i < s.bytes; i++) {
		int high = span_hex(s.at[i]), low;

		if (s.at[i] == '|')
			return i + 1;
		if (isspace((unsigned char)s.at[i]))
			continue;
		low = high >= 0 && i + 1 < s.bytes ? span_hex(s.at[i + 1]) : -1;
		if (low < 0 || *used == size)
			return 0;
		to[(*used)++] = (char)(16 * high + low);
		i++;
	}
	return 0;
}

bool rule_pattern(struct span pattern, char *to, size_t size, size_t *ret_bytes)
{
	size_t used = 0;

	for (size_t i = 0; i < pattern.bytes;) {
		if (pattern.at[i] == '|') {
			size_t bytes = read_bars(skip(pattern, i + 1), to, size, &used);

			if (!bytes)
				return false;
			i += 1 + bytes;
			continue;
		}
		if (pattern.at[i] == '\\' && i + 1 < pattern.bytes)
			i++;
		if (used == size)
			return false;
		to[used++] = pattern.at[i++];
	}
	*ret_bytes = used;
	return true;
}
