#ifndef GK_SHAPE_H
#define GK_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list.h"

struct type_glob;
struct type_regex;

/* A type, for the two modules that know what is in it: type.c fills it, and
 * shape.c holds words against it. */
struct type {
	const struct kind *kind; /* type.c's own */
	uint64_t min, max;
	struct list values; /* what follows the type's name */
	struct type_glob *glob; /* NULL in other types */
	struct type_regex *regex;
};

/*
 * byte and accepts both hold for every accepted word, which is not empty and
 * does not start with `-`: no captured value can become an option. one-of and
 * regex have no byte: there the policy says whether a value may be an option.
 */
struct shape {
	bool (*byte)(unsigned char);
	bool (*accepts)(const struct type *, const char *, size_t);
};

extern const struct shape shape_integer, shape_hostname, shape_ip, shape_name,
    shape_word, shape_date, shape_hex, shape_one_of, shape_glob, shape_regex,
    shape_path;

/* Canonical decimal digits of 64 bits: no leading zero, nothing lost. */
bool shape_read_number(const char *, size_t, uint64_t *);

/* Whether a component of the path is `.` or `..`. */
bool shape_has_dots(const char *, size_t);

#endif
