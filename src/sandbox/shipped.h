#ifndef GK_SHIPPED_H
#define GK_SHIPPED_H

#include <stddef.h>

struct list;
struct sock_filter;

/* What compile_bpf() made of these calls and traits when gatekeeper was
 * built. */
struct shipped {
	const char *calls; /* names in the order of the list, with a newline
	                      after each */
	unsigned traits;
	const struct sock_filter *code;
	size_t n;
};

/* All of them, ended by a NULL code: generate.c writes the table. */
extern const struct shipped shipped[];
/* NULL when none was made for exactly this list and these traits. */
const struct shipped *shipped_find(const struct list *calls, unsigned traits);

#endif
