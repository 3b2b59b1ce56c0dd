/*
 * Command text to words. The text is SSH_ORIGINAL_COMMAND: any bytes that a
 * client likes, except NUL. Of a shell's syntax only blanks, quotes and the
 * backslash exist here; everything else a shell would act on is refused.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "why.h"
#include "words.h"

enum class {
	PLAIN = 0,
	BLANK,
	QUOTE,
	SHELL, /* refused unless quoted */
	GLOB,
	TILDE
};

static const unsigned char classes[256] = {
    [' '] = BLANK,
    ['\t'] = BLANK,
    ['\''] = QUOTE,
    ['"'] = QUOTE,
    ['\\'] = QUOTE,
    [';'] = SHELL,
    ['&'] = SHELL,
    ['|'] = SHELL,
    ['<'] = SHELL,
    ['>'] = SHELL,
    ['('] = SHELL,
    [')'] = SHELL,
    ['$'] = SHELL,
    ['`'] = SHELL,
    ['#'] = SHELL,
    ['!'] = SHELL,
    ['{'] = SHELL,
    ['}'] = SHELL,
    ['*'] = GLOB,
    ['?'] = GLOB,
    ['['] = GLOB,
    [']'] = GLOB,
    ['~'] = TILDE,
};

/* One word under construction. glob is the same word as an fnmatch(3)
 * pattern; it costs twice the bytes at most. */
struct scan {
	const char *start;
	const char *p;
	char *text, *glob;
	size_t ntext, nglob;
	unsigned special;
	size_t special_at;
	struct fault *fault;
};

static int
refuse(struct scan *s, const char *at, enum why why, const char *what)
{
	fault_set(s->fault, why, "%s", what);
	s->fault->at = (size_t)(at - s->start) + 1;
	return -1;
}

static int
refuse_shell(struct scan *s, const char *at, const char *what)
{
	return refuse(s, at, WHY_SHELL_SYNTAX, what);
}

/* What fnmatch(3) gives a meaning, in brackets or outside. A quoted `.` stays
 * as it is, so that `..` is known for what it is. */
static bool
is_active(char c)
{
	return classes[(unsigned char)c] == GLOB ||
	    strchr("\\-!^:=", c) != NULL;
}

static void
put(struct scan *s, char c, bool quoted)
{
	s->text[s->ntext++] = c;
	if (quoted && is_active(c))
		s->glob[s->nglob++] = '\\';
	s->glob[s->nglob++] = c;
}

static void
mark(struct scan *s, unsigned special)
{
	if (s->special == 0)
		s->special_at = (size_t)(s->p - s->start) + 1;
	s->special |= special;
}

static int
scan_single(struct scan *s)
{
	const char *open = s->p++;

	for (; *s->p != '\0' && *s->p != '\''; s->p++)
		put(s, *s->p, true);
	if (*s->p == '\0')
		return refuse_shell(s, open, "a single quote is not closed");
	s->p++;
	return 0;
}

static int
scan_double(struct scan *s)
{
	const char *open = s->p++;

	for (; *s->p != '\0' && *s->p != '"'; s->p++) {
		if (*s->p == '$' || *s->p == '`')
			return refuse_shell(s, s->p,
			    "a shell would expand this inside double quotes");
		/* A shell keeps a backslash that escapes nothing here. */
		if (*s->p == '\\' && s->p[1] != '\0' &&
		    strchr("$`\"\\", s->p[1]) != NULL)
			s->p++;
		put(s, *s->p, true);
	}
	if (*s->p == '\0')
		return refuse_shell(s, open, "a double quote is not closed");
	s->p++;
	return 0;
}

static int
scan_backslash(struct scan *s)
{
	if (s->p[1] == '\0')
		return refuse_shell(s, s->p, "a backslash ends the command");
	put(s, s->p[1], true);
	s->p += 2;
	return 0;
}

static int
scan_quote(struct scan *s)
{
	if (*s->p == '\'')
		return scan_single(s);
	if (*s->p == '"')
		return scan_double(s);
	return scan_backslash(s);
}

/* One step inside a word; the blank that ends it is not consumed. */
static int
scan_step(struct scan *s)
{
	enum class class = classes[(unsigned char)*s->p];

	if (class == QUOTE)
		return scan_quote(s);
	if (class == SHELL)
		return refuse_shell(s, s->p,
		    "a shell would act on this character");
	if (class == GLOB)
		mark(s, WORD_GLOB);
	if (class == TILDE)
		mark(s, s->ntext == 0 ? WORD_HOME : WORD_TILDE);
	put(s, *s->p++, false);
	return 0;
}

