#ifndef GK_CTL_MEND_H
#define GK_CTL_MEND_H

#include <stdbool.h>

struct draft;
struct findings;
struct parsed_text;

/* What begins the name of a section that stands in for a broken one. */
#define MEND_STAND_IN "[allow gk."

/* A text that is parsed over and over, each time without what was wrong. */
struct parse {
	struct findings *found;
	const struct parsed_text *text;
	struct draft *draft;
	unsigned told;
	unsigned tries;
	bool part; /* of a file: what concerns the whole is not for us */
	bool stopped; /* the rest could not be read */
};

/* Of check_parse.c: tells of a line, unless it has been told of before. */
void parse_tell(struct parse *, unsigned line, const char *text);
/* Whether these lines load without the others, or what they are told of. */
bool parse_loads_part(const struct parse *, unsigned first, unsigned end);
/* Whether another text loads as one of the same kind. */
bool parse_loads_text(const struct parse *, const char *);
/* Tells what is wrong with the draft until it loads. */
void parse_examine(struct parse *);

/*
 * Each tells of a line that the parser has stopped at, unless what was
 * changed before may be the cause, and changes the draft so that the parser
 * gets further: a header with all of its section, or the entry that the line
 * belongs to.
 */
void mend_section(struct parse *, unsigned line, const char *text);
void mend_entry(struct parse *, unsigned line, const char *text);

#endif
