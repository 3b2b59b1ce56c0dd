/* The keys of [allow NAME], and what makes a rule whole. */

#include <assert.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "environment.h"
#include "keyword.h"
#include "pattern.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "template.h"
#include "type.h"
#include "value.h"
#include "why.h"
#include "words.h"

static int
no_memory(struct fault *fault)
{
	return fault_set(fault, WHY_MEMORY, "out of memory");
}

static int
set_command(const struct place *at, const char *value, struct fault *fault)
{
	struct rule *rule = at->rule;
	unsigned *lines = keyword_grow(rule->command_lines, rule->commands.n,
	    sizeof(*lines), fault);

	if (lines == NULL)
		return -1;
	rule->command_lines = lines;
	lines[rule->commands.n] = at->line;
	return list_add(&rule->commands, value) == -1 ? no_memory(fault) : 0;
}

static int
set_run(const struct place *at, const char *value, struct fault *fault)
{
	at->rule->run_line = at->line;
	at->rule->run = template_parse(value, fault);
	return at->rule->run == NULL ? -1 : 0;
}

static int
set_protocol(const struct place *at, const char *value, struct fault *fault)
{
	char names[128];

	at->rule->protocol = protocol_find(value);
	if (at->rule->protocol != NULL)
		return 0;
	protocol_list(0, names, sizeof(names));
	return fault_set(fault, WHY_POLICY, "there is no protocol %s: write %s",
	    value, names);
}

static int
set_shell(const struct place *at, const char *value, struct fault *fault)
{
	return value_flag(value, &at->rule->shell, fault);
}

static int
set_arg(const struct place *at, const char *value, struct fault *fault)
{
	struct rule *rule = at->rule;
	struct arg *args;

	for (size_t i = 0; i < rule->nargs; i++)
		if (strcmp(rule->args[i].name, at->suffix) == 0)
			return fault_set(fault, WHY_POLICY,
			    "arg.%s is already set in line %u: write it once",
			    at->suffix, rule->args[i].line);
	args = keyword_grow(rule->args, rule->nargs, sizeof(*args), fault);
	if (args == NULL)
		return -1;
	rule->args = args;
	args += rule->nargs;
	args->line = at->line;
	args->type = type_parse(value, fault);
	if (args->type == NULL)
		return -1;
	args->name = strdup(at->suffix);
	rule->nargs++;
	return args->name == NULL ? no_memory(fault) : 0;
}

static int
check_variable(const char *name, const char *chars, struct fault *fault)
{
	if (name[0] == '\0' || strchr("0123456789", name[0]) != NULL ||
	    name[strspn(name, chars)] != '\0')
		return fault_set(fault, WHY_POLICY,
		    "%s: a variable's name is letters, digits and _", name);
	return 0;
}

static int
set_env(const struct place *at, const char *value, struct fault *fault)
{
	struct list *env = &at->rule->env;
	size_t len = strlen(at->suffix);

	if (check_variable(at->suffix, ENVIRONMENT_NAME_CHARS, fault) == -1)
		return -1;
	if (!environment_may_set(at->suffix))
		return fault_set(fault, WHY_POLICY,
		    "env.%s would run code in the program before its own: "
		    "write a script that sets it",
		    at->suffix);
	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], at->suffix, len) == 0 &&
		    env->v[i][len] == '=')
			return fault_set(fault, WHY_POLICY,
			    "env.%s is already set: write it once", at->suffix);
	if (list_addf(env, "%s=%s", at->suffix, value) == -1)
		return no_memory(fault);
	return 0;
}

static int
set_pass_env(const struct place *at, const char *value, struct fault *fault)
{
	struct list *names = &at->rule->pass_env;

	if (words_list(names, value, fault) == -1)
		return -1;
	for (size_t i = 0; i < names->n; i++) {
		const char *star = strchr(names->v[i], '*');

		if (star != NULL && star[1] != '\0')
			return fault_set(fault, WHY_POLICY,
			    "%s: a * stands at the end only", names->v[i]);
		if (check_variable(names->v[i], ENVIRONMENT_NAME_CHARS "*",
			fault) == -1)
			return -1;
		if (!environment_may_pass(names->v[i]))
			return fault_set(fault, WHY_POLICY,
			    "%s never passes from the client: set it with "
			    "env., or name others",
			    names->v[i]);
	}
	return 0;
}

static int
set_umask(const struct place *at, const char *value, struct fault *fault)
{
	at->rule->has_umask = true;
	return value_umask(value, &at->rule->umask, fault);
}

static int
set_nice(const struct place *at, const char *value, struct fault *fault)
{
	long nice;

	if (value_integer(value, 0, 19, &nice, fault) == -1)
		return -1;
	at->rule->nice = (int)nice;
	return 0;
}

