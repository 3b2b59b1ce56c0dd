/* A growing list of strings that doubles as an argv. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"

int
list_take(struct list *list, char *s)
{
	char **v;

	if (s == NULL)
		return -1;
	v = reallocarray(list->v, list->n + 2, sizeof(*v));
	if (v == NULL) {
		free(s);
		return -1;
	}
	v[list->n++] = s;
	v[list->n] = NULL;
	list->v = v;
	return 0;
}

int
list_add(struct list *list, const char *s)
{
	return list_take(list, strdup(s));
}

int
list_addf(struct list *list, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&s, fmt, ap);
	va_end(ap);
	return list_take(list, len == -1 ? NULL : s);
}

bool
list_has(const struct list *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], s) == 0)
			return true;
	return false;
}

void
list_free(struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
	*list = (struct list) {0};
}
