/* check: what the sandbox of a rule does not hold, or not on this host. */

#include <sys/statvfs.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "ctl/check.h"
#include "ctl/show.h"
#include "plan.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "sandbox/landlock.h"
#include "trust.h"
#include "why.h"

/* A rule, or what follows one; and the file in which it stands. */
struct place {
	struct check *check;
	const struct keyfile *keyfile;
	const char *file;
	const struct rule *rule;
	const char *prefix; /* of its keys: on-success. */
};

static unsigned
line_of(const struct place *at, const char *key)
{
	char *name = show_format("%s%s", at->prefix, key);
	unsigned line = source_line(&at->keyfile->source, at->rule, name);

	free(name);
	return line;
}

static void
check_unconfined(const struct place *at)
{
	if (at->rule->confine.unconfined)
		findings_add(&at->check->found, WARNING, at->file,
		    line_of(at, "sandbox"),
		    "%s[allow %s] runs without a sandbox: read, write and "
		    "execute hold nothing back",
		    at->prefix[0] != '\0' ? "what follows " : "",
		    at->rule->name);
}

/* What this kernel cannot hold refuses every session of the rule. Whether it
 * has Landlock at all is not the policy's business. */
static void
check_network(const struct place *at)
{
	const struct plan plan = {.network = at->rule->confine.network,
	    .landlock_optional = at->check->settings.landlock_optional};
	struct fault fault;

	if (plan.network != NETWORK_NONE &&
	    landlock_check(&plan, landlock_abi(), &fault) == -1)
		findings_add(&at->check->found, ERROR, at->file,
		    line_of(at, "network"), "%s", fault.text);
}

/* Whether the program may start others, so that Landlock alone holds it. */
static bool
starts_others(const struct rule *rule)
{
	if (rule->protocol != NULL && rule->protocol->executes)
		return true;
	for (size_t i = 0; i < rule->npaths; i++)
		if (rule->paths[i].access == ACCESS_EXECUTE)
			return true;
	return false;
}

static bool
contains(const char *outer, const char *inner)
{
	size_t len = strlen(outer);

	return strncmp(outer, inner, len) == 0 &&
	    (inner[len] == '\0' || inner[len] == '/' || len == 1);
}

/* A path of the rule that may be read and overlaps this one. */
static bool
is_read(const struct rule *rule, const char *path)
{
	for (size_t i = 0; i < rule->npaths; i++)
		if (rule->paths[i].access == ACCESS_READ &&
		    (contains(rule->paths[i].path, path) ||
			contains(path, rule->paths[i].path)))
			return true;
	return rule->protocol != NULL && rule->protocol->reads_back;
}

static bool
is_noexec(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == -1 || (fs.f_flag & ST_NOEXEC) != 0;
}

/* `ld.so FILE` runs what may be read, whatever its mode, unless the file
 * system forbids to map it for that. */
static void
check_loader(const struct place *at)
{
	const struct rule *rule = at->rule;

	if (rule->confine.unconfined || !starts_others(rule))
		return;
	for (size_t i = 0; i < rule->npaths; i++) {
		const struct rule_path *path = &rule->paths[i];

		if (path->access != ACCESS_WRITE ||
		    !is_read(rule, path->path) || is_noexec(path->path))
			continue;
		findings_add(&at->check->found, WARNING, at->file, path->line,
		    "[allow %s] may start programs, and may read what it "
		    "writes in %s: a file that was uploaded there can be run "
		    "through the loader; mount it noexec",
		    rule->name, path->path);
	}
}

static void
check_place(const struct place *at)
{
	check_unconfined(at);
	check_network(at);
	check_loader(at);
}

void
check_sandboxes(struct check *check, const struct keyfile *file)
{
	for (size_t i = 0; i < file->policy.nrules; i++) {
		const struct rule *rule = &file->policy.rules[i];
		struct place at = {check, file, keyfile_of_rule(file, rule),
		    rule, ""};

		check_place(&at);
		at.rule = rule->watching.follow;
		at.prefix = "on-success.";
		if (at.rule != NULL)
			check_place(&at);
	}
}
