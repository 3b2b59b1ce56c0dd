/*
 * scp's old wire form: the client starts `scp -t PATH` or `scp -f PATH…` on
 * this side. Only these server modes exist here; every option of scp as a
 * client (-S, -o, -F, -J …) runs programs, and each is unknown.
 */

#include <stdio.h>
#include <string.h>

#include "access.h"
#include "choices.h"
#include "list.h"
#include "operand.h"
#include "path.h"
#include "protocol.h"
#include "sandbox/groups.h"
#include "settings.h"
#include "why.h"
#include "words.h"

/* As in the request; repeating one is harmless, but only -v is repeated. */
static const char flags[] = "vrpdtf";

struct scp {
	unsigned seen[sizeof(flags)];
	size_t paths; /* index of the first path */
	size_t entries; /* for path_glob() */
};

static unsigned
count(const struct scp *scp, char flag)
{
	return scp->seen[strchr(flags, flag) - flags];
}

/* Options stand alone; a bundle such as -pf is nothing that scp sends. */
static int
read_options(struct scp *scp, const struct words *words, struct fault *fault)
{
	size_t i = 1;
	const char *flag;

	for (; i < words->text.n && words->text.v[i][0] == '-'; i++) {
		const char *w = words->text.v[i];

		if (strcmp(w, "--") == 0) {
			i++;
			break;
		}
		flag = strlen(w) == 2 ? strchr(flags, w[1]) : NULL;
		if (flag == NULL)
			return fault_set(fault, WHY_OPTION,
			    "%s: no option of scp's server side", w);
		if (scp->seen[flag - flags]++ > 0 && *flag != 'v')
			return fault_set(fault, WHY_OPTION, "%s twice", w);
	}
	scp->paths = i;
	return 0;
}

static int
check(const struct scp *scp, const struct words *words, struct fault *fault)
{
	size_t npaths = words->text.n - scp->paths;

	if (count(scp, 't') + count(scp, 'f') != 1)
		return fault_set(fault, WHY_OPTION,
		    "one of -t and -f is needed");
	if (npaths == 0)
		return fault_set(fault, WHY_OPTION, "no path is named");
	if (count(scp, 't') && npaths != 1)
		return fault_set(fault, WHY_OPTION,
		    "-t takes one path: quote a name with blanks");
	return 0;
}

static int
add_path(const struct protocol_call *call, struct scp *scp, size_t i,
    unsigned access, struct list *argv, struct fault *fault)
{
	const struct word_mark *mark = &call->words->mark[i];
	const char *path = call->words->text.v[i];
	bool glob = mark->special & WORD_GLOB;
	char *canonical;

	if (glob)
		path = mark->glob;
	if (glob && access == ACCESS_WRITE)
		return fault_set(fault, WHY_OUTSIDE,
		    "%s: a pattern as destination", path);
	if ((mark->special & WORD_HOME) && operand_home(&path, fault) == -1)
		return -1;
	if (glob)
		return path_glob(call->areas, call->nareas, access, path,
		    &scp->entries, argv, fault);
	if (path_confine(call->areas, call->nareas, access, path, &canonical,
		fault) == -1)
		return -1;
	if (list_take(argv, canonical) == -1)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return 0;
}

static int
add_paths(const struct protocol_call *call, struct scp *scp, unsigned access,
    struct list *argv, struct fault *fault)
{
	struct operand_size size = {0};

	for (size_t i = scp->paths; i < call->words->text.n; i++)
		if (add_path(call, scp, i, access, argv, fault) == -1 ||
		    operand_fits(&size, argv, fault) == -1)
			return -1;
	return 0;
}

static int
add_options(const struct protocol_call *call, const struct scp *scp,
    struct list *argv)
{
	if (list_add(argv, call->programs[PROGRAM_SCP]) == -1)
		return -1;
	for (size_t i = 0; flags[i] != '\0'; i++)
		if (scp->seen[i] > 0 && list_addf(argv, "-%c", flags[i]) == -1)
			return -1;
	return list_add(argv, "--");
}

static int
build(const struct protocol_call *call, struct list *argv, struct list *env,
    struct fault *fault)
{
	struct scp scp = {.entries = PATH_ENTRIES_MAX};
	unsigned access;

	(void)env;
	if (read_options(&scp, call->words, fault) == -1 ||
	    check(&scp, call->words, fault) == -1)
		return -1;
	access = count(&scp, 't') ? ACCESS_WRITE : ACCESS_READ;
	if (add_options(call, &scp, argv) == -1)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return add_paths(call, &scp, access, argv, fault);
}

static unsigned
does(const struct list *argv)
{
	for (size_t i = 1; strcmp(argv->v[i], "--") != 0; i++)
		if (strcmp(argv->v[i], "-t") == 0)
			return DOES_STORE;
	return DOES_FETCH;
}

static const char *const asked[] = {"scp", NULL};

const struct protocol protocol_scp = {
    .name = "scp",
    .asked = asked,
    .program = PROGRAM_SCP,
    .subsystem = &protocol_sftp, /* what scp asks for since OpenSSH 9 */
    .calls = calls_transfer,
    .fetch_calls = calls_fetch,
    .does = does,
    .choices = CHOICE_LINKS,
    .argv = build,
};
