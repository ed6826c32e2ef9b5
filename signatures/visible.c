/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/visible.h"

#include "signatures/url.h"

const char *visible_limit(const struct indicator *i)
{
	struct url url;

	switch (i->type) {
	case INDICATOR_URL:
		return url_read(&url, i->value);
	case INDICATOR_URL_PATH:
		return url_path_limit(i->value);
	case INDICATOR_ASN:
	case INDICATOR_UA_PATTERN:
	case INDICATOR_SIGNATURE:
	case INDICATOR_DOMAIN:
	case INDICATOR_IP:
	case INDICATOR_PREFIX:
	case INDICATOR_IP_PORT:
	case INDICATOR_CERT_SHA1:
	case INDICATOR_CERT_SHA256:
	case INDICATOR_JA3:
	case INDICATOR_JA4:
	case INDICATOR_USER_AGENT:
	case INDICATOR_JA3S:
	case INDICATOR_SPKI_SHA256:
	case INDICATOR_LOOK_ALIKE:
	case INDICATOR_TYPES:
		break;
	}
	return NULL;
}
