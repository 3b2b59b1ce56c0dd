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
#include "ctl/show.h"
#include "element.h"
#include "escape.h"
#include "policy.h"
#include "settings.h"
#include "value.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define ALLOW "[allow "
#define STAND_IN ALLOW "gk."

/* More than anybody mends at once; as often is the file parsed at most; and
 * the most bytes of a line. */
enum { TOLD_MAX = 50, TRIES_MAX = 500, LINE_BYTES = 198 };

struct parse {
	struct findings *found;
	const struct parsed_text *text;
	struct draft *draft;
	unsigned told;
	unsigned tries;
	bool part; /* of a file: what concerns the whole is not for us */
	bool stopped; /* the rest could not be read */
};

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

/* Whether these lines load without the others, or what they are told of. */
static bool
loads_alone(const struct parse *parse, unsigned first, unsigned end)
{
	struct draft part;
	struct fault fault;
	bool loads;

	draft_part(&part, parse->draft, first, end);
	loads = load_draft(parse->text, &part, &fault) == 0;
	draft_free(&part);
	return loads;
}

static bool
loads_text(const struct parse *parse, const char *text)
{
	struct draft draft;
	struct fault fault;
	bool loads;

	draft_read(&draft, text, strlen(text));
	loads = load_draft(parse->text, &draft, &fault) == 0;
	draft_free(&draft);
	return loads;
}

/* --- telling -------------------------------------------------------------- */

/* A name of ours that stands in for a broken one is not the reader's. */
static char *
without_stand_ins(const char *text)
{
	char *plain = show_need(strdup(text));
	char *at, *end, *next;

	while ((at = strstr(plain, STAND_IN)) != NULL &&
	    (end = strchr(at, ']')) != NULL) {
		next = show_format("%.*sthe rule%s", (int)(at - plain), plain,
		    end + 1);
		free(plain);
		plain = next;
	}
	return plain;
}

/* Of one line, the first error: the next may follow from it. */
static void
tell(struct parse *parse, unsigned line, const char *text)
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

/* --- sections ------------------------------------------------------------- */

static bool
is_changed(const struct draft *draft, unsigned line)
{
	return draft->v[line - 1].now != NULL || draft->v[line - 1].told;
}

static bool
is_spoilt(const struct draft *draft, unsigned first, unsigned end)
{
	for (unsigned line = first; line < end && line <= draft->n; line++)
		if (draft->v[line - 1].spoilt)
			return true;
	return false;
}

/* Takes lines away that something else may miss. */
static void
spoil(struct draft *draft, unsigned first, unsigned end)
{
	for (unsigned line = first; line < end && line <= draft->n; line++)
		draft->v[line - 1].spoilt = true;
	draft_blank(draft, first, end);
}

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
		return show_format(STAND_IN "%u]", line);
	return NULL;
}

static void examine(struct parse *);

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
	examine(&part);
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

	tell(parse, line, text);
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
			tell(parse, line, fault.text);
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

	if (!is_spoilt(draft, line, end) || loads_alone(parse, line, end))
		tell(parse, line, text);
	tell_patterns(parse, line, end);
	draft_blank(draft, line, end);
}

/* --- entries -------------------------------------------------------------- */

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

/* Whether a line that was changed had such a text: {zone}, or .zone */
static bool
was_in_changed(const struct draft *draft, const struct spot *at,
    const char *text)
{
	for (unsigned line = at->header + 1; line < at->close; line++)
		if ((line < at->first || line >= at->end) &&
		    is_changed(draft, line) &&
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

		if (is_changed(draft, line) &&
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
	char *alone = show_format(ALLOW "a]\ncommand = /a {%s}\n%s = %s\n",
	    name, at->name, at->value);
	bool unused = loads_text(parse, alone);

	free(alone);
	if (!unused) {
		tell(parse, at->first, text);
		stand_in(draft, at, "word");
		return;
	}
	if (!was_taken(draft, at, name))
		tell(parse, at->first, text);
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

		if (!is_changed(draft, line) || strncmp(was, "arg", 3) != 0)
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
	bool caused = is_spoilt(draft, at->header, at->close) &&
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
		tell(parse, at->first, text);
	if (others) {
		draft_blank(draft, at->first, at->end);
		return;
	}
	stand_in(draft, at, "/a");
	if (run == 0)
		return;
	spot_find(draft, run, &other);
	stand_in(draft, &other, "/a");
	free(other.name);
	free(other.value);
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
	loads = loads_text(parse, alone);
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

	tell(parse, at->first, text);
	if (is_header_like(draft_line(draft, at->first))) {
		draft_set(draft, at->first,
		    show_format(STAND_IN "%u]", at->first));
		return;
	}
	if (later == 0) {
		spoil(draft, at->first, at->end);
		return;
	}
	value = draft_value(draft, later);
	stand_in(draft, at, value);
	free(value);
}

static void
mend_entry(struct parse *parse, const struct spot *at, const char *text)
{
	struct draft *draft = parse->draft;
	bool policy = parse->text->kind != TEXT_SETTINGS;

	if (is_recordless(parse, at)) {
		if (!parse->part && !is_spoilt(draft, at->header, at->close))
			tell(parse, at->first, text);
		draft_blank(draft, at->first, at->end);
	} else if (is_changed(draft, at->first)) {
		tell(parse, at->first, text);
		spoil(draft, at->first, at->end);
	} else if (is_repeated(draft, at)) {
		tell(parse, at->first, text);
		draft_blank(draft, at->first, at->end);
	} else if (policy && strncmp(at->name, "arg.", 4) == 0) {
		mend_arg(parse, at, text);
	} else if (policy && strcmp(at->name, "command") == 0) {
		mend_command(parse, at, text);
	} else if (strcmp(at->name, policy ? "run" : "file") == 0) {
		tell(parse, at->first, text);
		stand_in(draft, at, "/a");
	} else {
		mend_other(parse, at, text);
	}
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
		tell(parse, line, text);
		draft_set(draft, line,
		    show_format("%.*s", (int)(comment - now), now));
		return true;
	}
	if (draft_is_indented(draft, line)) {
		tell(parse, line, text);
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
	tell(parse, line, text);
	spoil(parse->draft, line, draft_section_end(parse->draft, line));
	return true;
}

/* false: the rest cannot be read. */
static bool
mend(struct parse *parse, unsigned line, const char *text)
{
	struct spot at;

	if (draft_line(parse->draft, line)[0] == '\0' ||
	    is_unreadable(parse->draft, line)) {
		tell(parse, line, text);
		return false;
	}
	if (draft_is_header(parse->draft, line)) {
		if (is_sound_header(parse->draft, line))
			mend_rule(parse, line, text);
		else
			mend_header(parse, line, text);
		return true;
	}
	if (mend_slip(parse, line, text) || mend_homeless(parse, line, text))
		return true;
	if (draft_is_indented(parse->draft, line))
		tell(parse, line, text);
	spot_find(parse->draft, line, &at);
	mend_entry(parse, &at, text);
	free(at.name);
	free(at.value);
	return true;
}

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
		tell(parse, line, slip);
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

static void
examine(struct parse *parse)
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
			changed |= is_changed(draft, i);
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
	examine(&parse);
	if (!parse.stopped && parse.told > 0) {
		drop_broken(&draft);
		if (load_draft(text, &draft, &fault) == 0)
			*rest = draft_text(&draft, &size);
	}
	draft_free(&draft);
	return parse.told == 0;
}
