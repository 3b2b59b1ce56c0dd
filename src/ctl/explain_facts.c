/* What explain says in both of its forms. */

#include <stdio.h>
#include <string.h>

#include "access.h"
#include "ctl/explain.h"
#include "ctl/show.h"
#include "plan.h"
#include "sandbox/groups.h"
#include "sandbox/sandbox.h"

static const char *const kinds[] = {
    [REQUEST_COMMAND] = "command",
    [REQUEST_SFTP] = "sftp",
    [REQUEST_SHELL] = "shell",
};

const char *
explain_kind(enum request_kind kind)
{
	return kinds[kind];
}

static void
print_ports(FILE *f, const char *kind, const struct ports *ports)
{
	if (ports == NULL || ports->n == 0)
		return;
	fprintf(f, "%s%s", ftell(f) > 0 ? " " : "", kind);
	for (size_t i = 0; i < ports->n; i++)
		fprintf(f, " %u", ports->v[i]);
}

static void
print_sockets(FILE *f, const struct plan *plan)
{
	fprintf(f, "%sunix", ftell(f) > 0 ? " " : "");
	for (size_t i = 0; i < plan->ngrants; i++)
		if (plan->grants[i].access == ACCESS_CONNECT)
			fprintf(f, " %s", plan->grants[i].path);
}

char *
explain_network(const struct plan *plan)
{
	char *text = NULL;
	size_t size;
	FILE *f = show_need(open_memstream(&text, &size));

	if (plan->network & NETWORK_ANY)
		fputs("any", f);
	print_ports(f, "connect", plan->connect);
	print_ports(f, "bind", plan->bind);
	if (plan->network & NETWORK_UNIX)
		print_sockets(f, plan);
	if (plan->network == NETWORK_NONE)
		fputs("none", f);
	fclose(f);
	return show_need(text);
}

static bool
is_whole(const struct group *group, const struct list *calls)
{
	for (const char *const *call = group->calls; *call != NULL; call++)
		if (!list_has(calls, *call))
			return false;
	return true;
}

void
explain_calls(const struct plan *plan, struct list *words)
{
	struct list told = {0};

	for (const struct group *g = groups; g->name != NULL; g++) {
		if (!is_whole(g, &plan->calls))
			continue;
		show_add(words, strdup(g->name));
		for (size_t i = 0; g->calls[i] != NULL; i++)
			show_add(&told, strdup(g->calls[i]));
	}
	for (size_t i = 0; i < plan->calls.n; i++)
		if (!list_has(&told, plan->calls.v[i]))
			show_add(words, strdup(plan->calls.v[i]));
	list_free(&told);
}

const char *
explain_verdict(const struct verdict *verdict)
{
	if (verdict->answer != PERMIT)
		return "refuse";
	return verdict->observed ? "observe" : "permit";
}

const char *
explain_sandbox(const struct sandbox *sandbox)
{
	return sandbox != NULL ? sandbox_describe(sandbox) : "none";
}

const char *
explain_record(const struct plan *plan)
{
	static const char *const wishes[] = {
	    [TRANSCRIPT_NO] = "no",
	    [TRANSCRIPT_YES] = "yes",
	    [TRANSCRIPT_REQUIRED] = "required",
	};

	return wishes[plan->transcript];
}

void
explain_limits(const struct plan *plan, struct explain_limit *list)
{
	const struct limits *limits = &plan->limits;
	const struct explain_limit all[EXPLAIN_LIMITS] = {
	    {"cpu-time", limits->cpu_seconds},
	    {"memory", limits->memory},
	    {"file-size", limits->file_size},
	    {"open-files", limits->open_files},
	    {"processes", limits->processes},
	    {"timeout", plan->timeout},
	    {"idle-timeout", plan->idle_timeout},
	    {"record-max", plan->transcript_max},
	    {"max-sessions", plan->slots},
	};

	for (int i = 0; i < EXPLAIN_LIMITS; i++)
		list[i] = all[i];
}
