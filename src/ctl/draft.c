/* A policy's text as lines that can be changed; not what they mean. */

#include <stdlib.h>
#include <string.h>

#include "ctl/draft.h"
#include "ctl/show.h"

static const char blanks[] = " \t";

static char *
copy(const char *p, size_t size)
{
	char *copied = show_need(malloc(size + 1));

	memcpy(copied, p, size);
	copied[size] = '\0';
	return copied;
}

static void
add(struct draft *draft, const char *p, size_t size)
{
	draft->v =
	    show_need(reallocarray(draft->v, draft->n + 2, sizeof(*draft->v)));
	draft->v[draft->n++] =
	    (struct draft_line) {.was = copy(p, size), .size = size};
	draft->v[draft->n] = (struct draft_line) {0};
}

void
draft_read(struct draft *draft, const char *text, size_t size)
{
	const char *end = text + size, *newline;

	*draft = (struct draft) {0};
	while ((newline = memchr(text, '\n', (size_t)(end - text))) != NULL) {
		add(draft, text, (size_t)(newline - text));
		text = newline + 1;
	}
	add(draft, text, (size_t)(end - text));
}

void
draft_free(struct draft *draft)
{
	for (size_t i = 0; i < draft->n; i++) {
		free(draft->v[i].was);
		free(draft->v[i].now);
	}
	free(draft->v);
	*draft = (struct draft) {0};
}

/* An untouched line goes back byte for byte, for the reader to refuse. */
char *
draft_text(const struct draft *draft, size_t *size)
{
	char *text, *to;

	*size = 0;
	for (size_t i = 0; i < draft->n; i++) {
		const struct draft_line *l = &draft->v[i];

		*size += (l->now != NULL ? strlen(l->now) : l->size) + 1;
	}
	text = to = show_need(malloc(*size + 1));
	for (size_t i = 0; i < draft->n; i++) {
		const struct draft_line *l = &draft->v[i];
		size_t n = l->now != NULL ? strlen(l->now) : l->size;

		memcpy(to, l->now != NULL ? l->now : l->was, n);
		to += n;
		*to++ = '\n';
	}
	/* The last line has no newline behind it, or is empty. */
	text[--*size] = '\0';
	return text;
}

void
draft_part(struct draft *part, const struct draft *whole, unsigned first,
    unsigned end)
{
	*part = (struct draft) {0};
	for (size_t i = 0; i < whole->n; i++) {
		const struct draft_line *l = &whole->v[i];

		add(part, l->was, l->size);
		part->v[i].told = l->told;
		if (l->now != NULL)
			part->v[i].now = copy(l->now, strlen(l->now));
	}
	draft_blank(part, 1, first);
	draft_blank(part, end, (unsigned)part->n + 1);
}

const char *
draft_line(const struct draft *draft, unsigned line)
{
	if (line == 0 || line > draft->n)
		return "";
	return draft->v[line - 1].now != NULL ? draft->v[line - 1].now :
						draft->v[line - 1].was;
}

void
draft_set(struct draft *draft, unsigned line, char *now)
{
	free(draft->v[line - 1].now);
	draft->v[line - 1].now = now;
}

void
draft_blank(struct draft *draft, unsigned first, unsigned end)
{
	for (unsigned line = first; line < end && line <= draft->n; line++)
		draft_set(draft, line, copy("", 0));
}

bool
draft_is_changed(const struct draft *draft, unsigned line)
{
	return draft->v[line - 1].now != NULL || draft->v[line - 1].told;
}

bool
draft_is_spoilt(const struct draft *draft, unsigned first, unsigned end)
{
	for (unsigned line = first; line < end && line <= draft->n; line++)
		if (draft->v[line - 1].spoilt)
			return true;
	return false;
}

void
draft_spoil(struct draft *draft, unsigned first, unsigned end)
{
	for (unsigned line = first; line < end && line <= draft->n; line++)
		draft->v[line - 1].spoilt = true;
	draft_blank(draft, first, end);
}

bool
draft_is_header(const struct draft *draft, unsigned line)
{
	return draft_line(draft, line)[0] == '[';
}

static bool
is_passed_over(const struct draft *draft, unsigned line)
{
	const char *p = draft_line(draft, line);

	p += strspn(p, blanks);
	return *p == '\0' || *p == '#' || *p == ';';
}

bool
draft_is_indented(const struct draft *draft, unsigned line)
{
	return !is_passed_over(draft, line) &&
	    strchr(blanks, draft_line(draft, line)[0]) != NULL;
}

unsigned
draft_header(const struct draft *draft, unsigned line)
{
	while (line > 0 && !draft_is_header(draft, line))
		line--;
	return line;
}

unsigned
draft_section_end(const struct draft *draft, unsigned line)
{
	/* A header that was taken away still ends what stands above it. */
	do
		line++;
	while (line <= draft->n && !draft_is_header(draft, line) &&
	    draft->v[line - 1].was[0] != '[');
	return line;
}

unsigned
draft_entry(const struct draft *draft, unsigned line)
{
	unsigned start = line;

	while (start > 1 &&
	    (draft_is_indented(draft, start) || is_passed_over(draft, start)))
		start--;
	return draft_is_header(draft, start) ? line : start;
}

unsigned
draft_entry_end(const struct draft *draft, unsigned line)
{
	unsigned end = ++line;

	for (; line <= draft->n; line++) {
		if (draft_is_indented(draft, line))
			end = line + 1;
		else if (!is_passed_over(draft, line))
			break;
	}
	return end;
}

/* How long the name is that begins the line; 0: none does. */
static size_t
name_size(const struct draft *draft, unsigned line)
{
	const char *p = draft_line(draft, line);
	size_t n = strcspn(p, "=");

	if (p[n] == '\0' || is_passed_over(draft, line) ||
	    draft_is_indented(draft, line) || draft_is_header(draft, line))
		return 0;
	while (n > 0 && strchr(blanks, p[n - 1]) != NULL)
		n--;
	return n;
}

char *
draft_name(const struct draft *draft, unsigned line)
{
	return copy(draft_line(draft, line), name_size(draft, line));
}

/* Puts text without the blanks around it behind a value; its new end. */
static char *
put(char *value, char *end, const char *text)
{
	size_t n;

	text += strspn(text, blanks);
	n = strlen(text);
	while (n > 0 && strchr(blanks, text[n - 1]) != NULL)
		n--;
	if (n > 0 && end > value)
		*end++ = ' ';
	memcpy(end, text, n);
	return end + n;
}

char *
draft_value(const struct draft *draft, unsigned line)
{
	unsigned past = draft_entry_end(draft, line);
	const char *equals = strchr(draft_line(draft, line), '=');
	size_t size = 0;
	char *value, *end;

	for (unsigned i = line; i < past; i++)
		size += strlen(draft_line(draft, i)) + 1;
	value = show_need(malloc(size + 1));
	end = put(value, value, equals != NULL ? equals + 1 : "");
	while (++line < past)
		if (draft_is_indented(draft, line))
			end = put(value, end, draft_line(draft, line));
	*end = '\0';
	return value;
}

unsigned
draft_find(const struct draft *draft, unsigned first, unsigned end,
    const char *name)
{
	size_t n = strlen(name);

	for (unsigned line = first; line < end && line <= draft->n; line++)
		if (n > 0 && strncmp(draft_line(draft, line), name, n) == 0 &&
		    name_size(draft, line) == n)
			return line;
	return 0;
}
