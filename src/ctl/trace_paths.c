/* From all that was touched to the few paths that a rule would name. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "ctl/explain.h"
#include "ctl/phrase.h"
#include "ctl/show.h"
#include "ctl/trace.h"
#include "plan.h"
#include "protocol/protocol.h"
#include "start.h"
#include "trust.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

enum {
	FILES = 3, /* so many of one folder are the folder */
	FOLDERS = 9 /* likewise of folders */
};

/* Folders that hold more than any one task: never as a whole. */
static const struct {
	const char *path;
	const char *reason;
} wide[] = {
    {"/", "everything"},
    {"/bin", "a program that may be read can be run by the loader"},
    {"/boot", "the host's"},
    {"/dev", "devices; name the one that is needed"},
    {"/dev/shm", "everybody's; set env.TMPDIR to a folder of its own"},
    {"/etc", "the host's; name the files that are needed"},
    {"/home", "all homes"},
    {"/proc", "all processes"},
    {"/opt", "all that is installed there"},
    {"/root", "a home"},
    {"/run", "all sockets and states; name the one that is needed"},
    {"/sbin", "a program that may be read can be run by the loader"},
    {"/sys", "the kernel's; name the file that is needed"},
    {"/tmp", "everybody's; set env.TMPDIR to a folder of its own"},
    {"/usr", "all that is installed"},
    {"/usr/bin", "a program that may be read can be run by the loader"},
    {"/usr/lib", "programs of other packages among it"},
    {"/usr/local", "all that is installed there"},
    {"/usr/local/bin", "a program that may be read can be run by the loader"},
    {"/usr/local/sbin", "a program that may be read can be run by the loader"},
    {"/usr/sbin", "a program that may be read can be run by the loader"},
    {"/var", "all states of the host"},
    {"/var/lib", "all states of the host"},
    {"/var/tmp", "everybody's; set env.TMPDIR to a folder of its own"},
};

struct item {
	char *path;
	bool folder;
};

struct items {
	struct item *v;
	size_t n;
	unsigned access;
	struct trace *trace;
	struct plan given; /* what the rule has without naming it */
};

static bool
contains(const char *outer, const char *inner)
{
	size_t len = strlen(outer);

	return strncmp(outer, inner, len) == 0 &&
	    (inner[len] == '\0' || inner[len] == '/' || len == 1);
}

/* Why a rule should not name it; NULL: it may. */
static const char *
objection(const struct trace *trace, const char *path)
{
	const char *home = trace->x->request.home;
	size_t len = home != NULL ? strlen(home) : 0;

	if (trace_is_noise(path) != NULL)
		return trace_is_noise(path);
	for (size_t i = 0; i < NELEM(wide); i++)
		if (strcmp(wide[i].path, path) == 0)
			return wide[i].reason;
	if (len > 1 && contains(path, home))
		return "the account's home";
	if (len > 1 && contains(home, path) &&
	    strncmp(path + len, "/.ssh", strlen("/.ssh")) == 0)
		return "the account's own keys";
	return NULL;
}

/* A file of a wide folder may be named. */
static bool
is_refused(struct items *items, const char *path)
{
	const char *reason = objection(items->trace, path);

	if (reason != NULL)
		trace_add(&items->trace->notes,
		    show_format("%s %s: left out: %s",
			phrase_access(items->access), path, reason));
	return reason != NULL;
}

static void
put(struct items *items, char *path, bool folder)
{
	items->v =
	    show_need(reallocarray(items->v, items->n + 1, sizeof(*items->v)));
	items->v[items->n++] = (struct item) {path, folder};
}

/* What starts programs is granted without a word, and so is what a protocol
 * needs. Faults are told when the programs are. */
