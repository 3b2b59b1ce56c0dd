#ifndef GK_COMPLETE_H
#define GK_COMPLETE_H

#include "access.h"

struct fault;
struct plan;
struct policy;
struct protocol;
struct rate;
struct request;
struct rule;
struct settings;

/* Who asked, and by which rule. */
struct completion {
	const struct policy *policy;
	const struct settings *settings;
	const struct request *req;
	const struct rule *rule;
	const struct protocol *served; /* NULL for a command or a shell */
};

/*
 * The plan has its argv, the rule's directories as its first grants, and
 * what a protocol put into the environment; all else is filled in. -1: this
 * side cannot do its part, with the place in the policy where there is one.
 */
int complete_plan(struct plan *, const struct completion *, struct fault *);

/* Opens the rule's directories: the plan's first grants, and what a client
 * names must lie in them. -1 with the place in the policy. */
int complete_areas(struct plan *, const struct rule *, struct fault *);

/* What holds for set-id modes: the rule's word, else the protocol's. */
enum set_id complete_set_id(const struct rule *, const struct protocol *);

/* The slots of max-sessions, and what they imply. */
void complete_slots(struct plan *, const struct policy *);

/* Adds a counter for the key, or for one of its rules; nothing when the rate
 * is unlimited. -1: out of memory. */
int complete_quota(struct plan *, const struct rate *, const char *key,
    const char *rule);

#endif
