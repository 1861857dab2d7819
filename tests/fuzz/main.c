/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a fuzz target over the files and directories named, for machines
 * without libFuzzer and for the regular tests.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
one(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *buf;
	size_t n;

	if (!f)
		return 1;
	buf = malloc((size_t)1 << 24);
	if (!buf)
		abort();
	n = fread(buf, 1, (size_t)1 << 24, f);
	(void)fclose(f);
	/* an exact-size copy, so that a sanitizer sees a read past the end */
	buf = realloc(buf, n ? n : 1);
	if (!buf)
		abort();
	(void)LLVMFuzzerTestOneInput(buf, n);
	free(buf);
	return 0;
}

static int
all(const char *path)
{
	char name[4096];
	struct dirent *e;
	int bad = 0;
	DIR *d = opendir(path);

	if (!d)
		return one(path);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		bad |= one(name);
	}
	(void)closedir(d);
	return bad;
}

int
main(int argc, char **argv)
{
	int i, bad = 0;

	for (i = 1; i < argc; i++)
		bad |= all(argv[i]);
	return bad;
}
