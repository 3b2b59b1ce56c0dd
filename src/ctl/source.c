/* The entries of a policy's files, as they are written. */

#include <stdlib.h>
#include <string.h>

#include "ctl/show.h"
#include "ctl/source.h"
#include "expand.h"
#include "pattern.h"
#include "policy.h"
#include "reader.h"
#include "why.h"

#define ALLOW "allow "

struct reading {
	struct source *source;
	const char *role;
	const struct names *names;
	char *section;
};

/* A slip that this is asked for has been refused before. */
static bool
known(const char *name)
{
	(void)name;
	return false;
}

static int
take_section(void *context, const char *section, unsigned line,
    struct fault *fault)
{
	struct reading *reading = context;

	(void)line;
	(void)fault;
	free(reading->section);
	if (reading->role != NULL &&
	    strncmp(section, ALLOW, strlen(ALLOW)) == 0)
		reading->section = show_format(ALLOW "%s/%s", reading->role,
		    section + strlen(ALLOW));
	else
		reading->section = show_need(strdup(section));
	return 0;
}

static char *
expand(const struct reading *reading, const char *value)
{
	struct fault fault;
	char *expanded = NULL;

	if (reading->names != NULL)
		expanded = expand_names(value, reading->names, &fault);
	return expanded != NULL ? expanded : show_need(strdup(value));
}

static int
take_entry(void *context, const char *name, const char *value, unsigned line,
    struct fault *fault)
{
	struct reading *reading = context;
	struct source *source = reading->source;

	(void)fault;
	source->v = show_need(
	    reallocarray(source->v, source->n + 1, sizeof(*source->v)));
	source->v[source->n++] = (struct entry) {
	    .section = show_need(strdup(reading->section)),
	    .name = show_need(strdup(name)),
	    .value = expand(reading, value),
	    .line = line,
	};
	return 0;
}

void
source_read(struct source *source, const char *text, size_t size,
    const char *role, const struct names *names)
{
	static const struct reader_calls calls = {
	    .known = known,
	    .section = take_section,
	    .entry = take_entry,
	};
	struct reading reading = {.source = source,
	    .role = role,
	    .names = names};
	struct fault fault;

	reader_parse("", text, size, &calls, &reading, &fault);
	free(reading.section);
}

void
source_free(struct source *source)
{
	for (size_t i = 0; i < source->n; i++) {
		free(source->v[i].section);
		free(source->v[i].name);
		free(source->v[i].value);
	}
	free(source->v);
	*source = (struct source) {0};
}

bool
source_is_in(const struct entry *entry, const struct rule *rule)
{
	if (rule == NULL)
		return strcmp(entry->section, "key") == 0;
	return strncmp(entry->section, ALLOW, strlen(ALLOW)) == 0 &&
	    strcmp(entry->section + strlen(ALLOW), rule->name) == 0;
}

const struct entry *
source_find(const struct source *source, const struct rule *rule,
    const char *name)
{
	for (size_t i = 0; i < source->n; i++)
		if (strcmp(source->v[i].name, name) == 0 &&
		    source_is_in(&source->v[i], rule))
			return &source->v[i];
	return NULL;
}

unsigned
source_line(const struct source *source, const struct rule *rule,
    const char *name)
{
	const struct entry *entry = source_find(source, rule, name);

	if (entry != NULL)
		return entry->line;
	return rule != NULL ? rule->line : 0;
}

const char *
source_type(const struct source *source, const struct rule *rule,
    const struct arg *arg)
{
	for (size_t i = 0; i < source->n; i++)
		if (source->v[i].line == arg->line &&
		    strncmp(source->v[i].name, "arg.", 4) == 0 &&
		    source_is_in(&source->v[i], rule))
			return source->v[i].value;
	return "";
}
