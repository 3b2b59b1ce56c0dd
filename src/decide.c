/*
 * The decision: policy and request to a verdict, and for a permit the whole
 * plan. match_*() judge one rule; decide() tries them in file order.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decide.h"
#include "environment.h"
#include "guard.h"
#include "list.h"
#include "pattern.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "request.h"
#include "sandbox/groups.h"
#include "settings.h"
#include "start.h"
#include "template.h"
#include "trust.h"
#include "type.h"
#include "value.h"
#include "why.h"

struct decision {
	const struct policy *policy;
	const struct settings *settings;
	const struct request *req;
	const struct rule *rule;
	struct plan *plan;
	struct fault *fault;
	bool accepted; /* by the rule: what fails now ends the search */
};

static int
no_memory(struct fault *fault)
{
	return fault_set(fault, WHY_MEMORY, "out of memory");
}

static bool
is_account(const struct policy *policy, const struct request *req)
{
	if (policy->accounts.n == 0)
		return true;
	for (size_t i = 0; req->account != NULL && i < policy->accounts.n; i++)
		if (strcmp(policy->accounts.v[i], req->account) == 0)
			return true;
	return false;
}

static bool
is_from(const struct policy *policy, const struct request *req)
{
	if (policy->nfrom == 0)
		return true;
	for (size_t i = 0; req->address != NULL && i < policy->nfrom; i++)
		if (net_holds(&policy->from[i], req->address))
			return true;
	return false;
}

/* The conditions of [key], before anything is read into the command. */
static int
check_key(const struct policy *policy, const struct request *req,
    struct fault *fault)
{
	time_t now = req->when.tv_sec;

	if (policy->disabled)
		return fault_set(fault, WHY_DISABLED, "enabled = no");
	if (!is_account(policy, req))
		return fault_set(fault, WHY_ACCOUNT, "account names others");
	if (!is_from(policy, req))
		return fault_set(fault, WHY_FROM, "from names other addresses");
	if (now < policy->not_before)
		return fault_set(fault, WHY_NOT_YET, "not-before is ahead");
	if (policy->not_after != 0 && now >= policy->not_after)
		return fault_set(fault, WHY_EXPIRED, "not-after has passed");
	return 0;
}

/* A command with `*` or `~` outside quotes is for protocols that take it;
 * to everything else it is shell syntax. */
static const struct word_mark *
special_word(const struct words *words)
{
	for (size_t i = 0; i < words->text.n; i++)
		if (words->mark[i].special != 0)
			return &words->mark[i];
	return NULL;
}

/* Opens the rule's directories: what the client names must lie in them. */
static int
open_areas(struct decision *d)
{
	for (size_t i = 0; i < d->rule->npaths; i++) {
		const struct rule_path *path = &d->rule->paths[i];
		char *canonical;
		int fd;

		if (path->access == ACCESS_EXECUTE)
			continue;
		fd = trust_open(path->path, TRUST_RULE, &canonical, d->fault);
		if (fd == -1)
			return fault_place(d->fault, d->policy->file,
			    path->line);
		fd = plan_grant(d->plan, canonical, fd, path->access);
		free(canonical);
		if (fd == -1)
			return no_memory(d->fault);
	}
	d->plan->nareas = d->plan->ngrants;
	return 0;
}

static int
match_protocol(struct decision *d, const struct protocol **served)
{
	const struct protocol *protocol = d->rule->protocol;
	const struct request *req = d->req;
	struct protocol_call call = {
	    .programs = d->settings->programs,
	    .has_umask = d->rule->has_umask,
	    .umask = d->rule->umask,
	};

	if (req->kind == REQUEST_SFTP) {
		protocol = protocol->subsystem;
		if (protocol == NULL)
			return fault_set(d->fault, WHY_NO_SFTP,
			    "no rule serves sftp");
	} else if (protocol_claims(protocol, &req->words, call.programs)) {
		call.words = &req->words;
	} else {
		return fault_set(d->fault, WHY_NO_RULE, "another command");
	}
	if (open_areas(d) == -1)
		return -1;
	call.areas = d->plan->grants;
	call.nareas = d->plan->nareas;
	*served = protocol;
	return protocol->argv(&call, &d->plan->argv, d->fault);
}

