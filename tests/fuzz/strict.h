#ifndef TEST_STRICT_H
#define TEST_STRICT_H

/*
 * A second reader of policies, slow and obvious: a line is a comment, a
 * section, an entry or a continuation, and nothing else; a command of plain
 * words is those words. It knows description, enabled, command and run; what
 * else a policy says leaves it unsure, so that it never claims too much.
 */

#include <assert.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "keyword.h"
#include "list.h"
#include "reader.h"

#define STRICT_RULES 64
#define STRICT_COMMANDS 64
#define STRICT_WORDS 64 /* what a pattern may have */
#define STRICT_NAME "[A-Za-z0-9._-]+"
#define STRICT_BLANKS " \t"

enum strict_verdict { STRICT_REFUSES, STRICT_UNSURE, STRICT_LOADS };

struct strict_rule {
	char *name;
	unsigned line;
	bool disabled;
	bool unsure; /* it has keys, or words, that are not known here */
	struct list commands; /* as written */
	struct list words[STRICT_COMMANDS]; /* what each permits */
	bool has_run;
	struct list run;
};

struct strict {
	bool disabled, unsure;
	bool cut; /* there are more rules than are kept */
	struct strict_rule rules[STRICT_RULES];
	size_t nrules;
	/* While reading: */
	unsigned line;
	struct list sections;
	struct list seen; /* the keys of this section */
	char *key, *value; /* the entry that goes on */
};

/* Whether text is exactly what the expression says. */
static inline bool
strict_is(const char *text, const char *expression)
{
	static struct {
		const char *text;
		regex_t regex;
	} compiled[8];
	size_t i = 0;

	while (compiled[i].text != NULL && compiled[i].text != expression)
		i++;
	if (compiled[i].text == NULL) {
		compiled[i].text = expression;
		assert(regcomp(&compiled[i].regex, expression,
			   REG_EXTENDED | REG_NOSUB) == 0);
	}
	return regexec(&compiled[i].regex, text, 0, NULL, 0) == 0;
}

static inline bool
strict_has(const struct list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], text) == 0)
			return true;
	return false;
}

static inline char *
strict_trim(char *text)
{
	size_t n;

	text += strspn(text, STRICT_BLANKS);
	for (n = strlen(text); n > 0 && strchr(STRICT_BLANKS, text[n - 1]);)
		text[--n] = '\0';
	return text;
}

static inline const struct keyword *
strict_keyword(const struct keyword *k, const char *key)
{
	for (; k->name != NULL; k++) {
		size_t n = strlen(k->name);

		if (strcmp(k->name, key) == 0 ||
		    (k->name[n - 1] == '.' && strncmp(k->name, key, n) == 0))
			return k;
	}
	return NULL;
}

/* `plain` or `'quoted'`, to its end; NULL: no literal. */
static inline const char *
strict_word(const char *p, struct list *words)
{
	const char *end = p + strcspn(p, STRICT_BLANKS);

	if (*p == '\'') {
		end = strchr(++p, '\'');
		if (end == NULL || memchr(p, '\t', (size_t)(end - p)) ||
		    (end[1] != '\0' && strchr(STRICT_BLANKS, end[1]) == NULL))
			return NULL;
		assert(list_addf(words, "%.*s", (int)(end - p), p) == 0);
		return end + 1;
	}
	if (p + strcspn(p, "'\"\\;&|<>()$`*?#~!") < end)
		return NULL;
	assert(list_addf(words, "%.*s", (int)(end - p), p) == 0);
	return end;
}

/* Brackets and braces may be groups, captures and mistakes of both. */
static inline enum strict_verdict
strict_words(const char *value, struct list *words)
{
	if (strpbrk(value, "[]{}") != NULL)
		return STRICT_UNSURE;
	for (const char *p = value; p != NULL; p = strict_word(p, words)) {
		p += strspn(p, STRICT_BLANKS);
		if (*p == '\0')
			return STRICT_LOADS;
	}
	return STRICT_REFUSES;
}

static inline enum strict_verdict
strict_command(struct strict_rule *rule, const char *value)
{
	size_t i = rule->commands.n;
	enum strict_verdict verdict;

	assert(list_add(&rule->commands, value) == 0);
	if (i >= STRICT_COMMANDS) {
		rule->unsure = true;
		return STRICT_UNSURE;
	}
	verdict = strict_words(value, &rule->words[i]);
	if (rule->words[i].n > STRICT_WORDS)
		verdict = STRICT_REFUSES;
	rule->unsure |= verdict == STRICT_UNSURE;
	return verdict;
}

static inline enum strict_verdict
strict_run(struct strict_rule *rule, const char *value)
{
	enum strict_verdict verdict = strict_words(value, &rule->run);

	rule->has_run = true;
	rule->unsure |= verdict == STRICT_UNSURE;
	if (verdict == STRICT_LOADS && rule->run.v[0][0] != '/')
		return STRICT_REFUSES;
	return verdict;
}

