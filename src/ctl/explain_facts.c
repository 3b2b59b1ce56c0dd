/* What explain says in both of its forms. */

#include "ctl/explain.h"
#include "sandbox/sandbox.h"

static const char *const kinds[] = {
    [REQUEST_COMMAND] = "command",
    [REQUEST_SFTP] = "sftp",
    [REQUEST_SHELL] = "shell",
};

static const char *const networks[] = {
    [NETWORK_NONE] = "none",
    [NETWORK_ANY] = "any",
};

const char *
explain_kind(enum request_kind kind)
{
	return kinds[kind];
}

const char *
explain_network(enum network network)
{
	return networks[network];
}

const char *
explain_verdict(const struct verdict *verdict)
{
	if (verdict->answer != PERMIT)
		return "refuse";
	return verdict->observed ? "observe" : "permit";
}

const char *
explain_sandbox(const struct explain *x)
{
	return x->sandbox != NULL ? sandbox_describe(x->sandbox) : "none";
}

void
explain_limits(const struct limits *limits, struct explain_limit *list)
{
	const struct explain_limit all[EXPLAIN_LIMITS] = {
	    {"cpu-time", limits->cpu_seconds},
	    {"memory", limits->memory},
	    {"file-size", limits->file_size},
	    {"open-files", limits->open_files},
	    {"processes", limits->processes},
	};

	for (int i = 0; i < EXPLAIN_LIMITS; i++)
		list[i] = all[i];
}
