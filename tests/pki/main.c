/* SPDX-License-Identifier: Apache-2.0
 *
 * pki: writes one case of the signing world into a directory.
 *
 *   pki [OPTIONS] DIR        bundle.sigstore.json, artifact, trusted_root.json,
 *                            key.pub (with a key), digest
 *   pki --list               names of all changes
 *
 * --version --content --entry --material --key --stamps --image --predicate
 * --annotations --artifact FILE --data DIR --mutate NAME (repeatable)
 * --layout FORM: also DIR/layout with the image and its signature in that form
 * A change that is unknown or that changed nothing is an error: a negative
 * must not pass for the wrong reason.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "tests/pki/pki.h"

static void
write_file(const char *dir, const char *name, struct wf_str bytes)
{
	WF_AUTO(wf_freep) char *path = wf_asprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "wb");

	PKI_MUST(f && (!bytes.len || fwrite(bytes.p, 1, bytes.len, f) == bytes.len) && fclose(f) == 0 && chmod(path, 0644) == 0, path);
}

static struct wf_str
read_file(struct wf_buf *b, const char *path)
{
	FILE *f = fopen(path, "rb");
	char chunk[65536];
	size_t n;

	PKI_MUST(f != NULL, path);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		PKI_MUST(wf_buf_add(b, chunk, n, NULL) == WF_OK, path);
	(void)fclose(f);
	return wf_buf_str(b);
}

static int
usage(const char *what)
{
	(void)fprintf(stderr, "pki: %s: see tests/pki/main.c\n", what);
	return 64;
}

/* Options that are one text. */
static const char **
text_option(struct pki_ask *a, const char *name)
{
	const struct {
		const char *name;
		const char **to;
	} all[] = {
		{"--version", &a->version}, {"--content", &a->content}, {"--entry", &a->entry},
		{"--material", &a->material}, {"--key", &a->key}, {"--data", &a->data},
		{"--predicate", &a->predicate}, {"--annotations", &a->annotations},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(all); i++)
		if (strcmp(name, all[i].name) == 0)
			return all[i].to;
	return NULL;
}

static int
write_case(struct pki *p, const char *dir, const char *layout)
{
	bool unknown = false, legacy = strcmp(p->ask.content, "sig") == 0 || strcmp(p->ask.content, "att") == 0;
	const char *bad, *digest = NULL;

	PKI_MUST(mkdir(dir, 0755) == 0 || errno == EEXIST, dir);
	if (!legacy)
		write_file(dir, "bundle.sigstore.json", pki_bundle_text(p));
	write_file(dir, "trusted_root.json", pki_trusted_root_text(p));
	write_file(dir, "artifact", p->ask.artifact);
	if (strcmp(p->ask.material, "key") == 0)
		write_file(dir, "key.pub", pki_key_pem(p));
	if (layout)
		digest = pki_layout(p, pki_str(p, "%s/layout", dir).p, layout);
	write_file(dir, "digest", digest ? wf_str(digest) : pki_str(p, "sha256:%s", p->subject));
	bad = pki_unapplied(p, &unknown);
	if (!bad)
		return 0;
	(void)fprintf(stderr, "pki: %s: %s\n", bad, unknown ? "no such change" : "changed nothing in this case");
	return unknown ? 64 : 65;
}

int
main(int argc, char **argv)
{
	struct pki_ask a = pki_ask_default();
	WF_AUTO(wf_buf_free) struct wf_buf artifact = WF_BUF_INIT(64 * WF_MIB);
	const char *dir = NULL, *layout = NULL, **to;
	struct pki *p;
	int i, rc;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--list") == 0) {
			size_t j;

			for (j = 0; pki_change(j); j++)
				(void)puts(pki_change(j));
			return 0;
		}
		if (strcmp(argv[i], "--image") == 0) {
			a.image = true;
			continue;
		}
		if (strncmp(argv[i], "--", 2) != 0) {
			if (dir)
				return usage(argv[i]);
			dir = argv[i];
			continue;
		}
		if (i + 1 == argc)
			return usage(argv[i]);
		if ((to = text_option(&a, argv[i])))
			*to = argv[i + 1];
		else if (strcmp(argv[i], "--stamps") == 0)
			a.stamps = (unsigned)strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--artifact") == 0)
			a.artifact = read_file(&artifact, argv[i + 1]);
		else if (strcmp(argv[i], "--layout") == 0)
			layout = argv[i + 1];
		else if (strcmp(argv[i], "--mutate") == 0 && a.nchanges < PKI_MAX_CHANGES)
			a.changes[a.nchanges++] = argv[i + 1];
		else
			return usage(argv[i]);
		i++;
	}
	if (!dir)
		return usage("no directory");
	p = wf_calloc(1, sizeof(*p));
	pki_init(p, &a);
	rc = write_case(p, dir, layout);
	pki_free(p);
	free(p);
	return rc;
}