/* A path must lie in the directory of its type, which is opened for that. */
static int
confine_value(struct decision *d, const struct arg *arg, const char *word,
    struct list *out)
{
	struct area area = {.access = ACCESS_READ};
	char *canonical = NULL;
	int ret;

	area.fd = trust_open(type_directory(arg->type), TRUST_RULE, &area.path,
	    d->fault);
	if (area.fd == -1)
		return fault_place(d->fault, d->policy->file, arg->line);
	ret = path_confine(&area, 1, ACCESS_READ, word, &canonical, d->fault);
	close(area.fd);
	free(area.path);
	if (ret == -1)
		return -1;
	for (size_t n = strlen(canonical); n > 1 && canonical[n - 1] == '/';)
		canonical[--n] = '\0';
	return list_take(out, canonical) == -1 ? no_memory(d->fault) : 0;
}

static int
read_value(struct decision *d, const struct capture *capture,
    struct value *value)
{
	char *const *words = d->req->words.text.v;

	value->name = capture->arg->name;
	for (size_t i = 0; i < capture->count; i++) {
		const char *word = words[capture->first + i] + capture->skip;

		if (type_directory(capture->arg->type) != NULL) {
			if (confine_value(d, capture->arg, word,
				&value->words) == -1)
				return -1;
		} else if (list_add(&value->words, word) == -1) {
			return no_memory(d->fault);
		}
	}
	return 0;
}

/* Without run, the words are run as they came, but for paths, which are
 * handed on as they were resolved. */
static int
copy_words(struct decision *d, const struct match *match,
    const struct value *values)
{
	char *const *words = d->req->words.text.v;
	size_t c = 0;

	for (size_t i = 0; i < d->req->words.text.n; i++) {
		const struct capture *capture = &match->v[c];
		int ret;

		if (c == match->n || i < capture->first) {
			ret = list_add(&d->plan->argv, words[i]);
		} else {
			ret = list_addf(&d->plan->argv, "%.*s%s",
			    (int)capture->skip, words[i],
			    values[c].words.v[i - capture->first]);
			if (i + 1 == capture->first + capture->count)
				c++;
		}
		if (ret == -1)
			return no_memory(d->fault);
	}
	return 0;
}

static int
build_argv(struct decision *d, const struct match *match)
{
	struct value values[PATTERN_ELEMENTS_MAX] = {{0}};
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < match->n; i++)
		ret = read_value(d, &match->v[i], &values[i]);
	if (ret == 0 && d->rule->run == NULL)
		ret = copy_words(d, match, values);
	else if (ret == 0 &&
	    template_expand(d->rule->run, values, match->n, &d->plan->argv) ==
		-1)
		ret = no_memory(d->fault);
	for (size_t i = 0; i < match->n; i++)
		list_free(&values[i].words);
	return ret;
}

static int
match_command(struct decision *d)
{
	const struct list *words = &d->req->words.text;
	struct match match;

	for (size_t i = 0; i < d->rule->commands.n; i++) {
		if (!pattern_match(d->rule->patterns[i], words->v, words->n,
			&match))
			continue;
		return open_areas(d) == -1 ? -1 : build_argv(d, &match);
	}
	return fault_set(d->fault, WHY_NO_RULE, "another command");
}

/* The working folder: the rule's, else a protocol's first directory. */
static int
plan_folder(struct decision *d, const char *folder)
{
	struct stat st;
	bool found;
	int fd;

	fd = trust_open(folder, TRUST_RULE, &d->plan->chdir, d->fault);
	if (fd == -1)
		return fault_place(d->fault, d->policy->file, d->rule->line);
	found = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
	close(fd);
	if (found)
		return 0;
	fault_set(d->fault, WHY_DIRECTORY,
	    "%s: not a directory, but [allow %s] starts in it", folder,
	    d->rule->name);
	return fault_place(d->fault, d->policy->file, d->rule->line);
}

