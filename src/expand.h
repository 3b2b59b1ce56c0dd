#ifndef GK_EXPAND_H
#define GK_EXPAND_H

struct fault;

/* What ${key} and ${account} stand for; account may be NULL: unknown. */
struct names {
	const char *key;
	const char *account;
};

/*
 * Puts the names in place of ${key} and ${account} in a value of a policy.
 * Any other $ stays, for the value's own parser to refuse. A name that could
 * be more than one path component or word refuses, with WHY_POLICY. NULL on
 * failure; the caller frees.
 */
char *expand_names(const char *, const struct names *, struct fault *);

#endif
