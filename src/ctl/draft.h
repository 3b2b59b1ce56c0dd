#ifndef GK_CTL_DRAFT_H
#define GK_CTL_DRAFT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The text of a policy as lines, numbered from 1, some of which `check`
 * changes in its own copy so that what follows an error can be read. It knows
 * sections, entries and continuations as the reader does, and no meanings.
 */
struct draft_line {
	char *was; /* as in the file */
	size_t size; /* of was, which may hold any byte */
	char *now; /* what stands there instead; NULL: nothing else */
	bool told; /* an error of this line has been reported */
	bool spoilt; /* it was taken away, and something may miss it */
};

struct draft {
	struct draft_line *v; /* v[n] is a line of zeros */
	size_t n;
};

void draft_read(struct draft *, const char *text, size_t size);
void draft_free(struct draft *);
/* As it is now; new. */
char *draft_text(const struct draft *, size_t *size);
/* A copy without the lines outside of [first, end). */
void
draft_part(struct draft *, const struct draft *, unsigned first, unsigned end);

/* A line as it is now. Past the last line, "". */
const char *draft_line(const struct draft *, unsigned line);
/* Takes over the text that now stands there. */
void draft_set(struct draft *, unsigned line, char *now);
/* Empties the lines [first, end). */
void draft_blank(struct draft *, unsigned first, unsigned end);
/* The same where something else may miss them. */
void draft_spoil(struct draft *, unsigned first, unsigned end);
bool draft_is_spoilt(const struct draft *, unsigned first, unsigned end);
/* Whether a line was changed, or is to be changed: it has been told of. */
bool draft_is_changed(const struct draft *, unsigned line);

bool draft_is_header(const struct draft *, unsigned line);
bool draft_is_indented(const struct draft *, unsigned line);
/* The header of the section in which a line stands; 0: in none. */
unsigned draft_header(const struct draft *, unsigned line);
/* The next header behind a line, or the number behind the last line. */
unsigned draft_section_end(const struct draft *, unsigned line);
/* Where the entry begins that a line belongs to, and what is behind it. */
unsigned draft_entry(const struct draft *, unsigned line);
unsigned draft_entry_end(const struct draft *, unsigned line);
/* The name of an entry that begins in a line, "" for none; new. */
char *draft_name(const struct draft *, unsigned line);
/* The value of that entry, its lines joined by blanks; new. */
char *draft_value(const struct draft *, unsigned line);
/* The first entry of that name in the lines [first, end); 0: none. */
unsigned draft_find(const struct draft *, unsigned first, unsigned end,
    const char *name);

#endif
