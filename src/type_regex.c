/*
 * Regular expressions, compiled from the policy to a small program that is
 * run against hostile words in all its states at once. Not regexec(3): for
 * `.*a.{30}` glibc builds a new state for each byte that a client sends and
 * keeps them all, half a gigabyte for one command.
 */

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "byteset.h"
#include "type_regex.h"
#include "why.h"

#define SHOWN 80
#define UNBOUNDED INT_MAX

enum step_kind {
	STEP_BYTE, /* take one byte of the set */
	STEP_JUMP, /* go on elsewhere */
	STEP_FORK, /* go on with the next step, and elsewhere too */
	STEP_BEGIN, /* go on at the begin of the word only */
	STEP_END,
	STEP_ACCEPT
};

/* Jumps are relative, so that what is repeated can be copied. */
struct step {
	enum step_kind kind;
	int jump;
	struct byteset set;
};

struct type_regex {
	size_t n;
	struct step v[];
};

struct scan {
	struct type_regex *regex;
	const char *text, *at;
	unsigned nested;
	struct fault *fault;
};

static int
refuse(const struct scan *scan, const char *advice)
{
	return fault_set(scan->fault, WHY_POLICY, "`%.*s`: %s", SHOWN,
	    scan->text, advice);
}

/* Compiling: each part of the text becomes the steps behind the last. */

/* Makes room for count steps at a place. */
static int
make_room(struct scan *scan, size_t place, size_t count)
{
	struct type_regex *regex = scan->regex;
	struct step *v = regex->v;

	if (count > TYPE_REGEX_STEPS_MAX - regex->n)
		return fault_set(scan->fault, WHY_POLICY,
		    "`%.*s`: with its repetitions written out this has more "
		    "than %d characters and operators",
		    SHOWN, scan->text, TYPE_REGEX_STEPS_MAX);
	memmove(v + place + count, v + place, (regex->n - place) * sizeof(*v));
	regex->n += count;
	return 0;
}

static int
insert(struct scan *scan, size_t place, enum step_kind kind, int jump)
{
	if (make_room(scan, place, 1) == -1)
		return -1;
	scan->regex->v[place] = (struct step) {.kind = kind, .jump = jump};
	return 0;
}

static int
append(struct scan *scan, enum step_kind kind, int jump)
{
	return insert(scan, scan->regex->n, kind, jump);
}

static int
append_set(struct scan *scan, const struct byteset *set)
{
	if (append(scan, STEP_BYTE, 0) == -1)
		return -1;
	scan->regex->v[scan->regex->n - 1].set = *set;
	return 0;
}

static int
append_byte(struct scan *scan, unsigned char c)
{
	struct byteset set = {0};

	byteset_add(&set, c);
	return append_set(scan, &set);
}

static int
append_copy(struct scan *scan, size_t from, size_t len)
{
	size_t to = scan->regex->n;

	if (make_room(scan, to, len) == -1)
		return -1;
	memcpy(scan->regex->v + to, scan->regex->v + from,
	    len * sizeof(scan->regex->v[0]));
	return 0;
}

/* Repeats the steps from a place on, which are there once, without end. */
static int
repeat_forever(struct scan *scan, size_t from, int min)
{
	size_t len = scan->regex->n - from;

	for (int i = 1; i < min; i++)
		if (append_copy(scan, from, len) == -1)
			return -1;
	if (min > 0)
		return append(scan, STEP_FORK, -(int)len);
	if (insert(scan, from, STEP_FORK, (int)len + 2) == -1)
		return -1;
	return append(scan, STEP_JUMP, -(int)len - 1);
}

/* From min on, each copy stands behind a fork that leads past the last. */
static int
repeat(struct scan *scan, size_t from, int min, int max)
{
	size_t len = scan->regex->n - from;

	if (max == UNBOUNDED)
		return repeat_forever(scan, from, min);
	if (min == 0 &&
	    insert(scan, from++, STEP_FORK, max * (int)(len + 1)) == -1)
		return -1;
	for (int i = 1; i < max; i++) {
		if (i >= min &&
		    append(scan, STEP_FORK, (max - i) * (int)(len + 1)) == -1)
			return -1;
		if (append_copy(scan, from, len) == -1)
			return -1;
	}
	return 0;
}

/* The number at the place; -1 when there is none or it is too large. */
static int
take_number(struct scan *scan)
{
	const char *start = scan->at;
	int n = 0;

	for (; *scan->at >= '0' && *scan->at <= '9'; scan->at++) {
		n = n * 10 + (*scan->at - '0');
		if (n > TYPE_REGEX_REPEAT_MAX)
			return -1;
	}
	return scan->at == start ? -1 : n;
}

