/* The keys of [allow NAME] that say how its program is watched, and what
 * follows it. */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyword.h"
#include "policy.h"
#include "template.h"
#include "value.h"
#include "why.h"

enum { RECORD_MIN = 4096 };

/* A reload that hangs must not hold a session for ever. */
enum { FOLLOW_SECONDS = 300 };

int
keyword_watch(const struct place *at, const char *value, struct fault *fault)
{
	return value_flag(value, &at->rule->watching.watch, fault);
}

int
keyword_timeout(const struct place *at, const char *value, struct fault *fault)
{
	return value_duration(value, &at->rule->watching.timeout, fault);
}

int
keyword_idle_timeout(const struct place *at, const char *value,
    struct fault *fault)
{
	return value_duration(value, &at->rule->watching.idle_timeout, fault);
}

int
keyword_record(const struct place *at, const char *value, struct fault *fault)
{
	static const char *const names[] = {"no", "yes", "required", NULL};
	int choice;

	if (value_choice(value, names, &choice, fault) == -1)
		return -1;
	at->rule->watching.record = (enum transcript_wish)choice;
	return 0;
}

int
keyword_record_max(const struct place *at, const char *value,
    struct fault *fault)
{
	at->rule->watching.record_max_line = at->line;
	return value_size(value, RECORD_MIN, LONG_MAX,
	    &at->rule->watching.record_max, fault);
}

int
keyword_on_violation(const struct place *at, const char *value,
    struct fault *fault)
{
	static const char *const names[] = {"deny", "kill", NULL};
	int choice;

	at->rule->confine.given = true;
	if (value_choice(value, names, &choice, fault) == -1)
		return -1;
	at->rule->watching.kill = choice == 1;
	return 0;
}

/* The rule within the rule, made by whichever of its keys comes first. */
static struct rule *
follow(const struct place *at, struct fault *fault)
{
	struct watching *watching = &at->rule->watching;
	struct rule *made;

	if (watching->follow != NULL)
		return watching->follow;
	made = calloc(1, sizeof(*made));
	if (made != NULL && asprintf(&made->name, "%s", at->rule->name) == -1)
		made->name = NULL;
	if (made == NULL || made->name == NULL) {
		free(made);
		fault_set(fault, WHY_MEMORY, "out of memory");
		return NULL;
	}
	made->file = at->rule->file;
	made->line = at->line;
	made->watching.timeout = FOLLOW_SECONDS;
	return watching->follow = made;
}

int
keyword_on_success(const struct place *at, const char *value,
    struct fault *fault)
{
	struct rule *made = follow(at, fault);

	if (made == NULL)
		return -1;
	made->run_line = at->line;
	made->run = template_parse(value, fault);
	return made->run == NULL ? -1 : 0;
}

/* on-success.KEY: the KEY of a rule, for the program that follows. */
int
keyword_follow(const struct place *at, const char *value, struct fault *fault)
{
	struct rule *made = follow(at, fault);

	if (made == NULL)
		return -1;
	return rule_set_follow(made, at, value, fault);
}

int
keyword_if_changed(const struct place *at, const char *value,
    struct fault *fault)
{
	struct watching *watching = &at->rule->watching;

	watching->if_changed_line = at->line;
	if (value[0] != '/')
		return fault_set(fault, WHY_POLICY,
		    "%s: write the absolute path of a folder", value);
	watching->if_changed = strdup(value);
	if (watching->if_changed == NULL)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return 0;
}

static int
check_follow(const struct rule *rule, struct fault *fault)
{
	const struct rule *made = rule->watching.follow;

	if (made == NULL) {
		if (rule->watching.if_changed == NULL)
			return 0;
		fault_set(fault, WHY_POLICY,
		    "[allow %s]: if-changed goes with on-success", rule->name);
		return fault_place(fault, rule->file,
		    rule->watching.if_changed_line);
	}
	if (made->run == NULL) {
		fault_set(fault, WHY_POLICY,
		    "[allow %s]: on-success. goes with on-success: the "
		    "program that runs after this one",
		    rule->name);
		return fault_place(fault, rule->file, made->line);
	}
	if (template_check(made->run, NULL, fault) == -1)
		return fault_place(fault, rule->file, made->run_line);
	if (confine_finish(made, fault) == -1)
		return fault_place(fault, rule->file, made->line);
	return 0;
}

int
watching_finish(const struct rule *rule, struct fault *fault)
{
	const struct watching *watching = &rule->watching;

	if (watching->record_max != 0 && watching->record == TRANSCRIPT_NO) {
		fault_set(fault, WHY_POLICY,
		    "[allow %s]: record-max goes with record = yes",
		    rule->name);
		return fault_place(fault, rule->file,
		    watching->record_max_line);
	}
	return check_follow(rule, fault);
}

const char *
watching_cause(const struct watching *watching)
{
	const struct {
		const char *key;
		bool given;
	} causes[] = {
	    {"timeout", watching->timeout > 0},
	    {"idle-timeout", watching->idle_timeout > 0},
	    {"record", watching->record != TRANSCRIPT_NO},
	    {"on-success", watching->follow != NULL},
	    {"on-violation", watching->kill},
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (causes[i].given)
			return causes[i].key;
	return NULL;
}

void
watching_free(struct watching *watching)
{
	if (watching->follow != NULL)
		rule_free(watching->follow);
	free(watching->follow);
	free(watching->if_changed);
}
