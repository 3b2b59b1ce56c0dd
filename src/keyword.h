#ifndef GK_KEYWORD_H
#define GK_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>

struct conditions;
struct fault;
struct policy;
struct rule;

/* Where the parser stands. suffix is what follows `arg.` or `env.`. */
struct place {
	struct policy *policy;
	struct rule *rule; /* NULL in [key] */
	struct conditions *conditions; /* of either */
	const char *suffix;
	unsigned line;
};

/*
 * One key of a policy file. The tables are facts for parser and messages
 * alike; both end with a NULL name. A name that ends in `.` is a family.
 */
struct keyword {
	const char *name;
	bool repeats;
	bool expands; /* ${key} and ${account} */
	int (*set)(const struct place *, const char *value, struct fault *);
};

#define KEYWORDS_MAX 32

extern const struct keyword key_keywords[]; /* [key] */
extern const struct keyword rule_keywords[]; /* [allow NAME] */

/* Keys that stand in both tables. */
int keyword_enabled(const struct place *, const char *, struct fault *);
int keyword_from(const struct place *, const char *, struct fault *);
int keyword_hours(const struct place *, const char *, struct fault *);
int keyword_rate(const struct place *, const char *, struct fault *);

/* What can only be judged when the whole rule is known. -1: WHY_POLICY with
 * the line in the fault. */
int rule_finish(struct rule *, struct fault *);
void rule_free(struct rule *);

/* Appends one zeroed element; NULL with WHY_MEMORY. */
void *keyword_grow(void *array, size_t n, size_t size, struct fault *);

#endif
