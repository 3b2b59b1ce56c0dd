/*
 * Paths of an rsync request: hostile names, each resolved by path_confine()
 * before it is passed on. rsync resolves them again, and the kernel holds it
 * to the same directories then.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "list.h"
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

static int
confine(const struct rsync_paths *paths, unsigned access, const char *ask,
    char **canonical, struct fault *fault)
{
	return path_confine(paths->areas, paths->nareas, access, ask, canonical,
	    fault);
}

/* `~/x` is x: the first directory of the rule is home enough. */
static int
skip_home(const char **path, const struct word_mark *mark, struct fault *fault)
{
	if ((mark->special & WORD_HOME) != 0) {
		if ((*path)[1] != '\0' && (*path)[1] != '/')
			return fault_set(fault, WHY_OUTSIDE,
			    "%s: another user's home", *path);
		*path += 1 + strspn(*path + 1, "/");
	}
	if (**path == '\0')
		*path = ".";
	return 0;
}

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool
has_dot_dot(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")) != NULL; p += 2)
		if ((p == path || p[-1] == '/') &&
		    (p[2] == '/' || p[2] == '\0'))
			return true;
	return false;
}

/* Cuts a path, without slashes at its end, into folder and last name. */
static int
split(const char *path, char **folder, const char **name)
{
	const char *slash = strrchr(path, '/');

	*name = slash == NULL ? path : slash + 1;
	*folder = slash == NULL ? strdup(".") :
	    slash == path       ? strdup("/") :
				  strndup(path, (size_t)(slash - path));
	return *folder == NULL ? -1 : 0;
}

/* Files that are deleted once they were sent need both rights. */
static int
check_removal(const struct rsync_paths *paths, const char *ask,
    struct fault *fault)
{
	char *canonical;

	if (!paths->removes)
		return 0;
	if (confine(paths, ACCESS_WRITE, ask, &canonical, fault) == -1)
		return -1;
	free(canonical);
	return 0;
}

/* What is opened as a folder, by a slash or a dot at its end: the names that
 * are sent are those below it. */
static int
folder_source(const struct rsync_paths *paths, const char *ask, char **out,
    struct fault *fault)
{
	size_t len;
	char *canonical;

	if (confine(paths, ACCESS_READ, ask, &canonical, fault) == -1)
		return -1;
	len = strlen(canonical);
	if (asprintf(out, "%s%s", canonical,
		canonical[len - 1] == '/' ? "" : "/") == -1)
		*out = NULL;
	free(canonical);
	return *out == NULL ? no_memory(fault) : 0;
}

/* A link that leads outside is refused by its name; one that leads nowhere,
 * and what is missing, is rsync's to report. */
static int
check_leaf(const struct rsync_paths *paths, const char *path,
    struct fault *fault)
{
	struct fault found;
	struct stat st;
	char *canonical;

	if (confine(paths, ACCESS_READ, path, &canonical, &found) == 0) {
		free(canonical);
		return 0;
	}
	if (stat(path, &st) == -1 && (errno == ENOENT || errno == ELOOP))
		return 0;
	*fault = found;
	return -1;
}

/* A directory of the rule itself, whose parent is not the rule's. */
static int
area_source(const struct rsync_paths *paths, const char *ask, const char *name,
    char **out, struct fault *fault)
{
	char *canonical;

	if (confine(paths, ACCESS_READ, ask, &canonical, fault) == -1)
		return -1;
	if (strcmp(strrchr(canonical, '/') + 1, name) != 0) {
		free(canonical);
		return fault_set(fault, WHY_OUTSIDE,
		    "%s: a link outside of the rule's directories", ask);
	}
	*out = canonical;
	return 0;
}

static int
named_source(const struct rsync_paths *paths, const char *ask,
    const char *folder, const char *name, char **out, struct fault *fault)
{
	char *parent, *path;
	struct fault unused;

	if (confine(paths, ACCESS_READ, folder, &parent, &unused) == -1)
		return area_source(paths, ask, name, out, fault);
	if (asprintf(&path, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent,
		name) == -1)
		path = NULL;
	free(parent);
	if (path == NULL)
		return no_memory(fault);
	if (check_leaf(paths, path, fault) == -1) {
		free(path);
		return -1;
	}
	*out = path;
	return 0;
}

/* The path to pass on, resolved but for its last name. */
static int
resolve_source(const struct rsync_paths *paths, const char *ask, char **out,
    struct fault *fault)
{
	size_t len = strlen(ask);
	char *folder;
	const char *name;
	int ret;

