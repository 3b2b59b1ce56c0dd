/*
 * A strict source of lines for libinih, which cuts long lines and names,
 * ends a value at ` ;`, merges sections and goes on after an error. Every
 * line is judged here first, and what libinih makes of it must be the same.
 */

#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "list.h"
#include "reader.h"
#include "why.h"

/* What libinih 55 keeps whole: lines of INI_MAX_LINE - 2 bytes, names of
 * MAX_NAME - 2. */
enum { LINE_BYTES = 198, NAME_BYTES = 48 };

static const char blanks[] = " \t";
static const char name_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz0123456789._-";

/* A piece of the text; it does not end in NUL. */
struct span {
	const char *p;
	size_t n;
};

struct reader {
	const char *file;
	const struct reader_calls *calls;
	void *context;
	struct fault *fault;
	bool failed;
	struct span rest;
	unsigned line;
	struct list sections; /* the last is the current one */
	/* The value being put together; name is empty when there is none. */
	char name[NAME_BYTES + 1];
	unsigned start;
	char *value; /* as large as the text: never too small */
	size_t used;
	/* What libinih must hand over for the line it was fed. */
	bool expects;
	struct span expected;
};

/* A caller that knows better where the slip stands has said so. */
static int
fail(struct reader *r, unsigned line)
{
	r->failed = true;
	return fault_place(r->fault, r->file,
	    r->fault->line != 0 ? r->fault->line : line);
}

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* How many bytes at the start are of the set. */
static size_t
count(struct span s, const char *set)
{
	size_t n = 0;

	while (n < s.n && is_one_of(s.p[n], set))
		n++;
	return n;
}

static struct span
skip(struct span s, size_t n)
{
	return (struct span) {s.p + n, s.n - n};
}

static struct span
trim(struct span s)
{
	s = skip(s, count(s, blanks));
	while (s.n > 0 && is_one_of(s.p[s.n - 1], blanks))
		s.n--;
	return s;
}

static bool
is_text(struct span s, const char *text)
{
	return strlen(text) == s.n && memcmp(s.p, text, s.n) == 0;
}

/* The part before the first c; all of it when there is none. */
static struct span
before(struct span s, char c)
{
	const char *end = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return (struct span) {s.p, end == NULL ? s.n : (size_t)(end - s.p)};
}

static struct span
next_line(struct reader *r)
{
	struct span line = before(r->rest, '\n');
	size_t taken = line.n < r->rest.n ? line.n + 1 : line.n;

	r->rest = skip(r->rest, taken);
	r->line++;
	return line;
}

static int
check_byte(unsigned char c, struct fault *fault)
{
	if (c == '\r')
		return fault_set(fault, WHY_POLICY,
		    "a carriage return: save the file with Unix line ends");
	if (c == '\0')
		return fault_set(fault, WHY_POLICY,
		    "a NUL byte: write plain text");
	if ((c < 0x20 && c != '\t') || c == 0x7f)
		return fault_set(fault, WHY_POLICY,
		    "the control byte 0x%02x: write plain text", c);
	return 0;
}

static int
check_bytes(const struct reader *r, struct span line)
{
	if (r->line == 1 && line.n >= 3 &&
	    memcmp(line.p, "\xef\xbb\xbf", 3) == 0)
		return fault_set(r->fault, WHY_POLICY,
		    "a byte order mark: save the file as UTF-8 without it");
	for (size_t i = 0; i < line.n; i++)
		if (check_byte((unsigned char)line.p[i], r->fault) == -1)
			return -1;
	if (!escape_is_utf8(line.p, line.n))
		return fault_set(r->fault, WHY_POLICY,
		    "this is not UTF-8: save the file as UTF-8");
	if (line.n > LINE_BYTES)
		return fault_set(r->fault, WHY_POLICY,
		    "the line has %zu bytes, the limit is %d: "
		    "break it and indent the next line",
		    line.n, LINE_BYTES);
	return 0;
}

/* libinih would take the rest of such a line for a comment. */
static int
check_comment(struct span value, struct fault *fault)
{
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] != ';')
			continue;
		if (i == 0 || is_one_of(value.p[i - 1], blanks))
			return fault_set(fault, WHY_POLICY,
			    "the ; begins a comment: write it on a line of "
			    "its own, with # before it");
	}
	return 0;
}

