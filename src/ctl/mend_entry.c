/*
 * check: entries that the parser does not take. A value that is of use to
 * other lines gets one that loads in its place; any other is taken away.
 */

#include <stdlib.h>
#include <string.h>

#include "ctl/check_parse.h"
#include "ctl/draft.h"
#include "ctl/findings.h"
#include "ctl/mend.h"
#include "ctl/show.h"
#include "element.h"
#include "why.h"

/* An entry, and the section that it stands in. */
struct spot {
	unsigned first, end; /* of the entry's lines */
	unsigned header, close; /* of the section's */
	char *name;
	char *value;
};

static void
spot_find(const struct draft *draft, unsigned line, struct spot *at)
{
	at->first = draft_entry(draft, line);
	at->end = draft_entry_end(draft, at->first);
	at->header = draft_header(draft, at->first);
	at->close = draft_section_end(draft, at->header);
	at->name = draft_name(draft, at->first);
	at->value = draft_value(draft, at->first);
}

static void
spot_free(struct spot *at)
{
	free(at->name);
	free(at->value);
}

/* Whether a line that was changed had such a text: {zone}, or .zone */
static bool
was_in_changed(const struct draft *draft, const struct spot *at,
    const char *text)
{
	for (unsigned line = at->header + 1; line < at->close; line++)
		if ((line < at->first || line >= at->end) &&
		    draft_is_changed(draft, line) &&
		    strstr(draft->v[line - 1].was, text) != NULL)
			return true;
	return false;
}

static bool
was_in_changed_as(const struct draft *draft, const struct spot *at,
    const char *before, const char *name, const char *after)
{
	char *text = show_format("%s%s%s", before, name, after);
	bool was = was_in_changed(draft, at, text);

	free(text);
	return was;
}

static bool
is_pattern(const char *text)
{
	struct elements words = {0};
	struct fault fault;
	bool parsed = element_parse(&words, text, &fault) == 0;

	element_free(&words);
	return parsed;
}

/* A command that was changed may have taken the name, so far as it can be
 * read. */
static bool
was_taken(const struct draft *draft, const struct spot *at, const char *name)
{
	for (unsigned line = at->header + 1; line < at->close; line++) {
		const char *was = draft->v[line - 1].was;

		if (draft_is_changed(draft, line) &&
		    strncmp(was, "command", 7) == 0 &&
		    strchr(was, '=') != NULL &&
		    !is_pattern(strchr(was, '=') + 1))
			return true;
	}
	return was_in_changed_as(draft, at, "{", name, "}") ||
	    was_in_changed_as(draft, at, "{", name, "...");
}

/* A repeated key is of no use to anything else; the first one stands. */
static bool
is_repeated(const struct draft *draft, const struct spot *at)
{
	return strcmp(at->name, "command") != 0 &&
	    strcmp(at->name, "public-key") != 0 &&
	    draft_find(draft, at->header + 1, at->first, at->name) != 0;
}

/* Puts a value that loads in the place of one that does not. */
static void
stand_in(struct draft *draft, const struct spot *at, const char *value)
{
	draft_blank(draft, at->first + 1, at->end);
	draft_set(draft, at->first, show_format("%s = %s", at->name, value));
}

/* A type that is wrong, or one that no command has a use for. */
static void
mend_arg(struct parse *parse, const struct spot *at, const char *text)
{
	struct draft *draft = parse->draft;
	const char *name = at->name + strlen("arg.");
	char *alone = show_format("[allow a]\ncommand = /a {%s}\n%s = %s\n",
	    name, at->name, at->value);
	bool unused = parse_loads_text(parse, alone);

	free(alone);
	if (!unused) {
		parse_tell(parse, at->first, text);
		stand_in(draft, at, "word");
		return;
	}
	if (!was_taken(draft, at, name))
		parse_tell(parse, at->first, text);
	draft_blank(draft, at->first, at->end);
}

/* A name that no pattern can hold was meant as another. */
static bool
has_broken_arg(const struct draft *draft, const struct spot *at)
{
	static const char name_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz"
					 "0123456789_-";

	for (unsigned line = at->header + 1; line < at->close; line++) {
		const char *was = draft->v[line - 1].was;
		size_t n;

		if (!draft_is_changed(draft, line) ||
		    strncmp(was, "arg", 3) != 0)
			continue;
		n = was[3] == '.' ? strspn(was + 4, name_bytes) : 0;
		if (n == 0 || strchr(" \t=", was[4 + n]) == NULL)
			return true;
	}
	return false;
}