const struct keyword rule_keywords[] = {
    {"enabled", false, false, false, keyword_enabled},
    {"from", false, false, false, keyword_from},
    {"hours", false, false, false, keyword_hours},
    {"rate", false, false, false, keyword_rate},
    {"command", true, false, false, set_command},
    {"protocol", false, false, false, set_protocol},
    {"shell", false, false, false, set_shell},
    {"run", false, true, false, set_run},
    {"arg.", true, true, false, set_arg},
    {"env.", true, true, true, set_env},
    {"pass-env", false, false, false, set_pass_env},
    {"chdir", false, true, true, keyword_chdir},
    {"umask", false, false, true, set_umask},
    {"nice", false, false, true, set_nice},
    {"read", false, true, true, keyword_read},
    {"write", false, true, true, keyword_write},
    {"append", false, true, false, keyword_append},
    {"execute", false, true, true, keyword_execute},
    {"network", false, true, true, keyword_network},
    {"syscalls", false, false, true, keyword_syscalls},
    {"set-id", false, false, true, keyword_set_id},
    {"jit", false, false, true, keyword_jit},
    {"terminal", false, false, false, keyword_terminal},
    {"sandbox", false, false, true, keyword_sandbox},
    {"links", false, false, false, keyword_links},
    {"delete", false, false, false, keyword_delete},
    {"options", false, false, false, keyword_options},
    {"munge-links", false, false, false, keyword_munge_links},
    {"hooks", false, false, false, keyword_hooks},
    {"quota", false, false, false, keyword_quota},
    {"watch", false, false, false, keyword_watch},
    {"timeout", false, false, true, keyword_timeout},
    {"idle-timeout", false, false, false, keyword_idle_timeout},
    {"record", false, false, false, keyword_record},
    {"record-max", false, false, false, keyword_record_max},
    {"on-violation", false, false, false, keyword_on_violation},
    {"on-success", false, true, false, keyword_on_success},
    {"on-success.", true, true, false, keyword_follow},
    {"if-changed", false, true, false, keyword_if_changed},
    {"cpu-time", false, false, true, keyword_cpu_time},
    {"memory", false, false, true, keyword_memory},
    {"file-size", false, false, true, keyword_file_size},
    {"open-files", false, false, true, keyword_open_files},
    {"processes", false, false, true, keyword_processes},
    {NULL, false, false, false, NULL},
};

static_assert(sizeof(rule_keywords) / sizeof(rule_keywords[0]) <= KEYWORDS_MAX,
    "each keyword has its line");

/* What a program needs that follows another. A key may stand once, and those
 * of a family once for each name, as they do in the rule itself. */
int
rule_set_follow(struct rule *rule, const struct place *at, const char *value,
    struct fault *fault)
{
	struct place inner = *at;
	const struct keyword *k =
	    keyword_find(rule_keywords, at->suffix, &inner.suffix);
	const size_t i = k != NULL ? (size_t)(k - rule_keywords) : 0;

	if (k == NULL || !k->follows)
		return fault_set(fault, WHY_POLICY,
		    "on-success.%s: there is no such key: see "
		    "gatekeeper.ini(5)",
		    at->suffix);
	if (!k->repeats && (rule->given >> i & 1) != 0)
		return fault_set(fault, WHY_POLICY,
		    "on-success.%s is already set: write it once", at->suffix);
	rule->given |= 1ULL << i;
	inner.rule = rule;
	inner.conditions = &rule->conditions;
	return k->set(&inner, value, fault);
}

static int
at_line(struct fault *fault, unsigned line)
{
	fault->line = line;
	return -1;
}

/* Which directories a protocol needs, and how. */
static int
check_access(const struct rule *rule, unsigned access, struct fault *fault)
{
	const struct protocol *protocol = rule->protocol;
	const unsigned store = ACCESS_WRITE | ACCESS_APPEND;

	if (protocol->needs_write && !(access & store))
		return fault_set(fault, WHY_POLICY,
		    "[allow %s]: %s only receives: name its directories with "
		    "write",
		    rule->name, protocol->name);
	if (protocol->needs_read && !(access & (ACCESS_READ | ACCESS_APPEND)))
		return fault_set(fault, WHY_POLICY,
		    "[allow %s]: %s reads what it keeps: name its directories "
		    "with read",
		    rule->name, protocol->name);
	if (!(access & (ACCESS_READ | store)))
		return fault_set(fault, WHY_POLICY,
		    "[allow %s]: name the directories of %s with read or write",
		    rule->name, protocol->name);
	return 0;
}

/* The program reads these itself, and would undo what gatekeeper says. */
static int
check_variables(const struct rule *rule, struct fault *fault)
{
	const char *const *pattern = rule->protocol->variables;

	for (; pattern != NULL && *pattern != NULL; pattern++)
		for (size_t i = 0; i < rule->env.n; i++) {
			char *name = strndup(rule->env.v[i],
			    strcspn(rule->env.v[i], "="));
			bool taken =
			    name == NULL || fnmatch(*pattern, name, 0) == 0;

			free(name);
			if (taken)
				return fault_set(fault, WHY_POLICY,
				    "[allow %s]: protocol = %s sets %s itself: "
				    "remove the env. line",
				    rule->name, rule->protocol->name, *pattern);
		}
	return 0;
}

