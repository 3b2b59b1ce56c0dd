/*
 * Any bytes as keys/KEY.ini: what is accepted holds nothing that a rule must
 * not have, is read the same again in a file that has one more comment, and
 * permits what a second, simple reader finds in the text and nothing else;
 * what is refused says where, and leaves nothing.
 */

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"
#include "environment.h"
#include "expand.h"
#include "pattern.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "reader.h"
#include "request.h"
#include "settings.h"
#include "strict.h"
#include "template.h"
#include "type.h"
#include "value.h"
#include "why.h"

/* What is asked of each policy; more would leave less time for others. */
#define PROBES 12

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Absolute, of plain names: no component is `.` or `..`. */
static void
check_path(const char *path)
{
	char *framed;

	assert(path[0] == '/' && strpbrk(path, "$*?") == NULL);
	assert(asprintf(&framed, "%s/", path) != -1);
	assert(strstr(framed, "/./") == NULL);
	assert(strstr(framed, "/../") == NULL);
	free(framed);
}

static void
check_paths(const struct rule *rule)
{
	unsigned access = 0;

	for (size_t i = 0; i < rule->npaths; i++) {
		const struct rule_path *path = &rule->paths[i];

		assert(path->access == ACCESS_READ ||
		    path->access == ACCESS_WRITE ||
		    path->access == ACCESS_APPEND ||
		    path->access == ACCESS_EXECUTE ||
		    path->access == ACCESS_CONNECT);
		assert(path->line > rule->line);
		check_path(path->path);
		access |= path->access;
	}
	if (rule->protocol != NULL)
		assert(access & (ACCESS_READ | ACCESS_WRITE | ACCESS_APPEND));
	if (rule->protocol != NULL && rule->protocol->needs_write)
		assert(access & (ACCESS_WRITE | ACCESS_APPEND));
	if (rule->chdir != NULL)
		check_path(rule->chdir);
}

static void
check_environment(const struct rule *rule)
{
	for (size_t i = 0; i < rule->pass_env.n; i++) {
		const char *name = rule->pass_env.v[i];
		const char *star = strchr(name, '*');

		assert(*name != '\0' && strchr(name, '=') == NULL);
		assert(star == NULL || star[1] == '\0');
		assert(environment_may_pass(name));
	}
	for (size_t i = 0; i < rule->env.n; i++) {
		const size_t len = strcspn(rule->env.v[i], "=");
		char *name = strndup(rule->env.v[i], len);

		assert(name != NULL && len > 0);
		assert(rule->env.v[i][len] == '=');
		assert(environment_may_set(name));
		for (size_t j = 0; j < i; j++)
			assert(strncmp(rule->env.v[j], name, len) != 0 ||
			    rule->env.v[j][len] != '=');
		free(name);
	}
}

/* Each pattern can be run, and each type is there to be matched. */
static void
check_commands(const struct rule *rule)
{
	assert(
	    (rule->commands.n > 0) == (rule->protocol == NULL && !rule->shell));
	assert(!rule->shell || (rule->protocol == NULL && rule->run != NULL));
	assert(
	    rule->protocol == NULL || (rule->run == NULL && rule->nargs == 0));
	if (rule->run != NULL)
		assert(template_program(rule->run)[0] == '/');
	for (size_t i = 0; i < rule->commands.n; i++) {
		const char *program = pattern_program(rule->patterns[i]);
		struct match match;

		assert(rule->command_lines[i] > rule->line);
		if (rule->run == NULL)
			assert(program != NULL && program[0] == '/');
		assert(!pattern_match(rule->patterns[i], NULL, 0, &match));
	}
	for (size_t i = 0; i < rule->nargs; i++) {
		bool captured = false;

		for (size_t j = 0; j < rule->commands.n; j++)
			captured |= pattern_captures(rule->patterns[j],
					rule->args[i].name) != CAPTURE_NONE;
		assert(captured && rule->args[i].type != NULL);
	}
}

static void
check_rule(const struct rule *rule)
{
	assert(value_is_name(rule->name));
	check_commands(rule);
	check_paths(rule);
	check_environment(rule);
	assert(rule->nice >= 0 && rule->nice <= 19);
	assert(rule->umask <= 0777);
	assert(rule->has_umask || rule->umask == 0);
	assert(rule->confine.network < 2 * NETWORK_ANY);
}

static void
check_policy(const struct policy *policy)
{
	size_t subsystems = 0;

	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *rule = &policy->rules[i];

		check_rule(rule);
		subsystems +=
		    rule->protocol != NULL && rule->protocol->subsystem != NULL;
		assert(i == 0 || rule->line > policy->rules[i - 1].line);
		for (size_t j = 0; j < i; j++)
			assert(strcmp(rule->name, policy->rules[j].name) != 0);
	}
	assert(subsystems <= 1);
	assert(policy->public_key_file == NULL ||
	    value_is_name(policy->public_key_file));
	assert(policy->not_before >= 0 && policy->not_after >= 0);
	for (size_t i = 0; i < policy->conditions.nfrom; i++)
		assert(policy->conditions.from[i].bits <= 128);
}

