/*
 * What a client of rsync fetches: hostile names and patterns, each resolved
 * but for its last name. rsync resolves them again, and the kernel holds it
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
#include "operand.h"
#include "path.h"
#include "rsync_path.h"
#include "rsync_source.h"
#include "why.h"
#include "words.h"

/* Bytes of a pattern times bytes of a name that count as one entry. */
#define COST_OF_ENTRY 4096

static int
no_memory(struct fault *fault)
{
	return fault_set(fault, WHY_MEMORY, "out of memory");
}

/* NULL: out of memory. */
static char *
in_folder(const char *folder, const char *name, bool slash)
{
	char *path;

	if (asprintf(&path, "%s/%s%s", strcmp(folder, "/") == 0 ? "" : folder,
		name, slash ? "/" : "") == -1)
		return NULL;
	return path;
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
	if (rsync_path_confine(paths, ACCESS_WRITE, ask, &canonical, fault) ==
	    -1)
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

	if (rsync_path_confine(paths, ACCESS_READ, ask, &canonical, fault) ==
	    -1)
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

	if (rsync_path_confine(paths, ACCESS_READ, path, &canonical, &found) ==
	    0) {
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

	if (rsync_path_confine(paths, ACCESS_READ, ask, &canonical, fault) ==
	    -1)
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

	if (rsync_path_confine(paths, ACCESS_READ, folder, &parent, &unused) ==
	    -1)
		return area_source(paths, ask, name, out, fault);
	path = in_folder(parent, name, false);
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
	if (operand_is_dots(name))
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
	if (operand_has_dot_dot(ask))
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
add_source(struct rsync_paths *paths, const char *ask, struct list *out,
    struct fault *fault)
{
	char *path;
	int ret;

	if (resolve_source(paths, ask, &path, fault) == -1)
		return -1;
	if (paths->relative) {
		free(path);
		ret = relative_source(paths, ask, out, fault);
	} else {
		ret = list_take(out, path) == -1 ? no_memory(fault) : 0;
	}
	return ret == -1 ? -1 : operand_fits(&paths->size, out, fault);
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

/* One pattern at work. */
struct search {
	struct rsync_paths *paths;
	const char *last; /* what names must match, below some folders */
	bool slash; /* only folders do */
	bool relative; /* the pattern is, and so is what stands for it */
	struct list *out;
	struct fault *fault;
};

/* A long bracket costs its length at each byte of each name: such an entry
 * counts as several. */
static int
spend(const struct search *s, const char *name)
{
	size_t cost = 1 + strlen(s->last) * strlen(name) / COST_OF_ENTRY;

	if (cost > s->paths->entries)
		return fault_set(s->fault, WHY_TOO_LONG,
		    "the patterns visit too many names");
	s->paths->entries -= cost;
	return 0;
}

/* The names in a folder that match, sorted. */
static int
match_names(const struct search *s, const char *folder, struct list *names)
{
	DIR *dir = open_folder(folder);
	const struct dirent *e;
	int ret = 0;

	while (ret == 0 && dir != NULL && (e = readdir(dir)) != NULL) {
		ret = spend(s, e->d_name);
		if (ret == 0 && !operand_is_dots(e->d_name) &&
		    fnmatch(s->last, e->d_name, FNM_PERIOD) == 0 &&
		    list_add(names, e->d_name) == -1)
			ret = no_memory(s->fault);
	}
	if (dir != NULL)
		closedir(dir);
	if (ret == 0 && names->n > 0)
		qsort(names->v, names->n, sizeof(*names->v), by_name);
	return ret;
}

/* From the first directory on, where a path lies below that. */
static const char *
from_first(const struct rsync_paths *paths, const char *path)
{
	const char *base = paths->areas[0].path;
	size_t len = strcmp(base, "/") == 0 ? 0 : strlen(base);

	if (strncmp(path, base, len) != 0 || path[len] != '/')
		return path;
	return path + len + 1;
}

/* One link that leads outside does not spoil the rest. */
static int
add_match(const struct search *s, const char *path)
{
	struct fault fault;
	struct stat st;

	if (s->slash && stat(path, &st) == -1)
		return 0;
	if (s->relative && s->paths->relative)
		path = from_first(s->paths, path);
	if (add_source(s->paths, path, s->out, &fault) == 0 ||
	    fault.why == WHY_OUTSIDE)
		return 0;
	*s->fault = fault;
	return -1;
}

static int
add_matches(const struct search *s, const char *folder)
{
	struct list names = {0};
	int ret = match_names(s, folder, &names);

	for (size_t i = 0; ret == 0 && i < names.n; i++) {
		char *path = in_folder(folder, names.v[i], s->slash);

		if (path == NULL) {
			ret = no_memory(s->fault);
			break;
		}
		ret = add_match(s, path);
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

static int
pattern_source(struct rsync_paths *paths, const char *pattern, struct list *out,
    struct fault *fault)
{
	struct search s = {.paths = paths,
	    .relative = *pattern != '/',
	    .out = out,
	    .fault = fault};
	struct list folders = {0};
	size_t before = out->n, len = strlen(pattern);
	const char *slash;
	char *text;
	int ret;

	while (len > 1 && pattern[len - 1] == '/')
		len--;
	text = strndup(pattern, len);
	if (text == NULL)
		return no_memory(fault);
	slash = strrchr(text, '/');
	s.last = slash == NULL ? text : slash + 1;
	s.slash = pattern[len] != '\0';
	ret = match_folders(paths, text, s.last, &folders, fault);
	for (size_t i = 0; ret == 0 && i < folders.n; i++)
		ret = add_matches(&s, folders.v[i]);
	list_free(&folders);
	free(text);
	if (ret == 0 && out->n == before)
		ret = fault_set(fault, WHY_OUTSIDE, "%s: matches nothing",
		    pattern);
	return ret;
}

int
rsync_source_add(struct rsync_paths *paths, const char *text,
    const struct word_mark *mark, struct list *out, struct fault *fault)
{
	bool glob = mark->special & WORD_GLOB;

	if (glob)
		text = mark->glob;
	if ((mark->special & WORD_HOME) && operand_home(&text, fault) == -1)
		return -1;
	if (!glob)
		return add_source(paths, *text != '\0' ? text : ".", out,
		    fault);
	if (operand_has_dot_dot(text))
		return fault_set(fault, WHY_OUTSIDE, "%s: .. in a pattern",
		    text);
	if (paths->relative && strstr(text, "/./") != NULL)
		return fault_set(fault, WHY_OPTION,
		    "%s: a pattern with /./ in it: name the files", text);
	return pattern_source(paths, text, out, fault);
}