/* Exactly `[word]` or `[word NAME]`. */
static bool
is_section(struct span line)
{
	size_t n;

	if (line.n < 3 || line.p[0] != '[' || line.p[line.n - 1] != ']')
		return false;
	line = (struct span) {line.p + 1, line.n - 2};
	n = count(line, name_bytes);
	if (n == 0 || n == line.n)
		return n != 0;
	if (line.p[n] != ' ')
		return false;
	line = skip(line, n + 1);
	return line.n > 0 && count(line, name_bytes) == line.n;
}

/*
 * Whether an indented line was meant as a section: in brackets nothing but
 * names, and a comment at most behind them. A command pattern may well go
 * on with `[--all]` or with `[{zone}]`.
 */
static bool
looks_like_section(struct span text)
{
	struct span in = before(text, ']');
	struct span after;

	if (text.p[0] != '[' || in.n == text.n)
		return false;
	after = trim(skip(text, in.n + 1));
	in = trim(skip(in, 1));
	if (in.n == 0 || is_one_of(in.p[0], "._-"))
		return false;
	while (in.n > 0 && is_one_of(in.p[0], name_bytes))
		in = trim(skip(in, count(in, name_bytes)));
	return in.n == 0 && (after.n == 0 || is_one_of(after.p[0], "#;"));
}

/* `form = 192.0.2.1` with a blank beside the sign, and not `--form=x`. */
static bool
is_assignment(struct span left, struct span text)
{
	struct span value = skip(text, left.n + 1);
	char first = left.p[0];

	if ((first < 'a' || first > 'z') && (first < 'A' || first > 'Z'))
		return false;
	return is_one_of(left.p[left.n - 1], blanks) || value.n == 0 ||
	    is_one_of(value.p[0], blanks);
}

static bool
looks_like_entry(const struct reader *r, struct span text)
{
	struct span left = before(text, '=');
	struct span name = trim(left);
	char known[NAME_BYTES + 1];

	if (left.n == text.n || name.n == 0 || name.n > NAME_BYTES ||
	    count(name, name_bytes) != name.n)
		return false;
	memcpy(known, name.p, name.n);
	known[name.n] = '\0';
	/* A misspelt one would be lost in the value above: with `from`, that
	 * opens a key. */
	return r->calls->known(known) || is_assignment(left, text);
}

/* The value so far is whole: hand it on. */
static int
flush(struct reader *r)
{
	if (r->name[0] == '\0')
		return 0;
	r->value[r->used] = '\0';
	if (r->calls->entry(r->context, r->name, r->value, r->start,
		r->fault) == -1)
		return fail(r, r->start);
	r->name[0] = '\0';
	return 0;
}

static int
take_section(struct reader *r, struct span line)
{
	const char *name;

	if (!is_section(line))
		return fault_set(r->fault, WHY_POLICY,
		    "write a section as [word] or [word NAME], one blank "
		    "between and nothing else on the line");
	line = (struct span) {line.p + 1, line.n - 2};
	if (line.n > NAME_BYTES)
		return fault_set(r->fault, WHY_POLICY,
		    "the section's name has %zu bytes: write at most %d",
		    line.n, NAME_BYTES);
	for (size_t i = 0; i < r->sections.n; i++)
		if (is_text(line, r->sections.v[i]))
			return fault_set(r->fault, WHY_POLICY,
			    "the section [%s] is here twice: write it once",
			    r->sections.v[i]);
	if (list_addf(&r->sections, "%.*s", (int)line.n, line.p) == -1)
		return fault_set(r->fault, WHY_MEMORY, "out of memory");
	name = r->sections.v[r->sections.n - 1];
	return r->calls->section(r->context, name, r->line, r->fault);
}

static int
check_name(const struct reader *r, struct span name, bool equals)
{
	if (memchr(name.p, ':', name.n) != NULL)
		return fault_set(r->fault, WHY_POLICY,
		    "a : does not separate here: write key = value");
	if (!equals)
		return fault_set(r->fault, WHY_POLICY,
		    "there is no = here: write key = value, "
		    "or indent the line to continue the value above");
	if (name.n == 0)
		return fault_set(r->fault, WHY_POLICY,
		    "there is no key here: write key = value");
	if (count(name, name_bytes) != name.n)
		return fault_set(r->fault, WHY_POLICY,
		    "a key has letters, digits, `.`, `_` and `-` only: "
		    "write key = value");
	if (name.n > NAME_BYTES)
		return fault_set(r->fault, WHY_POLICY,
		    "the key has %zu bytes: write at most %d", name.n,
		    NAME_BYTES);
	if (r->sections.n == 0)
		return fault_set(r->fault, WHY_POLICY,
		    "this stands in no section: write a [section] above it");
	return 0;
}

