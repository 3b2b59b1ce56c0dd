#ifndef GK_KEYWORD_H
#define GK_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>

struct conditions;
struct confine;
struct fault;
struct policy;
struct rule;
struct watching;

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
	bool follows; /* may stand behind on-success. too */
	int (*set)(const struct place *, const char *value, struct fault *);
};

#define KEYWORDS_MAX 64

extern const struct keyword key_keywords[]; /* [key] */
extern const struct keyword rule_keywords[]; /* [allow NAME] */

/* Keys that stand in both tables. */
int keyword_enabled(const struct place *, const char *, struct fault *);
int keyword_from(const struct place *, const char *, struct fault *);
int keyword_hours(const struct place *, const char *, struct fault *);
int keyword_rate(const struct place *, const char *, struct fault *);

/* Of [allow NAME], by the file that has them: rule_paths.c, … */
int keyword_read(const struct place *, const char *, struct fault *);
int keyword_write(const struct place *, const char *, struct fault *);
int keyword_append(const struct place *, const char *, struct fault *);
int keyword_execute(const struct place *, const char *, struct fault *);
int keyword_chdir(const struct place *, const char *, struct fault *);
/* One path, as policies may write it. */
int keyword_add_path(struct rule *, const char *path, unsigned access,
    unsigned line, struct fault *);

/* … rule_confine.c, … */
int keyword_network(const struct place *, const char *, struct fault *);
int keyword_sandbox(const struct place *, const char *, struct fault *);
int keyword_syscalls(const struct place *, const char *, struct fault *);
int keyword_set_id(const struct place *, const char *, struct fault *);
int keyword_jit(const struct place *, const char *, struct fault *);
int keyword_terminal(const struct place *, const char *, struct fault *);
int keyword_cpu_time(const struct place *, const char *, struct fault *);
int keyword_memory(const struct place *, const char *, struct fault *);
int keyword_file_size(const struct place *, const char *, struct fault *);
int keyword_open_files(const struct place *, const char *, struct fault *);
int keyword_processes(const struct place *, const char *, struct fault *);
int confine_finish(const struct rule *, struct fault *);
void confine_free(struct confine *);

/* … rule_watch.c, … */
int keyword_watch(const struct place *, const char *, struct fault *);
int keyword_timeout(const struct place *, const char *, struct fault *);
int keyword_idle_timeout(const struct place *, const char *, struct fault *);
int keyword_record(const struct place *, const char *, struct fault *);
int keyword_record_max(const struct place *, const char *, struct fault *);
int keyword_on_violation(const struct place *, const char *, struct fault *);
int keyword_on_success(const struct place *, const char *, struct fault *);
int keyword_follow(const struct place *, const char *, struct fault *);
int keyword_if_changed(const struct place *, const char *, struct fault *);
int watching_finish(const struct rule *, struct fault *);
void watching_free(struct watching *);

/* … and rule_choices.c. */
int keyword_links(const struct place *, const char *, struct fault *);
int keyword_delete(const struct place *, const char *, struct fault *);
int keyword_options(const struct place *, const char *, struct fault *);
int keyword_munge_links(const struct place *, const char *, struct fault *);
int keyword_hooks(const struct place *, const char *, struct fault *);
int keyword_quota(const struct place *, const char *, struct fault *);
int choices_finish(const struct rule *, struct fault *);

/* Sets a key of rule_keywords in the rule of a program that follows; at has
 * its name as the suffix. -1: not one that may stand there, or its value. */
int rule_set_follow(struct rule *, const struct place *at, const char *value,
    struct fault *);
/* Where name stands in a table; *suffix is set behind a family's dot. */
const struct keyword *
keyword_find(const struct keyword *, const char *name, const char **suffix);

/* What can only be judged when the whole rule is known. -1: WHY_POLICY with
 * the line in the fault. */
int rule_finish(struct rule *, struct fault *);
void rule_free(struct rule *);

/* Appends one zeroed element; NULL with WHY_MEMORY. */
void *keyword_grow(void *array, size_t n, size_t size, struct fault *);

#endif
