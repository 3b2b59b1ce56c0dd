/* check: sections that the parser does not take, and rules that are wrong as
 * a whole. */

#include <stdlib.h>
#include <string.h>

#include "ctl/check_parse.h"
#include "ctl/draft.h"
#include "ctl/mend.h"
#include "ctl/show.h"
#include "element.h"
#include "value.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define ALLOW "[allow "

static bool
has_twin(const struct draft *draft, unsigned header)
{
	const char *text = draft_line(draft, header);

	for (unsigned line = 1; line < header; line++)
		if (strcmp(draft_line(draft, line), text) == 0)
			return true;
	return false;
}

/* Whether the parser took the header itself: then its rule is at fault. */
static bool
is_sound_header(const struct draft *draft, unsigned line)
{
	const char *text = draft_line(draft, line);
	size_t len = strlen(text);
	bool sound;
	char *name;

	if (strncmp(text, ALLOW, strlen(ALLOW)) != 0 || text[len - 1] != ']' ||
	    has_twin(draft, line))
		return false;
	name = show_format("%.*s", (int)(len - strlen(ALLOW) - 1),
	    text + strlen(ALLOW));
	sound = value_is_name(name);
	free(name);
	return sound;
}

/* A section under another name, by a key that only a rule has. */
static bool
is_rule_by_keys(const struct draft *draft, unsigned header)
{
	static const char *const names[] = {"command", "protocol", "shell",
	    "run"};
	unsigned end = draft_section_end(draft, header);

	for (size_t i = 0; i < NELEM(names); i++)
		if (draft_find(draft, header, end, names[i]) != 0)
			return true;
	return false;
}

/* What a broken header was probably meant to be; NULL: nothing known. new. */
static char *
guess_header(const struct parse *parse, unsigned line)
{
	static const char name_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz._-";
	const char *word = draft_line(parse->draft, line) + 1;
	size_t n;

	word += strspn(word, " \t");
	n = strspn(word, name_bytes);
	if (parse->text->kind == TEXT_SETTINGS ||
	    (n == strlen("key") && strncmp(word, "key", n) == 0))
		return show_format("[%.*s]", (int)n, word);
	if ((n == strlen("allow") && strncmp(word, "allow", n) == 0) ||
	    is_rule_by_keys(parse->draft, line))
		return show_format(MEND_STAND_IN "%u]", line);
	return NULL;
}

/* A second [key] cannot stand beside the first, but be read by itself. */
static void
examine_apart(struct parse *parse, unsigned first, unsigned end, char *header)
{
	struct draft draft;
	struct parse part = *parse;

	draft_part(&draft, parse->draft, first, end);
	draft_set(&draft, first, header);
	part.draft = &draft;
	part.part = true;
	parse_examine(&part);
	parse->told = part.told;
	parse->tries = part.tries;
	parse->stopped = part.stopped;
	draft_free(&draft);
}

static void
mend_header(struct parse *parse, unsigned line, const char *text)
{
	struct draft *draft = parse->draft;
	unsigned end = draft_section_end(draft, line);
	bool again = draft->v[line - 1].told;
	char *header = again ? NULL : guess_header(parse, line);

	parse_tell(parse, line, text);
	if (header != NULL && strncmp(header, ALLOW, strlen(ALLOW)) == 0) {
		draft_set(draft, line, header);
		return;
	}
	if (header != NULL &&
	    (has_twin(draft, line) ||
		strcmp(header, draft_line(draft, line)) != 0))
		examine_apart(parse, line, end, header);
	else
		free(header);
	draft_blank(draft, line, end);
}

/* Patterns that are wrong by themselves, in a rule that is given up. */
static void
tell_patterns(struct parse *parse, unsigned first, unsigned end)
{
	struct draft *draft = parse->draft;
	unsigned line = first;

	while ((line = draft_find(draft, line + 1, end, "command")) != 0) {
		char *value = draft_value(draft, line);
		struct elements words = {0};
		struct fault fault;

		if (element_parse(&words, value, &fault) == -1)
			parse_tell(parse, line, fault.text);
		element_free(&words);
		free(value);
	}
}

/* What only the whole rule shows, or two rules for one subsystem. */
static void
mend_rule(struct parse *parse, unsigned line, const char *text)
{
	struct draft *draft = parse->draft;
	unsigned end = draft_section_end(draft, line);

	if (!draft_is_spoilt(draft, line, end) ||
	    parse_loads_part(parse, line, end))
		parse_tell(parse, line, text);
	tell_patterns(parse, line, end);
	draft_blank(draft, line, end);
}

void
mend_section(struct parse *parse, unsigned line, const char *text)
{
	if (is_sound_header(parse->draft, line))
		mend_rule(parse, line, text);
	else
		mend_header(parse, line, text);
}
