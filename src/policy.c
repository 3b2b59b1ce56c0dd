/*
 * keys/KEY.ini to a policy: sections, [key], and what may stand where. The
 * keys of a rule are in rule.c.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "keyword.h"
#include "nearest.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "reader.h"
#include "trust.h"
#include "value.h"
#include "why.h"
#include "words.h"

#define ALLOW "allow "

/* How long an observed key may go without a look at what it did. */
#define OBSERVE_MAX ((time_t)90 * 24 * 60 * 60)

struct load {
	struct policy *policy;
	const struct names *names;
	const char *file; /* being read; lives as long as the policy */
	const char *role; /* NULL: the key's own file */
	struct rule *rule; /* the section being read */
	const struct keyword *keywords; /* of that section */
	unsigned lines[KEYWORDS_MAX]; /* where each stands; 0: nowhere */
};

static int
set_string(char **to, const char *value, struct fault *fault)
{
	*to = strdup(value);
	if (*to == NULL)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return 0;
}

static int
set_description(const struct place *at, const char *value, struct fault *fault)
{
	return set_string(&at->policy->description, value, fault);
}

int
keyword_enabled(const struct place *at, const char *value, struct fault *fault)
{
	bool enabled;

	if (value_flag(value, &enabled, fault) == -1)
		return -1;
	at->conditions->disabled = !enabled;
	return 0;
}

int
keyword_from(const struct place *at, const char *value, struct fault *fault)
{
	return conditions_set_from(at->conditions, value, fault);
}

int
keyword_hours(const struct place *at, const char *value, struct fault *fault)
{
	return hours_parse(&at->conditions->hours, value, fault);
}

int
keyword_rate(const struct place *at, const char *value, struct fault *fault)
{
	return state_parse_rate(&at->conditions->rate, value, fault);
}

/* Enough to catch a slip; sshd judges the key itself. */
static int
set_public_key(const struct place *at, const char *value, struct fault *fault)
{
	size_t type = strcspn(value, " ");
	const char *body = value + type + strspn(value + type, " ");

	if (strncmp(value, "ssh-", 4) != 0 &&
	    strncmp(value, "ecdsa-", 6) != 0 && strncmp(value, "sk-", 3) != 0)
		return fault_set(fault, WHY_POLICY,
		    "a public key starts with "
		    "its type, such as ssh-ed25519; options do not belong "
		    "here");
	if (strncmp(body, "AAAA", 4) != 0)
		return fault_set(fault, WHY_POLICY,
		    "no key follows the type %.*s: paste the whole line of "
		    "the .pub file",
		    (int)type, value);
	if (list_add(&at->policy->public_keys, value) == -1)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return 0;
}

static int
set_public_key_file(const struct place *at, const char *value,
    struct fault *fault)
{
	if (!value_is_name(value))
		return fault_set(fault, WHY_POLICY,
		    "write the name of a file beside this one, without a "
		    "folder");
	return set_string(&at->policy->public_key_file, value, fault);
}

static int
set_account(const struct place *at, const char *value, struct fault *fault)
{
	struct list *accounts = &at->policy->accounts;

	if (words_list(accounts, value, fault) == -1)
		return -1;
	for (size_t i = 0; i < accounts->n; i++)
		if (strpbrk(accounts->v[i], "#:/,;") != NULL)
			return fault_set(fault, WHY_POLICY,
			    "%s: not the name of an account; a comment is a "
			    "line of its own",
			    accounts->v[i]);
	return 0;
}

static int
set_not_before(const struct place *at, const char *value, struct fault *fault)
{
	return value_when(value, false, &at->policy->not_before, fault);
}

static int
set_not_after(const struct place *at, const char *value, struct fault *fault)
{
	return value_when(value, true, &at->policy->not_after, fault);
}

static int
set_detail(const struct place *at, const char *value, struct fault *fault)
{
	int choice;

	if (value_choice(value, detail_names, &choice, fault) == -1)
		return -1;
	at->policy->detail = (enum detail)(DETAIL_REASON + choice);
	return 0;
}

