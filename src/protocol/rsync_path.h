#ifndef GK_PROTOCOL_RSYNC_PATH_H
#define GK_PROTOCOL_RSYNC_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "operand.h"
#include "rsync_options.h"

struct area;
struct fault;
struct word_mark;

/* How the paths of one request are read. */
struct rsync_paths {
	const struct area *areas;
	size_t nareas;
	size_t entries; /* for path_glob(): PATH_ENTRIES_MAX at first */
	struct operand_size size; /* of the argv */
	bool relative; /* the client wants the names as it wrote them */
	bool removes; /* what is fetched is deleted here */
	bool deep; /* a target may be made with its parents */
};

/* path_confine() to the directories of the request. */
int rsync_path_confine(const struct rsync_paths *, unsigned access,
    const char *ask, char **canonical, struct fault *);
/* Where a client stores, canonical; the caller frees. */
int rsync_path_target(const struct rsync_paths *, const char *text,
    const struct word_mark *, char **canonical, struct fault *);
/* The value of an option that names files. A relative one starts at base,
 * the canonical target, or at the first directory when base is NULL. */
int rsync_path_value(const struct rsync_paths *, enum rsync_value,
    const char *base, const char *text, const struct word_mark *,
    char **canonical, struct fault *);
/* The folder that holds all directories of a rule, or NULL when only / does
 * or memory is short; the caller frees. */
char *rsync_path_common(const struct area *, size_t);

#endif
