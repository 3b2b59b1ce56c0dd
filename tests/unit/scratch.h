#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H

/*
 * A throw-away tree of real files, one for each test, in GK_TEST_DIR or else
 * in build/: every folder above it must be safe from other users, as policies
 * are read nowhere else; where it is not, the test is skipped. ROOT in a text
 * stands for the tree. Used with scratch_test(), which removes it.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "list.h"

#define scratch_test(f) cmocka_unit_test_teardown(f, scratch_remove)

/* The tree, "" when there is none, and the texts that mention it. */
static struct {
	char root[PATH_MAX];
	struct list texts;
} scratch;

static inline bool
scratch_is_safe(const char *path)
{
	char folder[PATH_MAX];
	struct stat st;

	snprintf(folder, sizeof(folder), "%s", path);
	for (;;) {
		char *slash = strrchr(folder, '/');

		if (stat(*folder != '\0' ? folder : "/", &st) == -1 ||
		    (st.st_uid != 0 && st.st_uid != geteuid()) ||
		    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
			return false;
		if (slash == NULL)
			return true;
		*slash = '\0';
	}
}

static inline void
scratch_make(void)
{
	const char *base = getenv("GK_TEST_DIR");
	char real[PATH_MAX];

	if (base == NULL)
		base = "build";
	umask(022);
	if (realpath(base, real) == NULL || access(real, W_OK) == -1 ||
	    !scratch_is_safe(real)) {
		print_message("# %s is not safe from other users, or not "
			      "ours: set GK_TEST_DIR\n",
		    base);
		skip();
	}
	if (snprintf(scratch.root, PATH_MAX, "%s/scratch-XXXXXX", real) >=
		PATH_MAX ||
	    mkdtemp(scratch.root) == NULL) {
		scratch.root[0] = '\0';
		fail_msg("no folder in %s", real);
	}
	assert_int_equal(chmod(scratch.root, 0755), 0);
}

static inline int
scratch_unlink(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int
scratch_remove(void **state)
{
	int ret = 0;

	(void)state;
	if (scratch.root[0] != '\0')
		ret = nftw(scratch.root, scratch_unlink, 16,
		    FTW_DEPTH | FTW_PHYS);
	scratch.root[0] = '\0';
	list_free(&scratch.texts);
	return ret;
}

/* The text with the tree in place of ROOT; it lives as long as the tree. */
static inline const char *
scratch_text(const char *text)
{
	const char *at, *root = scratch.root;
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	assert_non_null(f);
	while ((at = strstr(text, "ROOT")) != NULL) {
		fprintf(f, "%.*s%s", (int)(at - text), text, root);
		text = at + strlen("ROOT");
	}
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(list_take(&scratch.texts, out), 0);
	return out;
}

/* Each takes a path with ROOT in it. */

static inline void
scratch_file(const char *path, mode_t mode, const char *text)
{
	FILE *f = fopen(scratch_text(path), "we");

	assert_non_null(f);
	fputs(scratch_text(text), f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(scratch_text(path), mode), 0);
}

static inline void
scratch_folder(const char *path, mode_t mode)
{
	assert_int_equal(mkdir(scratch_text(path), 0700), 0);
	assert_int_equal(chmod(scratch_text(path), mode), 0);
}

static inline void
scratch_link(const char *path, const char *target)
{
	assert_int_equal(symlink(scratch_text(target), scratch_text(path)), 0);
}

#endif
