/* SPDX-License-Identifier: Apache-2.0 */
/* NTP over UDP, RFC 5905 section 7.3, RFC 9327 for mode 6; mode 7 is that of ntpdc. On its port
 * only: nothing in a message says what it is. */
#include "base/cleanup.h"
#include "dissectors/dissect.h"

#define PORT            123
#define MESSAGE_BYTES   48
#define CONTROL_BYTES   12
#define COUNT_AT        10
#define PRIVATE_BYTES   8
#define MODE_CLIENT     3
#define MODE_BROADCAST  5
#define MODE_CONTROL    6
#define MODE_PRIVATE    7
#define STRATUM_MAX     16
#define REFERENCE_AT    12
#define REFERENCE_BYTES 4

enum ntp_field { NTP_VERSION, NTP_MODE, NTP_STRATUM, NTP_REFERENCE, NTP_FIELDS };

struct ntp_state {
	bool begun, answered;
};

static const struct field ntp_fields[NTP_FIELDS] = {
	[NTP_VERSION] = {"ntp.version", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 2800, 0, "ntpVersion",
		NULL, "NTP", "Version of the first message.", NULL},
	[NTP_MODE] = {"ntp.mode", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 2801, 0, "ntpMode", NULL,
		"NTP mode",
		"Mode of the first message: 3 client, 4 server, 6 control, 7 private (RFC 5905).",
		NULL},
	[NTP_STRATUM] = {"ntp.stratum", FIELD_U8, 0, MATCH_NONE, KUKLA_PEN, 2802, 0, "ntpStratum",
		NULL, "Stratum",
		"Of who has the time; 0, not shown, is none (RFC 5905 section 7.3).", NULL},
	[NTP_REFERENCE] = {"ntp.reference_id", FIELD_TEXT, 0, MATCH_NONE, KUKLA_PEN, 2803, 0,
		"ntpReferenceId", NULL, "Reference",
		"Clock of a stratum 1, or why a server does not answer (stratum 0).", NULL},
};

static const struct field_table ntp_table = {"ntp", ntp_fields, NTP_FIELDS};

static unsigned version_of(const struct cursor *in)
{
	return cur_peek(in, 0) >> 3 & 7u;
}

static unsigned mode_of(const struct cursor *in)
{
	return cur_peek(in, 0) & 7u;
}

/* RFC 9327 section 2: only a response is an error or has more behind it; the data that is counted
 * is there. */
static bool is_control(struct cursor in)
{
	uint8_t bits = cur_peek(&in, 1) & 0xe0;
	size_t there = cur_left(&in);

	cur_skip(&in, COUNT_AT);
	return there >= CONTROL_BYTES && (bits == 0 || bits & 0x80) &&
	       CONTROL_BYTES + (size_t)cur_u16(&in) <= there;
}

/* Three implementations and eight errors there are. */
static bool is_private(const struct cursor *in)
{
	uint8_t implementation = cur_peek(in, 2);

	return cur_left(in) >= PRIVATE_BYTES && implementation <= 3 && implementation != 1 &&
	       cur_peek(in, 4) >> 4 <= 7;
}

static bool is_message(const struct cursor *in)
{
	size_t there = cur_left(in);
	unsigned version = version_of(in), mode = mode_of(in);

	if (there == 0 || version == 0 || version > 4)
		return false;
	if (mode == MODE_CONTROL)
		return is_control(*in);
	if (mode == MODE_PRIVATE)
		return is_private(in);
	if (mode == 0 && version != 1) /* there were no modes in version 1 */
		return false;
	/* extension fields and a MAC are whole words */
	return there >= MESSAGE_BYTES && there % 4 == 0 && cur_peek(in, 1) <= STRATUM_MAX;
}

static enum dissect_guess probe(const struct dissect *d, struct cursor in)
{
	bool port = d->port_client == PORT || d->port_server == PORT;

	return port && is_message(&in) ? GUESS_YES : GUESS_NO;
}

/* Four letters, with zeros behind fewer. */
static void record_reference(struct dissect *d, struct cursor in)
{
	const uint8_t *id;
	size_t bytes = 0;

	cur_skip(&in, REFERENCE_AT);
	id = cur_take(&in, REFERENCE_BYTES);
	while (id && bytes < REFERENCE_BYTES && id[bytes] > ' ' && id[bytes] < 0x7f)
		bytes++;
	for (size_t i = bytes; id && i < REFERENCE_BYTES; i++) {
		if (id[i] != 0 && id[i] != ' ')
			return;
	}
	if (id)
		record_text(d->flow, &ntp_fields[NTP_REFERENCE], id, bytes);
}

static enum dissect_result parse(struct dissect *d, struct cursor *in)
{
	struct ntp_state *state = d->state;
	unsigned mode = mode_of(in), stratum = cur_peek(in, 1);

	if (!is_message(in))
		return DISSECT_BAD;
	if (!state->begun) {
		record_number(d->flow, &ntp_fields[NTP_VERSION], version_of(in));
		record_number(d->flow, &ntp_fields[NTP_MODE], mode);
	}
	state->begun = true;
	if (mode == MODE_CLIENT || mode > MODE_BROADCAST || state->answered)
		return DISSECT_DONE;
	state->answered = true;
	record_number(d->flow, &ntp_fields[NTP_STRATUM], stratum);
	if (stratum < 2)
		record_reference(d, *in);
	return DISSECT_DONE;
}

static const char *const applications[] = {[DISSECT_TCP] = NULL, [DISSECT_UDP] = "NTP"};

const struct dissector ntp_dissector = {
	.name = "ntp",
	.transports = 1u << DISSECT_UDP,
	.applications = applications,
	.flow = &ntp_table,
	.state_bytes = sizeof(struct ntp_state),
	.probe = probe,
	.parse = parse,
};
