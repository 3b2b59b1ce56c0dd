/* Where the records of this host are: `[audit] file` for every account that
 * has one, with what was rotated away from it. */

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/log_file.h"
#include "ctl/show.h"
#include "list.h"
#include "settings.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define ACCOUNT "${account}"

/* As logrotate names them: by number, by date, and compressed. */
static const char *const rotated[] = {".[0-9]*", "-[0-9]*"};

struct found {
	char *path;
	struct timespec when;
};

/* The setting as a pattern of glob(3): any account, all else as it stands. */
static char *
make_pattern(const char *setting, const char *suffix)
{
	size_t size;
	char *pattern;
	FILE *f = show_need(open_memstream(&pattern, &size));

	while (*setting != '\0') {
		if (strncmp(setting, ACCOUNT, strlen(ACCOUNT)) == 0) {
			fputc('*', f);
			setting += strlen(ACCOUNT);
			continue;
		}
		if (strchr("*?[\\", *setting) != NULL)
			fputc('\\', f);
		fputc(*setting++, f);
	}
	fputs(suffix, f);
	if (fclose(f) != 0)
		show_need(NULL);
	return pattern;
}

static void
find_matches(const char *setting, const char *suffix, struct list *paths)
{
	char *pattern = make_pattern(setting, suffix);
	glob_t matches = {0};

	if (glob(pattern, 0, NULL, &matches) == GLOB_NOSPACE)
		show_need(NULL);
	for (size_t i = 0; i < matches.gl_pathc; i++)
		if (!list_has(paths, matches.gl_pathv[i]))
			show_add(paths, strdup(matches.gl_pathv[i]));
	globfree(&matches);
	free(pattern);
}

static int
compare(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->when.tv_sec != y->when.tv_sec)
		return x->when.tv_sec < y->when.tv_sec ? -1 : 1;
	if (x->when.tv_nsec != y->when.tv_nsec)
		return x->when.tv_nsec < y->when.tv_nsec ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* By the time of their last record: rotated ones come first. */
static void
sort_by_time(struct list *paths)
{
	struct found *v;
	struct stat st;

	if (paths->n == 0)
		return;
	v = show_need(calloc(paths->n, sizeof(*v)));
	for (size_t i = 0; i < paths->n; i++) {
		v[i].path = paths->v[i];
		if (lstat(v[i].path, &st) == 0)
			v[i].when = st.st_mtim;
	}
	qsort(v, paths->n, sizeof(*v), compare);
	for (size_t i = 0; i < paths->n; i++)
		paths->v[i] = v[i].path;
	free(v);
}

/* The setting, or NULL; the caller frees. */
static char *
find_setting(const char *dir)
{
	struct settings settings;
	struct fault fault = {0};
	char *setting = NULL;

	if (settings_load(&settings, dir, &fault) == -1) {
		show(stderr, "%s: %s; name the files to read\n", fault.file,
		    fault.text);
	} else if (settings.audit_file == NULL) {
		show(stderr,
		    "gatekeeperctl: gatekeeper.ini has no `file` in [audit]; "
		    "name files, or `-` and hand over what syslog has: "
		    "journalctl -a -o json -t gatekeeper | gatekeeperctl ... -\n");
	} else {
		setting = show_need(strdup(settings.audit_file));
	}
	settings_free(&settings);
	return setting;
}

int
log_find_live(const char *dir, struct list *paths)
{
	char *setting = find_setting(dir);

	if (setting == NULL)
		return -1;
	find_matches(setting, "", paths);
	free(setting);
	return (int)paths->n;
}

int
log_find(const char *dir, struct list *paths)
{
	char *setting = find_setting(dir);

	if (setting == NULL)
		return -1;
	find_matches(setting, "", paths);
	for (size_t i = 0; i < NELEM(rotated); i++)
		find_matches(setting, rotated[i], paths);
	sort_by_time(paths);
	if (paths->n == 0)
		show(stderr, "gatekeeperctl: %s: no such file yet\n", setting);
	free(setting);
	return (int)paths->n;
}
