/*
 * Confinement of a path that a client named. The kernel resolves it once;
 * what is handed on is the canonical result, which is then opened again
 * from the rule's directory with no link allowed on the way. Landlock holds
 * the program to the same directories, whatever happens to names later.
 */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/openat2.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "list.h"
#include "path.h"
#include "why.h"

#define GLOB_DEPTH_MAX 32
/* Bytes of a pattern times bytes of a name that count as one entry. */
#define COST_OF_ENTRY 4096

static int
outside(struct fault *fault, const char *ask, const char *what)
{
	return fault_set(fault, WHY_OUTSIDE, "%s: %s", ask, what);
}

static int
open_resolved(int dir, const char *path, unsigned flags, unsigned resolve)
{
	struct open_how how = {
	    .flags = flags | O_CLOEXEC,
	    .resolve = resolve | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	do
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	while (fd == -1 && (errno == EINTR || errno == EAGAIN));
	return (int)fd;
}

/* The kernel's own name for what a descriptor refers to. */
static int
name_of(int fd, char path[PATH_MAX])
{
	char proc[32];
	ssize_t n;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	n = readlink(proc, path, PATH_MAX - 1);
	if (n <= 0 || path[0] != '/')
		return -1;
	path[n] = '\0';
	return 0;
}

/* What is left of path below an area, "" for the area itself; NULL outside.
 * Whole components: /srv/b holds nothing of /srv/bc. */
static const char *
below(const struct area *area, const char *path)
{
	size_t len = strlen(area->path);

	if (strcmp(area->path, "/") == 0)
		return path + 1;
	if (strncmp(path, area->path, len) != 0)
		return NULL;
	if (path[len] == '\0')
		return path + len;
	return path[len] == '/' ? path + len + 1 : NULL;
}

/* Whether fd, whose name is path, is that very object below the area. */
static bool
holds(const struct area *area, const char *path, int fd)
{
	const char *rest = below(area, path);
	struct stat a, b;
	bool same;
	int again = area->fd;

	if (rest == NULL)
		return false;
	if (*rest != '\0')
		again = open_resolved(area->fd, rest, O_PATH,
		    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (again == -1)
		return false;
	same = fstat(fd, &a) == 0 && fstat(again, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
	if (again != area->fd)
		close(again);
	return same;
}

static bool
held_by_any(const struct area *areas, size_t n, unsigned access,
    const char *path, int fd)
{
	for (size_t i = 0; i < n; i++)
		if ((areas[i].access & access) && holds(&areas[i], path, fd))
			return true;
	return false;
}

/* Opens what exists at path and gives its canonical name, if it is held. */
static int
confine_existing(const struct area *areas, size_t n, unsigned access,
    const char *path, char name[PATH_MAX])
{
	int fd = open_resolved(AT_FDCWD, path, O_PATH, 0);

	if (fd == -1)
		return -1;
	if (name_of(fd, name) == -1 ||
	    !held_by_any(areas, n, access, name, fd)) {
		close(fd);
		errno = EXDEV;
		return -1;
	}
	return fd;
}

/* The parent must exist and be held; the name in it must be free, not even
 * a link to nowhere: the program would follow it. */
static int
confine_new(const struct area *areas, size_t n, unsigned access, char *path,
    char name[PATH_MAX])
{
	char *last = strrchr(path, '/') + 1;
	char parent[PATH_MAX];
	struct stat st;
	size_t len;
	int fd, error;

	if (strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
		errno = ENOENT;
		return -1;
	}
	snprintf(parent, sizeof(parent), "%.*s", (int)(last - path), path);
	fd = confine_existing(areas, n, access, parent, name);
	if (fd == -1)
		return -1;
	error =
	    fstatat(fd, last, &st, AT_SYMLINK_NOFOLLOW) == 0 ? ELOOP : errno;
	close(fd);
	len = strlen(name);
	if (error == ENOENT && len + 2 + strlen(last) >= PATH_MAX)
		error = ENAMETOOLONG;
	if (error != ENOENT) {
		errno = error;
		return -1;
	}
	snprintf(name + len, PATH_MAX - len, "%s%s", len > 1 ? "/" : "", last);
	return 0;
}

static int
confine(const struct area *areas, size_t n, unsigned access, char *path,
    char name[PATH_MAX])
{
	int fd = confine_existing(areas, n, access, path, name);

	if (fd != -1) {
		close(fd);
		return 0;
	}
	if (errno != ENOENT)
		return -1;
	return confine_new(areas, n, access, path, name);
}

/* The path to resolve, absolute, and whether slashes were cut off its end. */
static int
absolute(const struct area *areas, size_t n, const char *ask,
    char path[PATH_MAX], bool *slash)
{
	int len;

	if (*ask == '\0' || n == 0)
		return -1;
	if (*ask == '/')
		len = snprintf(path, PATH_MAX, "%s", ask);
	else
		len = snprintf(path, PATH_MAX, "%s/%s", areas[0].path, ask);
	if (len < 0 || len >= PATH_MAX)
		return -1;
	*slash = path[len - 1] == '/';
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	return 0;
}

int
path_confine(const struct area *areas, size_t n, unsigned access,
    const char *ask, char **canonical, struct fault *fault)
{
	char path[PATH_MAX], name[PATH_MAX];
	bool slash;
	char *result;

	if (absolute(areas, n, ask, path, &slash) == -1)
		return outside(fault, ask, "empty or too long");
	if (confine(areas, n, access, path, name) == -1)
		return outside(fault, ask,
		    errno == EXDEV ? "not inside a directory of the rule" :
				     strerror(errno));
	slash = slash && strcmp(name, "/") != 0;
	if (asprintf(&result, "%s%s", name, slash ? "/" : "") == -1)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	*canonical = result;
	return 0;
}

/* One expansion: the components of the pattern, and what is left to spend. */
struct glob {
	const struct area *areas;
	size_t nareas;
	unsigned access;
	bool relative; /* to the first area */
	char *part[GLOB_DEPTH_MAX];
	size_t nparts;
	const struct area *area; /* the one at work */
	struct list found; /* below that */
	size_t room; /* for results */
	size_t *entries; /* left to look at */
	const char *stopped;
};

static bool
is_magic(const char *part)
{
	for (; *part != '\0'; part++) {
		if (*part == '\\' && part[1] != '\0')
			part++;
		else if (strchr("*?[", *part) != NULL)
			return true;
	}
	return false;
}

static void
unescape(char *part)
{
	char *to = part;

	for (; *part != '\0'; part++) {
		if (*part == '\\' && part[1] != '\0')
			part++;
		*to++ = *part;
	}
	*to = '\0';
}

static int glob_below(struct glob *, const char *base, size_t depth);

static int
glob_step(struct glob *g, const char *base, const char *name, size_t depth)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s%s%s", base,
	    *base == '\0' ? "" : "/", name);

	if (len < 0 || len >= PATH_MAX)
		return 0;
	return glob_below(g, path, depth + 1);
}

/* A long bracket costs its length at each byte of each name: such an entry
 * counts as several. */
static int
glob_spend(struct glob *g, const char *part, const char *name)
{
	size_t cost = 1 + strlen(part) * strlen(name) / COST_OF_ENTRY;

	if (cost > *g->entries) {
		g->stopped = "the patterns visit too many names";
		return -1;
	}
	*g->entries -= cost;
	return 0;
}

static int
glob_scan(struct glob *g, const char *base, size_t depth)
{
	int fd = open_resolved(g->area->fd, *base == '\0' ? "." : base,
	    O_RDONLY | O_DIRECTORY | O_NONBLOCK, RESOLVE_BENEATH);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;
	int ret = 0;

	if (dir == NULL) {
		if (fd != -1)
			close(fd);
		return 0; /* what cannot be listed matches nothing */
	}
	while (ret == 0 && (e = readdir(dir)) != NULL) {
		ret = glob_spend(g, g->part[depth], e->d_name);
		if (ret == 0 && strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 &&
		    fnmatch(g->part[depth], e->d_name, FNM_PERIOD) == 0)
			ret = glob_step(g, base, e->d_name, depth);
	}
	closedir(dir);
	return ret;
}

static int
glob_below(struct glob *g, const char *base, size_t depth)
{
	char name[NAME_MAX + 1];

	if (depth == g->nparts) {
		if (g->found.n >= g->room) {
			g->stopped = "the patterns match too many names";
			return -1;
		}
		return list_add(&g->found, base);
	}
	if (is_magic(g->part[depth]))
		return glob_scan(g, base, depth);
	if (strlen(g->part[depth]) >= sizeof(name))
		return 0;
	memcpy(name, g->part[depth], strlen(g->part[depth]) + 1);
	unescape(name);
	return glob_step(g, base, name, depth);
}

/* Cuts text, which is changed, into components. */
static int
glob_parts(struct glob *g, char *text)
{
	char *save = NULL;

	for (char *p = strtok_r(text, "/", &save); p != NULL;
	     p = strtok_r(NULL, "/", &save)) {
		if (strcmp(p, ".") == 0)
			continue;
		if (strcmp(p, "..") == 0 || g->nparts == GLOB_DEPTH_MAX)
			return -1;
		g->part[g->nparts++] = p;
	}
	return 0;
}

/* Takes the area's own components, which must be literal, off the front. */
static bool
glob_enter(struct glob *g, const struct area *area, char *const *part, size_t n)
{
	const char *p = area->path + 1;
	size_t i = 0;

	for (; *p != '\0'; i++) {
		size_t len = strcspn(p, "/");
		char name[NAME_MAX + 1];

		if (i == n || is_magic(part[i]) ||
		    strlen(part[i]) >= sizeof(name))
			return false;
		memcpy(name, part[i], strlen(part[i]) + 1);
		unescape(name);
		if (strlen(name) != len || memcmp(name, p, len) != 0)
			return false;
		p += len + (p[len] == '/');
	}
	memcpy(g->part, part + i, (n - i) * sizeof(*part));
	g->nparts = n - i;
	g->area = area;
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds those of the found that are held: one link that leads outside does
 * not spoil the rest. */
static int
glob_take(struct glob *g, struct list *out)
{
	char path[PATH_MAX], name[PATH_MAX];
	int fd, len;

	if (g->found.n > 0)
		qsort(g->found.v, g->found.n, sizeof(*g->found.v), by_name);
	for (size_t i = 0; i < g->found.n; i++) {
		len = snprintf(path, sizeof(path), "%s/%s", g->area->path,
		    g->found.v[i]);
		if (len < 0 || len >= PATH_MAX)
			continue;
		fd = confine_existing(g->areas, g->nareas, g->access, path,
		    name);
		if (fd == -1)
			continue;
		close(fd);
		if (list_add(out, name) == -1)
			return -1;
	}
	return 0;
}

/* Expands below one area, on a copy of what is common to all. */
static int
glob_area(const struct glob *common, const struct area *area, struct list *out,
    struct fault *fault)
{
	struct glob g = *common;
	int ret = -1;

	g.area = area;
	if (!g.relative && !glob_enter(&g, area, common->part, common->nparts))
		return 0;
	if (glob_below(&g, "", 0) == 0 && glob_take(&g, out) == 0)
		ret = 0;
	else if (g.stopped != NULL)
		fault_set(fault, WHY_TOO_LONG, "%s", g.stopped);
	else
		fault_set(fault, WHY_MEMORY, "out of memory");
	list_free(&g.found);
	return ret;
}

int
path_glob(const struct area *areas, size_t n, unsigned access,
    const char *pattern, size_t *entries, struct list *out, struct fault *fault)
{
	struct glob g = {.areas = areas,
	    .nareas = n,
	    .access = access,
	    .relative = *pattern != '/',
	    .entries = entries,
	    .room = PATH_RESULTS_MAX -
		(out->n < PATH_RESULTS_MAX ? out->n : PATH_RESULTS_MAX)};
	size_t before = out->n;
	char *text = strdup(pattern);
	int ret = 0;

	if (text == NULL)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	if (glob_parts(&g, text) == -1)
		ret = outside(fault, pattern, "has .. or too many slashes");
	for (size_t i = 0; ret == 0 && i < n && out->n == before; i++) {
		if (g.relative || (areas[i].access & access))
			ret = glob_area(&g, &areas[i], out, fault);
		if (g.relative)
			break;
	}
	free(text);
	if (ret == 0 && out->n == before)
		return outside(fault, pattern, "matches nothing");
	return ret;
}

size_t
path_common(const char *a, size_t len, const char *b)
{
	size_t n = 0, whole = 0;

	for (; n < len && a[n] == b[n]; n++)
		if (a[n] == '/')
			whole = n;
	if ((n == len || a[n] == '/') && (b[n] == '/' || b[n] == '\0'))
		return n;
	return whole;
}
