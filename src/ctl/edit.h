#ifndef GK_CTL_EDIT_H
#define GK_CTL_EDIT_H

#include <sys/stat.h>

#include <stdbool.h>

#include "trust.h"

struct ctl;
struct fault;
struct findings;

enum edit_kind { EDIT_KEY, EDIT_ROLE, EDIT_SETTINGS };

/*
 * One file of a policy folder while it is edited. Beside it lies a folder of
 * our own, whose name no key can have, and in there:
 *
 *	lock		held as long as this runs; it names its holder
 *	copy/FILE	what the editor gets; nobody else can read it
 *	policy/		the policy folder as it would be, for the checks: links,
 *			and the candidate, which the editor never touches
 */
struct edit {
	const struct ctl *ctl;
	enum edit_kind kind;
	char *file; /* backup.ini */
	char *path; /* what messages call it: DIR/keys/backup.ini */
	char *work; /* DIR/keys/.backup.ini.edit */
	char *copy;
	char *candidate;
	int folder; /* in which the file lies */
	int lock;
	bool exists; /* else it begins as a template */
	bool keep; /* the copy, when all is over */
	struct stat st; /* of the file as it was read */
	struct trust_text text; /* what it held */
};

/*
 * Reads the file and locks its folder against another edit. -1 when somebody
 * else edits it, or when it is not safe to edit. edit_close() must follow in
 * any case; it removes all but a copy that is to be kept.
 */
int edit_open(struct edit *, const struct ctl *, enum edit_kind,
    const char *name, struct fault *);
void edit_close(struct edit *);

/* What an edit that was interrupted has left: 1 and its time, 0, or -1. */
int edit_leftover(struct edit *, struct timespec *, struct fault *);
/* Gives the editor what the file holds, in place of any leftover. */
int edit_copy(struct edit *, struct fault *);
/* What the editor has made of it; the caller frees. */
int edit_read(struct edit *, struct trust_text *, struct fault *);
bool edit_is_same(const struct edit *, const struct trust_text *);

/* Makes the text the candidate, with owner and mode of the file. */
int edit_candidate(struct edit *, const struct trust_text *, struct fault *);
/* What `check` says of the candidate, and of all else because of it. */
void edit_check(const struct edit *, struct findings *);
/* Puts the candidate into its place, unless somebody else changed that. */
int edit_install(struct edit *, struct fault *);
/* Makes that last through a loss of power. */
int edit_sync(const struct edit *, struct fault *);

/* Removes a folder with all that is in it. */
void edit_remove(const char *work, const char *name);
/* -1 with errno. The file must not exist; as_file: with its owner and mode. */
int edit_write(const struct edit *, const char *path, const struct trust_text *,
    bool as_file);
/* A fault with errno; -1. */
int edit_fail(struct fault *, const char *path);

/* Runs the administrator's editor, and waits. -1: it did not end well. */
int editor_run(const char *path, struct fault *);

#endif