static inline enum strict_verdict
strict_enabled(bool *disabled, const char *value)
{
	*disabled = strcmp(value, "no") == 0;
	return *disabled || strcmp(value, "yes") == 0 ? STRICT_LOADS :
							STRICT_REFUSES;
}

/* One key with its whole value. */
static inline enum strict_verdict
strict_entry(struct strict *s, struct strict_rule *rule)
{
	const struct keyword *k =
	    strict_keyword(rule ? rule_keywords : key_keywords, s->key);

	if (k == NULL || *s->value == '\0')
		return STRICT_REFUSES;
	if (strict_has(&s->seen, k->name) && !k->repeats)
		return STRICT_REFUSES;
	assert(list_add(&s->seen, k->name) == 0);
	if (strcmp(k->name, "enabled") == 0)
		return strict_enabled(rule ? &rule->disabled : &s->disabled,
		    s->value);
	if (strcmp(k->name, "description") == 0)
		return STRICT_LOADS;
	if (strcmp(k->name, "command") == 0)
		return strict_command(rule, s->value);
	if (strcmp(k->name, "run") == 0)
		return strict_run(rule, s->value);
	*(rule ? &rule->unsure : &s->unsure) = true;
	return STRICT_UNSURE;
}

static inline struct strict_rule *
strict_current(struct strict *s)
{
	size_t n = s->sections.n;

	if (n == 0 || strcmp(s->sections.v[n - 1], "[key]") == 0)
		return NULL;
	return &s->rules[s->nrules - 1];
}

static inline enum strict_verdict
strict_end_entry(struct strict *s)
{
	enum strict_verdict verdict = STRICT_LOADS;

	if (s->key != NULL)
		verdict = strict_entry(s, strict_current(s));
	free(s->key);
	free(s->value);
	s->key = s->value = NULL;
	return verdict;
}

/* A rule asks for something, and it is clear what that starts. */
static inline enum strict_verdict
strict_end_rule(struct strict *s)
{
	const struct strict_rule *rule = strict_current(s);

	if (rule == NULL || rule->unsure)
		return STRICT_LOADS;
	if (rule->commands.n == 0)
		return STRICT_REFUSES;
	for (size_t i = 0; !rule->has_run && i < rule->commands.n; i++)
		if (rule->words[i].v[0][0] != '/')
			return STRICT_REFUSES;
	return STRICT_LOADS;
}

static inline enum strict_verdict
strict_section(struct strict *s, const char *line)
{
	static const char *const any =
	    "^\\[(key|allow [A-Za-z0-9_][A-Za-z0-9._-]*)]$";
	struct strict_rule *rule;

	if (!strict_is(line, any) || strlen(line) > 50 ||
	    strict_has(&s->sections, line))
		return STRICT_REFUSES;
	assert(list_add(&s->sections, line) == 0);
	list_free(&s->seen);
	if (strcmp(line, "[key]") == 0)
		return STRICT_LOADS;
	assert(s->nrules < STRICT_RULES);
	rule = &s->rules[s->nrules++];
	rule->line = s->line;
	assert(
	    asprintf(&rule->name, "%.*s", (int)strlen(line) - 8, line + 7) > 0);
	return STRICT_LOADS;
}

/* A ; that libinih takes for the start of a comment. */
static inline bool
strict_semicolon(const char *text)
{
	return *text == ';' || strstr(text, " ;") || strstr(text, "\t;");
}

static inline enum strict_verdict
strict_key(struct strict *s, char *line)
{
	static const char *const any = "^" STRICT_NAME "[ \t]*=";
	char *value = strchr(line, '=');

	if (!strict_is(line, any) || s->sections.n == 0)
		return STRICT_REFUSES;
	*value++ = '\0';
	s->key = strdup(strict_trim(line));
	s->value = strdup(strict_trim(value));
	assert(s->key != NULL && s->value != NULL);
	return strlen(s->key) > 48 || strict_semicolon(s->value) ?
	    STRICT_REFUSES :
	    STRICT_LOADS;
}

/* Whether an indented line was meant to stand at the margin. */
static inline bool
strict_slip(const char *text)
{
	static const char *const section =
	    "^\\[[ \t]*[A-Za-z0-9][A-Za-z0-9._-]*([ \t]+" STRICT_NAME
	    ")*[ \t]*][ \t]*([#;].*)?$";
	static const char *const assignment =
	    "^[A-Za-z][A-Za-z0-9._-]{0,47}([ \t]+=|=[ \t]|=$)";
	char key[200];

	if (strict_is(text, section) || strict_is(text, assignment))
		return true;
	if (strchr(text, '=') == NULL)
		return false;
	snprintf(key, sizeof(key), "%.*s", (int)strcspn(text, "="), text);
	return strict_keyword(key_keywords, strict_trim(key)) != NULL ||
	    (strict_is(strict_trim(key), "^" STRICT_NAME "$") &&
		strict_keyword(rule_keywords, strict_trim(key)) != NULL &&
		strlen(strict_trim(key)) <= 48);
}

