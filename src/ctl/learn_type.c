/*
 * Words that were seen in one place of a command, to the narrowest type that
 * takes them all. The words are hostile: a type is proposed by what they
 * look like, and then the parser and the matcher of policies have the say.
 */

#include <sys/stat.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/learn_type.h"
#include "ctl/show.h"
#include "list.h"
#include "path.h"
#include "shape.h"
#include "type.h"
#include "why.h"

/* Up to FEW different words are a list, however often they came; up to SOME
 * when each came RECURS times on the average; MOST where nothing but `word`
 * would take them. */
enum { FEW = 3, SOME = 8, RECURS = 3, MOST = 16 };

/* What a lead may end with. */
static const char separators[] = "-_./:=@,+";

bool
learn_is_plain(const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-_./:=@,+%^";

	return text[strspn(text, plain)] == '\0';
}

/* What show() would print otherwise than it is would steer the terminal of
 * whoever reads the rule, or hide from them what it says. */
char *
learn_quote(const char *word)
{
	char *safe = show_plain(word, strlen(word));
	bool seen = strcmp(safe, word) == 0;

	free(safe);
	if (!seen || strchr(word, '\'') != NULL)
		return NULL;
	if (*word != '\0' && learn_is_plain(word))
		return show_need(strdup(word));
	return show_format("'%s'", word);
}

bool
learn_type_is_word(const char *word)
{
	struct fault fault;
	struct type *type = type_parse("word", &fault);
	bool is_word = type != NULL && type_accepts(type, word, strlen(word));

	type_free(type);
	return is_word;
}

/* --- holding words against a type ----------------------------------------- */

/* Whether the parser knows the type, and it takes every word, without the
 * first bytes of each. */
static bool
takes_all(const char *text, const struct list *words, size_t skip)
{
	struct fault fault;
	struct type *type = type_parse(text, &fault);
	bool takes = type != NULL;

	for (size_t i = 0; takes && i < words->n; i++) {
		const char *word = words->v[i] + skip;

		takes = type_accepts(type, word, strlen(word));
	}
	type_free(type);
	return takes;
}

static bool
settle(struct learned_type *to, char *text, const char *name,
    const struct list *words, size_t skip)
{
	if (!takes_all(text, words, skip)) {
		free(text);
		return false;
	}
	to->text = text;
	to->name = name;
	to->lead = show_need(strndup(words->v[0], skip));
	return true;
}

/* --- types with bounds ---------------------------------------------------- */

static bool
try_integer(struct learned_type *to, const struct list *words, size_t skip)
{
	uint64_t min = UINT64_MAX, max = 0, n;

	for (size_t i = 0; i < words->n; i++) {
		const char *word = words->v[i] + skip;

		if (!shape_read_number(word, strlen(word), &n))
			return false;
		min = n < min ? n : min;
		max = n > max ? n : max;
	}
	return settle(to,
	    show_format("integer %llu..%llu", (unsigned long long)min,
		(unsigned long long)max),
	    "number", words, skip);
}

static bool
try_date(struct learned_type *to, const struct list *words, size_t skip)
{
	return settle(to, show_need(strdup("date")), "date", words, skip);
}

static bool
try_ip(struct learned_type *to, const struct list *words, size_t skip)
{
	return settle(to, show_need(strdup("ip")), "address", words, skip);
}

/* `cafe` and `beef` are more likely names: digits must be among them, and
 * either nothing else or enough of them. */
static bool
try_hex(struct learned_type *to, const struct list *words, size_t skip)
{
	size_t min = SIZE_MAX, max = 0;
	bool digits = true, letters = true;

	for (size_t i = 0; i < words->n; i++) {
		const char *word = words->v[i] + skip;
		size_t len = strlen(word), n = strspn(word, "0123456789");

		min = len < min ? len : min;
		max = len > max ? len : max;
		digits = digits && n == len;
		letters = letters && strpbrk(word, "0123456789") == NULL;
	}
	if (letters || (!digits && min < 7))
		return false;
	return settle(to, show_format("hex %zu..%zu", min, max), "hex", words,
	    skip);
}

/* --- lists ---------------------------------------------------------------- */