static int
scan_word(struct scan *s)
{
	const char *begin = s->p;

	s->ntext = s->nglob = 0;
	s->special = 0;
	s->special_at = 0;
	while (*s->p != '\0' && classes[(unsigned char)*s->p] != BLANK)
		if (scan_step(s) == -1)
			return -1;
	/* A tilde after quotes, as in ''~, is no home directory. */
	if ((s->special & WORD_HOME) && *begin != '~')
		s->special = (s->special & ~WORD_HOME) | WORD_TILDE;
	s->text[s->ntext] = '\0';
	s->glob[s->nglob] = '\0';
	return 0;
}

static int
add_word(struct words *words, const struct scan *s)
{
	struct word_mark *marks, *m;
	size_t n = words->text.n;

	marks = reallocarray(words->mark, n + 1, sizeof(*marks));
	if (marks == NULL)
		return -1;
	words->mark = marks;
	m = &marks[n];
	*m = (struct word_mark) {.special = s->special, .at = s->special_at};
	if ((s->special & WORD_GLOB) && (m->glob = strdup(s->glob)) == NULL)
		return -1;
	if (list_add(&words->text, s->text) == -1) {
		free(m->glob);
		return -1;
	}
	return 0;
}

/* What holds for every byte, quoted or not. */
static int
check_bytes(struct scan *s)
{
	size_t len = strlen(s->start);

	if (len > WORDS_BYTES_MAX)
		return fault_set(s->fault, WHY_TOO_LONG,
		    "%zu bytes; at most %zu are read", len, WORDS_BYTES_MAX);
	for (const char *p = s->start; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '\n')
			return refuse_shell(s, p,
			    "a shell would start another command here");
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return refuse(s, p, WHY_CONTROL_BYTE,
			    "only a tab is taken");
	}
	if (!escape_is_utf8(s->start, len))
		return fault_set(s->fault, WHY_NOT_UTF8,
		    "the bytes are in the record, in base 64");
	return 0;
}

static int
scan_words(struct words *words, struct scan *s)
{
	for (;;) {
		while (classes[(unsigned char)*s->p] == BLANK)
			s->p++;
		if (*s->p == '\0')
			return 0;
		if (scan_word(s) == -1)
			return -1;
		if (add_word(words, s) == -1)
			return fault_set(s->fault, WHY_MEMORY,
			    "out of memory while reading the command");
	}
}

int
words_split(struct words *words, const char *command, struct fault *fault)
{
	struct scan s = {.start = command, .p = command, .fault = fault};
	int ret = -1;

	*words = (struct words) {0};
	if (check_bytes(&s) == -1)
		return -1;
	s.text = malloc(strlen(command) + 1);
	s.glob = malloc(2 * strlen(command) + 1);
	if (s.text == NULL || s.glob == NULL)
		fault_set(fault, WHY_MEMORY,
		    "out of memory while reading the command");
	else
		ret = scan_words(words, &s);
	free(s.text);
	free(s.glob);
	if (ret == -1)
		words_free(words);
	return ret;
}

void
words_free(struct words *words)
{
	for (size_t i = 0; i < words->text.n; i++)
		free(words->mark[i].glob);
	free(words->mark);
	list_free(&words->text);
	*words = (struct words) {0};
}

/* The length of the list item at p: up to a blank outside quotes. */
static int
item_end(const char *p, const char **end)
{
	int quoted = 0;

	for (; *p != '\0' && (quoted || (*p != ' ' && *p != '\t')); p++)
		if (*p == '\'')
			quoted = !quoted;
	*end = p;
	return quoted ? -1 : 0;
}

static char *
item_text(const char *p, const char *end)
{
	char *text, *to;

	text = to = calloc(1, (size_t)(end - p) + 1);
	if (text == NULL)
		return NULL;
	for (; p < end; p++)
		if (*p != '\'')
			*to++ = *p;
	*to = '\0';
	return text;
}

int
words_list(struct list *list, const char *value, struct fault *fault)
{
	const char *end;

	for (const char *p = value;; p = end) {
		p += strspn(p, " \t");
		if (*p == '\0')
			return 0;
		if (item_end(p, &end) == -1)
			return fault_set(fault, WHY_POLICY,
			    "a ' is not closed");
		if (list_take(list, item_text(p, end)) == -1)
			return fault_set(fault, WHY_MEMORY, "out of memory");
	}
}
