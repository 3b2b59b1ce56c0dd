/*
 * Files: contents that no rule names, read or changed by every family of
 * calls. `secret` in both folders is what there is to be read; the warden
 * sees any change of what lies outside.
 */

#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utime.h>

#include "attack.h"

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif

enum { DEV_ZERO = 5, DEV_MEMORY = 1, LONG_AGO = 86400 };

static const char text[] = "changed\n";

static int
path_only(const char *path)
{
	return open(path, O_PATH | O_CLOEXEC);
}

static enum outcome
change_fd(int fd)
{
	ssize_t n;

	if (fd == -1)
		return HELD;
	n = write(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 ? SUCCEEDED : HELD;
}

/* Reading. */

static enum outcome
read_inside(void)
{
	return leak_path(inside("secret"));
}

static enum outcome
read_open(void)
{
	return leak_fd((int)syscall(
#ifdef SYS_open
	    SYS_open, outside("secret"), O_RDONLY));
#else
	    SYS_openat, AT_FDCWD, outside("secret"), O_RDONLY));
#endif
}

static enum outcome
read_openat(void)
{
	return leak_path(outside("secret"));
}

static enum outcome
read_openat2(void)
{
	struct open_how how = {.flags = O_RDONLY};

	return leak_fd((int)syscall(SYS_openat2, AT_FDCWD, outside("secret"),
	    &how, sizeof(how)));
}

static enum outcome
read_dot_dot(void)
{
	const char *name = strrchr(world.out, '/') + 1;
	const int fd = path_only(world.in);
	char *path = join(join("..", name), "secret");
	const enum outcome outcome = leak_fd(openat(fd, path, O_RDONLY));

	close(fd);
	return outcome;
}

static enum outcome
read_from_folder(void)
{
	const int fd = path_only(world.out);
	const enum outcome outcome = leak_fd(openat(fd, "secret", O_RDONLY));

	close(fd);
	return outcome;
}

static enum outcome
read_working_folder(void)
{
	enum outcome outcome;

	if (chdir(world.out) == -1)
		return HELD;
	outcome = leak_fd(openat(AT_FDCWD, "secret", O_RDONLY));
	return chdir(world.in) == -1 && chdir("/") == -1 ? HELD : outcome;
}

static enum outcome
read_reopened(void)
{
	const int fd = path_only(outside("secret"));
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return leak_path(path);
}

static enum outcome
read_self_root(void)
{
	return leak_path(join("/proc/self/root", outside("secret")));
}

static enum outcome
of_victim(const char *name)
{
	char *path;
	enum outcome outcome;

	if (asprintf(&path, "/proc/%ld/%s", world.victim, name) == -1)
		return HELD;
	outcome = leak_path(path);
	free(path);
	return outcome;
}

static enum outcome
read_victim_root(void)
{
	return of_victim(join("root", outside("secret")));
}

static enum outcome
read_victim_cwd(void)
{
	return of_victim("cwd/secret");
}

static enum outcome
read_victim_fd(void)
{
	char name[32];

	snprintf(name, sizeof(name), "fd/%ld", world.victim_fd);
	return of_victim(name);
}

static enum outcome
read_victim_environment(void)
{
	char bytes[4096];
	char path[64];
	enum outcome outcome = HELD;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/environ", world.victim);
	if ((fd = open(path, O_RDONLY)) == -1)
		return HELD;
	n = read(fd, bytes, sizeof(bytes));
	for (ssize_t i = 0; i < n; i += (ssize_t)strlen(bytes + i) + 1)
		outcome = leak(bytes + i, strnlen(bytes + i, (size_t)(n - i)));
	close(fd);
	return outcome;
}

static enum outcome
read_victim_memory(void)
{
	char bytes[64] = "";
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/mem", world.victim);
	if ((fd = open(path, O_RDONLY)) == -1)
		return HELD;
	n = pread(fd, bytes, sizeof(bytes) - 1, (off_t)world.address);
	close(fd);
	return n <= 0 ? HELD : leak(bytes, strlen(bytes));
}