static int
take_bounds(struct scan *scan, int *min, int *max)
{
	scan->at++;
	*min = *max = take_number(scan);
	if (*min != -1 && *scan->at == ',') {
		scan->at++;
		*max = *scan->at == '}' ? UNBOUNDED : take_number(scan);
	}
	if (*min == -1 || *max < 1 || *max < *min || *scan->at != '}')
		return fault_set(scan->fault, WHY_POLICY,
		    "`%.*s`: a repetition is {N}, {MIN,} or {MIN,MAX}, the "
		    "smaller number first, at most %d and not only 0; as a "
		    "character write \\{",
		    SHOWN, scan->text, TYPE_REGEX_REPEAT_MAX);
	scan->at++;
	return 0;
}

static bool
at_repetition(const struct scan *scan)
{
	return *scan->at != '\0' && strchr("*+?{", *scan->at) != NULL;
}

static int
take_repetition(struct scan *scan, size_t from)
{
	int min = *scan->at == '+', max = *scan->at == '?' ? 1 : UNBOUNDED;

	if (*scan->at != '{')
		scan->at++;
	else if (take_bounds(scan, &min, &max) == -1)
		return -1;
	if (at_repetition(scan))
		return refuse(scan,
		    "a repetition of a repetition needs ( ) around the first; "
		    "there are no lazy ones");
	return repeat(scan, from, min, max);
}

static bool
is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

/* What `\d`, `\b` or `\<` are depends on the library that is asked. */
static int
take_escape(struct scan *scan)
{
	char c = *++scan->at;

	if (c == '\0')
		return refuse(scan, "the \\ at the end escapes nothing");
	if (c >= '0' && c <= '9')
		return refuse(scan,
		    "back-references are not available: there is no bound on "
		    "their cost");
	if (is_letter_or_digit(c) || strchr("<>`'", c) != NULL ||
	    (unsigned char)c >= 0x80)
		return refuse(scan,
		    "a \\ only takes the meaning from a special character; "
		    "for classes write [[:digit:]], [[:alnum:]_] and the "
		    "like");
	scan->at++;
	return append_byte(scan, (unsigned char)c);
}

static int take_alternatives(struct scan *);

static int
take_group(struct scan *scan)
{
	if (++scan->nested > TYPE_REGEX_NESTED_MAX)
		return fault_set(scan->fault, WHY_POLICY,
		    "`%.*s`: ( ) may nest %d deep", SHOWN, scan->text,
		    TYPE_REGEX_NESTED_MAX);
	scan->at++;
	if (take_alternatives(scan) == -1)
		return -1;
	if (*scan->at != ')')
		return refuse(scan, "a ( is not closed by a )");
	scan->at++;
	scan->nested--;
	return 0;
}

/* `^` and `$` hold at the ends of the word, where gatekeeper anchors too. */
static int
take_anchor(struct scan *scan)
{
	enum step_kind kind = *scan->at++ == '^' ? STEP_BEGIN : STEP_END;

	if (at_repetition(scan))
		return refuse(scan,
		    "a ^ or $ cannot be repeated; as a character write \\^ or "
		    "\\$");
	return append(scan, kind, 0);
}

static int
take_literal(struct scan *scan)
{
	unsigned char c = (unsigned char)*scan->at++;

	if (c >= 0x80 && at_repetition(scan))
		return refuse(scan,
		    "a character outside of ASCII is several bytes, and the "
		    "repetition would hold for the last: put ( ) around it");
	return append_byte(scan, c);
}

static int
take_atom(struct scan *scan)
{
	struct byteset set;

	switch (*scan->at) {
	case '(':
		return take_group(scan);
	case '\\':
		return take_escape(scan);
	case '^':
	case '$':
		return take_anchor(scan);
	case '.':
		scan->at++;
		byteset_fill(&set);
		return append_set(scan, &set);
	case '[':
		if (byteset_bracket(&set, &scan->at, BRACKET_REGEX,
			scan->fault) == -1)
			return -1;
		return append_set(scan, &set);
	default:
		return take_literal(scan);
	}
}

static bool
at_branch_end(const struct scan *scan)
{
	return *scan->at == '\0' || *scan->at == '|' || *scan->at == ')';
}

static int
take_branch(struct scan *scan)
{
	if (at_branch_end(scan))
		return refuse(scan,
		    "nothing stands before or behind a |, between ( and ), or "
		    "in all of it; write (…)? for what may be absent");
	while (!at_branch_end(scan)) {
		size_t from = scan->regex->n;

		if (at_repetition(scan))
			return refuse(scan,
			    "there is nothing to repeat before a * + ? {; as "
			    "a character write \\* and the like");
		if (take_atom(scan) == -1)
			return -1;
		if (at_repetition(scan) && take_repetition(scan, from) == -1)
			return -1;
	}
	return 0;
}

/* A fork before each branch but the last leads to the next, and a jump
 * behind it to the jump behind the next, hence to the end. */
