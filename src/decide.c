/*
 * The decision: policy and request to a verdict. match_*() judge one rule;
 * decide() tries them in file order, and has the plan of the first completed.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "complete.h"
#include "conditions.h"
#include "decide.h"
#include "guard.h"
#include "list.h"
#include "observe.h"
#include "pattern.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "request.h"
#include "settings.h"
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

/* The conditions of [key], before anything is read into the command. */
static int
check_key(const struct policy *policy, const struct request *req,
    struct fault *fault)
{
	time_t now = req->when.tv_sec;

	if (policy->conditions.disabled)
		return fault_set(fault, WHY_DISABLED, "enabled = no");
	if (!is_account(policy, req))
		return fault_set(fault, WHY_ACCOUNT, "account names others");
	if (now < policy->not_before)
		return fault_set(fault, WHY_NOT_YET, "not-before is ahead");
	if (policy->not_after != 0 && now >= policy->not_after)
		return fault_set(fault, WHY_EXPIRED, "not-after has passed");
	return conditions_check(&policy->conditions, req->address, now, fault);
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

static int
open_areas(struct decision *d)
{
	return complete_areas(d->plan, d->rule, d->fault);
}

static int
match_protocol(struct decision *d, const struct protocol **served)
{
	const struct protocol *protocol = d->rule->protocol;
	const struct request *req = d->req;
	struct protocol_call call = {
	    .programs = d->settings->programs,
	    .client_env = req->client_env,
	    .choices = &d->rule->choices,
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
	call.set_id = complete_set_id(d->rule, protocol);
	*served = protocol;
	return protocol->argv(&call, &d->plan->argv, &d->plan->env, d->fault);
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
		return fault_place(d->fault, d->rule->file, arg->line);
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
	if (type_directory(capture->arg->type) != NULL &&
	    capture->count > PATH_RESULTS_MAX)
		return fault_set(d->fault, WHY_TOO_LONG,
		    "more than %d paths for {%s}", PATH_RESULTS_MAX,
		    value->name);
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

/* A request without a command runs what the rule says. */
static int
match_shell(struct decision *d)
{
	if (open_areas(d) == -1)
		return -1;
	if (template_expand(d->rule->run, NULL, 0, &d->plan->argv) == -1)
		return no_memory(d->fault);
	return 0;
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

/* 0: the rule takes the request, and the plan is complete. */
static int
try_rule(struct decision *d)
{
	struct completion of = {.policy = d->policy,
	    .settings = d->settings,
	    .req = d->req,
	    .rule = d->rule};
	int ret;

	if (d->rule->shell != (d->req->kind == REQUEST_SHELL))
		return fault_set(d->fault, WHY_NO_RULE, "another request");
	if (d->rule->shell)
		ret = match_shell(d);
	else if (d->rule->protocol != NULL)
		ret = match_protocol(d, &of.served);
	else if (d->req->kind == REQUEST_COMMAND &&
	    special_word(&d->req->words) == NULL)
		ret = match_command(d);
	else
		return fault_set(d->fault, WHY_NO_RULE, "another command");
	if (ret == -1 ||
	    conditions_check(&d->rule->conditions, d->req->address,
		d->req->when.tv_sec, d->fault) == -1)
		return -1;
	d->accepted = true;
	return complete_plan(d->plan, &of, d->fault);
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
	    why != WHY_OUTSIDE && why != WHY_DIRECTORY && why != WHY_FROM &&
	    why != WHY_HOURS;
}

/* The request that no rule takes: the first rule that came near says why. */
static void
no_rule(const struct request *req, const struct fault *nearest,
    struct fault *fault)
{
	const struct word_mark *special = special_word(&req->words);

	if (nearest->why != WHY_UNDECIDED) {
		*fault = *nearest;
	} else if (req->kind == REQUEST_SHELL) {
		fault_set(fault, WHY_NO_SHELL, "no rule opens a shell");
	} else if (req->kind == REQUEST_SFTP) {
		fault_set(fault, WHY_NO_SFTP, "no rule serves sftp");
	} else if (special != NULL) {
		fault_set(fault, WHY_SHELL_SYNTAX, "a shell would expand this");
		fault->at = special->at;
	} else {
		fault_set(fault, WHY_NO_RULE, "no rule matches");
	}
}

/* What holds whatever the command says. */
static int
check_request(const struct policy *policy, const struct settings *settings,
    const struct request *req, struct fault *fault)
{
	if (check_key(policy, req, fault) == -1)
		return -1;
	return guard_check(policy, settings, req, fault);
}

/* Tries the rules in order. -1: none permits, and the verdict says why; true
 * in *final when a rule had accepted, and this side could not do its part. */
static int
find_rule(struct decision *d, struct verdict *verdict, bool *final)
{
	struct fault nearest = {0};

	*final = false;
	if (d->req->syntax.why != WHY_UNDECIDED) {
		verdict->fault = d->req->syntax;
		return -1;
	}
	for (size_t i = 0; i < d->policy->nrules; i++) {
		d->rule = &d->policy->rules[i];
		if (d->rule->conditions.disabled)
			continue;
		if (try_rule(d) == 0) {
			verdict->rule = d->rule;
			return 0;
		}
		plan_free(d->plan);
		if (d->accepted || is_final(d->fault->why)) {
			verdict->rule = d->rule;
			verdict->fault = *d->fault;
			*final = true;
			return -1;
		}
		if (nearest.why == WHY_UNDECIDED &&
		    d->fault->why != WHY_NO_RULE &&
		    d->fault->why != WHY_NO_SFTP)
			nearest = *d->fault;
	}
	no_rule(d->req, &nearest, &verdict->fault);
	return -1;
}

/* While a key is observed, what no rule permits runs as it would without
 * gatekeeper, and the fault stays to say what will be refused later. */
static int
observe(struct decision *d, struct verdict *verdict)
{
	if (d->req->when.tv_sec >= d->policy->observe_until ||
	    why_exit(verdict->fault.why) != WHY_EXIT_REFUSED)
		return -1;
	if (observe_plan(d->plan, d->req, d->settings, d->fault) == -1 ||
	    complete_quota(d->plan, &d->policy->conditions.rate, d->req->key,
		"") == -1) {
		plan_free(d->plan);
		if (d->fault->why != WHY_SYSTEM)
			no_memory(d->fault);
		verdict->fault = *d->fault;
		return -1;
	}
	complete_slots(d->plan, d->policy);
	verdict->observed = true;
	return 0;
}

void
decide(struct verdict *verdict, const struct policy *policy,
    const struct settings *settings, const struct request *req)
{
	struct fault fault = {0};
	struct decision d = {.policy = policy,
	    .settings = settings,
	    .req = req,
	    .plan = &verdict->plan,
	    .fault = &fault};
	bool final;

	*verdict = (struct verdict) {.answer = REFUSE};
	if (check_request(policy, settings, req, &verdict->fault) == -1)
		return;
	if (find_rule(&d, verdict, &final) == 0 ||
	    (!final && observe(&d, verdict) == 0))
		verdict->answer = PERMIT;
}

void
verdict_free(struct verdict *verdict)
{
	plan_free(&verdict->plan);
	*verdict = (struct verdict) {0};
}
