#ifndef GK_PROTOCOL_OPERAND_H
#define GK_PROTOCOL_OPERAND_H

#include <stdbool.h>
#include <stddef.h>

struct fault;
struct list;

/* What names of files have in common in the requests of all protocols. */

/* `~` is `.` and `~/x` is x: the first directory of the rule is home enough.
 * -1: it is another user's home. */
int operand_home(const char **path, struct fault *);
/* Whether a name is `.` or `..`. */
bool operand_is_dots(const char *);
/* Whether a component of a path or pattern is `..`. */
bool operand_has_dot_dot(const char *);

/*
 * How large an argv has become. A short command can name much, as every path
 * in it may be a long one, resolved; so this is asked after each. -1 with
 * WHY_TOO_LONG: more than PATH_RESULTS_MAX words, or far too many bytes.
 */
struct operand_size {
	size_t n;
	size_t bytes; /* of the first n */
};
int
operand_fits(struct operand_size *, const struct list *argv, struct fault *);

#endif
