/*
 * The sftp subsystem. The request names the server program of sshd's own
 * configuration, with arguments that anybody could have sent: none of it is
 * used. The access of the rule decides what the server is told to refuse;
 * the kernel refuses the same on its own.
 */

#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "choices.h"
#include "list.h"
#include "path.h"
#include "protocol.h"
#include "sandbox/groups.h"
#include "settings.h"
#include "why.h"

#define LINKS "symlink,hardlink"
#define READS "read,opendir,readdir,readlink,copy-data"

/* sftp-server expands % in its -d argument. */
static int
add_directory(struct list *argv, const char *dir)
{
	char *text = calloc(2, strlen(dir) + 1), *to = text;

	if (text == NULL)
		return -1;
	for (; *dir != '\0'; dir++) {
		if (*dir == '%')
			*to++ = '%';
		*to++ = *dir;
	}
	return list_take(argv, text);
}

/* Requests to refuse, after -P; nothing when there is none. */
static int
add_refused(struct list *argv, bool links, bool reads)
{
	if (links && reads)
		return 0;
	if (list_add(argv, "-P") == -1)
		return -1;
	if (links)
		return list_add(argv, READS);
	return list_add(argv, reads ? LINKS : LINKS "," READS);
}

static int
add_access(const struct protocol_call *call, struct list *argv)
{
	unsigned access = 0;

	for (size_t i = 0; i < call->nareas; i++)
		access |= call->areas[i].access;
	if (!(access & ACCESS_WRITE) && list_add(argv, "-R") == -1)
		return -1;
	return add_refused(argv, call->choices->links, access & ACCESS_READ);
}

static int
build(const struct protocol_call *call, struct list *argv, struct list *env,
    struct fault *fault)
{
	(void)env;
	if (list_add(argv, call->programs[PROGRAM_SFTP_SERVER]) == -1 ||
	    list_add(argv, "-e") == -1 || list_add(argv, "-d") == -1 ||
	    add_directory(argv, call->areas[0].path) == -1 ||
	    add_access(call, argv) == -1)
		goto memory;
	if (call->has_umask &&
	    (list_add(argv, "-u") == -1 ||
		list_addf(argv, "%04o", (unsigned)call->umask) == -1))
		goto memory;
	return 0;
memory:
	return fault_set(fault, WHY_MEMORY, "out of memory");
}

const struct protocol protocol_sftp = {
    .name = "sftp",
    .program = PROGRAM_SFTP_SERVER,
    .subsystem = &protocol_sftp,
    .calls = calls_transfer,
    .choices = CHOICE_LINKS,
    .argv = build,
};
