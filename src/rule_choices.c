/* The keys of [allow NAME] that only some protocols take. */

#include <stdint.h>
#include <string.h>

#include "choices.h"
#include "keyword.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "value.h"
#include "why.h"
#include "words.h"

/* borg takes no less: ten million bytes. */
#define QUOTA_MIN ((size_t)10 * 1000 * 1000)

static const struct {
	unsigned bit;
	const char *name;
} names[] = {
    {CHOICE_LINKS, "links"},
    {CHOICE_DELETE, "delete"},
    {CHOICE_OPTIONS, "options"},
    {CHOICE_MUNGE_LINKS, "munge-links"},
    {CHOICE_HOOKS, "hooks"},
    {CHOICE_QUOTA, "quota"},
};

int
keyword_links(const struct place *at, const char *value, struct fault *fault)
{
	at->rule->choices.given |= CHOICE_LINKS;
	return value_flag(value, &at->rule->choices.links, fault);
}

int
keyword_delete(const struct place *at, const char *value, struct fault *fault)
{
	at->rule->choices.given |= CHOICE_DELETE;
	return value_flag(value, &at->rule->choices.delete, fault);
}

int
keyword_options(const struct place *at, const char *value, struct fault *fault)
{
	at->rule->choices.given |= CHOICE_OPTIONS;
	return words_list(&at->rule->choices.options, value, fault);
}

int
keyword_munge_links(const struct place *at, const char *value,
    struct fault *fault)
{
	at->rule->choices.given |= CHOICE_MUNGE_LINKS;
	return value_flag(value, &at->rule->choices.munge_links, fault);
}

int
keyword_hooks(const struct place *at, const char *value, struct fault *fault)
{
	at->rule->choices.given |= CHOICE_HOOKS;
	return value_flag(value, &at->rule->choices.hooks, fault);
}

int
keyword_quota(const struct place *at, const char *value, struct fault *fault)
{
	at->rule->choices.given |= CHOICE_QUOTA;
	return value_size(value, QUOTA_MIN, SIZE_MAX, &at->rule->choices.quota,
	    fault);
}

int
choices_finish(const struct rule *rule, struct fault *fault)
{
	const struct choices *choices = &rule->choices;
	unsigned takes = rule->protocol != NULL ? rule->protocol->choices : 0;
	char takers[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(choices->given & names[i].bit & ~takes))
			continue;
		protocol_list(names[i].bit, takers, sizeof(takers));
		return fault_set(fault, WHY_POLICY,
		    "[allow %s]: %s goes with protocol = %s: remove it",
		    rule->name, names[i].name, takers);
	}
	if (choices->given & CHOICE_OPTIONS)
		return rule->protocol->options(&choices->options, fault);
	return 0;
}
