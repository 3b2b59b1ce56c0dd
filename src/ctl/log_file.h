#ifndef GK_CTL_LOG_FILE_H
#define GK_CTL_LOG_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct list;
struct log;

/*
 * The files of `[audit] file`, one for each account, each after what was
 * rotated away from it (FILE.2.gz, FILE.1, FILE-20261128.xz, FILE), added to
 * the list. How many were added; -1: gatekeeper.ini cannot be read, or names
 * no file, which was said on standard error.
 */
int log_find(const char *dir, struct list *);
/* Those of them that are written to: no rotated ones. */
int log_find_live(const char *dir, struct list *);

/* How far a file is, total 0: unknown; and something else has to be said. */
struct log_progress {
	void (*tell)(void *, off_t done, off_t total);
	void (*clear)(void *);
	void *arg;
};

/*
 * All of a file into the log: plain, or compressed by gzip, xz, zstd or
 * bzip2; `-` is standard input. A file that log_find() named must be a
 * regular one, and no symbolic link: an account may own its folder.
 * -1: it cannot be read to its end, which was said on standard error; what
 * came before counts.
 */
int log_file(struct log *, const char *path, const struct log_progress *);
int log_file_found(struct log *, const char *path, const struct log_progress *);

#endif
