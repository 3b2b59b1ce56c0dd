/* What a program may use up. */

#include <sys/resource.h>

#include <errno.h>
#include <string.h>

#include "plan.h"
#include "rlimits.h"
#include "why.h"

static int
failed(const char *what, struct fault *fault)
{
	return fault_set(fault, WHY_SYSTEM, "%s: %s", what, strerror(errno));
}

/* Never more than what sshd left: a limit of the host stays. */
static int
set(int resource, unsigned long value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) == -1)
		return -1;
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > value)
		limit.rlim_max = value;
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	return setrlimit(resource, &limit);
}

int
rlimits_set(const struct plan *plan, struct fault *fault)
{
	const struct limits *l = &plan->limits;
	/* clang-format off */
	const struct {
		int resource;
		unsigned long value;
		const char *name;
	} rows[] = {
		{RLIMIT_CPU, l->cpu_seconds, "cpu-time"},
		{RLIMIT_AS, l->memory, "memory"},
		{RLIMIT_FSIZE, l->file_size, "file-size"},
		{RLIMIT_NOFILE, l->open_files, "open-files"},
		{RLIMIT_NPROC, l->processes, "processes"},
	};
	/* clang-format on */

	/* A core file would put what was read where others look. */
	if (!plan->unconfined && set(RLIMIT_CORE, 0) == -1)
		return failed("core", fault);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].value != 0 &&
		    set(rows[i].resource, rows[i].value) == -1)
			return failed(rows[i].name, fault);
	errno = 0;
	if (plan->nice != 0 && setpriority(PRIO_PROCESS, 0, plan->nice) == -1)
		return failed("nice", fault);
	return 0;
}
