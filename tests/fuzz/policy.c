/*
 * Any bytes as keys/KEY.ini: what is accepted holds nothing that a rule must
 * not have, and is read the same again in a file that has one more comment;
 * what is refused says where, and leaves nothing.
 */

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "environment.h"
#include "expand.h"
#include "pattern.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "reader.h"
#include "template.h"
#include "type.h"
#include "value.h"
#include "why.h"

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
		    path->access == ACCESS_EXECUTE);
		assert(path->line > rule->line);
		check_path(path->path);
		access |= path->access;
	}
	if (rule->protocol != NULL)
		assert(access & (ACCESS_READ | ACCESS_WRITE));
	if (rule->protocol != NULL && rule->protocol->needs_write)
		assert(access & ACCESS_WRITE);
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
	assert((rule->commands.n > 0) == (rule->protocol == NULL));
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
	assert(rule->network <= NETWORK_ANY);
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
	fprintf(f, "[%s] %u %s %s %d %o %d %d\n", rule->name,
	    rule->line - first, rule->protocol ? rule->protocol->name : "-",
	    rule->chdir ? rule->chdir : "-", rule->has_umask, rule->umask,
	    rule->nice, rule->network);
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
	struct policy policy;
	struct fault fault;

	if (parse(&policy, text, size, &fault) == 0) {
		assert(fault.why == WHY_UNDECIDED);
		assert(strcmp(policy.file, "keys/x.ini") == 0);
		assert(policy.mtime.tv_sec == 1 && policy.mtime.tv_nsec == 2);
		check_policy(&policy);
		check_again(&policy, text, size);
	} else {
		check_refusal(&policy, &fault, text, size);
	}
	policy_free(&policy);
	return 0;
}