static void
collect_given(struct items *items)
{
	const struct trace *trace = items->trace;
	const struct protocol *protocol = trace->x->verdict.rule->protocol;
	const struct protocol_need *need = NULL;
	struct fault fault;

	start_program(&items->given, trace->plan->program, &fault);
	items->given.network = trace->plan->network;
	start_system(&items->given, &fault);
	for (size_t i = 0; i < trace->programs.n; i++)
		start_also(&items->given, trace->programs.v[i], &fault);
	if (protocol != NULL)
		need = protocol->needs;
	for (; need != NULL && need->path != NULL; need++) {
		char *canonical;
		int fd = trust_open(need->path, TRUST_RULE, &canonical, &fault);

		if (fd == -1)
			continue;
		plan_grant(&items->given, canonical, fd, need->access);
		free(canonical);
	}
	/* What it may write, it may read: its rule need not say so. */
	for (size_t i = 0; protocol != NULL && protocol->reads_back &&
	     items->access == ACCESS_READ && i < trace->plan->nareas;
	     i++)
		if (trace->plan->grants[i].access == ACCESS_WRITE)
			plan_grant(&items->given, trace->plan->grants[i].path,
			    dup(trace->plan->grants[i].fd), ACCESS_READ);
}

static void
collect(const struct trace_path *path, void *context)
{
	struct items *items = context;
	const unsigned access = items->access;

	if (!(path->access & access) ||
	    trace_covers(&items->given, path->path, access) ||
	    is_refused(items, path->path))
		return;
	put(items, show_need(strdup(path->path)), (path->folder & access) != 0);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->path,
	    ((const struct item *)b)->path);
}

static bool
is_folder(const struct items *items, char *path)
{
	const struct item key = {.path = path};
	const struct item *found = items->n == 0 ?
	    NULL :
	    bsearch(&key, items->v, items->n, sizeof(key), by_path);

	return found != NULL && found->folder;
}

/* In one of the folders that is there, however far above. */
static bool
is_held(const struct items *items, const char *path)
{
	char *copy = show_need(strdup(path)), *slash;
	bool held = false;

	while (!held && (slash = strrchr(copy, '/')) != NULL && slash > copy) {
		*slash = '\0';
		held = is_folder(items, copy);
	}
	free(copy);
	return held;
}

/* Each once, and nothing that another holds. */
static void
prune(struct items *items)
{
	struct item *kept = show_need(calloc(items->n + 1, sizeof(*kept)));
	size_t n = 0;

	if (items->n > 0)
		qsort(items->v, items->n, sizeof(*items->v), by_path);
	for (size_t i = 0; i < items->n; i++)
		if (i > 0 &&
		    strcmp(items->v[i].path, items->v[i - 1].path) == 0)
			items->v[i].folder = items->v[i - 1].folder |=
			    items->v[i].folder;
	for (size_t i = 0; i < items->n; i++) {
		bool again = i + 1 < items->n &&
		    strcmp(items->v[i].path, items->v[i + 1].path) == 0;

		if (!again && !is_held(items, items->v[i].path))
			kept[n++] =
			    (struct item) {show_need(strdup(items->v[i].path)),
				items->v[i].folder};
	}
	for (size_t i = 0; i < items->n; i++)
		free(items->v[i].path);
	free(items->v);
	items->v = kept;
	items->n = n;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Many of one folder become the folder. True: some did. */
static bool
gather(struct items *items, bool folders, size_t min)
{
	struct list above = {0};
	bool some = false;
	size_t run = 0;

	for (size_t i = 0; i < items->n; i++) {
		const char *path = items->v[i].path;
		const char *slash = strrchr(path, '/');

		if (items->v[i].folder == folders && slash > path)
			show_add(&above,
			    show_format("%.*s", (int)(slash - path), path));
	}
	if (above.n > 0)
		qsort(above.v, above.n, sizeof(*above.v), by_text);
	for (size_t i = 0; i < above.n; i++) {
		run = i > 0 && strcmp(above.v[i], above.v[i - 1]) == 0 ?
		    run + 1 :
		    1;
		if (run != min || objection(items->trace, above.v[i]) != NULL)
			continue;
		put(items, show_need(strdup(above.v[i])), true);
		some = true;
	}
	list_free(&above);
	prune(items);
	return some;
}

void
trace_paths(struct trace *trace, unsigned access, struct list *list)
{
	struct items items = {.access = access, .trace = trace};

	collect_given(&items);
	trace_each(trace, collect, &items);
	prune(&items);
	gather(&items, false, FILES);
	while (gather(&items, true, FOLDERS))
		continue;
	for (size_t i = 0; i < items.n; i++)
		show_add(list, items.v[i].path);
	free(items.v);
	plan_free(&items.given);
}