static int
take_entry(struct reader *r, struct span text)
{
	struct span left = before(text, '=');
	struct span name = trim(left);
	bool equals = left.n < text.n;

	if (check_name(r, name, equals) == -1)
		return -1;
	r->expected = trim(skip(text, left.n + 1));
	if (check_comment(r->expected, r->fault) == -1)
		return -1;
	memcpy(r->name, name.p, name.n);
	r->name[name.n] = '\0';
	r->start = r->line;
	r->used = 0;
	r->expects = true;
	return 0;
}

static int
take_continuation(struct reader *r, struct span text)
{
	if (r->name[0] == '\0')
		return fault_set(r->fault, WHY_POLICY,
		    "an indented line continues the value above, and there "
		    "is none: write it without the blanks before it");
	if (looks_like_section(text))
		return fault_set(r->fault, WHY_POLICY,
		    "an indented line continues the value above, and this "
		    "looks like a section: write it without the blanks "
		    "before it, or behind the text above");
	if (looks_like_entry(r, text))
		return fault_set(r->fault, WHY_POLICY,
		    "an indented line continues the value above, and this "
		    "looks like a key: write it without the blanks before "
		    "it, or behind the text above");
	if (check_comment(text, r->fault) == -1)
		return -1;
	r->expected = text;
	r->expects = true;
	return 0;
}

static int
take_line(struct reader *r, struct span line)
{
	struct span text = trim(line);
	bool indented = text.p > line.p;
	bool passed_over = text.n == 0 || is_one_of(text.p[0], "#;");
	int ret;

	/* First, so that of two faults the upper one is told. */
	if (!indented && !passed_over && flush(r) == -1)
		return -1;
	if (check_bytes(r, line) == -1)
		return fail(r, r->line);
	if (passed_over)
		return 0;
	if (indented)
		ret = take_continuation(r, text);
	else if (text.p[0] == '[')
		ret = take_section(r, line);
	else
		ret = take_entry(r, text);
	return ret == -1 ? fail(r, r->line) : 0;
}

static int
disagree(struct reader *r)
{
	fault_set(r->fault, WHY_POLICY,
	    "libinih reads this line differently: write it more plainly");
	return fail(r, r->line);
}

/* libinih asks for a line: an ini_reader. */
static char *
feed(char *buffer, int size, void *stream)
{
	struct reader *r = stream;
	struct span line;

	if (r->failed)
		return NULL;
	if (r->expects) {
		disagree(r);
		return NULL;
	}
	if (r->rest.n == 0)
		return NULL;
	line = next_line(r);
	if (take_line(r, line) == -1)
		return NULL;
	if (size < 0 || line.n + 2 > (size_t)size) {
		disagree(r);
		return NULL;
	}
	memcpy(buffer, line.p, line.n);
	memcpy(buffer + line.n, "\n", 2);
	return buffer;
}

/* libinih has understood a line: an ini_handler. 0 means failure to it. */
static int
take(void *stream, const char *section, const char *name, const char *value)
{
	struct reader *r = stream;

	if (r->failed)
		return 0;
	if (!r->expects || !is_text(r->expected, value) ||
	    strcmp(name, r->name) != 0 ||
	    strcmp(section, r->sections.v[r->sections.n - 1]) != 0) {
		disagree(r);
		return 0;
	}
	r->expects = false;
	if (r->used > 0 && r->expected.n > 0)
		r->value[r->used++] = ' ';
	memcpy(r->value + r->used, r->expected.p, r->expected.n);
	r->used += r->expected.n;
	return 1;
}

static int
parse(struct reader *r)
{
	int status = ini_parse_stream(feed, r, take, r);

	if (r->failed)
		return -1;
	if (status != 0 || r->expects || r->rest.n != 0)
		return disagree(r);
	return flush(r);
}

int
reader_parse(const char *file, const char *text, size_t size,
    const struct reader_calls *calls, void *context, struct fault *fault)
{
	struct reader r = {.file = file,
	    .calls = calls,
	    .context = context,
	    .fault = fault,
	    .rest = {text, size}};
	int ret;

	if (size > READER_FILE_MAX) {
		fault_set(fault, WHY_POLICY,
		    "the file has %zu bytes: write at most %zu", size,
		    READER_FILE_MAX);
		return fail(&r, 0);
	}
	r.value = malloc(size + 1);
	if (r.value == NULL) {
		fault_set(fault, WHY_MEMORY, "out of memory");
		return fail(&r, 0);
	}
	ret = parse(&r);
	free(r.value);
	list_free(&r.sections);
	return ret;
}
