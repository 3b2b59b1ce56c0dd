/* Which Python a borg script runs in. The program is root's, opened as the
 * rule will open it. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "borg_hold.h"
#include "trust.h"
#include "why.h"

enum { HEAD_BYTES = 256 };

static ssize_t
read_head(const char *program, char *head, struct fault *fault)
{
	char proc[32];
	int path, fd;
	ssize_t n;

	path = trust_open(program, TRUST_RULE, NULL, fault);
	if (path == -1)
		return fault_set(fault,
		    errno == ENOENT ? WHY_PROGRAM : WHY_EXEC, "%s: %s", program,
		    strerror(errno));
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", path);
	fd = open(proc, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	close(path);
	if (fd == -1)
		return fault_set(fault, WHY_EXEC, "%s: %s", program,
		    strerror(errno));
	n = read(fd, head, HEAD_BYTES);
	close(fd);
	return n;
}

static int
is_python(const char *path)
{
	const char *slash = strrchr(path, '/');

	return path[0] == '/' && strncmp(slash + 1, "python", 6) == 0;
}

char *
borg_hold_python(const char *program, struct fault *fault)
{
	char head[HEAD_BYTES + 1] = "", *path;
	ssize_t n = read_head(program, head, fault);

	if (n == -1)
		return NULL;
	head[n] = '\0';
	path = head + 2 + strspn(head + 2, " \t");
	if (strncmp(head, "#!", 2) == 0 && strchr(path, '\n') != NULL) {
		path[strcspn(path, " \t\n")] = '\0';
		if (is_python(path)) {
			path = strdup(path);
			if (path == NULL)
				fault_set(fault, WHY_MEMORY, "out of memory");
			return path;
		}
	}
	fault_set(fault, WHY_EXEC,
	    "%s is no script of Python: append cannot hold it; install "
	    "Debian's borgbackup, or give the rule read and write",
	    program);
	return NULL;
}
