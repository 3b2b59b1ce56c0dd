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

int
run(const struct plan *plan, struct sandbox *sandbox, struct fault *fault)
{
	int error;

	if (chdir(plan->chdir) == -1)
		return fault_set(fault, WHY_SYSTEM, "chdir %s: %s", plan->chdir,
		    strerror(errno));
	if (plan->has_umask)
		umask(plan->umask);
	if (rlimits_set(plan, fault) == -1 || process_limit_root(fault) == -1 ||
	    process_hand_over(fault) == -1 ||
	    sandbox_enter(sandbox, fault) == -1)
		return -1;
	execve(plan->program, plan->argv.v, plan->env.v);
	error = errno;
	return fault_set(fault, error == ENOENT ? WHY_PROGRAM : WHY_EXEC,
	    "%s: %s", plan->program, strerror(error));
}
