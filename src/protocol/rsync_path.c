/*
 * Where a client of rsync stores, and the files that its options name: each
 * resolved by path_confine() before it is passed on. rsync resolves them
 * again, and the kernel holds it to the same directories then.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "operand.h"
#include "path.h"
#include "rsync_path.h"
#include "why.h"
#include "words.h"

#define TAIL_DEPTH_MAX 64

static int
no_memory(struct fault *fault)
{
	return fault_set(fault, WHY_MEMORY, "out of memory");
}

int
rsync_path_confine(const struct rsync_paths *paths, unsigned access,
    const char *ask, char **canonical, struct fault *fault)
{
	return path_confine(paths->areas, paths->nareas, access, ask, canonical,
	    fault);
}

/* Whether nothing stands at folder/…, up to the first slash of the rest. */
static bool
is_free(const char *folder, const char *rest)
{
	struct stat st;
	bool missing;
	char *path;

	if (asprintf(&path, "%s/%.*s", folder, (int)strcspn(rest, "/"), rest) ==
	    -1)
		return false;
	missing = lstat(path, &st) == -1 && errno == ENOENT;
	free(path);
	return missing;
}

/* Cuts the last name off path and puts it before rest: -1 when the name
 * could lead back, or none is left. */
static int
cut(char *path, char **rest)
{
	char *slash, *longer;

	for (size_t n = strlen(path); n > 1 && path[n - 1] == '/';)
		path[--n] = '\0';
	slash = strrchr(path, '/');
	if (slash == path || slash == NULL || operand_is_dots(slash + 1) ||
	    asprintf(&longer, "%s%s%s", slash + 1, **rest == '\0' ? "" : "/",
		*rest) == -1)
		return -1;
	free(*rest);
	*rest = longer;
	*slash = '\0';
	return 0;
}

/* An absolute path of which the end may be missing: rsync makes it. What is
 * there must lie inside, and nothing may stand where it ends. */
static int
confine_missing(const struct rsync_paths *paths, unsigned access, char *path,
    char **canonical)
{
	const bool slash = path[strlen(path) - 1] == '/';
	char *rest = strdup(""), *found = NULL;
	struct fault deeper;
	int ret = -1;

	for (int i = 0; rest != NULL && i < TAIL_DEPTH_MAX; i++) {
		if (cut(path, &rest) == -1)
			break;
		if (rsync_path_confine(paths, access, path, &found, &deeper) ==
		    -1)
			continue;
		if (is_free(found, rest) &&
		    asprintf(canonical, "%s/%s%s", found, rest,
			slash ? "/" : "") != -1)
			ret = 0;
		break;
	}
	free(found);
	free(rest);
	return ret;
}

static int
confine_deep(const struct rsync_paths *paths, unsigned access, const char *ask,
    char **canonical, struct fault *fault)
{
	char *path;
	int ret;

	if (rsync_path_confine(paths, access, ask, canonical, fault) == 0)
		return 0;
	if (asprintf(&path, "%s%s%s", *ask == '/' ? "" : paths->areas[0].path,
		*ask == '/' ? "" : "/", ask) == -1)
		return no_memory(fault);
	/* The fault says already why the path as such will not do. */
	ret = confine_missing(paths, access, path, canonical);
	free(path);
	return ret;
}

int
rsync_path_target(const struct rsync_paths *paths, const char *text,
    const struct word_mark *mark, char **canonical, struct fault *fault)
{
	if (mark->special & WORD_GLOB)
		return fault_set(fault, WHY_OUTSIDE,
		    "%s: a pattern as destination", text);
	if ((mark->special & WORD_HOME) && operand_home(&text, fault) == -1)
		return -1;
	if (*text == '\0')
		text = ".";
	if (paths->deep)
		return confine_deep(paths, ACCESS_WRITE, text, canonical,
		    fault);
	return rsync_path_confine(paths, ACCESS_WRITE, text, canonical, fault);
}

/* The folder of the target, or what will be: where rsync stands when it
 * looks at its options. No slash at its end. */
static char *
target_folder(const char *target)
{
	char *folder = strdup(target);
	struct stat st;

	if (folder == NULL)
		return NULL;
	for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/';)
		folder[--n] = '\0';
	if (stat(folder, &st) == 0 && !S_ISDIR(st.st_mode))
		strrchr(folder, '/')[0] = '\0';
	return folder;
}

/* base/text, with `../` at the start of text taken off base: the target has
 * no links in it, and need not exist yet. */
static int
join(const char *base, const char *text, char **path, struct fault *fault)
{
	char *folder = target_folder(base);
	char *slash;
	int n;

	if (folder == NULL)
		return no_memory(fault);
	for (; *text == '.'; text += strspn(text, "/")) {
		if (strncmp(text, "..", 2) == 0 &&
		    (text[2] == '/' || text[2] == '\0')) {
			text += 2;
			slash = strrchr(folder, '/');
			if (slash != NULL)
				*slash = '\0';
		} else if (text[1] == '/' || text[1] == '\0') {
			text += 1;
		} else {
			break;
		}
	}
	n = asprintf(path, "%s/%s", folder, text);
	free(folder);
	return n == -1 ? no_memory(fault) : 0;
}

/* A relative one is a name in every folder that is written to. */
static int
partial_value(const char *text, char **canonical, struct fault *fault)
{
	if (operand_has_dot_dot(text))
		return fault_set(fault, WHY_OUTSIDE, "%s: .. in --partial-dir",
		    text);
	*canonical = strdup(text);
	return *canonical == NULL ? no_memory(fault) : 0;
}

static const struct {
	unsigned access;
	bool deep;
} needs[] = {
    [RSYNC_BASIS] = {ACCESS_READ | ACCESS_WRITE, true},
    [RSYNC_FOLDERS] = {ACCESS_WRITE, true},
    [RSYNC_FOLDER] = {ACCESS_WRITE, false},
    [RSYNC_PARTIAL] = {ACCESS_WRITE, false},
    [RSYNC_LIST] = {ACCESS_READ, false},
    [RSYNC_LOG] = {ACCESS_WRITE, false},
};

int
rsync_path_value(const struct rsync_paths *paths, enum rsync_value value,
    const char *base, const char *text, const struct word_mark *mark,
    char **canonical, struct fault *fault)
{
	char *path = NULL;
	int ret;

	if (mark->special & WORD_GLOB)
		return fault_set(fault, WHY_OUTSIDE, "%s: a pattern", text);
	if (mark->special & WORD_HOME) {
		if (operand_home(&text, fault) == -1)
			return -1;
		base = NULL;
	}
	if (*text == '\0')
		text = ".";
	if (value == RSYNC_PARTIAL && *text != '/' && base != NULL)
		return partial_value(text, canonical, fault);
	if (*text == '/' || base == NULL)
		path = strdup(text);
	else if (join(base, text, &path, fault) == -1)
		return -1;
	if (path == NULL)
		return no_memory(fault);
	if (needs[value].deep)
		ret = confine_deep(paths, needs[value].access, path, canonical,
		    fault);
	else
		ret = rsync_path_confine(paths, needs[value].access, path,
		    canonical, fault);
	free(path);
	return ret;
}

char *
rsync_path_common(const struct area *areas, size_t n)
{
	size_t len = strlen(areas[0].path);

	for (size_t i = 1; i < n; i++)
		len = path_common(areas[0].path, len, areas[i].path);
	if (len <= 1)
		return NULL;
	return strndup(areas[0].path, len);
}
