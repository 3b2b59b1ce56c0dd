#ifndef GK_CTL_HASHED_H
#define GK_CTL_HASHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HASHED_TEXT_MAX = 256 };

/* One string, and what is counted of it. */
struct item {
	uint64_t hash;
	void *data; /* the caller's */
	unsigned long long n;
	unsigned long long refused; /* of these */
	long long first; /* times; 0: unknown */
	long long last;
	bool before; /* it was there before the period */
	size_t size; /* of the whole string */
	size_t kept; /* HASHED_TEXT_MAX, or less, not to halve a character */
	char text[]; /* ends in NUL besides */
};

/*
 * A set of strings that has a limit. What is over it is told by NULL, and
 * leaves nothing. Strings are known by a hash under a random key, so that
 * nobody can choose one that passes for another; items stay where they are
 * until the set is freed. A zeroed set with its limits is empty.
 */
struct hashed {
	size_t max;
	size_t *budget; /* of all such sets together; NULL: none */
	struct item **slots;
	size_t size;
	size_t n;
};

/* The item of a string, made when it is new. */
struct item *hashed_add(struct hashed *, const char *, size_t);
/* Or NULL. */
struct item *hashed_find(const struct hashed *, const char *, size_t);
/* The items in the order of a comparison; new, ends with NULL. */
struct item **
hashed_sort(const struct hashed *, int (*)(const void *, const void *));
/* Not what `data` points to. */
void hashed_free(struct hashed *);

#endif
