#ifndef GK_CTL_LEARN_PLACE_H
#define GK_CTL_LEARN_PLACE_H

#include <stdbool.h>

struct list;

/* Whether a path is, or lies in, what belongs to the system: no rule for it
 * is proposed. */
bool learn_is_system(const char *path);

/* The directory that a path lies in, or is, without links; new. NULL: it does
 * not exist. */
char *learn_directory(const char *path);

/* Adds a directory to those that hold it not yet, and takes out those that
 * it holds. */
void learn_add_directory(struct list *, const char *path);
/* Of more than LEARN_DIRECTORIES_MAX, the one that holds all; false: that is
 * the system's. */
#define LEARN_DIRECTORIES_MAX 16
bool learn_few_directories(struct list *);

#endif
