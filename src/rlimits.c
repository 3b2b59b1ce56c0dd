/* What a program may use up. */

#include <sys/resource.h>

#include <errno.h>
#include <string.h>

#include "plan.h"
#include "rlimits.h"
#include "why.h"

int
rlimits_set(const struct plan *plan, struct fault *fault)
{
	/* A core file would put what was read where others look. */
	static const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) == -1)
		return fault_set(fault, WHY_SYSTEM, "setrlimit: %s",
		    strerror(errno));
	errno = 0;
	if (plan->nice != 0 && setpriority(PRIO_PROCESS, 0, plan->nice) == -1)
		return fault_set(fault, WHY_SYSTEM, "nice: %s",
		    strerror(errno));
	return 0;
}
