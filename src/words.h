#ifndef GK_WORDS_H
#define GK_WORDS_H

#include <stddef.h>

#include "list.h"

struct fault;

#define WORDS_BYTES_MAX ((size_t)128 * 1024)

/* Unquoted characters that a protocol may take, and nothing else does. */
enum {
	WORD_GLOB = 1, /* one of * ? [ ] */
	WORD_HOME = 2, /* a leading ~ */
	WORD_TILDE = 4 /* a ~ further on, which a shell leaves alone */
};

struct word_mark {
	unsigned special; /* WORD_ bits */
	size_t at; /* the first special byte, counted from 1 */
	char *glob; /* with WORD_GLOB: an fnmatch(3) pattern in which
	                      what the client quoted is escaped */
};

/* The words of a command: text.v is a plain argv, mark has text.n entries. */
struct words {
	struct list text;
	struct word_mark *mark;
};

/*
 * Splits hostile bytes as a POSIX shell splits words; every other piece of
 * shell syntax is refused, with its position in the fault. On failure the
 * words are left empty.
 */
int words_split(struct words *, const char *, struct fault *);
void words_free(struct words *);

/*
 * The same splitter for values in policy files, which are trusted: blanks
 * separate, '...' quotes, and no other character is special.
 */
int words_list(struct list *, const char *, struct fault *);

#endif
