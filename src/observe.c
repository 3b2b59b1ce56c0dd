/* What runs while a key is observed: what would run without gatekeeper. */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "observe.h"
#include "plan.h"
#include "request.h"
#include "settings.h"
#include "why.h"

#define THIS_PROGRAM "/proc/self/exe"

/* An account whose shell is this program has no other way to run things;
 * and this program must not run itself in a circle. */
static const char *
own_shell(const struct request *req, struct fault *fault)
{
	const char *shell = req->shell;
	struct stat self, other;

	if (shell == NULL || *shell == '\0')
		shell = "/bin/sh";
	if (stat(THIS_PROGRAM, &self) == -1 || stat(shell, &other) == -1 ||
	    (self.st_dev == other.st_dev && self.st_ino == other.st_ino)) {
		fault_set(fault, WHY_SYSTEM,
		    "%s: the account has no shell to observe it with", shell);
		return NULL;
	}
	return shell;
}

static int
build_argv(struct list *argv, const char *shell, const struct request *req)
{
	const char *slash = strrchr(shell, '/');

	if (req->kind == REQUEST_SHELL)
		return list_addf(argv, "-%s", slash + 1);
	if (list_add(argv, shell) == -1 || list_add(argv, "-c") == -1)
		return -1;
	return list_add(argv, req->command);
}

static int
build_env(struct list *env, char *const *client)
{
	for (; *client != NULL; client++)
		if (list_add(env, *client) == -1)
			return -1;
	return 0;
}

int
observe_plan(struct plan *plan, const struct request *req,
    const struct settings *settings, struct fault *fault)
{
	const char *program = settings->programs[PROGRAM_SFTP_SERVER];
	int ret;

	*plan = (struct plan) {.unconfined = true};
	/* sshd's own name for its sftp server is no program. */
	if (req->kind == REQUEST_SFTP) {
		ret = list_add(&plan->argv, program);
	} else {
		program = own_shell(req, fault);
		if (program == NULL || program[0] != '/')
			return -1;
		ret = build_argv(&plan->argv, program, req);
	}
	plan->program = strdup(program);
	if (ret == -1 || plan->program == NULL ||
	    build_env(&plan->env, req->client_env) == -1)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return 0;
}
