#ifndef GK_PROTOCOL_RSYNC_OPTIONS_H
#define GK_PROTOCOL_RSYNC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct choices;
struct fault;
struct list;

/* What becomes of an option that a client sends. */
enum rsync_use {
	RSYNC_NEVER = 0,
	RSYNC_FREE,
	RSYNC_DELETE, /* with `delete = yes` */
	RSYNC_CHOICE, /* with `options = +…` */
	RSYNC_DROP /* taken, and not passed on: it means nothing here */
};

/* What stands after it. */
enum rsync_value {
	RSYNC_NONE = 0,
	RSYNC_NUMBER,
	RSYNC_SIZE,
	RSYNC_NAMES, /* words and commas */
	RSYNC_MAP, /* FROM:TO of accounts or groups */
	RSYNC_CHARSET,
	RSYNC_FORMAT, /* what rsync itself sends, and nothing else */
	RSYNC_STREAM,
	RSYNC_BATCH,
	RSYNC_SUFFIXES,
	RSYNC_SUFFIX,
	RSYNC_PATH, /* all below name files */
	RSYNC_BASIS = RSYNC_PATH, /* a folder to compare with or link to */
	RSYNC_FOLDERS, /* made with all its parents */
	RSYNC_FOLDER,
	RSYNC_PARTIAL,
	RSYNC_LIST,
	RSYNC_LOG
};

/* Options that change how the rest of the request is read. */
enum rsync_mark {
	RSYNC_UNMARKED = 0,
	RSYNC_RELATIVE,
	RSYNC_PLAIN, /* not relative */
	RSYNC_MKPATH,
	RSYNC_REMOVES, /* files that were sent */
	RSYNC_SUMS, /* tells what is in the files there */
	RSYNC_FILTERS /* lets the client name files with rules in-band */
};

struct rsync_option {
	char letter; /* 0: none */
	const char *name; /* NULL: a letter only */
	enum rsync_use fetch;
	enum rsync_use store;
	enum rsync_value value;
	unsigned since; /* 30203 is 3.2.3; 0 is 2.6.0 or older */
	enum rsync_mark mark;
};

/* Those that a server may be asked for, ended by one with neither. */
extern const struct rsync_option rsync_options[];

/* NULL when the table has none. */
const struct rsync_option *rsync_option_letter(char);
const struct rsync_option *rsync_option_named(const char *, size_t len);

/* What becomes of it, given the keys `delete` and `options`. RSYNC_NEVER:
 * a fault, which calls it `word`. */
enum rsync_use rsync_option_use(const struct rsync_option *, bool sends,
    const struct choices *, const char *word, struct fault *);
/* The fault for a word that is in no table. */
int rsync_option_unknown(const char *word, struct fault *);
/* Checks the words of `options`. */
int rsync_options_check(const struct list *, struct fault *);

#endif
