/*
 * Modes: a file that keeps a set-id bit, or a capability, would be a program
 * that whoever runs it runs as this account. The warden looks for one.
 */

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#endif

enum { SET_USER = 04755, SET_GROUP = 02755 };

/* A file to begin with, where one can be made. */
static char *
plain(void)
{
	char *path = inside("plain");

	put(path, "x", 1, 0755);
	return path;
}

static enum outcome
made(int fd)
{
	return fd == -1 ? HELD : (close(fd), SUCCEEDED);
}

static enum outcome
by_chmod(void)
{
	return judge(chmod(plain(), SET_USER));
}

static enum outcome
by_chmod_group(void)
{
	return judge(chmod(plain(), SET_GROUP));
}

static enum outcome
by_chmod_folder(void)
{
	return judge(chmod(world.in, SET_GROUP));
}

static enum outcome
by_fchmod(void)
{
	const int fd = open(plain(), O_WRONLY);
	const int result = fchmod(fd, SET_USER);

	close(fd);
	return judge(result);
}

static enum outcome
by_fchmodat(void)
{
	return judge(syscall(SYS_fchmodat, AT_FDCWD, plain(), SET_USER));
}

static enum outcome
by_fchmodat2(void)
{
	return judge(syscall(SYS_fchmodat2, AT_FDCWD, plain(), SET_USER, 0));
}

static enum outcome
by_high_bits(void)
{
	const uint64_t mode = SET_USER | UINT64_C(1) << 32;

	return judge(syscall(SYS_fchmodat, AT_FDCWD, plain(), mode));
}

static enum outcome
by_creat(void)
{
#ifdef SYS_creat
	umask(0);
	return made((int)syscall(SYS_creat, inside("made"), SET_USER));
#else
	return untried("this architecture has no such call");
#endif
}

static enum outcome
by_open(void)
{
#ifdef SYS_open
	return made((int)syscall(SYS_open, inside("made"), O_WRONLY | O_CREAT,
	    SET_USER));
#else
	return untried("this architecture has no such call");
#endif
}

static enum outcome
by_openat(void)
{
	return made((int)syscall(SYS_openat, AT_FDCWD, inside("made"),
	    O_WRONLY | O_CREAT, SET_USER));
}

static enum outcome
by_openat_reading(void)
{
	return made((int)syscall(SYS_openat, AT_FDCWD, inside("made"),
	    O_RDONLY | O_CREAT | O_EXCL, SET_USER));
}

static enum outcome
by_openat2(void)
{
	struct open_how how = {.flags = O_WRONLY | O_CREAT, .mode = SET_USER};

	return made((int)syscall(SYS_openat2, AT_FDCWD, inside("made"), &how,
	    sizeof(how)));
}

/* Without a name: it must first get one to be seen. */
static enum outcome
by_unnamed(void)
{
	const int fd = (int)syscall(SYS_openat, AT_FDCWD, world.in,
	    O_WRONLY | O_TMPFILE, SET_USER);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		return HELD;
	close(fd);
	return st.st_mode & S_ISUID ? SUCCEEDED : HELD;
}

static enum outcome
by_mknod(void)
{
#ifdef SYS_mknod
	return judge(syscall(SYS_mknod, inside("made"), S_IFREG | SET_USER, 0));
#else
	return untried("this architecture has no such call");
#endif
}

static enum outcome
by_mknodat(void)
{
	return judge(syscall(SYS_mknodat, AT_FDCWD, inside("made"),
	    S_IFREG | SET_USER, 0));
}

/* The type left out is a regular file's, too. */
static enum outcome
by_mknod_without_type(void)
{
	return judge(
	    syscall(SYS_mknodat, AT_FDCWD, inside("made"), SET_USER, 0));
}

static const struct vfs_cap_data raw_network = {.magic_etc =
						    VFS_CAP_REVISION_2 |
	VFS_CAP_FLAGS_EFFECTIVE,
    .data = {{.permitted = 1U << CAP_NET_RAW}}};

static enum outcome
by_capability(void)
{
	return judge(setxattr(plain(), "security.capability", &raw_network,
	    sizeof(raw_network), 0));
}

static enum outcome
by_capability_fd(void)
{
	const int fd = open(plain(), O_WRONLY);
	const int result = fsetxattr(fd, "security.capability", &raw_network,
	    sizeof(raw_network), 0);

	close(fd);
	return judge(result);
}

static enum outcome
by_capability_at(void)
{
	struct {
		_Alignas(8) uint64_t value;
		uint32_t size;
		uint32_t flags;
	} arguments = {(uintptr_t)&raw_network, sizeof(raw_network), 0};

	return judge(syscall(SYS_setxattrat, AT_FDCWD, plain(), 0,
	    "security.capability", &arguments, sizeof(arguments)));
}

const struct attack mode_attacks[] = {
    {"mode-chmod", by_chmod, false},
    {"mode-chmod-group", by_chmod_group, false},
    {"mode-chmod-folder", by_chmod_folder, false},
    {"mode-fchmod", by_fchmod, false},
    {"mode-fchmodat", by_fchmodat, false},
    {"mode-fchmodat2", by_fchmodat2, false},
    {"mode-high-bits", by_high_bits, false},
    {"mode-creat", by_creat, false},
    {"mode-open", by_open, false},
    {"mode-openat", by_openat, false},
    {"mode-openat-reading", by_openat_reading, false},
    {"mode-openat2", by_openat2, false},
    {"mode-unnamed", by_unnamed, false},
    {"mode-mknod", by_mknod, false},
    {"mode-mknodat", by_mknodat, false},
    {"mode-mknod-without-type", by_mknod_without_type, false},
    {"mode-capability", by_capability, false},
    {"mode-capability-descriptor", by_capability_fd, false},
    {"mode-capability-at", by_capability_at, false},
    {NULL, NULL, false},
};
