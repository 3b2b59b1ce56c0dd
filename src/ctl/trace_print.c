/* What a traced program needed, as lines for its rule. All else is said in
 * comments, so that the whole can be pasted. */

#include <sys/wait.h>

#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ctl/dangerous.h"
#include "ctl/explain.h"
#include "ctl/phrase.h"
#include "ctl/show.h"
#include "ctl/trace.h"
#include "plan.h"
#include "protocol/protocol.h"
#include "sandbox/calls.h"
#include "sandbox/groups.h"
#include "start.h"
#include "why.h"

enum { DENIED_MAX = 50 };

/* What is to be printed, and with it what a rule with these lines has. */
struct printing {
	FILE *f;
	struct trace *trace;
	unsigned network; /* NETWORK_ bits of the line */
	size_t told; /* denials */
};

/* A path as a word of a list; what no policy can hold is left out. */
static void
add_path(struct printing *p, struct list *line, const char *path)
{
	bool plain = true;

	for (const char *c = path; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == '\'' || *c == '\x7f') {
			trace_add(&p->trace->notes,
			    show_format("%s: no policy can name it", path));
			return;
		}
		plain &= strchr(" ;#\"$", *c) == NULL;
	}
	show_add(line, show_format(plain ? "%s" : "'%s'", path));
}

static void
print_line(struct printing *p, const char *key, struct list *line)
{
	if (line->n > 0) {
		fprintf(p->f, "%-9s =", key);
		for (size_t i = 0; i < line->n; i++)
			show(p->f, " %s", line->v[i]);
		fputc('\n', p->f);
	}
	list_free(line);
}

static void
print_paths(struct printing *p, unsigned access)
{
	struct list paths = {0}, line = {0};

	trace_paths(p->trace, access, &paths);
	for (size_t i = 0; i < paths.n; i++)
		add_path(p, &line, paths.v[i]);
	print_line(p, phrase_access(access), &line);
	list_free(&paths);
}

static void
print_programs(struct printing *p)
{
	const struct list *programs = &p->trace->programs;
	struct list line = {0};

	for (size_t i = 0; i < programs->n; i++) {
		const char *path = programs->v[i];
		const struct dangerous *known = dangerous_find(path);
		struct plan scratch = {0};
		struct fault fault;

		if (start_also(&scratch, path, &fault) == -1)
			trace_add(&p->trace->notes,
			    show_format("execute: %s", fault.text));
		else
			add_path(p, &line, path);
		plan_free(&scratch);
		if (known != NULL && known->danger != DANGER_OPTIONS)
			trace_add(&p->trace->notes,
			    show_format("execute %s: it runs what its words "
					"say",
				path));
	}
	print_line(p, "execute", &line);
}

/* --- network --- */

static void
add_ports(struct printing *p, struct list *line, const char *kind,
    const struct trace_ports *ports, unsigned bit)
{
	for (size_t i = 1; i < 65536; i++) {
		if (!ports->has[i])
			continue;
		if (!(p->network & bit))
			show_add(line, show_need(strdup(kind)));
		p->network |= bit;
		show_add(line, show_format("%zu", i));
	}
}

static void
print_network(struct printing *p)
{
	struct trace *trace = p->trace;
	struct list line = {0};

	add_ports(p, &line, "connect", &trace->connects, NETWORK_CONNECT);
	add_ports(p, &line, "bind", &trace->binds, NETWORK_BIND);
	if (trace->sockets.n > 0) {
		p->network |= NETWORK_UNIX;
		show_add(&line, show_need(strdup("unix")));
	}
	for (size_t i = 0; i < trace->sockets.n; i++)
		add_path(p, &line, trace->sockets.v[i]);
	if (trace->any.n > 0) {
		list_free(&line);
		p->network = NETWORK_ANY;
		show_add(&line, show_need(strdup("any")));
	}
	print_line(p, "network", &line);
	for (size_t i = 0; i < trace->any.n; i++)
		trace_add(&trace->notes,
		    show_format("network = any: %s", trace->any.v[i]));
}

