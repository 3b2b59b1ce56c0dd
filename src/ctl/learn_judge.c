/* Proposed rules, held against the requests that they are for: by the parser
 * and the decision of the forced command, in memory. */

#include <stdlib.h>
#include <string.h>

#include "ctl/account.h"
#include "ctl/keyfile.h"
#include "ctl/learn.h"
#include "ctl/show.h"
#include "ctl/traffic.h"
#include "decide.h"
#include "expand.h"
#include "policy.h"
#include "reader.h"
#include "request.h"
#include "trust.h"
#include "why.h"

/* As messages of the parser call the text. */
#define FILE_NAME "learned"

static char *
write_rules(const struct learned *rules, size_t n, size_t *size)
{
	char *text = NULL;
	FILE *f = show_need(open_memstream(&text, size));

	for (size_t i = 0; i < n; i++)
		if (rules[i].off == NULL)
			learned_write(&rules[i], f, "");
	if (fclose(f) != 0)
		show_need(NULL);
	return show_need(text);
}

bool
judge_load(struct judge *judge, const struct learn *learn,
    const struct learned *rules, size_t n, struct fault *fault)
{
	const struct names names = {learn->traffic->key,
	    learn->traffic->account->name};
	size_t size;
	char *text = write_rules(rules, n, &size);

	*judge = (struct judge) {0};
	*fault = (struct fault) {0};
	judge->loaded = policy_parse(&judge->policy, FILE_NAME, text, size,
			    (struct timespec) {0}, &names, fault) == 0;
	free(text);
	return judge->loaded;
}

bool
judge_joins(const struct learn *learn, struct fault *fault)
{
	const struct names names = {learn->traffic->key,
	    learn->traffic->account->name};
	struct trust_text old = {0};
	struct policy policy = {0};
	size_t size;
	char *rules, *text;
	bool joins;

	/* Without a policy, or one that loads, there is nothing to join. */
	if (!learn->file->loaded ||
	    trust_read(learn->file->path, READER_FILE_MAX, &old, fault) == -1)
		return true;
	*fault = (struct fault) {0};
	rules = write_rules(learn->rules, learn->nrules, &size);
	text = show_format("%s\n%s", old.text, rules);
	joins = policy_parse(&policy, FILE_NAME, text, strlen(text),
		    (struct timespec) {0}, &names, fault) == 0;
	policy_free(&policy);
	free(rules);
	free(text);
	free(old.text);
	return joins;
}

void
judge_ask(const struct judge *judge, const struct learn *learn,
    const struct seen *seen, struct verdict *verdict)
{
	decide(verdict, &judge->policy, learn->settings, &seen->request);
}

bool
judge_permits(const struct judge *judge, const struct learn *learn,
    const struct seen *seen, struct fault *fault)
{
	struct verdict verdict;
	bool permits;

	judge_ask(judge, learn, seen, &verdict);
	permits = verdict.answer == PERMIT;
	*fault = verdict.fault;
	verdict_free(&verdict);
	return permits;
}

void
judge_free(struct judge *judge)
{
	policy_free(&judge->policy);
	*judge = (struct judge) {0};
}