/* Links in, by name. */

static enum outcome
read_symlink(void)
{
	if (symlink(outside("secret"), inside("link")) == -1)
		return HELD;
	return leak_path(inside("link"));
}

static enum outcome
read_symlink_folder(void)
{
	if (symlink(world.out, inside("folder-link")) == -1)
		return HELD;
	return leak_path(inside("folder-link/secret"));
}

static enum outcome
read_hard_link(void)
{
	if (link(outside("secret"), inside("hard")) == -1)
		return HELD;
	return leak_path(inside("hard"));
}

static enum outcome
read_link_of_descriptor(void)
{
	const int fd = path_only(outside("secret"));
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(fd, "", AT_FDCWD, inside("hard"), AT_EMPTY_PATH) == -1 &&
	    linkat(AT_FDCWD, path, AT_FDCWD, inside("hard"),
		AT_SYMLINK_FOLLOW) == -1)
		return HELD;
	return leak_path(inside("hard"));
}

static enum outcome
read_renamed(void)
{
	if (rename(outside("secret"), inside("renamed")) == -1)
		return HELD;
	return leak_path(inside("renamed"));
}

static enum outcome
read_exchanged(void)
{
	put(inside("swap"), text, sizeof(text) - 1, 0600);
	if (renameat2(AT_FDCWD, outside("secret"), AT_FDCWD, inside("swap"),
		RENAME_EXCHANGE) == -1)
		return HELD;
	return leak_path(inside("swap"));
}

/* A name that is the rule's, and a folder that is not. */
static enum outcome
read_under_its_name(void)
{
	char *aside = join(world.out, "aside");
	enum outcome outcome;

	if (rename(world.in, aside) == -1)
		return HELD;
	outcome = symlink(world.out, world.in) == -1 ?
	    HELD :
	    leak_path(inside("secret"));
	unlink(world.in);
	rename(aside, world.in);
	return outcome;
}

static enum outcome
read_handle(void)
{
	union {
		struct file_handle head;
		unsigned char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} handle = {.head.handle_bytes = MAX_HANDLE_SZ};
	int id;

	if (chdir(world.in) == -1 ||
	    name_to_handle_at(AT_FDCWD, outside("secret"), &handle.head, &id,
		0) == -1)
		return HELD;
	return leak_fd(open_by_handle_at(AT_FDCWD, &handle.head, O_RDONLY));
}

static enum outcome
read_mount(void)
{
	enum outcome outcome;

	mkdir(inside("mount"), 0700);
	if (mount(world.out, inside("mount"), NULL, MS_BIND, NULL) == -1)
		return HELD;
	outcome = leak_path(inside("mount/secret"));
	umount2(inside("mount"), MNT_DETACH);
	return outcome;
}

/* Root of a user namespace of its own may mount in one of mounts. */
static enum outcome
read_user_mount(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == -1 ? HELD : read_mount();
}

static enum outcome
read_detached_mount(void)
{
	const int fd = (int)syscall(SYS_open_tree, AT_FDCWD, world.out,
	    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return fd == -1 ? HELD : leak_fd(openat(fd, "secret", O_RDONLY));
}

static enum outcome
read_chroot(void)
{
	return chroot(world.out) == -1 ? HELD : leak_path("/secret");
}

static enum outcome
read_policy(void)
{
	return leak_path(join(world.policy, "secret"));
}

static enum outcome
read_attribute(void)
{
	char value[64];
	const ssize_t n =
	    getxattr(outside("secret"), "user.gk", value, sizeof(value));

	return n == -1 ? HELD : leak(value, (size_t)n);
}

/* Names and the like, which say something too. */

static enum outcome
list_fd(int fd)
{
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL)
		return HELD;
	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, "name-", strlen("name-")) == 0)
			leak(entry->d_name + strlen("name-"),
			    strlen(entry->d_name + strlen("name-")));
	closedir(dir);
	return SUCCEEDED;
}

static enum outcome
list_outside(void)
{
	return list_fd(open(world.out, O_RDONLY | O_DIRECTORY));
}