/* Whether a pattern's fault may come of another line that was changed. */
static bool
is_caused(const struct draft *draft, const struct spot *at)
{
	struct elements words = {0};
	struct fault fault;
	bool caused = draft_is_spoilt(draft, at->header, at->close) &&
	    draft_find(draft, at->header, at->close, "run") == 0;

	if (element_parse(&words, at->value, &fault) == -1)
		return false;
	for (size_t i = 0; i < words.n; i++)
		caused |= words.v[i].name != NULL &&
		    (has_broken_arg(draft, at) ||
			was_in_changed_as(draft, at, ".", words.v[i].name, ""));
	element_free(&words);
	return caused;
}

/* What several commands lack, one line will give them. */
static bool
is_told(const struct parse *parse, const struct spot *at, const char *text)
{
	for (size_t i = 0; i < parse->found->n; i++) {
		const struct finding *f = &parse->found->v[i];

		if (f->line >= at->header && f->line < at->close &&
		    strcmp(f->file, parse->text->path) == 0 &&
		    strcmp(f->text, text) == 0)
			return true;
	}
	return false;
}

static void
mend_command(struct parse *parse, const struct spot *at, const char *text)
{
	struct draft *draft = parse->draft;
	unsigned run = draft_find(draft, at->header, at->close, "run");
	bool others =
	    draft_find(draft, at->header, at->first, "command") != 0 ||
	    draft_find(draft, at->end, at->close, "command") != 0;
	struct spot other;

	if (!is_caused(draft, at) && !is_told(parse, at, text))
		parse_tell(parse, at->first, text);
	if (others) {
		draft_blank(draft, at->first, at->end);
		return;
	}
	stand_in(draft, at, "/a");
	if (run == 0)
		return;
	spot_find(draft, run, &other);
	stand_in(draft, &other, "/a");
	spot_free(&other);
}

/* [audit] without any record, which `syslog = no` is told of. */
static bool
is_recordless(const struct parse *parse, const struct spot *at)
{
	char *alone;
	bool loads;

	if (parse->text->kind != TEXT_SETTINGS ||
	    strcmp(at->name, "syslog") != 0)
		return false;
	alone = show_format("[audit]\nfile = /a\nsyslog = %s\n", at->value);
	loads = parse_loads_text(parse, alone);
	free(alone);
	return loads;
}

/* x[allow NAME] begins a rule, but for a slip. */
static bool
is_header_like(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && text[len - 1] == ']' && strchr(text, '=') == NULL &&
	    strstr(text, "allow") != NULL;
}

/* A later entry of that name, which is one too many, keeps its error. */
static void
mend_other(struct parse *parse, const struct spot *at, const char *text)
{
	struct draft *draft = parse->draft;
	unsigned later = draft_find(draft, at->end, at->close, at->name);
	char *value;

	parse_tell(parse, at->first, text);
	if (is_header_like(draft_line(draft, at->first))) {
		draft_set(draft, at->first,
		    show_format(MEND_STAND_IN "%u]", at->first));
		return;
	}
	if (later == 0) {
		draft_spoil(draft, at->first, at->end);
		return;
	}
	value = draft_value(draft, later);
	stand_in(draft, at, value);
	free(value);
}

static void
mend_at(struct parse *parse, const struct spot *at, const char *text)
{
	struct draft *draft = parse->draft;
	bool policy = parse->text->kind != TEXT_SETTINGS;

	if (is_recordless(parse, at)) {
		if (!parse->part &&
		    !draft_is_spoilt(draft, at->header, at->close))
			parse_tell(parse, at->first, text);
		draft_blank(draft, at->first, at->end);
	} else if (draft_is_changed(draft, at->first)) {
		parse_tell(parse, at->first, text);
		draft_spoil(draft, at->first, at->end);
	} else if (is_repeated(draft, at)) {
		parse_tell(parse, at->first, text);
		draft_blank(draft, at->first, at->end);
	} else if (policy && strncmp(at->name, "arg.", 4) == 0) {
		mend_arg(parse, at, text);
	} else if (policy && strcmp(at->name, "command") == 0) {
		mend_command(parse, at, text);
	} else if (strcmp(at->name, policy ? "run" : "file") == 0) {
		parse_tell(parse, at->first, text);
		stand_in(draft, at, "/a");
	} else {
		mend_other(parse, at, text);
	}
}

void
mend_entry(struct parse *parse, unsigned line, const char *text)
{
	struct spot at;

	spot_find(parse->draft, line, &at);
	mend_at(parse, &at, text);
	spot_free(&at);
}