static int
take_alternatives(struct scan *scan)
{
	struct type_regex *regex = scan->regex;
	size_t jump = SIZE_MAX, from;
	bool more;

	do {
		from = regex->n;
		if (take_branch(scan) == -1)
			return -1;
		more = *scan->at == '|';
		if (more &&
		    insert(scan, from, STEP_FORK, (int)(regex->n - from) + 2) ==
			-1)
			return -1;
		if (jump != SIZE_MAX)
			regex->v[jump].jump = (int)(regex->n - jump);
		if (more) {
			jump = regex->n;
			scan->at++;
			if (append(scan, STEP_JUMP, 0) == -1)
				return -1;
		}
	} while (more);
	return 0;
}

static int
compile(struct scan *scan)
{
	size_t len = strlen(scan->text);

	if (len > TYPE_REGEX_MAX)
		return fault_set(scan->fault, WHY_POLICY,
		    "the regex has %zu bytes; write at most %d", len,
		    TYPE_REGEX_MAX);
	if (take_alternatives(scan) == -1)
		return -1;
	if (*scan->at != '\0')
		return refuse(scan,
		    "there is a ) without its (; as a character write \\)");
	return append(scan, STEP_ACCEPT, 0);
}

static size_t
size_of(size_t steps)
{
	return sizeof(struct type_regex) + steps * sizeof(struct step);
}

struct type_regex *
type_regex_parse(const char *text, struct fault *fault)
{
	struct type_regex *regex, *smaller;
	struct scan scan = {.text = text, .at = text, .fault = fault};

	scan.regex = regex = calloc(1, size_of(TYPE_REGEX_STEPS_MAX));
	if (regex == NULL) {
		fault_set(fault, WHY_MEMORY, "out of memory");
		return NULL;
	}
	if (compile(&scan) == -1) {
		free(regex);
		return NULL;
	}
	smaller = realloc(regex, size_of(regex->n));
	if (smaller != NULL)
		regex = smaller;
	return regex;
}

void
type_regex_free(struct type_regex *regex)
{
	free(regex);
}

/* Matching: which steps have been reached after each byte. */

struct run {
	const struct type_regex *regex;
	size_t at, len;
	uint16_t seen[TYPE_REGEX_STEPS_MAX]; /* 1 + where it was last reached */
	uint16_t todo[TYPE_REGEX_STEPS_MAX], ntodo;
	uint16_t next[TYPE_REGEX_STEPS_MAX], nnext; /* these take a byte */
};

/* Each step once for each byte: this bounds the cost, and ends `(a*)*`. */
static void
push(struct run *run, size_t i)
{
	if (run->seen[i] == run->at + 1)
		return;
	run->seen[i] = (uint16_t)(run->at + 1);
	run->todo[run->ntodo++] = (uint16_t)i;
}

static void
reach(struct run *run, size_t i)
{
	const struct step *step;

	push(run, i);
	while (run->ntodo > 0) {
		i = run->todo[--run->ntodo];
		step = &run->regex->v[i];
		if (step->kind == STEP_BYTE)
			run->next[run->nnext++] = (uint16_t)i;
		if (step->kind == STEP_JUMP || step->kind == STEP_FORK)
			push(run, i + (size_t)step->jump);
		if (step->kind == STEP_FORK ||
		    (step->kind == STEP_BEGIN && run->at == 0) ||
		    (step->kind == STEP_END && run->at == run->len))
			push(run, i + 1);
	}
}

static void
start(struct run *run, const struct type_regex *regex, size_t len)
{
	run->regex = regex;
	run->at = 0;
	run->len = len;
	run->ntodo = run->nnext = 0;
	memset(run->seen, 0, regex->n * sizeof(run->seen[0]));
	reach(run, 0);
}

bool
type_regex_accepts(const struct type_regex *regex, const char *s, size_t len)
{
	struct run run;
	uint16_t now[TYPE_REGEX_STEPS_MAX], n;

	if (len > TYPE_REGEX_WORD_MAX)
		return false;
	start(&run, regex, len);
	while (run.at < len && run.nnext > 0) {
		n = run.nnext;
		memcpy(now, run.next, n * sizeof(now[0]));
		run.nnext = 0;
		run.at++;
		for (size_t i = 0; i < n; i++)
			if (byteset_has(&regex->v[now[i]].set,
				(unsigned char)s[run.at - 1]))
				reach(&run, now[i] + 1U);
	}
	return run.at == len && run.seen[regex->n - 1] == len + 1;
}

void
type_regex_first(const struct type_regex *regex, struct byteset *set)
{
	struct run run;

	start(&run, regex, 1);
	for (size_t i = 0; i < run.nnext; i++)
		byteset_unite(set, &regex->v[run.next[i]].set);
}
