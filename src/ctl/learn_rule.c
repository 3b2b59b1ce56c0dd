/* Rules that are proposed, and how they are written down. */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/keyfile.h"
#include "ctl/learn.h"
#include "ctl/learn_type.h"
#include "ctl/show.h"
#include "list.h"
#include "policy.h"

/* libinih keeps 48 bytes of `allow NAME`; some are for a number. */
enum { NAME_BYTES = 36, LINE_COLUMNS = 78 };

static const char name_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz0123456789._-";

/* --- making them ---------------------------------------------------------- */

void
learned_take(struct learned *rule, struct seen *seen)
{
	rule->seen = show_need(
	    reallocarray(rule->seen, rule->nseen + 1, sizeof(struct seen *)));
	rule->seen[rule->nseen++] = seen;
}

void
learned_note(struct learned *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	show_add(&rule->notes, show_vformat(fmt, ap));
	va_end(ap);
}

void
learned_free(struct learned *rule)
{
	free(rule->name);
	free(rule->command);
	free(rule->run);
	free(rule->off);
	free(rule->seen);
	list_free(&rule->args);
	list_free(&rule->types);
	list_free(&rule->read);
	list_free(&rule->write);
	list_free(&rule->options);
	list_free(&rule->notes);
	*rule = (struct learned) {0};
}

/* --- those of a key ------------------------------------------------------- */

static bool
is_taken(const struct learn *learn, const char *name)
{
	const struct policy *policy = &learn->file->policy;

	for (size_t i = 0; i < policy->nrules; i++)
		if (strcmp(policy->rules[i].name, name) == 0)
			return true;
	return list_has(&learn->names, name);
}

static char *
make_name(const struct learn *learn, const char *wish)
{
	char *base = show_format("%.*s", NAME_BYTES, wish);
	char *name;

	for (char *p = base; *p != '\0'; p++)
		if (strchr(name_bytes, *p) == NULL)
			*p = '_';
	while (*base == '.' || *base == '-')
		memmove(base, base + 1, strlen(base));
	name = show_need(strdup(*base != '\0' ? base : "rule"));
	for (unsigned i = 2; is_taken(learn, name); i++) {
		free(name);
		name = show_format("%s-%u", base, i);
	}
	free(base);
	return name;
}

void
learn_add(struct learn *learn, struct learned *rule, const char *name)
{
	rule->name = make_name(learn, name);
	show_add(&learn->names, strdup(rule->name));
	if (rule->off == NULL && learn->off != NULL)
		rule->off = show_need(strdup(learn->off));
	learn->rules = show_need(reallocarray(learn->rules, learn->nrules + 1,
	    sizeof(*learn->rules)));
	learn->rules[learn->nrules++] = *rule;
	*rule = (struct learned) {0};
}

void
learn_leave(struct learn *learn, struct seen *seen, const char *fmt, ...)
{
	struct learn_left left = {.seen = seen};
	va_list ap;

	va_start(ap, fmt);
	left.why = show_vformat(fmt, ap);
	va_end(ap);
	learn->left = show_need(
	    reallocarray(learn->left, learn->nleft + 1, sizeof(*learn->left)));
	learn->left[learn->nleft++] = left;
}

void
learn_free(struct learn *learn)
{
	for (size_t i = 0; i < learn->nrules; i++)
		learned_free(&learn->rules[i]);
	for (size_t i = 0; i < learn->nleft; i++)
		free(learn->left[i].why);
	free(learn->rules);
	free(learn->left);
	list_free(&learn->names);
}

/* --- writing them down ---------------------------------------------------- */

/* The length of the word at p, up to a blank outside of quotes. */
static size_t
word_length(const char *p)
{
	bool quoted = false;
	size_t n = 0;

	for (; p[n] != '\0' && (quoted || p[n] != ' '); n++)
		if (p[n] == '\'')
			quoted = !quoted;
	return n;
}

/* Whether a line may go on with this word: it must look like no key and no
 * section. */
static bool
may_begin(const char *word, size_t len)
{
	const char *next = word + len + strspn(word + len, " ");

	if (*word == '[')
		return word[1] == '-' || word[1] == '{';
	if (memchr(word, '=', len) != NULL || *next == '=')
		return *word == '-' || *word == '\'';
	return true;
}

static void
write_entry(FILE *f, const char *mark, const char *key, const char *value)
{
	size_t at = strlen(mark) + strlen(key) + 2, len;

	fprintf(f, "%s%s =", mark, key);
	for (const char *p = value; *p != '\0'; p += len) {
		p += strspn(p, " ");
		len = word_length(p);
		if (p > value && at + 1 + len > LINE_COLUMNS &&
		    may_begin(p, len)) {
			fprintf(f, "\n%s\t", mark);
			at = strlen(mark) + 8;
		} else {
			putc(' ', f);
			at++;
		}
		fwrite(p, 1, len, f);
		at += len;
	}
	putc('\n', f);
}

/* Directories in quotes, where they need them. */
static void
write_list(FILE *f, const char *mark, const char *key, const struct list *words,
    bool quoted)
{
	char *value = show_need(strdup(""));

	for (size_t i = 0; i < words->n; i++) {
		char *word = quoted ? show_need(learn_quote(words->v[i])) :
				      show_need(strdup(words->v[i]));
		char *more =
		    show_format("%s%s%s", value, i > 0 ? " " : "", word);

		free(word);
		free(value);
		value = more;
	}
	if (words->n > 0)
		write_entry(f, mark, key, value);
	free(value);
}

void
learned_write(const struct learned *rule, FILE *f, const char *mark)
{
	fprintf(f, "%s[allow %s]\n", mark,
	    rule->name != NULL ? rule->name : "learned");
	if (rule->protocol != NULL)
		write_entry(f, mark, "protocol", rule->protocol);
	if (rule->command != NULL)
		write_entry(f, mark, "command", rule->command);
	if (rule->run != NULL)
		write_entry(f, mark, "run", rule->run);
	for (size_t i = 0; i < rule->args.n; i++) {
		char *key = show_format("arg.%s", rule->args.v[i]);

		write_entry(f, mark, key, rule->types.v[i]);
		free(key);
	}
	write_list(f, mark, "read", &rule->read, true);
	write_list(f, mark, "write", &rule->write, true);
	if (rule->delete)
		write_entry(f, mark, "delete", "yes");
	write_list(f, mark, "options", &rule->options, false);
}
