#ifndef GK_ENVIRONMENT_H
#define GK_ENVIRONMENT_H

#include <stdbool.h>

struct list;
struct request;
struct rule;

/* What the name of a variable is made of. */
#define ENVIRONMENT_NAME_CHARS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/*
 * The environment of a permitted program: what the list has already (the
 * protocol's own), which nothing below replaces; fixed values, the
 * rule's env.NAME, and what pass-env lets through of the client's. Hooks of
 * the loader, shells and interpreters never pass. -1: out of memory.
 */
int
environment_build(struct list *, const struct rule *, const struct request *);

/* Whether env. may set this variable, and pass-env may name it, at all. */
bool environment_may_set(const char *name);
bool environment_may_pass(const char *name);

#endif
