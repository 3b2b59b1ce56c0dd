#ifndef GK_CHOICES_H
#define GK_CHOICES_H

#include <stdbool.h>
#include <stddef.h>

#include "list.h"

/* Keys that only some protocols take. */
enum {
	CHOICE_LINKS = 1,
	CHOICE_DELETE = 2,
	CHOICE_OPTIONS = 4,
	CHOICE_MUNGE_LINKS = 8,
	CHOICE_HOOKS = 16,
	CHOICE_QUOTA = 32
};

/* Their values in a rule, which owns them. */
struct choices {
	unsigned given; /* CHOICE_ bits of the keys that it has */
	bool links; /* the client may make links */
	bool delete; /* the client may have files removed */
	bool munge_links;
	bool hooks; /* the repository's own programs run */
	struct list options; /* +name, -name */
	size_t quota; /* bytes; 0: none */
};

#endif
