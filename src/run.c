/* The last steps: folder, mask, limits, signals, sandbox, exec. */

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "process.h"
#include "rlimits.h"
#include "run.h"
#include "sandbox/sandbox.h"
#include "why.h"

/* Unconfined means as sshd would have run it, and no more than that: the
 * administrator said so, and set-user-ID programs such as sudo work. */
static int
confine(const struct plan *plan, struct sandbox *sandbox, struct fault *fault)
{
	if (plan->unconfined)
		return 0;
	if (!plan->terminal && process_leave_terminal(fault) == -1)
		return -1;
	if (process_limit_root(list_has(&plan->calls, "setuid"), fault) == -1)
		return -1;
	return sandbox_enter(sandbox, fault);
}

int
run(const struct plan *plan, struct sandbox *sandbox, struct fault *fault)
{
	int error;

	if (plan->chdir != NULL && chdir(plan->chdir) == -1)
		return fault_set(fault, WHY_SYSTEM, "chdir %s: %s", plan->chdir,
		    strerror(errno));
	if (plan->has_umask)
		umask(plan->umask);
	if (!plan->unconfined && sandbox_attend(sandbox, fault) == -1)
		return -1;
	if (rlimits_set(plan, fault) == -1 || process_hand_over(fault) == -1 ||
	    confine(plan, sandbox, fault) == -1)
		return -1;
	execve(plan->program, plan->argv.v, plan->env.v);
	error = errno;
	return fault_set(fault, error == ENOENT ? WHY_PROGRAM : WHY_EXEC,
	    "%s: %s", plan->program, strerror(error));
}
