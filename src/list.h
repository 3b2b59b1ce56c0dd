#ifndef GK_LIST_H
#define GK_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A growing list of strings. Once anything was added, v[n] is NULL, so v
 * serves as an argv. The list owns its strings; a zeroed list is empty.
 */
struct list {
	char **v;
	size_t n;
};

/* Each returns 0, or -1 with errno set and the list as it was. */
int list_add(struct list *, const char *);
int list_addf(struct list *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
/* Takes the string over, and frees it on failure too; NULL is a failure. */
int list_take(struct list *, char *);
/* Whether one of the strings is this one. */
bool list_has(const struct list *, const char *);
void list_free(struct list *);

#endif
