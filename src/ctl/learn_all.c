/* What was seen, sorted into requests of protocols, commands and what no rule
 * can be made of; first those that ran, then those that were refused. */

#include <stdlib.h>
#include <string.h>

#include "ctl/keyfile.h"
#include "ctl/learn.h"
#include "ctl/show.h"
#include "ctl/traffic.h"
#include "decide.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "request.h"
#include "settings.h"
#include "why.h"

/* --- requests ------------------------------------------------------------- */

static bool
is_of_protocol(const struct learn *learn, const struct request *req)
{
	if (req->kind == REQUEST_SFTP)
		return true;
	for (const struct protocol *const *p = protocols; *p != NULL; p++)
		if (protocol_claims(*p, &req->words, learn->settings->programs))
			return true;
	return false;
}

/* What the key may do by now, whenever and from wherever it is asked. */
static bool
is_permitted(const struct learn *learn, const struct seen *seen)
{
	struct policy policy = learn->file->policy;
	struct verdict verdict;
	bool permitted;

	if (!learn->file->loaded)
		return false;
	policy.conditions = (struct conditions) {0};
	policy.accounts = (struct list) {0};
	policy.not_before = policy.not_after = policy.observe_until = 0;
	decide(&verdict, &policy, learn->settings, &seen->request);
	permitted = verdict.answer == PERMIT;
	verdict_free(&verdict);
	return permitted;
}

/* Whether there are words that a rule could be made of. */
static bool
has_words(struct learn *learn, struct seen *seen)
{
	const struct request *req = &seen->request;

	if (req->kind == REQUEST_SHELL) {
		learn_leave(learn, seen,
		    "no command was sent, which asks for a shell: name a "
		    "program in a rule with shell = yes and run");
		return false;
	}
	if (req->syntax.why == WHY_SHELL_SYNTAX)
		learn_leave(learn, seen,
		    "%s: write a script that does it, and permit that",
		    req->syntax.text);
	else if (req->syntax.why != WHY_UNDECIDED)
		learn_leave(learn, seen, "%s (%s)", why_text(req->syntax.why),
		    req->syntax.text);
	return req->syntax.why == WHY_UNDECIDED;
}

/* Makes rules for those that have none yet. */
static void
make_rules(struct learn *learn, struct seen *const *v, size_t n)
{
	struct seen **commands =
	    show_need(calloc(n + 1, sizeof(struct seen *)));
	struct seen **others = show_need(calloc(n + 1, sizeof(struct seen *)));
	size_t ncommands = 0, nothers = 0;

	for (size_t i = 0; i < n; i++) {
		if (!has_words(learn, v[i]))
			continue;
		if (is_of_protocol(learn, &v[i]->request))
			others[nothers++] = v[i];
		else
			commands[ncommands++] = v[i];
	}
	learn_protocols(learn, others, nothers);
	learn_commands(learn, commands, ncommands);
	free(commands);
	free(others);
}

/* Those that ran, or those that were refused; and that the policy does not
 * permit anyway. */
static size_t
choose(struct learn *learn, bool observed, struct seen **v)
{
	size_t n = 0;

	for (size_t i = 0; i < learn->traffic->n; i++) {
		struct seen *seen = learn->traffic->v[i];

		if ((seen->observed > 0) != observed || seen->written)
			continue;
		if (is_permitted(learn, seen))
			learn->permitted += seen->observed + seen->refused;
		else
			v[n++] = seen;
	}
	return n;
}

/* --- all rules together --------------------------------------------------- */

static struct learned *
rule_of(struct learn *learn, const struct verdict *verdict)
{
	for (size_t i = 0; verdict->answer == PERMIT && i < learn->nrules; i++)
		if (strcmp(learn->rules[i].name, verdict->rule->name) == 0)
			return &learn->rules[i];
	return NULL;
}

/* The first rule that permits a request has it. */
static void
count_all(struct learn *learn, const struct judge *judge)
{
	for (size_t i = 0; i < learn->traffic->n; i++) {
		struct seen *seen = learn->traffic->v[i];
		struct verdict verdict;
		struct learned *rule;

		judge_ask(judge, learn, seen, &verdict);
		rule = rule_of(learn, &verdict);
		verdict_free(&verdict);
		if (rule == NULL)
			continue;
		seen->written = true;
		rule->covers += seen->observed;
		rule->shares += seen->refused;
	}
}

/* Rules that were good alone and are not together: none is active. */
static void
check_all(struct learn *learn)
{
	struct judge judge;
	struct fault fault;

	if (judge_load(&judge, learn, learn->rules, learn->nrules, &fault)) {
		count_all(learn, &judge);
	} else {
		for (size_t i = 0; i < learn->nrules; i++)
			if (learn->rules[i].off == NULL)
				learn->rules[i].off =
				    show_format("together with the others: %s",
					fault.text);
	}
	judge_free(&judge);
}

static unsigned long
count_sessions(const struct learned *rule)
{
	unsigned long sessions = 0;

	for (size_t i = 0; i < rule->nseen; i++)
		sessions += rule->seen[i]->observed + rule->seen[i]->refused;
	return sessions;
}

/* Kinds of requests that came seldom are for nobody to paste. */
static void
drop_rare(struct learn *learn, struct learn_facts *facts, unsigned long min)
{
	size_t n = 0;

	for (size_t i = 0; i < learn->nrules; i++) {
		unsigned long sessions = count_sessions(&learn->rules[i]);

		if (sessions >= min) {
			learn->rules[n++] = learn->rules[i];
			continue;
		}
		facts->rare += sessions;
		learned_free(&learn->rules[i]);
	}
	learn->nrules = n;
}

void
learn_all(struct learn *learn, struct learn_facts *facts, unsigned long min)
{
	struct seen **v =
	    show_need(calloc(learn->traffic->n + 1, sizeof(struct seen *)));
	size_t n = choose(learn, true, v);

	make_rules(learn, v, n);
	drop_rare(learn, facts, min);
	check_all(learn);
	n = choose(learn, false, v);
	learn->off = "it was refused";
	make_rules(learn, v, n);
	drop_rare(learn, facts, min);
	if (judge_joins(learn, &facts->clash))
		facts->clash = (struct fault) {0};
	free(v);
}