	*out = NULL;
	if (check_removal(paths, ask, fault) == -1)
		return -1;
	if (ask[len - 1] == '/')
		return folder_source(paths, ask, out, fault);
	if (split(ask, &folder, &name) == -1)
		return no_memory(fault);
	if (is_dots(name))
		ret = folder_source(paths, ask, out, fault);
	else
		ret = named_source(paths, ask, folder, name, out, fault);
	free(folder);
	return ret;
}

/* With --relative the client wants the path as it wrote it, from a `/./` on
 * if there is one; it was resolved, and found to lie inside. */
static int
relative_source(const struct rsync_paths *paths, const char *ask,
    struct list *out, struct fault *fault)
{
	int ret;

	while (strncmp(ask, "./", 2) == 0 && ask[2] != '\0')
		ask += 2 + strspn(ask + 2, "/");
	if (has_dot_dot(ask))
		return fault_set(fault, WHY_OUTSIDE,
		    "%s: .. in a path with --relative", ask);
	if (*ask == '/')
		ret = list_add(out, ask);
	else if (strstr(ask, "/./") != NULL)
		ret = list_addf(out, "%s/%s", paths->areas[0].path, ask);
	else
		ret = list_addf(out, "%s/./%s", paths->areas[0].path, ask);
	return ret == -1 ? no_memory(fault) : 0;
}

static int
add_source(const struct rsync_paths *paths, const char *ask, struct list *out,
    struct fault *fault)
{
	char *path;

	if (resolve_source(paths, ask, &path, fault) == -1)
		return -1;
	if (paths->relative) {
		free(path);
		return relative_source(paths, ask, out, fault);
	}
	return list_take(out, path) == -1 ? no_memory(fault) : 0;
}

