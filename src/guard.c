/* Which directories a policy must not open to a program, whatever it says. */

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "guard.h"
#include "list.h"
#include "pattern.h"
#include "plan.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "request.h"
#include "settings.h"
#include "start.h"
#include "template.h"
#include "trust.h"
#include "why.h"

#define RECORD_FOLDER "/var/log/gatekeeper"
#define THIS_PROGRAM "/proc/self/exe"

/* What sshd, a shell, mail or systemd runs for the account, below HOME. */
static const char *const start_files[] = {
    ".ssh",
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".bash_aliases",
    ".profile",
    ".login",
    ".logout",
    ".cshrc",
    ".tcshrc",
    ".kshrc",
    ".mkshrc",
    ".zshenv",
    ".zshrc",
    ".zprofile",
    ".zlogin",
    ".zlogout",
    ".rhosts",
    ".shosts",
    ".k5login",
    ".pam_environment",
    ".config/fish",
    ".config/environment.d",
    ".config/systemd",
    ".config/autostart",
    ".local/share/systemd",
    ".forward",
    ".procmailrc",
};

struct guard {
	const struct policy *policy;
	const struct settings *settings;
	const struct request *req;
	struct fault *fault;
	char *home; /* canonical; NULL: none */
	char *transcripts; /* likewise */
	struct list programs; /* looked at already */
	struct list guarded; /* as named, and canonical as far as they exist */
};

/*
 * The path without links. Of one that is yet to be made, glibc gives the
 * first name that is missing: nobody may make that, either.
 */
static char *
resolve(const char *path)
{
	char real[PATH_MAX] = "";

	if (realpath(path, real) != NULL)
		return strdup(real);
	return strdup(real[0] == '/' && errno == ENOENT ? real : path);
}

static int
add(struct guard *g, const char *path)
{
	if (list_has(&g->guarded, path))
		return 0;
	/* Both: a link could be put in place of what it points to. */
	if (list_add(&g->guarded, path) == -1 ||
	    list_take(&g->guarded, resolve(path)) == -1)
		return fault_set(g->fault, WHY_MEMORY, "out of memory");
	return 0;
}

/* What the plan would grant, and frees it. */
static int
add_grants(struct guard *g, struct plan *scratch)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < scratch->ngrants; i++)
		if (scratch->grants[i].access != ACCESS_DEVICE)
			ret = add(g, scratch->grants[i].path);
	plan_free(scratch);
	return ret;
}

/* A program, and what starts it: interpreter, loader, libraries. */
static int
add_program(struct guard *g, const char *path)
{
	struct plan scratch = {0};
	struct fault missing;

	/* Many rules may run one program. */
	if (list_has(&g->programs, path))
		return 0;
	if (list_add(&g->programs, path) == -1)
		return fault_set(g->fault, WHY_MEMORY, "out of memory");
	/* What is missing grants nothing; its rule will say so. */
	start_also(&scratch, path, &missing);
	return add_grants(g, &scratch) == -1 ? -1 : add(g, path);
}

/* What every program reads to start, and what sshd and the kernel are told
 * through files. For keys of root, mostly: others cannot write these. */
static int
add_system(struct guard *g)
{
	static const char *const folders[] = {"/etc/ssh", "/proc", "/sys",
	    "/dev/pts"};
	struct plan scratch = {.network = NETWORK_ANY};
	struct fault missing;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (add(g, folders[i]) == -1)
			return -1;
	start_system(&scratch, &missing);
	return add_grants(g, &scratch);
}

static int
add_home(struct guard *g)
{
	char path[PATH_MAX];
	int len;

	if (g->req->home == NULL || g->req->home[0] != '/')
		return 0;
	g->home = resolve(g->req->home);
	if (g->home == NULL)
		return fault_set(g->fault, WHY_MEMORY, "out of memory");
	for (size_t i = 0; i < sizeof(start_files) / sizeof(start_files[0]);
	     i++) {
		len = snprintf(path, sizeof(path), "%s/%s", g->home,
		    start_files[i]);
		if (len < 0 || len >= PATH_MAX)
			return fault_set(g->fault, WHY_SYSTEM,
			    "the home of the account has too long a name");
		if (add(g, path) == -1)
			return -1;
	}
	return 0;
}

/* One that is not there, or out of the account's reach, has nothing to read
 * in it. */
static int
find_transcripts(struct guard *g)
{
	if (g->settings->transcripts == NULL)
		return 0;
	g->transcripts = realpath(g->settings->transcripts, NULL);
	if (g->transcripts == NULL && errno == ENOMEM)
		return fault_set(g->fault, WHY_MEMORY, "out of memory");
	return 0;
}

/* The folder of the record file; ${account} may stand in its name. */
static int
add_records(struct guard *g)
{
	const char *file = g->settings->audit_file;
	char *folder;
	int ret;

	if (file == NULL)
		return 0;
	folder = strndup(file, strcspn(file, "$"));
	if (folder == NULL)
		return fault_set(g->fault, WHY_MEMORY, "out of memory");
	*strrchr(folder, '/') = '\0';
	ret = add(g, *folder == '\0' ? "/" : folder);
	free(folder);
	return ret;
}

static int
add_folders(struct guard *g)
{
	if (add(g, THIS_PROGRAM) == -1 || add(g, g->req->dir) == -1 ||
	    add_records(g) == -1)
		return -1;
	if (g->settings->state != NULL && add(g, g->settings->state) == -1)
		return -1;
	if (g->settings->transcripts != NULL &&
	    add(g, g->settings->transcripts) == -1)
		return -1;
	/* With -d, records lie in that folder. */
	if (strcmp(g->req->dir, GK_DIRECTORY) != 0)
		return 0;
	return add(g, RECORD_FOLDER);
}

