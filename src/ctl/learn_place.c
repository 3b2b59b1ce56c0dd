/* Directories that proposed rules may name. */

#include <sys/stat.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/learn_place.h"
#include "ctl/show.h"
#include "list.h"

/* What a request that was merely observed makes nobody's data. A rule may
 * still name them: then somebody has thought about it. */
static const struct {
	const char *path;
	bool below; /* with all that is in it */
} systems[] = {
    {"/", false},
    {"/home", false},
    {"/root", false},
    {"/run", false},
    {"/var", false},
    {"/tmp", false},
    {"/bin", true},
    {"/boot", true},
    {"/dev", true},
    {"/etc", true},
    {"/lib", true},
    {"/lib64", true},
    {"/proc", true},
    {"/sbin", true},
    {"/sys", true},
    {"/usr", true},
};

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* Whether inner is outer or lies below it, by whole components. */
static bool
holds(const char *outer, const char *inner)
{
	size_t len = strlen(outer);

	if (len == 1)
		return true;
	return strncmp(outer, inner, len) == 0 &&
	    (inner[len] == '\0' || inner[len] == '/');
}

bool
learn_is_system(const char *path)
{
	for (size_t i = 0; i < NELEM(systems); i++)
		if (systems[i].below ? holds(systems[i].path, path) :
				       strcmp(systems[i].path, path) == 0)
			return true;
	return false;
}

char *
learn_directory(const char *path)
{
	char *copy = show_need(strdup(path)), *real, *slash;
	struct stat st;
	size_t len = strlen(copy);

	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	if (stat(copy, &st) == -1 || !S_ISDIR(st.st_mode)) {
		slash = strrchr(copy, '/');
		if (slash != NULL)
			slash[slash == copy] = '\0';
	}
	real = realpath(copy, NULL);
	free(copy);
	if (real != NULL && (stat(real, &st) == -1 || !S_ISDIR(st.st_mode))) {
		free(real);
		real = NULL;
	}
	return real;
}

void
learn_add_directory(struct list *list, const char *path)
{
	struct list rest = {0};

	for (size_t i = 0; i < list->n; i++)
		if (holds(list->v[i], path))
			return;
	for (size_t i = 0; i < list->n; i++)
		if (!holds(path, list->v[i]))
			show_add(&rest, strdup(list->v[i]));
	show_add(&rest, strdup(path));
	list_free(list);
	*list = rest;
}

bool
learn_few_directories(struct list *list)
{
	char *path;
	bool few;

	if (list->n <= LEARN_DIRECTORIES_MAX)
		return true;
	path = show_need(strdup(list->v[0]));
	for (size_t i = 1; i < list->n; i++)
		while (!holds(path, list->v[i]))
			strrchr(path, '/')[strrchr(path, '/') == path] = '\0';
	few = !learn_is_system(path);
	if (few) {
		list_free(list);
		show_add(list, strdup(path));
	}
	free(path);
	return few;
}
