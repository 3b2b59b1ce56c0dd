/* Types, patterns and lists as an administrator would say them. */

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ctl/phrase.h"
#include "ctl/show.h"
#include "ctl/source.h"
#include "element.h"
#include "list.h"
#include "pattern.h"
#include "policy.h"
#include "why.h"
#include "words.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* %1 and %2 stand for the ends of a range, %s for all that follows. */
static const struct {
	const char *name;
	const char *text;
} types[] = {
    {"integer", "a whole number from %1 to %2"},
    {"hostname", "a host name"},
    {"ip", "an IP address"},
    {"name", "a name of letters, digits and . _ -"},
    {"word", "any word that does not start with -"},
    {"date", "a date (YYYY-MM-DD)"},
    {"hex", "%1 to %2 hexadecimal digits"},
    {"path", "a path inside %s"},
    {"glob", "a word like %s"},
    {"regex", "a word that matches %s"},
};

static void
fill_in(FILE *f, const char *text, const char *rest)
{
	const char *dots = strstr(rest, "..");
	int min = dots != NULL ? (int)(dots - rest) : 0;

	for (; *text != '\0'; text++) {
		if (*text != '%')
			fputc(*text, f);
		else if (*++text == '1')
			fprintf(f, "%.*s", min, rest);
		else if (*text == '2')
			fputs(dots != NULL ? dots + 2 : "", f);
		else
			fputs(rest, f);
	}
}

static void
one_of(FILE *f, const char *values)
{
	struct list list = {0};
	struct fault fault;

	words_list(&list, values, &fault);
	phrase_list(f, &list, "or");
	list_free(&list);
}

void
phrase_type(FILE *f, const char *type)
{
	size_t len = strcspn(type, " \t");
	const char *rest = type + len + strspn(type + len, " \t");

	for (size_t i = 0; i < NELEM(types); i++)
		if (strlen(types[i].name) == len &&
		    strncmp(types[i].name, type, len) == 0) {
			fill_in(f, types[i].text, rest);
			return;
		}
	if (strncmp(type, "one-of", len) == 0)
		one_of(f, rest);
	else
		fputs(type, f);
}

const char *
phrase_type_of(const struct rule *rule, const struct source *source,
    const char *name)
{
	for (size_t i = 0; i < rule->nargs; i++)
		if (strcmp(rule->args[i].name, name) == 0)
			return source_type(source, rule, &rule->args[i]);
	return "";
}

void
phrase_name(FILE *f, const char *name)
{
	for (; *name != '\0'; name++)
		fputc(toupper((unsigned char)*name), f);
}

static void
add_word(FILE *f, const struct element *e)
{
	if (e->kind == ELEMENT_LITERAL) {
		fputs(e->written, f);
		return;
	}
	fputs(e->text, f);
	phrase_name(f, e->name);
	fputs(e->kind == ELEMENT_MANY ? "..." : e->after, f);
}

void
phrase_words(FILE *f, const struct elements *words)
{
	unsigned group = 0;

	for (size_t i = 0; i < words->n; i++) {
		const struct element *e = &words->v[i];
		bool last = i + 1 == words->n || e[1].group != e->group;

		if (i > 0)
			fputc(' ', f);
		if (e->group != 0 && e->group != group)
			fputc('[', f);
		add_word(f, e);
		if (e->group != 0 && last)
			fputc(']', f);
		group = e->group;
	}
}

void
phrase_list(FILE *f, const struct list *list, const char *joint)
{
	for (size_t i = 0; i < list->n; i++) {
		if (i > 0 && i + 1 == list->n)
			fprintf(f, " %s ", joint);
		else if (i > 0)
			fputs(", ", f);
		fputs(list->v[i], f);
	}
}

const char *
phrase_access(unsigned access)
{
	switch (access) {
	case ACCESS_READ:
		return "read";
	case ACCESS_WRITE:
		return "write";
	case ACCESS_EXECUTE:
		return "execute";
	case ACCESS_APPEND:
		return "append";
	case ACCESS_CONNECT:
		return "connect";
	default:
		return "device";
	}
}
