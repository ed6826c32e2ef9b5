/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/account.h"

#include <string.h>

#include "base/cleanup.h"

const char account_reason[] = "an account on a platform";

/* Where a path names who speaks there: an account, a channel, a group, or what one of them said. */
static const struct {
	const char *host;
	const char *path; /* that it begins with; NULL: whatever it is */
} platforms[] = {
	{"x.com", NULL},
	{"twitter.com", NULL},
	{"facebook.com", NULL},
	{"fb.com", NULL},
	{"fb.me", NULL},
	{"instagram.com", NULL},
	{"threads.net", NULL},
	{"threads.com", NULL},
	{"youtube.com", NULL},
	{"youtu.be", NULL},
	{"tiktok.com", NULL},
	{"t.me", NULL},
	{"telegram.me", NULL},
	{"telegram.dog", NULL},
	{"wa.me", NULL},
	{"chat.whatsapp.com", NULL},
	{"vk.com", NULL},
	{"vk.ru", NULL},
	{"vkontakte.ru", NULL},
	{"ok.ru", NULL},
	{"odnoklassniki.ru", NULL},
	{"linkedin.com", NULL},
	{"reddit.com", NULL},
	{"medium.com", "/@"},
	{"substack.com", "/@"},
	{"weibo.com", NULL},
	{"weibo.cn", NULL},
	{"douyin.com", NULL},
	{"bsky.app", NULL},
	{"mastodon.social", NULL},
	{"mastodon.online", NULL},
	{"truthsocial.com", NULL},
	{"gettr.com", NULL},
	{"gab.com", NULL},
	{"parler.com", NULL},
	{"minds.com", NULL},
	{"rumble.com", NULL},
	{"odysee.com", NULL},
	{"bitchute.com", NULL},
	{"rutube.ru", NULL},
	{"dailymotion.com", NULL},
	{"vimeo.com", NULL},
	{"twitch.tv", NULL},
	{"discord.com", NULL},
	{"discord.gg", NULL},
	{"discordapp.com", "/users/"},
	{"discordapp.com", "/invite/"},
	{"pinterest.com", NULL},
	{"tumblr.com", NULL},
	{"snapchat.com", NULL},
	{"quora.com", NULL},
	{"patreon.com", NULL},
	{"boosty.to", NULL},
	{"onlyfans.com", NULL},
};

/* Without scheme, user and port; the rest of the URL begins behind it. */
static const char *host_of(const char *url, size_t *ret_bytes, const char **ret_path)
{
	const char *scheme = strstr(url, "://"), *host = url, *user;
	size_t bytes = strcspn(url, "/?#");

	if (scheme && (size_t)(scheme - url) < bytes) {
		host = scheme + 3;
		bytes = strcspn(host, "/?#");
	}
	*ret_path = host + bytes;
	user = memrchr(host, '@', bytes);
	if (user) {
		bytes -= (size_t)(user + 1 - host);
		host = user + 1;
	}
	*ret_bytes = *host == '[' ? bytes : strcspn(host, ":/?#");
	return host;
}

static bool is_or_below(const char *host, size_t bytes, const char *name)
{
	size_t n = strlen(name);

	return bytes >= n && memcmp(host + bytes - n, name, n) == 0 &&
	       (bytes == n || host[bytes - n - 1] == '.');
}

bool account_is(enum indicator_type type, const char *value)
{
	const char *path, *host;
	size_t bytes;

	if (type != INDICATOR_URL)
		return false;
	host = host_of(value, &bytes, &path);
	for (size_t i = 0; i < ARRAY_LEN(platforms); i++) {
		if (is_or_below(host, bytes, platforms[i].host) &&
			(!platforms[i].path ||
				strncmp(path, platforms[i].path, strlen(platforms[i].path)) == 0))
			return true;
	}
	return false;
}