static int
finish_protocol(const struct rule *rule, struct fault *fault)
{
	unsigned access = 0;

	if (rule->run != NULL || rule->nargs != 0)
		return fault_set(fault, WHY_POLICY,
		    "[allow %s]: run and arg. "
		    "go with command, not with protocol",
		    rule->name);
	for (size_t i = 0; i < rule->npaths; i++)
		access |= rule->paths[i].access;
	if (check_access(rule, access, fault) == -1)
		return -1;
	return check_variables(rule, fault);
}

/* Options alone cannot keep the promise that nothing existing changes. */
static int
check_append(const struct rule *rule, struct fault *fault)
{
	if (rule->protocol != NULL && rule->protocol->appends)
		return 0;
	for (size_t i = 0; i < rule->npaths; i++) {
		if (rule->paths[i].access != ACCESS_APPEND)
			continue;
		fault_set(fault, WHY_POLICY,
		    "append is kept by borg alone so far: options cannot keep "
		    "a program from changing what exists; write = permits "
		    "that as well");
		return at_line(fault, rule->paths[i].line);
	}
	return 0;
}

static int
finish_command(struct rule *rule, size_t i, struct fault *fault)
{
	const char *program;

	rule->patterns[i] =
	    pattern_parse(rule->commands.v[i], rule->args, rule->nargs, fault);
	if (rule->patterns[i] == NULL)
		return at_line(fault, rule->command_lines[i]);
	if (rule->run != NULL)
		return template_check(rule->run, rule->patterns[i], fault) ==
			-1 ?
		    at_line(fault, rule->run_line) :
		    0;
	program = pattern_program(rule->patterns[i]);
	if (program != NULL && program[0] == '/')
		return 0;
	fault_set(fault, WHY_POLICY,
	    "without run, a command starts with the "
	    "absolute path of its program");
	return at_line(fault, rule->command_lines[i]);
}

/* An arg that no pattern takes is a slip, and might be the important one. */
static int
check_arg(const struct rule *rule, const struct arg *arg, struct fault *fault)
{
	for (size_t i = 0; i < rule->commands.n; i++)
		if (pattern_captures(rule->patterns[i], arg->name) !=
		    CAPTURE_NONE)
			return 0;
	fault_set(fault, WHY_POLICY,
	    "no command of [allow %s] has {%s}: write it there, or remove "
	    "this line",
	    rule->name, arg->name);
	return at_line(fault, arg->line);
}

static int
finish_commands(struct rule *rule, struct fault *fault)
{
	rule->patterns = calloc(rule->commands.n, sizeof(struct pattern *));
	if (rule->patterns == NULL)
		return no_memory(fault);
	for (size_t i = 0; i < rule->commands.n; i++)
		if (finish_command(rule, i, fault) == -1)
			return -1;
	for (size_t i = 0; i < rule->nargs; i++)
		if (check_arg(rule, &rule->args[i], fault) == -1)
			return -1;
	return 0;
}

/* A request with no command: nothing is captured, and something is run. */
static int
finish_shell(const struct rule *rule, struct fault *fault)
{
	if (rule->run == NULL)
		return fault_set(fault, WHY_POLICY,
		    "[allow %s]: shell needs run: the program that a request "
		    "without a command starts",
		    rule->name);
	if (rule->nargs != 0)
		return fault_set(fault, WHY_POLICY,
		    "[allow %s]: arg. goes with command, not with shell",
		    rule->name);
	if (template_check(rule->run, NULL, fault) == -1)
		return at_line(fault, rule->run_line);
	return 0;
}

int
rule_finish(struct rule *rule, struct fault *fault)
{
	int asked = (rule->protocol != NULL) + (rule->commands.n != 0) +
	    (int)rule->shell;

	if (asked != 1)
		return fault_set(fault, WHY_POLICY,
		    "[allow %s]: write one of command, protocol and shell",
		    rule->name);
	if (choices_finish(rule, fault) == -1 ||
	    confine_finish(rule, fault) == -1 ||
	    watching_finish(rule, fault) == -1 ||
	    check_append(rule, fault) == -1)
		return -1;
	if (rule->protocol != NULL)
		return finish_protocol(rule, fault);
	if (rule->shell)
		return finish_shell(rule, fault);
	return finish_commands(rule, fault);
}

void
rule_free(struct rule *rule)
{
	for (size_t i = 0; rule->patterns != NULL && i < rule->commands.n; i++)
		pattern_free(rule->patterns[i]);
	for (size_t i = 0; i < rule->nargs; i++) {
		free(rule->args[i].name);
		type_free(rule->args[i].type);
	}
	for (size_t i = 0; i < rule->npaths; i++)
		free(rule->paths[i].path);
	free(rule->name);
	free(rule->patterns);
	free(rule->command_lines);
	free(rule->args);
	free(rule->paths);
	free(rule->chdir);
	conditions_free(&rule->conditions);
	template_free(rule->run);
	list_free(&rule->commands);
	list_free(&rule->env);
	list_free(&rule->pass_env);
	confine_free(&rule->confine);
	watching_free(&rule->watching);
	list_free(&rule->choices.options);
	*rule = (struct rule) {0};
}
