/*
 * rdist starts `rdistd -S` and names everything else in-band, the commands
 * of SPECIAL included. There is nothing to check here but the two words;
 * the kernel holds rdistd to its directories, and lets it start no shell.
 */

#include <string.h>

#include "list.h"
#include "protocol.h"
#include "sandbox/groups.h"
#include "settings.h"
#include "why.h"
#include "words.h"

static int
build(const struct protocol_call *call, struct list *argv, struct list *env,
    struct fault *fault)
{
	const struct list *words = &call->words->text;

	(void)env;
	if (words->n != 2 || strcmp(words->v[1], "-S") != 0)
		return fault_set(fault, WHY_OPTION,
		    "rdistd is asked for as `rdistd -S`");
	if (list_add(argv, call->programs[PROGRAM_RDISTD]) == -1 ||
	    list_add(argv, "-S") == -1)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return 0;
}

static const char *const asked[] = {"rdistd", NULL};

const struct protocol protocol_rdist = {
    .name = "rdist",
    .asked = asked,
    .program = PROGRAM_RDISTD,
    .calls = calls_default, /* it forks, to run what it cannot run */
    .links = true,
    .needs_write = true,
    .argv = build,
};
