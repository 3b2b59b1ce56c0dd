#ifndef GK_PROTOCOL_RSYNC_SOURCE_H
#define GK_PROTOCOL_RSYNC_SOURCE_H

struct fault;
struct list;
struct rsync_paths;
struct word_mark;

/*
 * Adds what a client fetches, one name or all that a pattern matches. The
 * last component stays as it was asked for: rsync sends a link as a link,
 * and a client refuses names that it did not ask for.
 */
int rsync_source_add(struct rsync_paths *, const char *text,
    const struct word_mark *, struct list *, struct fault *);

#endif
