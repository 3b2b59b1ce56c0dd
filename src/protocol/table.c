/* The protocols, one row each. */

#include <stdio.h>
#include <string.h>

#include "list.h"
#include "protocol.h"
#include "words.h"

const struct protocol *const protocols[] = {
    &protocol_scp,
    &protocol_sftp,
    &protocol_rsync,
    &protocol_rdist,
    &protocol_git,
    &protocol_borg,
    NULL,
};

const struct protocol *
protocol_find(const char *name)
{
	for (const struct protocol *const *p = protocols; *p != NULL; p++)
		if (strcmp((*p)->name, name) == 0)
			return *p;
	return NULL;
}

bool
protocol_claims(const struct protocol *protocol, const struct words *words,
    char *const *programs)
{
	const char *first;

	if (protocol->asked == NULL || words->text.n == 0 ||
	    words->mark[0].special != 0)
		return false;
	first = words->text.v[0];
	for (const char *const *name = protocol->asked; *name != NULL; name++)
		if (strcmp(first, *name) == 0)
			return true;
	return strcmp(first, programs[protocol->program]) == 0;
}

static bool
takes(const struct protocol *protocol, unsigned choice)
{
	return choice == 0 || (protocol->choices & choice) != 0;
}

void
protocol_list(unsigned choice, char *text, size_t size)
{
	const struct protocol *const *p;
	size_t used = 0, left = 0;

	for (p = protocols; *p != NULL; p++)
		left += takes(*p, choice);
	text[0] = '\0';
	for (p = protocols; *p != NULL && used < size; p++) {
		if (!takes(*p, choice))
			continue;
		left--;
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    (*p)->name,
		    left > 1      ? ", " :
			left == 1 ? " or " :
				    "");
	}
}
