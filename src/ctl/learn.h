#ifndef GK_CTL_LEARN_H
#define GK_CTL_LEARN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "decide.h"
#include "list.h"
#include "policy.h"
#include "why.h"

struct keyfile;
struct seen;
struct settings;
struct traffic;

/* A rule that is proposed. */
struct learned {
	char *name;
	const char *protocol; /* NULL: it has a command */
	char *command; /* these as a policy writes them */
	char *run; /* NULL: what was matched is run */
	struct list args; /* names of captures, and their types */
	struct list types;
	struct list read; /* directories as they are */
	struct list write;
	struct list options; /* +log-file */
	bool delete;
	struct list notes; /* sentences to put in front of it */
	char *off; /* why it is commented out; NULL: it is not */
	struct seen **seen; /* the requests that it is for */
	size_t nseen;
	unsigned long covers; /* sessions that were observed, and it permits */
	unsigned long shares; /* sessions that were refused, and so are its */
};

/* A request for which no rule is written. */
struct learn_left {
	struct seen *seen;
	char *why;
};

/* What becomes of the requests of a key. */
struct learn {
	const struct traffic *traffic;
	const struct settings *settings;
	const struct keyfile *file; /* the policy as it is, loaded or not */
	struct learned *rules;
	size_t nrules;
	struct learn_left *left;
	size_t nleft;
	struct list names; /* of rules, taken */
	unsigned long permitted; /* sessions that the policy permits by now */
	const char *off; /* of all rules that are made at present, or NULL */
};

/* One rule for each shape of commands; one for each protocol and direction.
 * Both take n requests, and leave none without a rule or a reason. */
void learn_commands(struct learn *, struct seen *const *, size_t n);
void learn_protocols(struct learn *, struct seen *const *, size_t n);

/* Takes the rule over, under a name of its own that begins with `name`. */
void learn_add(struct learn *, struct learned *, const char *name);
void learn_leave(struct learn *, struct seen *, const char *, ...)
    __attribute__((format(printf, 3, 4)));
void learn_free(struct learn *);

/* What is known of a rule before it stands among others. */
void learned_take(struct learned *, struct seen *);
void learned_note(struct learned *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
void learned_free(struct learned *);
/* The rule as a policy has it, each line behind a mark. */
void learned_write(const struct learned *, FILE *, const char *mark);

/* Rules, loaded by the parser of the forced command. */
struct judge {
	struct policy policy;
	bool loaded;
};
/* false: a fault says why the rules do not load. */
bool judge_load(struct judge *, const struct learn *, const struct learned *,
    size_t n, struct fault *);
/* What the forced command would do. The caller frees the verdict. */
void judge_ask(const struct judge *, const struct learn *, const struct seen *,
    struct verdict *);
/* Whether it would permit this, and if not, why: with a place in the text of
 * the request alone. */
bool judge_permits(const struct judge *, const struct learn *,
    const struct seen *, struct fault *);
void judge_free(struct judge *);
/* Whether the policy as it is loads with the active rules below it. */
bool judge_joins(const struct learn *, struct fault *);

/* What is said of all of it, besides. */
struct learn_facts {
	unsigned long observed; /* sessions */
	unsigned long refused;
	unsigned long other; /* refused, whatever was asked for */
	struct list reasons; /* of those: `from 12` */
	unsigned long cut; /* longer than the record keeps */
	unsigned long rare; /* fewer than --min of a kind */
	char first[32], last[32]; /* dates of records; "": unknown */
	struct fault clash; /* why the policy does not load with the rules */
};
/* Makes the rules, but none for kinds of requests that came less than so many
 * times. */
void learn_all(struct learn *, struct learn_facts *, unsigned long min);
void learn_print(const struct learn *, const struct learn_facts *);

#endif