static enum outcome
list_working_folder(void)
{
	enum outcome outcome;

	if (chdir(world.out) == -1)
		return HELD;
	outcome = list_fd(open(".", O_RDONLY | O_DIRECTORY));
	return chdir("/") == -1 ? HELD : outcome;
}

static enum outcome
watch_outside(void)
{
	const int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char event[512];
	enum outcome outcome = HELD;

	if (fd != -1 && inotify_add_watch(fd, world.out, IN_ALL_EVENTS) != -1) {
		utimensat(AT_FDCWD, outside("file"), NULL, 0);
		outcome = read(fd, event, sizeof(event)) > 0 ? SUCCEEDED : HELD;
	}
	if (fd != -1)
		close(fd);
	return outcome;
}

static enum outcome
stat_outside(void)
{
	struct stat st;
	char number[32];
	int n;

	if (stat(outside("stamp"), &st) == -1)
		return HELD;
	n = snprintf(number, sizeof(number), "%jd", (intmax_t)st.st_mtime);
	return leak(number, (size_t)n);
}

static enum outcome
readlink_outside(void)
{
	char target[256];
	const ssize_t n = readlink(outside("points"), target, sizeof(target));

	return n == -1 ? HELD : leak(target, (size_t)n);
}

static enum outcome
readlink_victim(void)
{
	char name[64], target[4096];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/%ld/cwd", world.victim);
	n = readlink(name, target, sizeof(target));
	return n == (ssize_t)strlen(world.out) &&
		memcmp(target, world.out, (size_t)n) == 0 ?
	    SUCCEEDED :
	    HELD;
}

/* What every account may read on a usual system. */

static enum outcome
read_first(const char *path)
{
	const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	char c;
	ssize_t n;

	if (fd == -1)
		return HELD;
	n = read(fd, &c, 1);
	close(fd);
	return n == 1 ? SUCCEEDED : HELD;
}

static enum outcome
read_passwd(void)
{
	return read_first("/etc/passwd");
}

static enum outcome
read_hosts(void)
{
	return read_first("/etc/resolv.conf") == SUCCEEDED ?
	    SUCCEEDED :
	    read_first("/etc/hosts");
}

static enum outcome
read_shadow(void)
{
	return read_first("/etc/shadow");
}

static enum outcome
read_program(void)
{
	return read_first("/bin/sh");
}

static enum outcome
read_proc(void)
{
	return read_first("/proc/self/status");
}

static enum outcome
read_sys(void)
{
	return read_first("/sys/kernel/mm/transparent_hugepage/enabled");
}

static enum outcome
read_device(void)
{
	return read_first("/dev/full");
}

static enum outcome
open_pty(void)
{
	const int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);

	return fd == -1 ? HELD : (close(fd), SUCCEEDED);
}

static enum outcome
make_device(void)
{
	if (mknod(inside("device"), S_IFCHR | 0600,
		makedev(DEV_MEMORY, DEV_ZERO)) == -1)
		return HELD;
	return SUCCEEDED;
}

/* What stays behind is a device, of numbers 0 and 0. */
static enum outcome
make_whiteout(void)
{
	put(inside("moved"), text, sizeof(text) - 1, 0600);
	return judge(renameat2(AT_FDCWD, inside("moved"), AT_FDCWD,
	    inside("moved-away"), RENAME_WHITEOUT));
}

/* Changing. */

static enum outcome
write_inside(void)
{
	return judge(put(inside("new"), text, sizeof(text) - 1, 0600));
}

static enum outcome
write_open(void)
{
	return change_fd(open(outside("file"), O_WRONLY));
}

static enum outcome
write_append(void)
{
	return change_fd(open(outside("file"), O_WRONLY | O_APPEND));
}

static enum outcome
write_both(void)
{
	return change_fd(open(outside("file"), O_RDWR));
}

static enum outcome
write_openat2(void)
{
	struct open_how how = {.flags = O_WRONLY};

	return change_fd((int)syscall(SYS_openat2, AT_FDCWD, outside("file"),
	    &how, sizeof(how)));
}