/* --- system calls --- */

static char *
call_name(int nr)
{
	return seccomp_syscall_resolve_num_arch(seccomp_arch_native(), nr);
}

static bool
group_has(const char *group, const char *name)
{
	const struct group *g = group_find(group);

	for (size_t i = 0; g->calls[i] != NULL; i++)
		if (strcmp(g->calls[i], name) == 0)
			return true;
	return false;
}

static bool
is_used(const struct trace *trace, const char *call)
{
	const int nr = seccomp_syscall_resolve_name(call);

	return nr >= 0 && nr <= CALL_NEWEST && trace->used[nr];
}

/* Of what this group has and every program has not. */
static bool
uses_group(const struct trace *trace, const struct group *group)
{
	for (size_t i = 0; group->calls[i] != NULL; i++)
		if (!group_has("@start", group->calls[i]) &&
		    is_used(trace, group->calls[i]))
			return true;
	return false;
}

/* The groups that a rule of this kind begins with. */
static const char *const *
base_groups(const struct trace *trace)
{
	const struct explain *x = trace->x;
	const struct protocol *served = x->verdict.rule->protocol;

	if (served != NULL && x->request.kind == REQUEST_SFTP)
		served = served->subsystem;
	if (served == NULL)
		return calls_default;
	if (served->fetch_calls != NULL && served->does != NULL &&
	    served->does(&trace->plan->argv) == DOES_FETCH)
		return served->fetch_calls;
	return served->calls;
}

/* A word of the line, if a rule may have it; else the reason is noted. */
static void
add_word(struct printing *p, struct list *line, char *word)
{
	const struct list one = {.v = &word, .n = 1};
	struct fault fault;

	if (calls_check(&one, &fault) == 0) {
		show_add(line, word);
		return;
	}
	trace_add(&p->trace->notes, show_format("syscalls: %s", fault.text));
	free(word);
}

static void
add_differences(struct printing *p, struct list *line, const struct list *base)
{
	const char *const *groups_of = base_groups(p->trace);

	for (; *groups_of != NULL; groups_of++)
		if (!uses_group(p->trace, group_find(*groups_of)))
			show_add(line, show_format("-%s", *groups_of));
	for (int nr = 0; nr <= CALL_NEWEST; nr++) {
		char *name = p->trace->used[nr] ? call_name(nr) : NULL;

		if (name != NULL && !list_has(base, name))
			add_word(p, line, show_format("+%s", name));
		free(name);
	}
}

/* What the line of network gives, this one cannot. */
static void
add_exact(struct printing *p, struct list *line)
{
	static const char *const nothing[] = {NULL};
	const struct list none = {0};
	struct list given = {0};

	calls_resolve(&given, nothing, &none, p->trace->plan->links,
	    p->network);
	for (int nr = 0; nr <= CALL_NEWEST; nr++) {
		char *name = p->trace->used[nr] ? call_name(nr) : NULL;

		if (name != NULL && !list_has(&given, name))
			add_word(p, line, show_need(strdup(name)));
		free(name);
	}
	/* It is what permits a clone(2) that is no thread. */
	if (p->trace->forks && !list_has(line, "vfork"))
		show_add(line, show_need(strdup("vfork")));
	if (line->n == 0)
		show_add(line, show_need(strdup("@start")));
	list_free(&given);
}

static void
print_calls(struct printing *p, bool exact)
{
	const struct list none = {0};
	struct list base = {0}, line = {0};

	calls_resolve(&base, base_groups(p->trace), &none,
	    p->trace->plan->links, p->network);
	if (exact)
		add_exact(p, &line);
	else
		add_differences(p, &line, &base);
	print_line(p, "syscalls", &line);
	list_free(&base);
}

/* --- what is said beside --- */