static int
set_use(const struct place *at, const char *value, struct fault *fault)
{
	struct list *roles = &at->policy->roles;

	if (words_list(roles, value, fault) == -1)
		return -1;
	for (size_t i = 0; i < roles->n; i++) {
		if (!value_is_name(roles->v[i]))
			return fault_set(fault, WHY_POLICY,
			    "%s: write the name of a role, that of its file "
			    "in roles/ without .ini",
			    roles->v[i]);
		for (size_t j = 0; j < i; j++)
			if (strcmp(roles->v[i], roles->v[j]) == 0)
				return fault_set(fault, WHY_POLICY,
				    "%s stands twice: write it once",
				    roles->v[i]);
	}
	at->policy->use_line = at->line;
	return 0;
}

/* A way to learn a key's habits, and no way to leave it open. */
static int
set_observe_until(const struct place *at, const char *value,
    struct fault *fault)
{
	time_t *until = &at->policy->observe_until;

	if (value_when(value, true, until, fault) == -1)
		return -1;
	if (*until - time(NULL) > OBSERVE_MAX)
		return fault_set(fault, WHY_POLICY,
		    "observing ends within 90 days: write a nearer date");
	return 0;
}

static int
set_max_sessions(const struct place *at, const char *value, struct fault *fault)
{
	long n;

	if (value_integer(value, 1, STATE_SLOTS_MAX, &n, fault) == -1)
		return -1;
	at->policy->max_sessions = (unsigned)n;
	return 0;
}

const struct keyword key_keywords[] = {
    {"description", false, false, false, set_description},
    {"enabled", false, false, false, keyword_enabled},
    {"public-key", true, false, false, set_public_key},
    {"public-key-file", false, false, false, set_public_key_file},
    {"account", false, false, false, set_account},
    {"from", false, false, false, keyword_from},
    {"hours", false, false, false, keyword_hours},
    {"rate", false, false, false, keyword_rate},
    {"max-sessions", false, false, false, set_max_sessions},
    {"not-before", false, false, false, set_not_before},
    {"not-after", false, false, false, set_not_after},
    {"use", false, false, false, set_use},
    {"observe-until", false, false, false, set_observe_until},
    {"refusal-detail", false, false, false, set_detail},
    {NULL, false, false, false, NULL},
};

void *
keyword_grow(void *array, size_t n, size_t size, struct fault *fault)
{
	char *grown = reallocarray(array, n + 1, size);

	if (grown == NULL) {
		fault_set(fault, WHY_MEMORY, "out of memory");
		return NULL;
	}
	memset(grown + n * size, 0, size);
	return grown;
}

const struct keyword *
keyword_find(const struct keyword *table, const char *name, const char **suffix)
{
	for (; table->name != NULL; table++) {
		size_t len = strlen(table->name);

		if (table->name[len - 1] == '.' &&
		    strncmp(name, table->name, len) == 0) {
			*suffix = name + len;
			return table;
		}
		if (strcmp(name, table->name) == 0)
			return table;
	}
	return NULL;
}

static bool
is_known(const char *name)
{
	const char *suffix;

	return keyword_find(key_keywords, name, &suffix) != NULL ||
	    keyword_find(rule_keywords, name, &suffix) != NULL;
}

static int
finish_rule(struct load *load, struct fault *fault)
{
	if (load->rule == NULL)
		return 0;
	if (rule_finish(load->rule, fault) == 0)
		return 0;
	if (fault->line == 0)
		fault->line = load->rule->line;
	return -1;
}

static int
add_rule(struct load *load, const char *name, unsigned line,
    struct fault *fault)
{
	struct policy *policy = load->policy;
	struct rule *rules;