static int
add_protocol(struct guard *g, const struct protocol *protocol)
{
	char *const *programs = g->settings->programs;
	const struct protocol_need *need;

	if (add_program(g, programs[protocol->program]) == -1)
		return -1;
	for (need = protocol->needs; need != NULL && need->path != NULL; need++)
		if (add(g, need->path) == -1)
			return -1;
	if (protocol->subsystem == NULL)
		return 0;
	return add_program(g, programs[protocol->subsystem->program]);
}

static int
add_rule(struct guard *g, const struct rule *rule)
{
	if (rule->protocol != NULL && add_protocol(g, rule->protocol) == -1)
		return -1;
	if (rule->run != NULL &&
	    add_program(g, template_program(rule->run)) == -1)
		return -1;
	for (size_t i = 0; rule->run == NULL && i < rule->commands.n; i++)
		if (add_program(g, pattern_program(rule->patterns[i])) == -1)
			return -1;
	for (size_t i = 0; i < rule->npaths; i++)
		if (rule->paths[i].access == ACCESS_EXECUTE &&
		    add_program(g, rule->paths[i].path) == -1)
			return -1;
	return 0;
}

/* Whether inner is outer or lies below it, by whole components. */
static bool
contains(const char *outer, const char *inner)
{
	size_t len = strlen(outer);

	if (len == 1)
		return true;
	return strncmp(outer, inner, len) == 0 &&
	    (inner[len] == '\0' || inner[len] == '/');
}

/* What other keys of the account typed and saw is not for this one. */
static int
check_read(const struct guard *g, const struct rule_path *path,
    const char *canonical)
{
	bool holds = contains(canonical, g->transcripts);

	if (!holds && !contains(g->transcripts, canonical))
		return 0;
	return fault_set(g->fault, WHY_POLICY,
	    "%s may be read, but %s %s, which is for transcripts of "
	    "sessions; name other directories, or move the transcripts with "
	    "transcripts = in gatekeeper.ini",
	    path->path, holds ? "holds" : "lies in", g->transcripts);
}

static int
check_named(const struct guard *g, const struct rule_path *path,
    const char *canonical)
{
	if (g->home != NULL && strcmp(canonical, g->home) == 0)
		return fault_set(g->fault, WHY_POLICY,
		    "%s is the account's home: name a directory in it "
		    "that holds nothing but data",
		    path->path);
	if ((path->access & ACCESS_READ) && g->transcripts != NULL &&
	    check_read(g, path, canonical) == -1)
		return -1;
	if (!(path->access & (ACCESS_WRITE | ACCESS_APPEND)))
		return 0;
	for (size_t i = 0; i < g->guarded.n; i++) {
		const char *guarded = g->guarded.v[i];

		if (contains(canonical, guarded))
			return fault_set(g->fault, WHY_POLICY,
			    "%s may be "
			    "written, but holds %s: with that, the key could "
			    "widen its own rights; name another directory",
			    path->path, guarded);
		if (contains(guarded, canonical))
			return fault_set(g->fault, WHY_POLICY,
			    "%s may be "
			    "written, but lies in %s: with that, the key "
			    "could widen its own rights; name another "
			    "directory",
			    path->path, guarded);
	}
	return 0;
}

static int
check_path(const struct guard *g, const struct rule_path *path)
{
	struct fault missing;
	char *canonical;
	int fd, ret;

	if (path->access == ACCESS_EXECUTE)
		return 0;
	fd = trust_open(path->path, TRUST_RULE, &canonical, &missing);
	if (fd == -1)
		return 0;
	ret = check_named(g, path, canonical);
	free(canonical);
	close(fd);
	return ret;
}

/* The rule's own, and those of the program that follows. */
static int
check_rule(const struct guard *g, const struct rule *rule)
{
	for (; rule != NULL; rule = rule->watching.follow)
		for (size_t i = 0; i < rule->npaths; i++)
			if (check_path(g, &rule->paths[i]) == -1)
				return fault_place(g->fault, rule->file,
				    rule->paths[i].line);
	return 0;
}

static int
check_rules(const struct guard *g)
{
	for (size_t i = 0; i < g->policy->nrules; i++)
		if (check_rule(g, &g->policy->rules[i]) == -1)
			return -1;
	return 0;
}

static bool
rule_writes(const struct rule *rule)
{
	for (; rule != NULL; rule = rule->watching.follow)
		for (size_t i = 0; i < rule->npaths; i++)
			if (rule->paths[i].access &
			    (ACCESS_WRITE | ACCESS_APPEND))
				return true;
	return false;
}

static bool
writes(const struct policy *policy)
{
	for (size_t i = 0; i < policy->nrules; i++)
		if (rule_writes(&policy->rules[i]))
			return true;
	return false;
}

static int
add_all(struct guard *g)
{
	if (add_folders(g) == -1 || add_system(g) == -1)
		return -1;
	for (size_t i = 0; i < g->policy->nrules; i++)
		for (const struct rule *rule = &g->policy->rules[i];
		     rule != NULL; rule = rule->watching.follow)
			if (add_rule(g, rule) == -1)
				return -1;
	return 0;
}

int
guard_check(const struct policy *policy, const struct settings *settings,
    const struct request *req, struct fault *fault)
{
	struct guard g = {.policy = policy,
	    .settings = settings,
	    .req = req,
	    .fault = fault};
	int ret = -1;

	if (add_home(&g) == -1 || find_transcripts(&g) == -1)
		goto out;
	/* Where nothing is written, these are all there is to look for. */
	if (writes(policy) && add_all(&g) == -1)
		goto out;
	ret = check_rules(&g);
out:
	free(g.home);
	free(g.transcripts);
	list_free(&g.programs);
	list_free(&g.guarded);
	return ret;
}