static void
print_head(const struct printing *p)
{
	const struct explain *x = p->trace->x;
	const struct rule *rule = x->verdict.rule;
	const int status = p->trace->status;

	show(p->f, "# [allow %s] in %s:%u, traced without a sandbox, as %s.\n",
	    rule->name, rule->file, rule->line, x->request.account);
	if (WIFSIGNALED(status))
		show(p->f, "# The program was ended by signal %d.\n",
		    WTERMSIG(status));
	else
		show(p->f, "# The program ended with status %d.\n",
		    WEXITSTATUS(status));
	show(p->f,
	    "# This is what it needed for this one request, and so the rule "
	    "needs at least:\n");
}

static void
say_denied(struct printing *p, const char *what, const char *which)
{
	if (p->told == 0)
		show(p->f, "# The rule as it is would have denied:\n");
	if (p->told++ < DENIED_MAX)
		show(p->f, "#   %s %s\n", what, which);
}

static void
say_denied_path(const struct trace_path *path, void *context)
{
	static const unsigned kinds[] = {ACCESS_READ, ACCESS_WRITE,
	    ACCESS_EXECUTE};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (path->denied & kinds[i])
			say_denied(context, phrase_access(kinds[i]),
			    path->path);
}

/* A call that the rule has, but not with these arguments. */
static void
note_arguments(struct trace *trace, const char *call)
{
	static const struct {
		const char *call;
		const char *hint;
	} hints[] = {
	    {"mmap", "memory that is writable and executable: jit = yes"},
	    {"mprotect", "memory that is writable and executable: jit = yes"},
	    {"chmod", "a mode with a set-id bit: set-id"},
	    {"fchmod", "a mode with a set-id bit: set-id"},
	    {"fchmodat", "a mode with a set-id bit: set-id"},
	    {"mkdir", "a mode with a set-id bit: set-id"},
	    {"socket", "a kind of socket that network does not give"},
	};
	const char *hint = "some arguments that no rule permits";

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (strcmp(hints[i].call, call) == 0)
			hint = hints[i].hint;
	trace_add(&trace->notes, show_format("%s: %s", call, hint));
}

static void
print_denied(struct printing *p)
{
	struct trace *trace = p->trace;

	for (int nr = 0; nr <= CALL_NEWEST; nr++) {
		char *name = trace->denied[nr] ? call_name(nr) : NULL;

		if (name != NULL) {
			say_denied(p, "call", name);
			if (list_has(&trace->plan->calls, name))
				note_arguments(trace, name);
		}
		free(name);
	}
	trace_each(trace, say_denied_path, p);
	if (p->told > DENIED_MAX)
		show(p->f, "#   and %zu more\n", p->told - DENIED_MAX);
	if (p->told == 0)
		show(p->f, "# The rule as it is would have denied nothing%s.\n",
		    trace->plan->unconfined ? ": sandbox = none" : "");
}

static void
print_notes(struct printing *p)
{
	struct trace *trace = p->trace;

	if (trace->unread > 0)
		trace_add(&trace->notes,
		    show_format("%lu calls could not be looked into: what they "
				"name is missing here",
			trace->unread));
	if (trace->left)
		trace_add(&trace->notes,
		    show_format("it left processes running, which were waited "
				"for, and then ended"));
	for (size_t i = 0; i < trace->notes.n; i++)
		show(p->f, "# %s\n", trace->notes.v[i]);
}

void
trace_print(FILE *f, struct trace *trace, bool exact)
{
	struct printing p = {.f = f, .trace = trace};

	print_head(&p);
	print_paths(&p, ACCESS_READ);
	print_paths(&p, ACCESS_WRITE);
	print_programs(&p);
	print_network(&p);
	print_calls(&p, exact);
	print_denied(&p);
	print_notes(&p);
}

static void
find_denied(const struct trace_path *path, void *context)
{
	bool *found = context;

	if (path->denied != 0)
		*found = true;
}

bool
trace_is_denied(const struct trace *trace)
{
	bool found = false;

	for (int nr = 0; nr <= CALL_NEWEST; nr++)
		found |= trace->denied[nr];
	trace_each(trace, find_denied, &found);
	return found;
}
