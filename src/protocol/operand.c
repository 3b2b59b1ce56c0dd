/* Names of files in a client's words, before they are resolved, and how many
 * of them one argv may hold afterwards. */

#include <string.h>

#include "list.h"
#include "operand.h"
#include "path.h"
#include "why.h"

/* Far below the kernel's limit, and more than any client needs. */
#define ARGV_BYTES_MAX ((size_t)256 * 1024)

int
operand_home(const char **path, struct fault *fault)
{
	const char *rest = *path + 1;

	if (*rest != '\0' && *rest != '/')
		return fault_set(fault, WHY_OUTSIDE, "%s: another user's home",
		    *path);
	rest += strspn(rest, "/");
	*path = *rest != '\0' ? rest : ".";
	return 0;
}

bool
operand_is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

bool
operand_has_dot_dot(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")) != NULL; p += 2)
		if ((p == path || p[-1] == '/') &&
		    (p[2] == '/' || p[2] == '\0'))
			return true;
	return false;
}

int
operand_fits(struct operand_size *size, const struct list *argv,
    struct fault *fault)
{
	for (; size->n < argv->n; size->n++)
		size->bytes += strlen(argv->v[size->n]) + 1;
	if (size->bytes > ARGV_BYTES_MAX || size->n > PATH_RESULTS_MAX)
		return fault_set(fault, WHY_TOO_LONG,
		    "more than %zu bytes or %d names of files: ask for less at "
		    "once",
		    ARGV_BYTES_MAX, PATH_RESULTS_MAX);
	return 0;
}
