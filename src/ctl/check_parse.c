/*
 * check: every error of a file. The parser stops at the first, as it must
 * when a client waits; here what it stopped at is mended in a draft, and the
 * draft parsed again. What a mended line may have caused is passed over.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/check_parse.h"
#include "ctl/draft.h"
#include "ctl/findings.h"
#include "ctl/mend.h"
#include "ctl/show.h"
#include "escape.h"
#include "policy.h"
#include "settings.h"
#include "why.h"

#define ALLOW "[allow "

/* More than anybody mends at once; as often is the file parsed at most; and
 * the most bytes of a line. */
enum { TOLD_MAX = 50, TRIES_MAX = 500, LINE_BYTES = 198 };

/* --- the parser ----------------------------------------------------------- */

static int
load_draft(const struct parsed_text *text, const struct draft *draft,
    struct fault *fault)
{
	struct settings settings = {0};
	struct policy policy = {0};
	size_t size;
	char *now = draft_text(draft, &size);
	int ret;

	*fault = (struct fault) {0};
	if (text->kind == TEXT_SETTINGS)
		ret = settings_parse(&settings, now, size, fault);
	else
		ret = policy_parse(&policy, text->path, now, size,
		    (struct timespec) {0}, text->names, fault);
	settings_free(&settings);
	policy_free(&policy);
	free(now);
	return ret;
}

/* Takes the draft over. */
static bool
loads(const struct parse *parse, struct draft *draft)
{
	struct fault fault;
	bool loads = load_draft(parse->text, draft, &fault) == 0;

	draft_free(draft);
	return loads;
}

bool
parse_loads_part(const struct parse *parse, unsigned first, unsigned end)
{
	struct draft part;

	draft_part(&part, parse->draft, first, end);
	return loads(parse, &part);
}

bool
parse_loads_text(const struct parse *parse, const char *text)
{
	struct draft draft;

	draft_read(&draft, text, strlen(text));
	return loads(parse, &draft);
}

/* --- telling -------------------------------------------------------------- */

/* A name of ours that stands in for a broken one is not the reader's. */
static char *
without_stand_ins(const char *text)
{
	char *plain = show_need(strdup(text));
	char *at, *end, *next;

	while ((at = strstr(plain, MEND_STAND_IN)) != NULL &&
	    (end = strchr(at, ']')) != NULL) {
		next = show_format("%.*sthe rule%s", (int)(at - plain), plain,
		    end + 1);
		free(plain);
		plain = next;
	}
	return plain;
}

/* Of one line, the first error: the next may follow from it. */
void
parse_tell(struct parse *parse, unsigned line, const char *text)
{
	struct draft_line *l = &parse->draft->v[line - 1];
	char *plain;

	if (l->told)
		return;
	l->told = true;
	parse->told++;
	plain = without_stand_ins(text);
	findings_add(parse->found, ERROR, parse->text->path, line, "%s", plain);
	free(plain);
}

/* --- lines ---------------------------------------------------------------- */