static bool
try_one_of(struct learned_type *to, const struct list *words)
{
	char *text = show_need(strdup("one-of"));

	for (size_t i = 0; i < words->n; i++) {
		char *word = learn_quote(words->v[i]);
		char *more;

		if (word == NULL) {
			free(text);
			return false;
		}
		more = show_format("%s %s", text, word);
		free(word);
		free(text);
		text = more;
	}
	return settle(to, text, "choice", words, 0);
}

static bool
is_closed(const struct list *words, unsigned long times)
{
	return words->n <= FEW ||
	    (words->n <= SOME && times / RECURS >= words->n);
}

/* --- paths ---------------------------------------------------------------- */

static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The deepest directory that all are in; new. NULL: none but /. */
static char *
common_directory(const struct list *words)
{
	size_t len = strlen(words->v[0]);
	char *path;

	for (size_t i = 1; i < words->n; i++)
		len = path_common(words->v[0], len, words->v[i]);
	while (len > 0 && words->v[0][len - 1] == '/')
		len--;
	path = show_need(strndup(words->v[0], len));
	if (len > 0 && !is_directory(path))
		*strrchr(path, '/') = '\0';
	if (*path != '\0')
		return path;
	free(path);
	return NULL;
}

/* A path that is not written as it will be resolved could be meant for
 * another place. */
static bool
try_path(struct learned_type *to, const struct list *words)
{
	char *path, *word;
	bool settled;

	for (size_t i = 0; i < words->n; i++)
		if (words->v[i][0] != '/' ||
		    shape_has_dots(words->v[i], strlen(words->v[i])))
			return false;
	path = common_directory(words);
	if (path == NULL)
		return false;
	word = learn_quote(path);
	settled = word != NULL &&
	    settle(to, show_format("path %s", word), "path", words, 0);
	free(word);
	if (settled)
		to->directory = path;
	else
		free(path);
	return settled;
}

/* --- all of them ---------------------------------------------------------- */

/* Where the len first bytes last have a separator that is not their end. */
static size_t
last_separator(const char *text, size_t len)
{
	while (len > 0 &&
	    (strchr(separators, text[len - 1]) == NULL || text[len] == '\0'))
		len--;
	return len;
}

/* What all start with, up to a separator, where something is left of each. */
static size_t
lead_length(const struct list *words)
{
	const char *first = words->v[0];
	size_t len = strlen(first);

	for (size_t i = 1; i < words->n; i++)
		for (size_t n = 0; n < len; n++)
			if (words->v[i][n] != first[n])
				len = n;
	return last_separator(first, len);
}

/* `release-7`, `release-8`: a number behind what does not change. Dates that
 * were seen in one month have more than the word before them in common. */
static bool
try_lead(struct learned_type *to, const struct list *words)
{
	size_t most = lead_length(words);
	char *lead = show_need(strndup(words->v[0], most));
	bool plain = learn_is_plain(lead);

	free(lead);
	if (most == 0 || words->v[0][0] == '-' || !plain)
		return false;
	for (size_t skip = most; skip > 0;
	     skip = last_separator(words->v[0], skip - 1))
		if (try_date(to, words, skip))
			return true;
	return try_integer(to, words, most) || try_hex(to, words, most);
}

static bool
has_dots(const struct list *words)
{
	for (size_t i = 0; i < words->n; i++)
		if (strchr(words->v[i], '.') == NULL)
			return false;
	return true;
}

static bool
try_names(struct learned_type *to, const struct list *words)
{
	if (has_dots(words) &&
	    settle(to, show_need(strdup("hostname")), "host", words, 0))
		return true;
	return settle(to, show_need(strdup("name")), "name", words, 0);
}

bool
learn_type(struct learned_type *to, const struct list *words,
    unsigned long times)
{
	*to = (struct learned_type) {0};
	if (words->n == 0)
		return false;
	/* These say how far: a list of them would be too short tomorrow. */
	if (try_integer(to, words, 0) || try_date(to, words, 0))
		return true;
	if (is_closed(words, times) && try_one_of(to, words))
		return true;
	if (try_ip(to, words, 0) || try_hex(to, words, 0) ||
	    try_lead(to, words) || try_names(to, words) || try_path(to, words))
		return true;
	if (words->n <= MOST && try_one_of(to, words))
		return true;
	return settle(to, show_need(strdup("word")), "word", words, 0);
}

void
learn_type_free(struct learned_type *type)
{
	free(type->lead);
	free(type->text);
	free(type->directory);
	*type = (struct learned_type) {0};
}
