/*
 * The plan of a request that a rule has accepted, from its argv to the whole:
 * environment, folder, what the kernel will grant, limits and counters.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "complete.h"
#include "environment.h"
#include "plan.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "request.h"
#include "sandbox/calls.h"
#include "sandbox/groups.h"
#include "settings.h"
#include "start.h"
#include "template.h"
#include "trust.h"
#include "why.h"

static int
no_memory(struct fault *fault)
{
	return fault_set(fault, WHY_MEMORY, "out of memory");
}

enum set_id
complete_set_id(const struct rule *rule, const struct protocol *served)
{
	if (rule->confine.set_id != SET_ID_UNSET)
		return rule->confine.set_id;
	if (served != NULL && served->set_id != SET_ID_UNSET)
		return served->set_id;
	return SET_ID_DENY;
}

/* A folder of the rule, without links. `but` says what it is for. */
static int
find_folder(char **canonical, const char *folder, const struct rule *rule,
    const char *but, struct fault *fault)
{
	struct stat st;
	bool found;
	int fd;

	fd = trust_open(folder, TRUST_RULE, canonical, fault);
	if (fd == -1)
		return -1;
	found = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
	close(fd);
	if (found)
		return 0;
	return fault_set(fault, WHY_DIRECTORY,
	    "%s: not a directory, but [allow %s] %s", folder, rule->name, but);
}

/* The working folder: the rule's, else a protocol's first directory. */
static int
plan_folder(struct plan *plan, const struct completion *of, const char *folder,
    struct fault *fault)
{
	if (find_folder(&plan->chdir, folder, of->rule, "starts in it",
		fault) == -1)
		return fault_place(fault, of->rule->file, of->rule->line);
	return 0;
}

/* A name that no other key or rule has: `:` stands in none. */
int
complete_quota(struct plan *plan, const struct rate *rate, const char *key,
    const char *rule)
{
	struct quota *quota = &plan->quotas[plan->nquotas];

	if (rate->count == 0)
		return 0;
	if (asprintf(&quota->name, "rate:%s%s%s", key, *rule != '\0' ? ":" : "",
		rule) == -1)
		return -1;
	for (char *p = quota->name; (p = strchr(p, '/')) != NULL;)
		*p = ':';
	quota->rate = *rate;
	plan->nquotas++;
	return 0;
}

/* A session that takes a slot is watched to its end: somebody must hold it. */
void
complete_slots(struct plan *plan, const struct policy *policy)
{
	plan->slots = policy->max_sessions;
	if (plan->slots > 0)
		plan->watched = true;
}

static int
plan_watching(struct plan *plan, const struct completion *of,
    struct fault *fault)
{
	const struct watching *w = &of->rule->watching;

	plan->timeout = w->timeout;
	plan->idle_timeout = w->idle_timeout;
	plan->transcript = w->record;
	plan->transcript_max = w->record_max;
	plan->kill = w->kill;
	plan->expected = of->served != NULL ? of->served->expected : NULL;
	plan->watched = w->watch || watching_cause(w) != NULL;
	/* Of a link, only the link itself would be looked at. */
	if (w->if_changed != NULL &&
	    find_folder(&plan->if_changed, w->if_changed, of->rule,
		"looks for changes in it", fault) == -1)
		return fault_place(fault, of->rule->file, w->if_changed_line);
	return 0;
}

static int
plan_quotas(struct plan *plan, const struct completion *of, struct fault *fault)
{
	const char *key = of->req->key;

	if (complete_quota(plan, &of->policy->conditions.rate, key, "") == -1 ||
	    complete_quota(plan, &of->rule->conditions.rate, key,
		of->rule->name) == -1)
		return no_memory(fault);
	return 0;
}

static unsigned
does(const struct plan *plan, const struct protocol *served)
{
	if (served == NULL || served->does == NULL)
		return DOES_ANY;
	return served->does(&plan->argv);
}

