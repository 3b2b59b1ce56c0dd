/* explain, for programs: the same facts by name. */

#include <stdio.h>
#include <string.h>

#include <stdlib.h>

#include "ctl/explain.h"
#include "ctl/phrase.h"
#include "ctl/show.h"
#include "why.h"

static void
set(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, show_need(value));
}

static void
set_text(json_t *object, const char *name, const char *text)
{
	if (text != NULL)
		set(object, name, show_json(text));
}

static json_t *
request_json(const struct explain *x)
{
	const struct request *req = &x->request;
	json_t *json = show_need(json_object());
	char when[64] = "";
	struct tm tm;

	if (localtime_r(&req->when.tv_sec, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S%z", &tm);
	set_text(json, "kind", explain_kind(req->kind));
	set_text(json, "command", req->command);
	set_text(json, "key", req->key);
	set_text(json, "account", req->account);
	set(json, "uid", json_integer(req->uid));
	set_text(json, "address", req->address);
	set_text(json, "at", when);
	return json;
}

static json_t *
rule_json(const struct rule *rule, unsigned line)
{
	json_t *json = show_need(json_object());

	set_text(json, "name", rule->name);
	set_text(json, "file", rule->file);
	set(json, "line", json_integer(line));
	return json;
}

static json_t *
grants_json(const struct plan *plan)
{
	json_t *list = show_need(json_array());

	for (size_t i = 0; i < plan->ngrants; i++) {
		json_t *grant = show_need(json_object());

		set_text(grant, "path", plan->grants[i].path);
		set_text(grant, "access",
		    phrase_access(plan->grants[i].access));
		json_array_append_new(list, grant);
	}
	return list;
}

static json_t *
calls_json(const struct plan *plan)
{
	struct list words = {0};
	json_t *list;

	explain_calls(plan, &words);
	list = show_json_list(words.v);
	list_free(&words);
	return list;
}

static json_t *
limits_json(const struct plan *plan)
{
	struct explain_limit limits[EXPLAIN_LIMITS];
	json_t *json = show_need(json_object());

	explain_limits(plan, limits);
	for (int i = 0; i < EXPLAIN_LIMITS; i++)
		if (limits[i].value != 0)
			set(json, limits[i].name,
			    json_integer((json_int_t)limits[i].value));
	return json;
}

static void
set_confinement(json_t *json, const struct plan *plan,
    const struct sandbox *sandbox)
{
	char *network;

	set_text(json, "sandbox", explain_sandbox(sandbox));
	if (sandbox == NULL)
		return;
	network = explain_network(plan);
	set_text(json, "network", network);
	free(network);
	set(json, "grants", grants_json(plan));
	set(json, "calls", calls_json(plan));
	set_text(json, "on-violation", plan->kill ? "kill" : "deny");
}

/* What runs, by itself: the program of a request, or what follows it. */
static json_t *
program_json(const struct plan *plan, const struct sandbox *sandbox)
{
	json_t *json = show_need(json_object());
	char umask[8];

	set_text(json, "program", plan->program);
	set(json, "arguments", show_json_list(plan->argv.v));
	set(json, "environment", show_json_list(plan->env.v));
	set_text(json, "folder", plan->chdir);
	snprintf(umask, sizeof(umask), "%03o", (unsigned)plan->umask);
	if (plan->has_umask)
		set_text(json, "umask", umask);
	set(json, "nice", json_integer(plan->nice));
	set(json, "limits", limits_json(plan));
	set_confinement(json, plan, sandbox);
	return json;
}

static json_t *
plan_json(const struct explain *x)
{
	const struct plan *plan = &x->verdict.plan;
	json_t *json = program_json(plan, x->sandbox);

	set(json, "watched", json_boolean(plan->watched));
	set_text(json, "record", explain_record(plan));
	set_text(json, "if-changed", plan->if_changed);
	if (plan->follow != NULL)
		set(json, "on-success", program_json(plan->follow, x->follow));
	return json;
}

static json_t *
nearest_json(const struct explain *x)
{
	const struct nearest_rule *near = &x->nearest;
	const struct list *words = &x->request.words.text;
	json_t *json =
	    rule_json(near->rule, near->rule->command_lines[near->command]);

	set_text(json, "command", near->rule->commands.v[near->command]);
	set(json, "word", json_integer((json_int_t)near->taken + 1));
	if (near->taken < words->n)
		set_text(json, "found", words->v[near->taken]);
	set_text(json, "expected", near->expected);
	return json;
}

static json_t *
refusal_json(const struct explain *x)
{
	const struct fault *fault = &x->verdict.fault;
	json_t *json = show_need(json_object());

	set_text(json, "reason", why_name(fault->why));
	set_text(json, "sentence", why_text(fault->why));
	set_text(json, "detail", fault->text);
	if (fault->file[0] != '\0')
		set_text(json, "file", fault->file);
	if (fault->line != 0)
		set(json, "line", json_integer(fault->line));
	if (fault->at != 0)
		set(json, "byte", json_integer((json_int_t)fault->at));
	if (x->nearest.rule != NULL)
		set(json, "nearest", nearest_json(x));
	return json;
}

void
explain_json(const struct explain *x)
{
	json_t *json = show_need(json_object());
	const struct rule *rule = x->verdict.rule;
	bool permitted = x->verdict.answer == PERMIT;

	set_text(json, "verdict", explain_verdict(&x->verdict));
	if (rule != NULL)
		set(json, "rule", rule_json(rule, rule->line));
	set(json, "request", request_json(x));
	if (permitted)
		set(json, "plan", plan_json(x));
	if (!permitted || x->verdict.observed)
		set(json, "refusal", refusal_json(x));
	show_json_print(json);
}
