/* check: the paths and the programs of rules, as they are on this host. */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "ctl/account.h"
#include "ctl/check.h"
#include "ctl/show.h"
#include "pattern.h"
#include "plan.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "start.h"
#include "template.h"
#include "trust.h"
#include "type.h"
#include "why.h"

/* Of a program only the first line is read. */
#define SCRIPT_MAX INT64_MAX

static void
add_started(struct started_list *list, const char *path, unsigned line)
{
	list->v =
	    show_need(reallocarray(list->v, list->n + 1, sizeof(*list->v)));
	list->v[list->n++] = (struct started) {path, line};
}

void
check_started(const struct check *check, const struct rule *rule,
    struct started_list *list)
{
	const struct protocol *protocol = rule->protocol;
	char *const *programs = check->settings.programs;

	*list = (struct started_list) {0};
	if (protocol != NULL)
		add_started(list, programs[protocol->program], rule->line);
	if (protocol != NULL && protocol->subsystem != NULL)
		add_started(list, programs[protocol->subsystem->program],
		    rule->line);
	if (rule->run != NULL)
		add_started(list, template_program(rule->run), rule->run_line);
	for (size_t i = 0; rule->run == NULL && i < rule->commands.n; i++)
		add_started(list, pattern_program(rule->patterns[i]),
		    rule->command_lines[i]);
	for (size_t i = 0; i < rule->npaths; i++)
		if (rule->paths[i].access == ACCESS_EXECUTE)
			add_started(list, rule->paths[i].path,
			    rule->paths[i].line);
}

/* A rule, or what follows one; and the file in which it stands. */
struct place {
	const char *file;
	const struct rule *rule;
	bool follows;
};

/* `use`: what the rule does in it, if it can be no file; else NULL. */
static void
check_path(struct check *check, const struct place *at, const char *path,
    unsigned line, const char *use)
{
	struct fault fault;
	struct stat st;
	int fd = trust_open(path, TRUST_RULE, NULL, &fault);

	if (fd == -1) {
		findings_add(&check->found, ERROR, at->file, line, "%s",
		    fault.text);
		return;
	}
	if (use != NULL && fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		findings_add(&check->found, ERROR, at->file, line,
		    "%s: not a directory, but [allow %s] %s", path,
		    at->rule->name, use);
	close(fd);
}

static void
check_folders(struct check *check, const struct keyfile *file,
    const struct place *at)
{
	const struct rule *rule = at->rule;

	for (size_t i = 0; i < rule->npaths; i++)
		if (rule->paths[i].access != ACCESS_EXECUTE)
			check_path(check, at, rule->paths[i].path,
			    rule->paths[i].line, NULL);
	if (rule->chdir != NULL)
		check_path(check, at, rule->chdir,
		    source_line(&file->source, rule,
			at->follows ? "on-success.chdir" : "chdir"),
		    "starts in it");
	if (rule->watching.if_changed != NULL)
		check_path(check, at, rule->watching.if_changed,
		    rule->watching.if_changed_line, "looks for changes in it");
	for (size_t i = 0; i < rule->nargs; i++)
		if (type_directory(rule->args[i].type) != NULL)
			check_path(check, at,
			    type_directory(rule->args[i].type),
			    rule->args[i].line, NULL);
}

/* Who can write a program, or a folder above it, decides what a rule runs. */
static void
check_writable(struct check *check, const struct place *at,
    const struct plan *started, unsigned line)
{
	struct fault fault;

	for (size_t i = 0; i < started->ngrants; i++) {
		const struct area *grant = &started->grants[i];
		int fd;

		if (grant->access != ACCESS_EXECUTE)
			continue;
		fd = trust_open(grant->path, TRUST_POLICY, NULL, &fault);
		if (fd != -1)
			close(fd);
		else
			findings_add(&check->found, ERROR, at->file, line,
			    "%s (so that nobody else decides what runs)",
			    fault.text);
	}
}

/* The first line of a script, without its newline; "" for anything else. */
static void
read_head(const char *path, char *head, size_t size)
{
	FILE *f = account_fopen(path, SCRIPT_MAX);

	head[0] = '\0';
	if (f == NULL)
		return;
	if (fgets(head, (int)size, f) == NULL || strncmp(head, "#!", 2) != 0)
		head[0] = '\0';
	head[strcspn(head, "\r\n")] = '\0';
	fclose(f);
}

static bool
has_execute(const struct rule *rule)
{
	for (size_t i = 0; i < rule->npaths; i++)
		if (rule->paths[i].access == ACCESS_EXECUTE)
			return true;
	return false;
}

static void
check_script(struct check *check, const struct place *at,
    const struct started *started)
{
	char head[256];
	const char *by;

	read_head(started->path, head, sizeof(head));
	if (head[0] == '\0')
		return;
	by = head + 2 + strspn(head + 2, " \t");
	if (strncmp(by, "/usr/bin/env", 12) == 0 && strchr(" \t", by[12]))
		findings_add(&check->found, ERROR, at->file, started->line,
		    "%s starts with #!/usr/bin/env, which may start nothing "
		    "here: write the path of the interpreter itself",
		    started->path);
	else if (at->rule->protocol == NULL && !has_execute(at->rule))
		findings_add(&check->found, WARNING, at->file, started->line,
		    "%s is a script, and [allow %s] has no %sexecute: it can "
		    "start no other program; name those that it needs",
		    started->path, at->rule->name,
		    at->follows ? "on-success." : "");
}

static void
check_program(struct check *check, const struct place *at,
    const struct started *started)
{
	struct plan scratch = {0};
	struct fault fault;

	if (start_also(&scratch, started->path, &fault) == -1) {
		findings_add(&check->found, ERROR, at->file, started->line,
		    "%s", fault.text);
	} else {
		check_writable(check, at, &scratch, started->line);
		check_script(check, at, started);
	}
	plan_free(&scratch);
}

static void
check_rule(struct check *check, const struct keyfile *file,
    const struct place *at)
{
	struct started_list list;

	check_folders(check, file, at);
	check_started(check, at->rule, &list);
	for (size_t i = 0; i < list.n; i++)
		check_program(check, at, &list.v[i]);
	free(list.v);
}

void
check_rules(struct check *check, const struct keyfile *file)
{
	for (size_t i = 0; i < file->policy.nrules; i++) {
		const struct rule *rule = &file->policy.rules[i];
		const struct rule *follow = rule->watching.follow;
		const char *path = keyfile_of_rule(file, rule);

		check_rule(check, file, &(struct place) {path, rule, false});
		if (follow != NULL)
			check_rule(check, file,
			    &(struct place) {path, follow, true});
	}
}