	if (!value_is_name(name))
		return fault_set(fault, WHY_POLICY,
		    "[allow %s]: a rule's name "
		    "is 1-42 of A-Z a-z 0-9 . _ -, not starting with . or -",
		    name);
	rules =
	    keyword_grow(policy->rules, policy->nrules, sizeof(*rules), fault);
	if (rules == NULL)
		return -1;
	policy->rules = rules;
	load->rule = &rules[policy->nrules++];
	load->rule->line = line;
	load->rule->file = load->file;
	load->keywords = rule_keywords;
	if (load->role == NULL)
		return set_string(&load->rule->name, name, fault);
	if (asprintf(&load->rule->name, "%s/%s", load->role, name) == -1) {
		load->rule->name = NULL;
		return fault_set(fault, WHY_MEMORY, "out of memory");
	}
	return 0;
}

static int
take_section(void *context, const char *section, unsigned line,
    struct fault *fault)
{
	struct load *load = context;

	if (finish_rule(load, fault) == -1)
		return -1;
	memset(load->lines, 0, sizeof(load->lines));
	if (strncmp(section, ALLOW, strlen(ALLOW)) == 0)
		return add_rule(load, section + strlen(ALLOW), line, fault);
	load->rule = NULL;
	load->keywords = key_keywords;
	if (load->role != NULL)
		return fault_set(fault, WHY_POLICY,
		    "[%s] does not stand in a role: write [allow NAME]",
		    section);
	if (strcmp(section, "key") == 0)
		return 0;
	return fault_set(fault, WHY_POLICY,
	    "there is no section [%s]: write [key] or [allow NAME]", section);
}

static int
refuse_keyword(const struct load *load, const char *name, struct fault *fault)
{
	const char *here = load->rule != NULL ? "[allow]" : "[key]";
	const char *there = load->rule != NULL ? "[key]" : "[allow NAME]";
	struct nearest near = {.word = name};

	if (is_known(name))
		return fault_set(fault, WHY_POLICY,
		    "%s does not stand in %s: write it in %s", name, here,
		    there);
	for (const struct keyword *k = load->keywords; k->name != NULL; k++)
		nearest_offer(&near, k->name);
	if (near.best != NULL)
		return fault_set(fault, WHY_POLICY,
		    "%s has no key %s: did you mean %s?", here, name,
		    near.best);
	return fault_set(fault, WHY_POLICY,
	    "%s has no key %s: see gatekeeper.ini(5)", here, name);
}

/* In paths and in run. Of the types, path alone: in a regex, the dot of a
 * key's name would take any byte. */
static bool
expands(const struct keyword *k, const char *value)
{
	if (strcmp(k->name, "arg.") == 0)
		return strncmp(value, "path", strlen("path")) == 0;
	return k->expands;
}

static int
set_value(const struct load *load, const struct keyword *k,
    const struct place *at, const char *value, struct fault *fault)
{
	char *expanded;
	int ret;

	if (!expands(k, value))
		return k->set(at, value, fault);
	expanded = expand_names(value, load->names, fault);
	if (expanded == NULL)
		return -1;
	ret = k->set(at, expanded, fault);
	free(expanded);
	return ret;
}

static int
take_entry(void *context, const char *name, const char *value, unsigned line,
    struct fault *fault)
{
	struct load *load = context;
	struct place at = {.policy = load->policy,
	    .rule = load->rule,
	    .conditions = load->rule != NULL ? &load->rule->conditions :
					       &load->policy->conditions,
	    .line = line};
	const struct keyword *k =
	    keyword_find(load->keywords, name, &at.suffix);
	unsigned *first;

	if (k == NULL)
		return refuse_keyword(load, name, fault);
	first = &load->lines[k - load->keywords];
	if (*first != 0 && !k->repeats)
		return fault_set(fault, WHY_POLICY,
		    "%s is already set in line %u: write it once", name,
		    *first);
	*first = line;
	if (*value == '\0')
		return fault_set(fault, WHY_POLICY,
		    "%s has no value: write one, or remove the line", name);
	return set_value(load, k, &at, value, fault);
}

/* Two rules for one request type would let their order decide in silence. */
static int
check_subsystem(const struct policy *policy, struct fault *fault)
{
	const struct rule *first = NULL;

	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (rule->protocol == NULL || rule->protocol->subsystem == NULL)
			continue;
		if (first != NULL) {
			fault_set(fault, WHY_POLICY,
			    "[allow %s]: sftp is served by [allow %s] in line "
			    "%u already; put the directories into one rule",
			    rule->name, first->name, first->line);
			return fault_place(fault, rule->file, rule->line);
		}
		first = rule;
	}
	return 0;
}

