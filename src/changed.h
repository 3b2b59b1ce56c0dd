#ifndef GK_CHANGED_H
#define GK_CHANGED_H

#include <stdint.h>

/*
 * What a folder is like: the names, kinds, sizes and times of change of all
 * that is below it, as one number. Times of change are the kernel's, so that
 * a client that sets other times changes nothing of it. A folder that cannot
 * be read, or holds more than is looked at, is like no other, not even
 * itself: *sum is then 0, and changed_since() is true.
 */
uint64_t changed_sum(const char *folder);
int changed_since(uint64_t before, uint64_t after);

#endif