static enum outcome
write_create(void)
{
	return change_fd(open(outside("new"), O_WRONLY | O_CREAT, 0600));
}

static enum outcome
write_creat(void)
{
	return change_fd(creat(outside("file"), 0600));
}

static enum outcome
truncate_by_open(int flags)
{
	const int fd = open(outside("file"), flags | O_TRUNC);

	return fd == -1 ? HELD : (close(fd), SUCCEEDED);
}

static enum outcome
truncate_reading(void)
{
	return truncate_by_open(O_RDONLY);
}

/* Neither reading nor writing: for ioctl, said the kernel once. */
static enum outcome
truncate_access_3(void)
{
	return truncate_by_open(O_ACCMODE);
}

static enum outcome
truncate_path(void)
{
	return judge(truncate(outside("file"), 1));
}

static enum outcome
write_reopened(void)
{
	const int fd = path_only(outside("file"));
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return change_fd(open(path, O_WRONLY));
}

static enum outcome
write_unnamed(void)
{
	const int fd = open(world.out, O_TMPFILE | O_WRONLY, 0600);
	char path[64];

	if (fd == -1)
		return HELD;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return judge(linkat(AT_FDCWD, path, AT_FDCWD, outside("new"),
	    AT_SYMLINK_FOLLOW));
}

static enum outcome
write_symlink(void)
{
	if (symlink(outside("file"), inside("to-file")) == -1)
		return HELD;
	return change_fd(open(inside("to-file"), O_WRONLY));
}

/* Made where a link points that leads nowhere yet. */
static enum outcome
write_dangling(void)
{
	if (symlink(outside("new"), inside("to-new")) == -1)
		return HELD;
	return change_fd(open(inside("to-new"), O_WRONLY | O_CREAT, 0600));
}

static enum outcome
write_hard_link(void)
{
	if (link(outside("file"), inside("same")) == -1)
		return HELD;
	return change_fd(open(inside("same"), O_WRONLY));
}

static enum outcome
make_link_out(void)
{
	put(inside("a"), text, sizeof(text) - 1, 0600);
	return judge(link(inside("a"), outside("new")));
}

static enum outcome
make_symlink_out(void)
{
	return judge(symlink("file", outside("new")));
}

static enum outcome
rename_out(void)
{
	put(inside("b"), text, sizeof(text) - 1, 0600);
	return judge(rename(inside("b"), outside("new")));
}

static enum outcome
rename_over(void)
{
	put(inside("c"), text, sizeof(text) - 1, 0600);
	return judge(rename(inside("c"), outside("file")));
}

static enum outcome
rename_in(void)
{
	return judge(rename(outside("file"), inside("taken")));
}

static enum outcome
rename_within(void)
{
	return judge(rename(outside("file"), outside("file-2")));
}

static enum outcome
rename_folder_in(void)
{
	return judge(rename(outside("folder"), inside("taken-folder")));
}

static enum outcome
make_folder(void)
{
	return judge(mkdir(outside("new-folder"), 0700));
}

static enum outcome
remove_folder(void)
{
	return judge(rmdir(outside("folder")));
}

static enum outcome
remove_file(void)
{
	return judge(unlink(outside("file")));
}

static enum outcome
remove_at(void)
{
	const int fd = path_only(world.out);
	const int result = unlinkat(fd, "file", 0);

	close(fd);
	return judge(result);
}

static enum outcome
make_fifo(void)
{
	return judge(mknod(outside("new"), S_IFIFO | 0600, 0));
}

static enum outcome
make_socket(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int result;

	snprintf(to.sun_path, sizeof(to.sun_path), "%s/new", world.out);
	result = bind(fd, (struct sockaddr *)&to, sizeof(to));
	close(fd);
	return judge(result);
}

static enum outcome
change_mode(void)
{
	return judge(chmod(outside("secret"), 0644));
}

