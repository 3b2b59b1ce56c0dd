#ifndef GK_CTL_CHECK_H
#define GK_CTL_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/findings.h"
#include "ctl/keyfile.h"
#include "list.h"
#include "settings.h"

struct ctl;
struct rule;

/* A policy file under `check`. */
struct suspect {
	struct keyfile file;
	bool asked; /* else it is there to be compared with */
	bool role; /* a role by itself, as no key that loads has it */
};

struct check {
	const struct ctl *ctl;
	struct settings settings;
	struct suspect *v;
	size_t n;
	struct list broken; /* roles whose errors have been told */
	struct findings found;
};

/* Reads what the operands name, or all of the folder. Of what does not load
 * each error is told, and the rest is kept to be looked at. */
void check_load(struct check *, int argc, char *argv[]);

/* All but the findings. */
void check_forget(struct check *);

/* Each adds to the findings, and looks at files that did load only. */
void check_key(struct check *, const struct keyfile *);
void check_sandboxes(struct check *, const struct keyfile *);
void check_rules(struct check *, const struct keyfile *);
void check_words(struct check *, const struct keyfile *);
void check_order(struct check *, const struct keyfile *);
void check_watching(struct check *, const struct keyfile *);
/* Between keys; reports those that were asked for. */
void check_public_keys(struct check *);
void check_trees(struct check *);

/*
 * What `check` finds in all of `dir`, a policy folder that stands for that of
 * ctl. The caller frees the findings.
 */
void check_all(const struct ctl *, const char *dir, struct findings *);

/* The programs that a rule starts, each with the line that names it. */
struct started {
	const char *path;
	unsigned line;
};

struct started_list {
	struct started *v;
	size_t n;
};
/* The caller frees v. */
void
check_started(const struct check *, const struct rule *, struct started_list *);

#endif