static void
plan_confinement(struct plan *plan, const struct rule *rule,
    const struct protocol *served)
{
	static const mode_t modes[] =
	    {[SET_ID_GROUP] = S_ISGID, [SET_ID_ALLOW] = S_ISUID | S_ISGID};
	const struct confine *confine = &rule->confine;

	plan->network = confine->network;
	plan->connect = &confine->connect;
	plan->bind = &confine->bind;
	plan->set_id = modes[complete_set_id(rule, served)];
	plan->jit = confine->jit;
	plan->terminal = confine->terminal;
	plan->unconfined = confine->unconfined;
	plan->links = served == NULL || served->links || rule->choices.links;
	if (does(plan, served) == DOES_FETCH)
		plan->links = false;
}

/* Adds access to the directories of the rule that have one of these bits. */
static int
grant_again(struct plan *plan, unsigned having, unsigned access,
    struct fault *fault)
{
	for (size_t i = 0; i < plan->nareas; i++) {
		int fd;

		if (!(plan->grants[i].access & having))
			continue;
		fd = fcntl(plan->grants[i].fd, F_DUPFD_CLOEXEC, 0);
		if (fd == -1)
			return fault_set(fault, WHY_SYSTEM, "descriptors: %s",
			    strerror(errno));
		if (plan_grant(plan, plan->grants[i].path, fd, access) == -1)
			return no_memory(fault);
	}
	return 0;
}

/* What the protocol's program reads and executes besides. */
static int
grant_needs(struct plan *plan, const struct protocol_need *need,
    struct fault *fault)
{
	for (; need != NULL && need->path != NULL; need++) {
		struct fault missing;
		char *canonical;
		int fd;

		fd = trust_open(need->path, TRUST_RULE, &canonical, &missing);
		if (fd == -1)
			continue;
		if (need->access == ACCESS_EXECUTE) {
			close(fd);
			fd = start_also(plan, need->path, fault);
		} else {
			fd = plan_grant(plan, canonical, fd, need->access);
			if (fd == -1)
				no_memory(fault);
		}
		free(canonical);
		if (fd == -1)
			return -1;
	}
	return 0;
}

/* A request that only fetches gets no right to write, whatever its rule has
 * for others. */
static void
keep_reads(struct plan *plan)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->ngrants; i++) {
		struct area *grant = &plan->grants[i];

		if (i < plan->nareas)
			grant->access &=
			    ~(unsigned)(ACCESS_WRITE | ACCESS_APPEND);
		if (grant->access != 0) {
			plan->grants[kept++] = *grant;
			continue;
		}
		close(grant->fd);
		free(grant->path);
	}
	plan->nareas -= plan->ngrants - kept;
	plan->ngrants = kept;
}

static int
grant_protocol(struct plan *plan, const struct protocol *served,
    struct fault *fault)
{
	if (served == NULL)
		return 0;
	if (does(plan, served) == DOES_FETCH)
		keep_reads(plan);
	/* What it stores without reading it on the client's behalf, it may
	 * read all the same: rsync compares, git packs. */
	if (served->reads_back && (does(plan, served) & DOES_STORE) &&
	    grant_again(plan, ACCESS_WRITE, ACCESS_READ, fault) == -1)
		return -1;
	/* It keeps the promise of `append` itself, and for that reads and
	 * rewrites an index of its own. */
	if (served->appends &&
	    (grant_again(plan, ACCESS_APPEND, ACCESS_READ, fault) == -1 ||
		grant_again(plan, ACCESS_APPEND, ACCESS_WRITE, fault) == -1))
		return -1;
	return grant_needs(plan, served->needs, fault);
}

/* The sockets of `network = unix`. */
static int
grant_socket(struct plan *plan, const char *path, struct fault *fault)
{
	char *canonical;
	int fd = trust_open(path, TRUST_RULE, &canonical, fault);

	if (fd == -1)
		return -1;
	fd = plan_grant(plan, canonical, fd, ACCESS_CONNECT);
	free(canonical);
	return fd == -1 ? no_memory(fault) : 0;
}

/* What a rule names beside the directories of its client. */
static int
grant_paths(struct plan *plan, const struct completion *of, struct fault *fault)
{
	for (size_t i = 0; i < of->rule->npaths; i++) {
		const struct rule_path *path = &of->rule->paths[i];
		int ret = 0;

		if (path->access == ACCESS_EXECUTE)
			ret = start_also(plan, path->path, fault);
		else if (path->access == ACCESS_CONNECT)
			ret = grant_socket(plan, path->path, fault);
		if (ret == -1)
			return fault_place(fault, of->rule->file, path->line);
	}
	return 0;
}

