/* Whether a folder is as it was. Names in it are the client's. */

#include <sys/stat.h>

#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "changed.h"

enum { ENTRIES_MAX = 100000 };

/* FNV-1a: not against an attacker, who can change a file to say so. */
static uint64_t
mix(uint64_t sum, const void *data, size_t size)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ p[i]) * 0x100000001b3ULL;
	return sum;
}

/* Order does not matter: entries are added up. */
static uint64_t
entry_sum(const FTSENT *entry)
{
	const struct stat *st = entry->fts_statp;
	uint64_t sum = 0xcbf29ce484222325ULL;

	sum = mix(sum, entry->fts_path, strlen(entry->fts_path));
	sum = mix(sum, &st->st_ino, sizeof(st->st_ino));
	sum = mix(sum, &st->st_mode, sizeof(st->st_mode));
	sum = mix(sum, &st->st_size, sizeof(st->st_size));
	return mix(sum, &st->st_ctim, sizeof(st->st_ctim));
}

static uint64_t
walk(FTS *fts)
{
	uint64_t sum = 1;
	FTSENT *entry;

	for (size_t n = 0; (entry = fts_read(fts)) != NULL; n++) {
		if (n == ENTRIES_MAX || entry->fts_info == FTS_DNR ||
		    entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS)
			return 0;
		if (entry->fts_info != FTS_DP)
			sum += entry_sum(entry);
	}
	return sum;
}

uint64_t
changed_sum(const char *folder)
{
	char *paths[] = {strdup(folder), NULL};
	uint64_t sum = 0;
	FTS *fts = NULL;

	if (paths[0] != NULL)
		fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV,
		    NULL);
	if (fts != NULL) {
		sum = walk(fts);
		fts_close(fts);
	}
	free(paths[0]);
	return sum;
}

int
changed_since(uint64_t before, uint64_t after)
{
	return before == 0 || before != after;
}