/* Opens a folder that was resolved, if that is still what it is. */
static DIR *
open_folder(const char *path)
{
	char proc[32], name[PATH_MAX];
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	DIR *dir = NULL;
	ssize_t n;

	if (fd == -1)
		return NULL;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	n = readlink(proc, name, sizeof(name));
	if (n > 0 && (size_t)n == strlen(path) &&
	    memcmp(name, path, (size_t)n) == 0)
		dir = fdopendir(fd);
	if (dir == NULL)
		close(fd);
	return dir;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder that match, sorted. */
static int
match_names(struct rsync_paths *paths, const char *folder, const char *pattern,
    struct list *names, struct fault *fault)
{
	DIR *dir = open_folder(folder);
	const struct dirent *e;
	int ret = 0;

	while (ret == 0 && dir != NULL && (e = readdir(dir)) != NULL) {
		if (paths->entries == 0 || names->n == PATH_RESULTS_MAX) {
			ret = fault_set(fault, WHY_TOO_LONG,
			    "the patterns match too many names");
			break;
		}
		paths->entries--;
		if (!is_dots(e->d_name) &&
		    fnmatch(pattern, e->d_name, FNM_PERIOD) == 0 &&
		    list_add(names, e->d_name) == -1)
			ret = no_memory(fault);
	}
	if (dir != NULL)
		closedir(dir);
	if (ret == 0 && names->n > 0)
		qsort(names->v, names->n, sizeof(*names->v), by_name);
	return ret;
}

/* Adds those that are held: one link that leads outside does not spoil the
 * rest. A slash after the pattern is for folders alone. */
static int
add_matches(struct rsync_paths *paths, const char *folder, const char *pattern,
    bool slash, struct list *out, struct fault *fault)
{
	struct list names = {0};
	int ret = match_names(paths, folder, pattern, &names, fault);

	for (size_t i = 0; ret == 0 && i < names.n; i++) {
		struct fault skipped;
		struct stat st;
		char *path;

		if (asprintf(&path, "%s/%s%s",
			strcmp(folder, "/") == 0 ? "" : folder, names.v[i],
			slash ? "/" : "") == -1) {
			ret = no_memory(fault);
			break;
		}
		if ((!slash || stat(path, &st) == 0) &&
		    out->n < PATH_RESULTS_MAX &&
		    add_source(paths, path, out, &skipped) == -1 &&
		    skipped.why == WHY_MEMORY)
			ret = no_memory(fault);
		free(path);
	}
	list_free(&names);
	return ret;
}

/* The folders that the pattern has before its last slash. */
static int
match_folders(struct rsync_paths *paths, const char *pattern, const char *last,
    struct list *folders, struct fault *fault)
{
	char *text;
	int ret;

	if (last == pattern)
		return list_add(folders, paths->areas[0].path) == -1 ?
		    no_memory(fault) :
		    0;
	text = strndup(pattern, (size_t)(last - pattern));
	if (text == NULL)
		return no_memory(fault);
	ret = path_glob(paths->areas, paths->nareas, ACCESS_READ, text,
	    &paths->entries, folders, fault);
	free(text);
	return ret;
}

/* With --relative a match is named from where the pattern starts. */
static int
relative_matches(struct rsync_paths *paths, const char *pattern,
    struct list *out, struct fault *fault)
{
	const char *base = paths->areas[0].path;
	struct list found = {0};
	int ret;

	if (strstr(pattern, "/./") != NULL)
		return fault_set(fault, WHY_OPTION,
		    "%s: a pattern with /./ in it: name the files", pattern);
	ret = path_glob(paths->areas, paths->nareas, ACCESS_READ, pattern,
	    &paths->entries, &found, fault);
	for (size_t i = 0; ret == 0 && i < found.n; i++) {
		const char *path = found.v[i];

		if (*pattern != '/')
			path += strlen(base) + strspn(path + strlen(base), "/");
		ret = add_source(paths, path, out, fault);
	}
	list_free(&found);
	return ret;
}

static int
pattern_source(struct rsync_paths *paths, const char *pattern, struct list *out,
    struct fault *fault)
{
	struct list folders = {0};
	size_t before = out->n, len = strlen(pattern);
	const char *last;
	char *text;
	int ret;

	while (len > 1 && pattern[len - 1] == '/')
		len--;
	text = strndup(pattern, len);
	if (text == NULL)
		return no_memory(fault);
	last = strrchr(text, '/') == NULL ? text : strrchr(text, '/') + 1;
	ret = match_folders(paths, text, last, &folders, fault);
	for (size_t i = 0; ret == 0 && i < folders.n; i++)
		ret = add_matches(paths, folders.v[i], last,
		    pattern[len] != '\0', out, fault);
	list_free(&folders);
	free(text);
	if (ret == 0 && out->n == before)
		ret = fault_set(fault, WHY_OUTSIDE, "%s: matches nothing",
		    pattern);
	return ret;
}

int
rsync_path_source(struct rsync_paths *paths, const char *text,
    const struct word_mark *mark, struct list *out, struct fault *fault)
{
	bool glob = mark->special & WORD_GLOB;

	if (glob)
		text = mark->glob;
	if (skip_home(&text, mark, fault) == -1)
		return -1;
	if (!glob)
		return add_source(paths, text, out, fault);
	if (has_dot_dot(text))
		return fault_set(fault, WHY_OUTSIDE, "%s: .. in a pattern",
		    text);
	if (paths->relative)
		return relative_matches(paths, text, out, fault);
	return pattern_source(paths, text, out, fault);
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
	if (slash == path || slash == NULL || is_dots(slash + 1) ||
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
		if (confine(paths, access, path, &found, &deeper) == -1)
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

	if (confine(paths, access, ask, canonical, fault) == 0)
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
	if (skip_home(&text, mark, fault) == -1)
		return -1;
	if (paths->deep)
		return confine_deep(paths, ACCESS_WRITE, text, canonical,
		    fault);
	return confine(paths, ACCESS_WRITE, text, canonical, fault);
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
	if (has_dot_dot(text))
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
	if (skip_home(&text, mark, fault) == -1)
		return -1;
	if (mark->special & WORD_HOME)
		base = NULL;
	if (value == RSYNC_PARTIAL && *text != '/')
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
		ret =
		    confine(paths, needs[value].access, path, canonical, fault);
	free(path);
	return ret;
}

/* How many of the len first bytes of a path another has too, in whole
 * components. */
static size_t
common(const char *a, size_t len, const char *b)
{
	size_t n = 0, whole = 0;

	for (; n < len && a[n] == b[n]; n++)
		if (a[n] == '/')
			whole = n;
	if ((n == len || a[n] == '/') && (b[n] == '/' || b[n] == '\0'))
		return n;
	return whole;
}

char *
rsync_path_common(const struct area *areas, size_t n)
{
	size_t len = strlen(areas[0].path);

	for (size_t i = 1; i < n; i++)
		len = common(areas[0].path, len, areas[i].path);
	if (len <= 1)
		return NULL;
	return strndup(areas[0].path, len);
}
