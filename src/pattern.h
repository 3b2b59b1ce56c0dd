#ifndef GK_PATTERN_H
#define GK_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct fault;
struct pattern;
struct type;

#define PATTERN_ELEMENTS_MAX 64

/* One `arg.NAME = TYPE` of a rule. The rule owns both. */
struct arg {
	char *name;
	struct type *type;
	unsigned line;
};

/* What one {name} took: words first … first+count-1, without the first skip
 * bytes of the word (the `--opt=` of `--opt={name}`). */
struct capture {
	const struct arg *arg;
	size_t first;
	size_t count;
	size_t skip;
};

struct match {
	struct capture v[PATTERN_ELEMENTS_MAX];
	size_t n;
};

/*
 * Compiles one `command` value. Refuses, with WHY_POLICY: bad syntax, a
 * {name} without an arg or named twice, too many elements, and a pattern
 * that could take one command in two ways. Borrows the args, which must
 * outlive it. Returns NULL on failure.
 */
struct pattern *
pattern_parse(const char *, const struct arg *, size_t nargs, struct fault *);
void pattern_free(struct pattern *);

/*
 * Whether the words, all of them, are what the pattern says. Pure: no
 * allocation, no state; time bounded by pattern size × words. The match is
 * written only on success.
 */
bool pattern_match(const struct pattern *, char *const *words, size_t n,
    struct match *);

/* Facts for checks on `run`. */
enum pattern_capture {
	CAPTURE_NONE = 0, /* the pattern has no such name */
	CAPTURE_ALWAYS,
	CAPTURE_MAYBE, /* inside [ ] */
	CAPTURE_MANY, /* {name...} */
	CAPTURE_MAYBE_MANY
};
enum pattern_capture pattern_captures(const struct pattern *, const char *);
/* The first word when it is a literal that always stands there; else NULL. */
const char *pattern_program(const struct pattern *);

#endif