/* The rules of one file, and what else it says, into the policy. */
static int
parse(struct load *load, const char *text, size_t size, struct fault *fault)
{
	static const struct reader_calls calls = {
	    .known = is_known,
	    .section = take_section,
	    .entry = take_entry,
	};

	if (reader_parse(load->file, text, size, &calls, load, fault) == -1)
		return -1;
	if (finish_rule(load, fault) == -1)
		return fault_place(fault, load->file, fault->line);
	return 0;
}

int
policy_parse(struct policy *policy, const char *file, const char *text,
    size_t size, struct timespec mtime, const struct names *names,
    struct fault *fault)
{
	struct load load = {.policy = policy, .names = names};

	*policy = (struct policy) {.mtime = mtime};
	if (set_string(&policy->file, file, fault) == -1)
		return -1;
	load.file = policy->file;
	if (parse(&load, text, size, fault) == 0 &&
	    check_subsystem(policy, fault) == 0)
		return 0;
	policy_free(policy);
	return -1;
}

/* Whose file it is that cannot be read: -1, with errno. */
static int
read_file(const char *dir, const char *file, struct trust_text *text,
    struct fault *fault)
{
	char *path;
	int ret, error;

	if (asprintf(&path, "%s/%s", dir, file) == -1) {
		errno = ENOMEM;
		return fault_set(fault, WHY_MEMORY, "out of memory");
	}
	ret = trust_read(path, READER_FILE_MAX, text, fault);
	error = errno;
	free(path);
	errno = error;
	return ret;
}

static int
load_role(struct load *load, const char *dir, struct fault *fault)
{
	struct policy *policy = load->policy;
	struct trust_text text = {0};
	int ret;

	if (list_addf(&policy->role_files, "roles/%s.ini", load->role) == -1)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	load->file = policy->role_files.v[policy->role_files.n - 1];
	ret = read_file(dir, load->file, &text, fault);
	if (ret == -1) {
		fault->why = WHY_POLICY;
		fault_place(fault, policy->file, policy->use_line);
	} else {
		ret = parse(load, text.text, text.size, fault);
	}
	free(text.text);
	return ret;
}

static int
load_roles(struct policy *policy, const char *dir, const struct names *names,
    struct fault *fault)
{
	for (size_t i = 0; i < policy->roles.n; i++) {
		struct load load = {.policy = policy,
		    .names = names,
		    .role = policy->roles.v[i]};

		if (load_role(&load, dir, fault) == -1)
			return -1;
	}
	return check_subsystem(policy, fault);
}

int
policy_load(struct policy *policy, const char *dir, const struct names *names,
    struct fault *fault)
{
	struct trust_text text = {0};
	char *file;
	int ret = -1;

	*policy = (struct policy) {0};
	if (asprintf(&file, "keys/%s.ini", names->key) == -1)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	if (read_file(dir, file, &text, fault) == -1) {
		if (fault->why != WHY_MEMORY)
			fault->why =
			    errno == ENOENT ? WHY_UNKNOWN_KEY : WHY_POLICY;
		fault_place(fault, file, 0);
	} else {
		ret = policy_parse(policy, file, text.text, text.size,
		    text.mtime, names, fault);
	}
	if (ret == 0 && load_roles(policy, dir, names, fault) == -1) {
		policy_free(policy);
		ret = -1;
	}
	free(text.text);
	free(file);
	return ret;
}

void
policy_free(struct policy *policy)
{
	for (size_t i = 0; i < policy->nrules; i++)
		rule_free(&policy->rules[i]);
	free(policy->rules);
	free(policy->file);
	free(policy->description);
	free(policy->public_key_file);
	conditions_free(&policy->conditions);
	list_free(&policy->public_keys);
	list_free(&policy->accounts);
	list_free(&policy->roles);
	list_free(&policy->role_files);
	*policy = (struct policy) {0};
}
