/* The protocols, one row each. */

#include <string.h>

#include "list.h"
#include "protocol.h"
#include "words.h"

static const struct protocol *const protocols[] = {
    &protocol_scp,
    &protocol_sftp,
    &protocol_rdist,
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
	return strcmp(first, protocol->asked) == 0 ||
	    strcmp(first, programs[protocol->program]) == 0;
}
