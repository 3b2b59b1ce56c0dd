#ifndef GK_CTL_KEYS_FILE_H
#define GK_CTL_KEYS_FILE_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>

struct account;
struct fault;

/*
 * An authorized_keys file of an account that may be hostile: it may own the
 * folder and the file, and change both at any time. Nothing is reached by a
 * link but one of root's, and what is replaced is what was read.
 */
struct keys_file {
	char *path; /* as messages call it */
	const char *name; /* in its folder: the end of path */
	int folder; /* -1: there is none */
	bool locked;
	bool made; /* the folder is new, and goes if nothing comes of it */
	bool exists;
	struct stat st; /* of the file as it was read */
	char *text; /* what it holds; text[size] is NUL */
	size_t size;
};

/*
 * Reads the file, which may be missing. To write it, its folder is locked
 * against others like us, and made if it is missing. -1: not safe to use.
 * keys_file_close() in each case.
 */
int keys_file_open(struct keys_file *, const char *path, const struct account *,
    bool write, struct fault *);
/*
 * Puts the text in the place of what was read, whole or not at all, with owner
 * and mode of the old file. A new one is root's, and others may read it; or
 * when an account makes its own, nobody else.
 */
int keys_file_replace(struct keys_file *, const char *text, size_t size,
    struct fault *);
void keys_file_close(struct keys_file *);

#endif
