#ifndef GK_CTL_SENTENCE_H
#define GK_CTL_SENTENCE_H

#include <stdbool.h>

struct keyfile;
struct rule;
struct source;

/* Prints "- may upload files into /srv/backup with scp, write-only, …". */
void sentence_rule(const struct keyfile *, const struct rule *);
/* `enabled = no` in the rule; without a rule, in [key]. */
bool sentence_is_off(const struct source *, const struct rule *);

#endif
