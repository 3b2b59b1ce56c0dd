#ifndef GK_CTL_TAIL_H
#define GK_CTL_TAIL_H

struct log_record;
struct tails;

/*
 * Files that grow, each read from where it ended at the beginning, and a file
 * that comes later from its first byte. One that is renamed or cut short is
 * read to its end, and then what has its name since.
 */
struct tails *tails_new(void (*)(const struct log_record *, void *), void *);
/* A path; `found`: it must be a regular file and no symbolic link. Nothing
 * when it is there already. `late`: read it from its first byte. */
void tails_add(struct tails *, const char *path, bool found, bool late);
/* What has come since; whether there was any. */
bool tails_read(struct tails *);
void tails_free(struct tails *);

#endif
