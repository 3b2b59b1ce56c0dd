#ifndef GK_PATH_H
#define GK_PATH_H

#include <stddef.h>

struct fault;
struct list;

/*
 * A directory of a rule, opened: what a client may name lies inside. path is
 * canonical; access has ACCESS_ bits. The plan owns both.
 */
struct area {
	char *path;
	int fd;
	unsigned access;
};

/*
 * Resolves what a client named, following every link, and refuses
 * (WHY_OUTSIDE) unless it ends inside an area with one of the access bits.
 * A relative path starts at the first area. The last component may be
 * missing, but not a dangling link. *canonical is what to hand on, free of
 * links and `..`; a trailing slash is kept. Caller frees.
 */
int path_confine(const struct area *, size_t, unsigned access, const char *ask,
    char **canonical, struct fault *);

/*
 * Expands an fnmatch(3) pattern as a shell would, component by component,
 * inside the areas only, and appends the sorted canonical results. Refuses
 * `..`, and a list of more than PATH_RESULTS_MAX. Each folder entry that it
 * looks at is taken off *entries, which starts at PATH_ENTRIES_MAX for all
 * patterns of a request together. No result is a refusal.
 */
#define PATH_RESULTS_MAX 4096
#define PATH_ENTRIES_MAX 100000
int path_glob(const struct area *, size_t, unsigned access, const char *pattern,
    size_t *entries, struct list *, struct fault *);

/* How many of the len first bytes of a path another has too, in whole
 * components. */
size_t path_common(const char *, size_t len, const char *);

#endif