/* The rule accepts: fill in everything else that will happen. */
static int
build_plan(struct decision *d, const struct protocol *served)
{
	struct plan *plan = d->plan;
	const struct rule *rule = d->rule;
	const char *chdir = rule->chdir;

	plan->network = rule->network;
	plan->has_umask = rule->has_umask;
	plan->umask = rule->umask;
	plan->nice = rule->nice;
	plan->landlock_optional = d->settings->landlock_optional;
	plan->calls = served != NULL ? served->calls : calls_default;
	plan->links = served == NULL || served->links;
	if (chdir == NULL)
		chdir = served != NULL ? plan->grants[0].path : "/";
	if (plan_folder(d, chdir) == -1)
		return -1;
	if (environment_build(&plan->env, rule, d->req) == -1)
		return no_memory(d->fault);
	if (start_program(plan, plan->argv.v[0], d->fault) == -1)
		return -1;
	for (size_t i = 0; i < rule->npaths; i++)
		if (rule->paths[i].access == ACCESS_EXECUTE &&
		    start_also(plan, rule->paths[i].path, d->fault) == -1)
			return fault_place(d->fault, d->policy->file,
			    rule->paths[i].line);
	return start_system(plan, d->fault);
}

/* 0: the rule takes the request, and the plan is complete. */
static int
try_rule(struct decision *d)
{
	const struct protocol *served = NULL;
	int ret;

	if (d->rule->protocol != NULL)
		ret = match_protocol(d, &served);
	else if (d->req->kind == REQUEST_COMMAND &&
	    special_word(&d->req->words) == NULL)
		ret = match_command(d);
	else
		return fault_set(d->fault, WHY_NO_RULE, "another command");
	if (ret == -1)
		return -1;
	d->accepted = true;
	return build_plan(d, served);
}

/*
 * Whether a fault ends the search before a rule has accepted. What the
 * client got wrong leaves it to the next rule, and so does a directory that
 * is not there; anything else went wrong on this side.
 */
static bool
is_final(enum why why)
{
	return why != WHY_NO_RULE && why != WHY_NO_SFTP && why != WHY_OPTION &&
	    why != WHY_OUTSIDE && why != WHY_DIRECTORY;
}

/* The request that no rule takes: the first rule that came near says why. */
static void
no_rule(const struct request *req, const struct fault *nearest,
    struct fault *fault)
{
	const struct word_mark *special = special_word(&req->words);

	if (nearest->why != WHY_UNDECIDED) {
		*fault = *nearest;
	} else if (req->kind == REQUEST_SFTP) {
		fault_set(fault, WHY_NO_SFTP, "no rule serves sftp");
	} else if (special != NULL) {
		fault_set(fault, WHY_SHELL_SYNTAX, "a shell would expand this");
		fault->at = special->at;
	} else {
		fault_set(fault, WHY_NO_RULE, "no rule matches");
	}
}

static int
check_request(const struct policy *policy, const struct settings *settings,
    const struct request *req, struct fault *fault)
{
	if (check_key(policy, req, fault) == -1 ||
	    guard_check(policy, settings, req, fault) == -1)
		return -1;
	if (req->kind == REQUEST_SHELL)
		return fault_set(fault, WHY_NO_SHELL, "no rule opens a shell");
	if (req->syntax.why != WHY_UNDECIDED) {
		*fault = req->syntax;
		return -1;
	}
	return 0;
}

void
decide(struct verdict *verdict, const struct policy *policy,
    const struct settings *settings, const struct request *req)
{
	struct fault nearest = {0}, fault = {0};
	struct decision d = {.policy = policy,
	    .settings = settings,
	    .req = req,
	    .plan = &verdict->plan,
	    .fault = &fault};

	*verdict = (struct verdict) {.answer = REFUSE};
	if (check_request(policy, settings, req, &verdict->fault) == -1)
		return;
	for (size_t i = 0; i < policy->nrules; i++) {
		d.rule = &policy->rules[i];
		if (try_rule(&d) == 0) {
			verdict->rule = d.rule;
			verdict->answer = PERMIT;
			return;
		}
		plan_free(&verdict->plan);
		if (d.accepted || is_final(fault.why)) {
			verdict->rule = d.rule;
			verdict->fault = fault;
			return;
		}
		if (nearest.why == WHY_UNDECIDED && fault.why != WHY_NO_RULE &&
		    fault.why != WHY_NO_SFTP)
			nearest = fault;
	}
	no_rule(req, &nearest, &verdict->fault);
}

void
verdict_free(struct verdict *verdict)
{
	plan_free(&verdict->plan);
	*verdict = (struct verdict) {0};
}