static enum outcome
change_group(void)
{
	/* For anybody else, there may be no other group to give it to. */
	if (geteuid() != 0)
		return untried("an ordinary user may have but one group");
	return judge(chown(outside("file"), (uid_t)-1, 1));
}

static enum outcome
change_times(void)
{
	const struct timespec times[2] = {{LONG_AGO, 0}, {LONG_AGO, 0}};

	return judge(utimensat(AT_FDCWD, outside("file"), times, 0));
}

static enum outcome
change_attribute(void)
{
	return judge(setxattr(outside("file"), "user.gk", "x", 1, 0));
}

static enum outcome
write_policy(void)
{
	return change_fd(
	    open(join(world.policy, "gatekeeper.ini"), O_WRONLY | O_APPEND));
}

/* Another policy, which a second login would be judged by. */
static enum outcome
make_policy(void)
{
	return change_fd(
	    open(join(world.policy, "keys/new.ini"), O_WRONLY | O_CREAT, 0600));
}

static enum outcome
empty_records(void)
{
	return judge(truncate(world.records, 0));
}

static enum outcome
remove_records(void)
{
	return judge(unlink(world.records));
}

/* A name for a program in a folder where it may be written. */
static enum outcome
link_program(void)
{
	if (link(world.tool, inside("tool")) == -1)
		return HELD;
	return change_fd(open(inside("tool"), O_WRONLY | O_APPEND));
}

static enum outcome
replace_program(void)
{
	put(inside("d"), text, sizeof(text) - 1, 0755);
	return judge(rename(inside("d"), world.tool));
}

/* Lets the user of number 1 read. */
static enum outcome
change_acl(void)
{
	static const struct {
		uint32_t version;
		struct {
			uint16_t tag, perm;
			uint32_t id;
		} entry[5];
	} acl = {2,
	    {{0x01, 6, UINT32_MAX}, {0x02, 4, 1}, {0x04, 0, UINT32_MAX},
		{0x10, 4, UINT32_MAX}, {0x20, 0, UINT32_MAX}}};

	return judge(setxattr(outside("file"), "system.posix_acl_access", &acl,
	    sizeof(acl), 0));
}

/* The kernel starts a program of this name, as root, when one crashes. */
static enum outcome
open_core_pattern(void)
{
	const int fd = open("/proc/sys/kernel/core_pattern", O_WRONLY);

	return fd == -1 ? HELD : (close(fd), SUCCEEDED);
}

static enum outcome
make_file_system(void)
{
	const int fd = (int)syscall(SYS_fsopen, "tmpfs", 0);

	return fd == -1 ? HELD : (close(fd), SUCCEEDED);
}

/* What may only be read, in a folder where it may be written, */
static enum outcome
write_shown(void)
{
	return change_fd(open(join(world.shown, "file"), O_WRONLY));
}

static enum outcome
link_shown(void)
{
	if (link(join(world.shown, "file"), inside("e")) == -1)
		return HELD;
	return change_fd(open(inside("e"), O_WRONLY));
}

static enum outcome
rename_shown(void)
{
	return judge(rename(join(world.shown, "file"), inside("f")));
}

/* and the other way round. */
static enum outcome
show_stored(void)
{
	char *to = join(world.shown, "g");

	if (rename(inside("secret"), to) == -1 && link(inside("secret"), to))
		return HELD;
	return leak_path(to);
}

