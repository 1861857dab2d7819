/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets in connection strings, in both spellings that libpq reads.  When in
 * doubt it says yes: a refused string can be written another way.
 */
#include <string.h>

#include "base/buf.h"
#include "config/value.h"

static bool
secret_word(struct wf_str word)
{
	static const char *const words[] = {"password", "sslpassword", "oauth_client_secret"};
	size_t i;

	for (i = 0; i < WF_COUNT(words); i++)
		if (wf_str_eqz(word, words[i]))
			return true;
	return false;
}

/* host=h password = 'x y' */
static bool
in_keywords(const char *p)
{
	struct wf_str word;

	while (*p) {
		p += strspn(p, " \t\n\r\f\v");
		word.p = p;
		word.len = strcspn(p, "= \t\n\r\f\v");
		p += word.len;
		p += strspn(p, " \t\n\r\f\v");
		if (*p != '=') {
			/* no pair: libpq will say so; a word alone is no secret */
			continue;
		}
		p++;
		if (secret_word(word))
			return true;
		p += strspn(p, " \t\n\r\f\v");
		if (*p == '\'') {
			for (p++; *p && *p != '\''; p++)
				if (*p == '\\' && p[1])
					p++;
			if (*p)
				p++;
		} else {
			for (; *p && !strchr(" \t\n\r\f\v", *p); p++)
				if (*p == '\\' && p[1])
					p++;
		}
	}
	return false;
}

/* postgresql://user:secret@host/db?password=x */
static bool
in_uri(const char *p)
{
	size_t n = strcspn(p, "/?");
	const char *at = memrchr(p, '@', n), *q;
	struct wf_str word;

	if (at && memchr(p, ':', (size_t)(at - p)))
		return true;
	q = strchr(p, '?');
	while (q) {
		word.p = q + 1;
		word.len = strcspn(word.p, "=&");
		/* an encoded name has no honest use */
		if (secret_word(word) || memchr(word.p, '%', word.len))
			return true;
		q = strchr(word.p, '&');
	}
	/* a password may hold a slash, so that the '@' comes after it */
	return !at && strchr(p, '@') != NULL;
}

bool
wf_config_has_secret(const char *conninfo)
{
	static const char *const schemes[] = {"postgresql://", "postgres://"};
	size_t i;

	for (i = 0; i < WF_COUNT(schemes); i++)
		if (strncmp(conninfo, schemes[i], strlen(schemes[i])) == 0)
			return in_uri(conninfo + strlen(schemes[i]));
	return in_keywords(conninfo);
}