static void
print_list(FILE *f, const char *name, const struct list *list)
{
	fprintf(f, "%s", name);
	for (size_t i = 0; i < list->n; i++)
		fprintf(f, " <%s>", list->v[i]);
	fputc('\n', f);
}

/* Lines from the first one counted, so that a comment above shifts none. */
static void
print_rule(FILE *f, const struct rule *rule, unsigned first)
{
	fprintf(f, "[%s] %u %s %s %d %o %d %u\n", rule->name,
	    rule->line - first, rule->protocol ? rule->protocol->name : "-",
	    rule->chdir ? rule->chdir : "-", rule->has_umask, rule->umask,
	    rule->nice, rule->confine.network);
	print_list(f, "command", &rule->commands);
	for (size_t i = 0; i < rule->commands.n; i++)
		fprintf(f, "%u ", rule->command_lines[i] - first);
	for (size_t i = 0; i < rule->nargs; i++)
		fprintf(f, "arg %s %u\n", rule->args[i].name,
		    rule->args[i].line - first);
	for (size_t i = 0; i < rule->npaths; i++)
		fprintf(f, "path %s %u %u\n", rule->paths[i].path,
		    rule->paths[i].access, rule->paths[i].line - first);
	print_list(f, "env", &rule->env);
	print_list(f, "pass", &rule->pass_env);
}

static char *
print_policy(const struct policy *policy, unsigned first)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert(f != NULL);
	fprintf(f, "%s|%d|%s|%lld|%lld|%d\n",
	    policy->description ? policy->description : "-",
	    policy->conditions.disabled,
	    policy->public_key_file ? policy->public_key_file : "-",
	    (long long)policy->not_before, (long long)policy->not_after,
	    policy->detail);
	print_list(f, "keys", &policy->public_keys);
	print_list(f, "accounts", &policy->accounts);
	for (size_t i = 0; i < policy->conditions.nfrom; i++) {
		for (size_t j = 0;
		     j < sizeof(policy->conditions.from[i].address); j++)
			fprintf(f, "%02x",
			    policy->conditions.from[i].address[j]);
		fprintf(f, "/%u\n", policy->conditions.from[i].bits);
	}
	for (size_t i = 0; i < policy->nrules; i++)
		print_rule(f, &policy->rules[i], first);
	fclose(f);
	return text;
}

static int
parse(struct policy *policy, const char *text, size_t size, struct fault *fault)
{
	const struct timespec mtime = {1, 2};

	memset(policy, 0xa5, sizeof(*policy));
	*fault = (struct fault) {0};
	return policy_parse(policy, "keys/x.ini", text, size, mtime,
	    &(struct names) {"x", "store"}, fault);
}

static void
check_again(const struct policy *policy, const char *data, size_t size)
{
	static const char above[] = "# above\n", below[] = "\n; below\n";
	char *longer, *first, *second;
	struct policy again;
	struct fault fault;

	assert(
	    asprintf(&longer, "%s%.*s%s", above, (int)size, data, below) != -1);
	assert(strlen(longer) == size + strlen(above) + strlen(below));
	if (strlen(longer) <= READER_FILE_MAX) {
		assert(parse(&again, longer, strlen(longer), &fault) == 0);
		first = print_policy(policy, 0);
		second = print_policy(&again, 1);
		assert(strcmp(first, second) == 0);
		free(first);
		free(second);
		policy_free(&again);
	}
	free(longer);
}

/* Rules, their places and their commands as the simple reader found them. */
static void
check_text(const struct policy *policy, const struct strict *strict)
{
	assert(strict->cut ? policy->nrules >= strict->nrules :
			     policy->nrules == strict->nrules);
	for (size_t i = 0; i < strict->nrules; i++) {
		const struct strict_rule *want = &strict->rules[i];
		const struct rule *rule = &policy->rules[i];

		if (strict->cut && i + 1 == strict->nrules)
			return;
		assert(strcmp(rule->name, want->name) == 0);
		assert(rule->line == want->line);
		assert(rule->conditions.disabled == want->disabled);
		assert(strict_same(&rule->commands, &want->commands));
		assert(want->unsure || rule->npaths == 0);
	}
}

/* The words as a client would quote them, to be read back by words.c. */
static char *
quote(const struct list *words)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert(f != NULL);
	for (size_t i = 0; i < words->n; i++)
		fprintf(f, "%s'%s'", i > 0 ? " " : "", words->v[i]);
	fclose(f);
	return text;
}

static void
check_verdict(const struct policy *policy, const struct verdict *verdict,
    const struct strict *strict, const struct list *words)
{
	const struct strict_rule *by;

	if (!strict_permits(strict, words, &by))
		return;
	assert(!verdict->observed);
	/* A rule that could widen the rights of its key spoils all of them,
	 * and only what is not known here could do that. */
	if (by == NULL ||
	    (strict_has_unsure(strict) && verdict->fault.why == WHY_POLICY)) {
		assert(verdict->answer == REFUSE && verdict->rule == NULL);
		return;
	}
	assert(verdict->rule == &policy->rules[by - strict->rules]);
	if (verdict->answer == PERMIT)
		assert(strict_same(&verdict->plan.argv,
		    by->has_run ? &by->run : words));
}

