/* The keys of [allow NAME] that name files and directories. */

#include <stdlib.h>
#include <string.h>

#include "keyword.h"
#include "policy.h"
#include "why.h"
#include "words.h"

static int
no_memory(struct fault *fault)
{
	return fault_set(fault, WHY_MEMORY, "out of memory");
}

/* A path as policies may write it: what is checked is what is meant. */
static int
check_path(const char *path, struct fault *fault)
{
	if (path[0] == '#' || path[0] == '"')
		return fault_set(fault, WHY_POLICY,
		    path[0] == '#' ?
			"%s: a comment stands on a line of its own; write an "
			"absolute path here" :
			"%s: write an absolute path, in '...' if it has blanks",
		    path);
	if (path[0] != '/')
		return fault_set(fault, WHY_POLICY,
		    "%s: write an absolute path", path);
	if (path[strlen(path) - 1] == ',')
		return fault_set(fault, WHY_POLICY,
		    "%s: blanks separate paths: write them without commas, or "
		    "'...' around a name that ends in one",
		    path);
	if (strpbrk(path, "$*?") != NULL)
		return fault_set(fault, WHY_POLICY,
		    "%s: nothing expands here; write a path without $ * ?",
		    path);
	for (const char *p = path; *p != '\0'; p += strcspn(p, "/")) {
		size_t len = strcspn(++p, "/");

		if ((len == 1 && p[0] == '.') ||
		    (len == 2 && p[0] == '.' && p[1] == '.'))
			return fault_set(fault, WHY_POLICY,
			    "%s: write it without . and ..", path);
		if (p[len] == '\0')
			break;
	}
	return 0;
}

int
keyword_add_path(struct rule *rule, const char *path, unsigned access,
    unsigned line, struct fault *fault)
{
	struct rule_path *paths;

	if (check_path(path, fault) == -1)
		return -1;
	paths = keyword_grow(rule->paths, rule->npaths, sizeof(*paths), fault);
	if (paths == NULL)
		return -1;
	rule->paths = paths;
	paths += rule->npaths;
	*paths = (struct rule_path) {.path = strdup(path),
	    .access = access,
	    .line = line};
	if (paths->path == NULL)
		return no_memory(fault);
	rule->npaths++;
	return 0;
}

static int
add_paths(const struct place *at, const char *value, unsigned access,
    struct fault *fault)
{
	struct list list = {0};
	int ret = words_list(&list, value, fault);

	for (size_t i = 0; ret == 0 && i < list.n; i++)
		ret = keyword_add_path(at->rule, list.v[i], access, at->line,
		    fault);
	list_free(&list);
	return ret;
}

int
keyword_read(const struct place *at, const char *value, struct fault *fault)
{
	return add_paths(at, value, ACCESS_READ, fault);
}

int
keyword_write(const struct place *at, const char *value, struct fault *fault)
{
	return add_paths(at, value, ACCESS_WRITE, fault);
}

int
keyword_append(const struct place *at, const char *value, struct fault *fault)
{
	return add_paths(at, value, ACCESS_APPEND, fault);
}

int
keyword_execute(const struct place *at, const char *value, struct fault *fault)
{
	return add_paths(at, value, ACCESS_EXECUTE, fault);
}

int
keyword_chdir(const struct place *at, const char *value, struct fault *fault)
{
	struct list one = {0};
	int ret = words_list(&one, value, fault);

	if (ret == 0 && one.n != 1)
		ret = fault_set(fault, WHY_POLICY,
		    "write one directory; quote a name with blanks: '…'");
	if (ret == 0)
		ret = check_path(one.v[0], fault);
	if (ret == 0 && (at->rule->chdir = strdup(one.v[0])) == NULL)
		ret = no_memory(fault);
	list_free(&one);
	return ret;
}