static enum outcome
write_tmp(void)
{
	char *path = join("/tmp", world.label);

	return change_fd(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static enum outcome
write_shared_memory(void)
{
	char *path = join("/dev/shm", world.label);

	return change_fd(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
}

const struct attack file_attacks[] = {
    {"file-read-inside", read_inside, false},
    {"file-write-inside", write_inside, false},
    {"file-read-open", read_open, false},
    {"file-read-openat", read_openat, false},
    {"file-read-openat2", read_openat2, false},
    {"file-read-dot-dot", read_dot_dot, false},
    {"file-read-from-folder", read_from_folder, false},
    {"file-read-working-folder", read_working_folder, false},
    {"file-read-reopened", read_reopened, false},
    {"file-read-self-root", read_self_root, false},
    {"file-read-victim-root", read_victim_root, false},
    {"file-read-victim-cwd", read_victim_cwd, false},
    {"file-read-victim-descriptor", read_victim_fd, false},
    {"file-read-victim-environment", read_victim_environment, false},
    {"file-read-victim-memory", read_victim_memory, false},
    {"file-read-symlink", read_symlink, false},
    {"file-read-symlink-folder", read_symlink_folder, false},
    {"file-read-hard-link", read_hard_link, false},
    {"file-read-link-of-descriptor", read_link_of_descriptor, false},
    {"file-read-renamed", read_renamed, false},
    {"file-read-exchanged", read_exchanged, false},
    {"file-read-under-its-name", read_under_its_name, false},
    {"file-read-handle", read_handle, false},
    {"file-read-mount", read_mount, false},
    {"file-read-user-mount", read_user_mount, true},
    {"file-read-detached-mount", read_detached_mount, false},
    {"file-read-chroot", read_chroot, true},
    {"file-read-policy", read_policy, false},
    {"file-read-attribute", read_attribute, false},
    {"file-list", list_outside, false},
    {"file-list-working-folder", list_working_folder, false},
    {"file-watch", watch_outside, false},
    {"file-stat", stat_outside, false},
    {"file-readlink", readlink_outside, false},
    {"file-readlink-victim", readlink_victim, false},
    {"file-read-passwd", read_passwd, false},
    {"file-read-hosts", read_hosts, false},
    {"file-read-shadow", read_shadow, false},
    {"file-read-program", read_program, false},
    {"file-read-proc", read_proc, false},
    {"file-read-sys", read_sys, false},
    {"file-read-device", read_device, false},
    {"file-open-pty", open_pty, false},
    {"file-make-device", make_device, false},
    {"file-make-whiteout", make_whiteout, false},
    {"file-write-open", write_open, false},
    {"file-write-append", write_append, false},
    {"file-write-both", write_both, false},
    {"file-write-openat2", write_openat2, false},
    {"file-write-create", write_create, false},
    {"file-write-creat", write_creat, false},
    {"file-truncate-reading", truncate_reading, false},
    {"file-truncate-access-3", truncate_access_3, false},
    {"file-truncate", truncate_path, false},
    {"file-write-reopened", write_reopened, false},
    {"file-write-unnamed", write_unnamed, false},
    {"file-write-symlink", write_symlink, false},
    {"file-write-dangling", write_dangling, false},
    {"file-write-hard-link", write_hard_link, false},
    {"file-link-out", make_link_out, false},
    {"file-symlink-out", make_symlink_out, false},
    {"file-rename-out", rename_out, false},
    {"file-rename-over", rename_over, false},
    {"file-rename-in", rename_in, false},
    {"file-rename-within", rename_within, false},
    {"file-rename-folder-in", rename_folder_in, false},
    {"file-mkdir", make_folder, false},
    {"file-rmdir", remove_folder, false},
    {"file-unlink", remove_file, false},
    {"file-unlinkat", remove_at, false},
    {"file-fifo", make_fifo, false},
    {"file-socket", make_socket, false},
    {"file-chmod", change_mode, false},
    {"file-chown", change_group, false},
    {"file-utime", change_times, false},
    {"file-setxattr", change_attribute, false},
    {"file-acl", change_acl, false},
    {"file-link-program", link_program, false},
    {"file-replace-program", replace_program, false},
    {"file-core-pattern", open_core_pattern, false},
    {"file-fsopen", make_file_system, false},
    {"file-shown-write", write_shown, false},
    {"file-shown-link", link_shown, false},
    {"file-shown-rename", rename_shown, false},
    {"file-show-stored", show_stored, false},
    {"file-write-policy", write_policy, false},
    {"file-make-policy", make_policy, false},
    {"file-truncate-records", empty_records, false},
    {"file-remove-records", remove_records, false},
    {"file-write-tmp", write_tmp, false},
    {"file-write-shm", write_shared_memory, false},
    {NULL, NULL, false},
};