static inline enum strict_verdict
strict_more(struct strict *s, const char *text)
{
	char *longer;

	if (s->key == NULL || strict_slip(text) || strict_semicolon(text))
		return STRICT_REFUSES;
	assert(asprintf(&longer, "%s%s%s", s->value, *s->value ? " " : "",
		   text) >= 0);
	free(s->value);
	s->value = longer;
	return STRICT_LOADS;
}

static inline enum strict_verdict
strict_worse(enum strict_verdict a, enum strict_verdict b)
{
	return a < b ? a : b;
}

static inline enum strict_verdict
strict_line(struct strict *s, char *line)
{
	bool indented = strchr(STRICT_BLANKS, *line) != NULL;
	enum strict_verdict verdict;
	char *text;

	if (strlen(line) > 198)
		return STRICT_REFUSES;
	text = line + strspn(line, STRICT_BLANKS);
	if (*text == '\0' || *text == '#' || *text == ';')
		return STRICT_LOADS;
	if (indented)
		return strict_more(s, strict_trim(text));
	verdict = strict_end_entry(s);
	if (verdict == STRICT_REFUSES)
		return verdict;
	if (*line != '[')
		return strict_worse(verdict, strict_key(s, line));
	verdict = strict_worse(verdict, strict_end_rule(s));
	return strict_worse(verdict, strict_section(s, line));
}

/* The bytes that may stand anywhere; nothing else is looked at. */
static inline bool
strict_bytes(const char *text, size_t size)
{
	if (size > READER_FILE_MAX || !escape_is_utf8(text, size) ||
	    (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0))
		return false;
	for (size_t i = 0; i < size; i++)
		if (((unsigned char)text[i] < 0x20 &&
			strchr("\t\n", text[i]) == NULL) ||
		    text[i] == 0x7f || text[i] == '\0')
			return false;
	return true;
}

static inline enum strict_verdict
strict_read(struct strict *s, const char *text, size_t size)
{
	enum strict_verdict verdict = STRICT_LOADS;
	char *copy, *rest, *line;

	*s = (struct strict) {0};
	if (!strict_bytes(text, size))
		return STRICT_REFUSES;
	copy = rest = strndup(text, size);
	assert(copy != NULL);
	while (
	    verdict != STRICT_REFUSES && (line = strsep(&rest, "\n")) != NULL) {
		s->line++;
		if (s->nrules == STRICT_RULES)
			break;
		verdict = strict_worse(verdict, strict_line(s, line));
	}
	free(copy);
	s->cut = s->nrules == STRICT_RULES;
	s->unsure |= s->cut;
	if (s->cut)
		return strict_worse(verdict, STRICT_UNSURE);
	if (verdict != STRICT_REFUSES)
		verdict = strict_worse(verdict, strict_end_entry(s));
	if (verdict != STRICT_REFUSES)
		verdict = strict_worse(verdict, strict_end_rule(s));
	return verdict;
}

static inline void
strict_free(struct strict *s)
{
	for (size_t i = 0; i < s->nrules; i++) {
		struct strict_rule *rule = &s->rules[i];

		for (size_t j = 0; j < STRICT_COMMANDS; j++)
			list_free(&rule->words[j]);
		list_free(&rule->commands);
		list_free(&rule->run);
		free(rule->name);
	}
	list_free(&s->sections);
	list_free(&s->seen);
	free(s->key);
	free(s->value);
}

static inline bool
strict_same(const struct list *a, const struct list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

static inline bool
strict_has_unsure(const struct strict *s)
{
	for (size_t i = 0; i < s->nrules; i++)
		if (s->rules[i].unsure)
			return true;
	return false;
}

/* The rule that permits the words; NULL: none does. False when some rule
 * that is not known here might come first. */
static inline bool
strict_permits(const struct strict *s, const struct list *words,
    const struct strict_rule **by)
{
	*by = NULL;
	if (s->disabled || s->unsure)
		return !s->unsure;
	for (size_t i = 0; i < s->nrules; i++) {
		const struct strict_rule *rule = &s->rules[i];

		if (rule->disabled)
			continue;
		if (rule->unsure)
			return false;
		for (size_t j = 0; j < rule->commands.n; j++)
			if (strict_same(&rule->words[j], words)) {
				*by = rule;
				return true;
			}
	}
	return true;
}

#endif
