/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/tlp.h"

#include "base/cleanup.h"
#include "signatures/span.h"

enum { WHITE, GREEN, AMBER, RED };

const struct tlp_marking tlp_markings[] = {
	[WHITE] = {"TLP:WHITE", "white", "613f2e26-407d-48c7-9eca-b8e91df99dc9"},
	[GREEN] = {"TLP:GREEN", "green", "34098fce-860f-48ae-8e50-ebd3cc5e41da"},
	[AMBER] = {"TLP:AMBER", "amber", "f88d31f6-486f-44da-b317-01333bde0b82"},
	[RED] = {"TLP:RED", "red", "5e57c739-391a-4eb3-b6be-7d15ca92d5ed"},
	{NULL, NULL, NULL},
};

static const struct tlp labels[] = {
	{"TLP:CLEAR", "tlp:clear", &tlp_markings[WHITE]},
	{"TLP:WHITE", "tlp:white", &tlp_markings[WHITE]},
	{"TLP:GREEN", "tlp:green", &tlp_markings[GREEN]},
	{"TLP:AMBER", "tlp:amber", &tlp_markings[AMBER]},
	{"TLP:AMBER+STRICT", "tlp:amber+strict", &tlp_markings[AMBER]},
	{"TLP:RED", "tlp:red", &tlp_markings[RED]},
};

const struct tlp *tlp_read(struct span text)
{
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		if (span_is(text, labels[i].name) || span_is(text, labels[i].name + 4))
			return &labels[i];
	}
	return NULL;
}
