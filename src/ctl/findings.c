/* The findings of `check`: collected, sorted, printed. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/findings.h"
#include "ctl/show.h"
#include "ctl/verb.h"

static const struct look {
	const char *name;
	const char *colour;
} looks[] = {
    [ADVICE] = {"advice", "\033[36m"},
    [WARNING] = {"warning", "\033[33m"},
    [ERROR] = {"error", "\033[31m"},
};

void
findings_add(struct findings *findings, enum severity severity,
    const char *file, unsigned line, const char *fmt, ...)
{
	struct finding *finding;
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	va_end(ap);
	findings->v = show_need(
	    reallocarray(findings->v, findings->n + 1, sizeof(*finding)));
	finding = &findings->v[findings->n];
	*finding = (struct finding) {
	    .file = show_need(strdup(file)),
	    .line = line,
	    .severity = severity,
	    .text = show_need(text),
	    .order = findings->n++,
	};
}

static int
compare(const void *a, const void *b)
{
	const struct finding *f = a, *g = b;
	int files = strcmp(f->file, g->file);

	if (files != 0)
		return files;
	if (f->line != g->line)
		return f->line < g->line ? -1 : 1;
	return f->order < g->order ? -1 : 1;
}

static bool
is_same(const struct finding *f, const struct finding *g)
{
	return f->line == g->line && strcmp(f->file, g->file) == 0 &&
	    strcmp(f->text, g->text) == 0;
}

static json_t *
to_json(const struct finding *f)
{
	json_t *json = show_need(json_object());

	json_object_set_new(json, "file", show_json(f->file));
	if (f->line != 0)
		json_object_set_new(json, "line", json_integer(f->line));
	json_object_set_new(json, "severity",
	    json_string(looks[f->severity].name));
	json_object_set_new(json, "message", show_json(f->text));
	return json;
}

static void
print(const struct finding *f, bool colour)
{
	if (f->line != 0)
		show(stdout, "%s:%u: ", f->file, f->line);
	else
		show(stdout, "%s: ", f->file);
	printf("%s%s%s: ", colour ? looks[f->severity].colour : "",
	    looks[f->severity].name, colour ? "\033[0m" : "");
	show(stdout, "%s\n", f->text);
}

/* Sorted; whether the one at i stands before it already. */
static bool
is_repeated(const struct findings *findings, size_t i)
{
	return i > 0 && is_same(&findings->v[i - 1], &findings->v[i]);
}

static void
sort(struct findings *findings)
{
	if (findings->n > 0)
		qsort(findings->v, findings->n, sizeof(*findings->v), compare);
}

json_t *
findings_json(struct findings *findings)
{
	json_t *list = show_need(json_array());

	sort(findings);
	for (size_t i = 0; i < findings->n; i++)
		if (!is_repeated(findings, i))
			json_array_append_new(list, to_json(&findings->v[i]));
	return list;
}

void
findings_print(struct findings *findings, bool json)
{
	bool colour = show_is_coloured();

	if (json) {
		show_json_print(findings_json(findings));
		return;
	}
	sort(findings);
	for (size_t i = 0; i < findings->n; i++)
		if (!is_repeated(findings, i))
			print(&findings->v[i], colour);
}

int
findings_status(const struct findings *findings)
{
	int status = CTL_OK;

	for (size_t i = 0; i < findings->n; i++) {
		if (findings->v[i].severity == ERROR)
			return CTL_WRONG;
		status = CTL_SOME;
	}
	return status;
}

void
findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		free(findings->v[i].file);
		free(findings->v[i].text);
	}
	free(findings->v);
	*findings = (struct findings) {0};
}