/* No text at all, or not in our encoding: what follows may be no better. */
static bool
is_unreadable(const struct draft *draft, unsigned line)
{
	const struct draft_line *l = &draft->v[line - 1];

	if (l->now != NULL)
		return false;
	for (size_t i = 0; i < l->size; i++) {
		unsigned char c = (unsigned char)l->was[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return true;
	}
	return strncmp(l->was, "\xef\xbb\xbf", 3) == 0 ||
	    !escape_is_utf8(l->was, l->size);
}

/* Where a ; stands that begins a comment; NULL: nowhere. */
static const char *
find_comment(const char *line)
{
	const char *p = line;

	while ((p = strchr(p, ';')) != NULL) {
		const char *q = p;

		while (q > line && strchr(" \t", q[-1]) != NULL)
			q--;
		if (p > line && (q < p || p[-1] == '='))
			return p;
		p++;
	}
	return NULL;
}

/* Slips of the editor: what was meant is plain, and can be read on. */
static bool
mend_slip(struct parse *parse, unsigned line, const char *text)
{
	struct draft *draft = parse->draft;
	const char *now = draft_line(draft, line);
	const char *comment = find_comment(now);

	if (draft->v[line - 1].told || strlen(now) > LINE_BYTES)
		return false;
	if (comment != NULL) {
		parse_tell(parse, line, text);
		draft_set(draft, line,
		    show_format("%.*s", (int)(comment - now), now));
		return true;
	}
	if (draft_is_indented(draft, line)) {
		parse_tell(parse, line, text);
		now += strspn(now, " \t");
		draft_set(draft, line, show_need(strdup(now)));
		return true;
	}
	return false;
}

/* The lines above the first section: one header is missing, and not more. */
static bool
mend_homeless(struct parse *parse, unsigned line, const char *text)
{
	if (draft_header(parse->draft, line) != 0)
		return false;
	parse_tell(parse, line, text);
	draft_spoil(parse->draft, line, draft_section_end(parse->draft, line));
	return true;
}

/* false: the rest cannot be read. */
static bool
mend(struct parse *parse, unsigned line, const char *text)
{
	if (draft_line(parse->draft, line)[0] == '\0' ||
	    is_unreadable(parse->draft, line)) {
		parse_tell(parse, line, text);
		return false;
	}
	if (draft_is_header(parse->draft, line)) {
		mend_section(parse, line, text);
		return true;
	}
	if (mend_slip(parse, line, text) || mend_homeless(parse, line, text))
		return true;
	if (draft_is_indented(parse->draft, line))
		parse_tell(parse, line, text);
	mend_entry(parse, line, text);
	return true;
}

/* --- the whole ------------------------------------------------------------ */

/* policy_parse() knows keys only; what stands in a role is its own. */
static void
drop_foreign(struct parse *parse)
{
	struct draft *draft = parse->draft;

	for (unsigned line = 1; line <= draft->n; line++) {
		const char *text = draft_line(draft, line);
		char *slip;

		if (text[0] != '[' || text[strlen(text) - 1] != ']' ||
		    strncmp(text, "[allow", strlen("[allow")) == 0)
			continue;
		slip = show_format(
		    "%s does not stand in a role: write [allow NAME]", text);
		parse_tell(parse, line, slip);
		free(slip);
		draft_blank(draft, line, draft_section_end(draft, line));
	}
}

static bool
examine_next(struct parse *parse, const struct fault *fault)
{
	const char *path = parse->text->path;

	if (fault->line == 0 || fault->line > parse->draft->n ||
	    fault->why == WHY_MEMORY) {
		findings_add(parse->found, ERROR, path, fault->line, "%s",
		    fault->text);
		parse->told++;
		return false;
	}
	if (parse->told >= TOLD_MAX || ++parse->tries >= TRIES_MAX) {
		findings_add(parse->found, ERROR, path, fault->line,
		    "here, and maybe below, is more: mend the errors above "
		    "and check again");
		parse->told++;
		return false;
	}
	return mend(parse, fault->line, fault->text);
}

void
parse_examine(struct parse *parse)
{
	struct fault fault;

	while (!parse->stopped &&
	    load_draft(parse->text, parse->draft, &fault) == -1)
		parse->stopped = !examine_next(parse, &fault);
}

/* A rule with an error is left out: half a rule would mislead. */
static void
drop_broken(struct draft *draft)
{
	unsigned end;

	for (unsigned line = 1; line <= draft->n; line = end) {
		bool changed = false;

		end = draft_section_end(draft, line);
		for (unsigned i = line; i < end; i++)
			changed |= draft_is_changed(draft, i);
		if (changed &&
		    strncmp(draft_line(draft, line), ALLOW, strlen(ALLOW)) == 0)
			draft_blank(draft, line, end);
	}
}

bool
check_parse(struct findings *found, const struct parsed_text *text, char **rest)
{
	struct draft draft;
	struct parse parse = {.found = found, .text = text, .draft = &draft};
	struct fault fault;
	size_t size;

	*rest = NULL;
	draft_read(&draft, text->text, text->size);
	if (text->kind == TEXT_ROLE)
		drop_foreign(&parse);
	parse_examine(&parse);
	if (!parse.stopped && parse.told > 0) {
		drop_broken(&draft);
		if (load_draft(text, &draft, &fault) == 0)
			*rest = draft_text(&draft, &size);
	}
	draft_free(&draft);
	return parse.told == 0;
}