static const char *const *
base_calls(const struct plan *plan, const struct protocol *served)
{
	if (served == NULL)
		return calls_default;
	if (served->fetch_calls != NULL && does(plan, served) == DOES_FETCH)
		return served->fetch_calls;
	return served->calls;
}

/* Whether the rule or its protocol lists a program to start besides. */
static bool
starts_others(const struct completion *of)
{
	const struct protocol_need *need = NULL;

	if (of->served != NULL) {
		if (of->served->executes)
			return true;
		need = of->served->needs;
	}
	for (; need != NULL && need->path != NULL; need++)
		if (need->access & ACCESS_EXECUTE)
			return true;
	for (size_t i = 0; i < of->rule->npaths; i++)
		if (of->rule->paths[i].access & ACCESS_EXECUTE)
			return true;
	return false;
}

int
complete_areas(struct plan *plan, const struct rule *rule, struct fault *fault)
{
	for (size_t i = 0; i < rule->npaths; i++) {
		const struct rule_path *path = &rule->paths[i];
		char *canonical;
		int fd;

		if (path->access & (ACCESS_EXECUTE | ACCESS_CONNECT))
			continue;
		fd = trust_open(path->path, TRUST_RULE, &canonical, fault);
		if (fd == -1)
			return fault_place(fault, rule->file, path->line);
		fd = plan_grant(plan, canonical, fd, path->access);
		free(canonical);
		if (fd == -1)
			return no_memory(fault);
	}
	plan->nareas = plan->ngrants;
	return 0;
}

static int
fill_plan(struct plan *plan, const struct completion *of, struct fault *fault)
{
	const struct rule *rule = of->rule;
	const struct protocol *served = of->served;
	const char *chdir = rule->chdir;

	plan_confinement(plan, rule, served);
	plan->once = !starts_others(of);
	plan->has_umask = rule->has_umask;
	plan->umask = rule->umask;
	plan->nice = rule->nice;
	plan->landlock_optional = of->settings->landlock_optional;
	plan->limits = rule->limits;
	if (plan_watching(plan, of, fault) == -1)
		return -1;
	if (calls_resolve(&plan->calls, base_calls(plan, served),
		&rule->confine.syscalls, plan->links, plan->network) == -1)
		return no_memory(fault);
	if (chdir == NULL)
		chdir = served != NULL ? plan->grants[0].path : "/";
	if (plan_folder(plan, of, chdir, fault) == -1)
		return -1;
	if (environment_build(&plan->env, rule, of->req) == -1)
		return no_memory(fault);
	if (start_program(plan, plan->argv.v[0], fault) == -1)
		return -1;
	if (grant_protocol(plan, of->served, fault) == -1 ||
	    grant_paths(plan, of, fault) == -1)
		return -1;
	return start_system(plan, fault);
}

/* What runs after a success, under its own keys and nothing of its rule's. */
static int
plan_follow(struct plan *plan, const struct completion *of, struct fault *fault)
{
	struct completion inner = *of;
	struct plan *made;

	inner.rule = of->rule->watching.follow;
	inner.served = NULL;
	if (inner.rule == NULL)
		return 0;
	if ((made = calloc(1, sizeof(*made))) == NULL)
		return no_memory(fault);
	plan->follow = made;
	if (complete_areas(made, inner.rule, fault) == -1)
		return -1;
	if (template_expand(inner.rule->run, NULL, 0, &made->argv) == -1)
		return no_memory(fault);
	if (fill_plan(made, &inner, fault) == -1)
		return -1;
	made->follows = made->watched = true;
	return 0;
}

/* The rule accepts: fill in everything else that will happen. */
int
complete_plan(struct plan *plan, const struct completion *of,
    struct fault *fault)
{
	if (fill_plan(plan, of, fault) == -1 ||
	    plan_quotas(plan, of, fault) == -1)
		return -1;
	complete_slots(plan, of->policy);
	return plan_follow(plan, of, fault);
}