/* One command through the real decision. Whether its program exists here is
 * another matter: the rule that took it is what counts. */
static void
ask(const struct policy *policy, const struct strict *strict,
    const struct list *words)
{
	static char *const no_env[] = {NULL};
	char account[] = "store", home[] = "/nonexistent", shell[] = "/bin/sh";
	char *command = quote(words);
	struct settings settings;
	struct request req = {.key = "x",
	    .dir = "/nonexistent",
	    .uid = 12345,
	    .account = account,
	    .home = home,
	    .shell = shell,
	    .client_env = no_env,
	    .when = {1000000000, 0},
	    .command = command};
	struct verdict verdict;
	struct fault fault = {0};

	assert(settings_parse(&settings, "", 0, &fault) == 0);
	if (words_split(&req.words, command, &fault) == 0) {
		assert(strict_same(&req.words.text, words));
		decide(&verdict, policy, &settings, &req);
		check_verdict(policy, &verdict, strict, words);
		verdict_free(&verdict);
	}
	words_free(&req.words);
	settings_free(&settings);
	free(command);
}

/* A command of a rule, and those closest to it: a word less, one more, and
 * one that is longer. */
static void
ask_around(const struct policy *policy, const struct strict *strict,
    const struct list *words)
{
	struct list other = {0};

	ask(policy, strict, words);
	for (size_t i = 0; i < words->n; i++)
		assert(list_add(&other, words->v[i]) == 0);
	assert(list_add(&other, "more") == 0);
	ask(policy, strict, &other);
	free(other.v[--other.n]);
	other.v[other.n] = NULL;
	free(other.v[--other.n]);
	other.v[other.n] = NULL;
	if (other.n > 0)
		ask(policy, strict, &other);
	assert(list_addf(&other, "%s.", words->v[words->n - 1]) == 0);
	ask(policy, strict, &other);
	list_free(&other);
}

/* Words that some line of the text has, wherever it may stand: a comment,
 * a half of a value or a description must permit nothing. */
static void
ask_line(const struct policy *policy, const struct strict *strict,
    const char *line, size_t size)
{
	const char *equals = memchr(line, '=', size);
	char *copy, *rest, *word;
	struct list words = {0};

	if (equals != NULL) {
		size -= (size_t)(equals + 1 - line);
		line = equals + 1;
	}
	copy = rest = strndup(line, size);
	assert(copy != NULL);
	while ((word = strsep(&rest, " \t'#;")) != NULL)
		if (*word != '\0')
			assert(list_add(&words, word) == 0);
	/* No words are another request, and so is sftp's first word. */
	if (words.n > 0 && strstr(words.v[0], "sftp") == NULL)
		ask(policy, strict, &words);
	list_free(&words);
	free(copy);
}

static void
check_permits(const struct policy *policy, const struct strict *strict,
    const char *text, size_t size)
{
	size_t left = PROBES;

	for (size_t i = 0; i < strict->nrules && left > 0; i++) {
		const struct strict_rule *rule = &strict->rules[i];

		if (rule->unsure || strstr(rule->words[0].v[0], "sftp") != NULL)
			break;
		ask_around(policy, strict, &rule->words[0]);
		left -= 4;
	}
	for (left += PROBES; size > 0 && left > 0; left--) {
		const char *end = memchr(text, '\n', size);
		size_t line = end != NULL ? (size_t)(end - text) : size;

		ask_line(policy, strict, text, line);
		text += line + (end != NULL);
		size -= line + (end != NULL);
	}
}

static void
check_refusal(const struct policy *policy, const struct fault *fault,
    const char *data, size_t size)
{
	static const struct policy zero;
	unsigned lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	assert(fault->why == WHY_POLICY && fault->text[0] != '\0');
	assert(strcmp(fault->file, "keys/x.ini") == 0);
	assert(fault->line <= lines);
	assert(fault->line > 0 || size > READER_FILE_MAX);
	assert(memcmp(policy, &zero, sizeof(zero)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char none[1];
	const char *text = data != NULL ? (const char *)data : none;
	static struct strict strict;
	enum strict_verdict expected = strict_read(&strict, text, size);
	struct policy policy;
	struct fault fault;

	if (parse(&policy, text, size, &fault) == 0) {
		assert(expected != STRICT_REFUSES);
		check_text(&policy, &strict);
		check_permits(&policy, &strict, text, size);
		assert(fault.why == WHY_UNDECIDED);
		assert(strcmp(policy.file, "keys/x.ini") == 0);
		assert(policy.mtime.tv_sec == 1 && policy.mtime.tv_nsec == 2);
		check_policy(&policy);
		check_again(&policy, text, size);
	} else {
		assert(expected != STRICT_LOADS);
		check_refusal(&policy, &fault, text, size);
	}
	policy_free(&policy);
	strict_free(&strict);
	return 0;
}
