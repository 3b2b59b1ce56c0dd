#ifndef GK_CTL_CHECK_PARSE_H
#define GK_CTL_CHECK_PARSE_H

#include <stdbool.h>
#include <stddef.h>

struct findings;
struct names;

/* A text under `check`, and what findings call it. */
struct parsed_text {
	enum { TEXT_SETTINGS, TEXT_KEY, TEXT_ROLE } kind;
	const char *path;
	const char *text;
	size_t size;
	const struct names *names; /* NULL for settings */
};

/*
 * Adds every error for which the text does not load, by the parser of the
 * forced command: what is wrong is changed in a copy, and the copy parsed
 * again, so that what only follows from an error is not told. false: there
 * was one. *rest is then what does load: rules without an error, and of the
 * other sections the lines without one, each in its place. It is NULL where
 * the text could not be read to its end; the caller frees.
 */
bool check_parse(struct findings *, const struct parsed_text *, char **rest);

#endif
