#ifndef GK_WATCHED_H
#define GK_WATCHED_H

/*
 * What the keeper calls in the program's process: waits for a byte on the
 * link, without which it returns, and becomes the program. When that fails,
 * the link has the fault, and the process ends. context is a struct watch.
 */
void watched_become(void *context, int link);

#endif
