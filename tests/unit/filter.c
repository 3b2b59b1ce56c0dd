/*
 * The filter, from the inside. Each row is one system call, made in a child
 * that has entered the sandbox, and again in one that has not: a row that
 * answers the same on both sides says so.
 */

#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>

#include "confined.h"

struct row {
	const char *what;
	int inside;
	int outside;
	long nr;
	long arg[6];
	int abi; /* of Landlock, without which the row does not hold */
};

#define P(x) (long)(x)
#define X32 0x40000000L
#define HIGH (1L << 32)
#define ANONYMOUS MAP_PRIVATE | MAP_ANONYMOUS, -1, 0

static const char *const sh[] = {"sh", "-c", "exit 0", NULL};
static int pair[2];
static struct rlimit limit;
static char page[4096] __attribute__((aligned(4096)));
static char address[2] = {AF_UNIX, 0};

static const struct row rows_bare[] = {
    {"a read", 0, 0, SYS_openat, {AT_FDCWD, P("read/file"), 0}, 0},
    {"a number of no call", ENOSYS, ENOSYS, 10000, {0}, 0},
    {"a number newer than the tables", ENOSYS, UNSURE, 457, {0}, 0},
    {"a number in a hole", ENOSYS, ENOSYS, 400, {0}, 0},

    /* Hidden arguments: libraries fall back. */
    {"clone3", ENOSYS, EINVAL, SYS_clone3, {0}, 0},
    {"openat2", ENOSYS, EINVAL, SYS_openat2, {AT_FDCWD, P("read/file"), 0, 0},
	0},
    {"fchmodat2", ENOSYS, UNSURE, 452, {AT_FDCWD, P("write/file"), 04755, 0},
	0},
    {"io_uring_setup", ENOSYS, UNSURE, SYS_io_uring_setup, {1, 0}, 0},

    /* Ways out. */
    {"seccomp", EPERM, EINVAL, SYS_seccomp, {999, 0, 0}, 0},
    {"execveat", EPERM, EFAULT, SYS_execveat, {-1, 0, 0, 0, 0}, 0},
    {"memfd_create", EPERM, 0, SYS_memfd_create, {P("x"), 0}, 0},
    {"unshare", EPERM, 0, SYS_unshare, {0}, 0},
    {"setns", EPERM, EBADF, SYS_setns, {-1, 0}, 0},
    {"personality", EPERM, 0, SYS_personality, {0xffffffff}, 0},
    {"ptrace", EPERM, 0, SYS_ptrace, {0, 0, 0, 0}, 0},
    {"process_vm_readv", EPERM, UNSURE, SYS_process_vm_readv, {1, 0}, 0},
    {"pidfd_open", EPERM, EINVAL, SYS_pidfd_open, {-1, 0}, 0},
    {"keyctl", EPERM, UNSURE, SYS_keyctl, {0, -3, 0}, 0},
    {"shmget", EPERM, EINVAL, SYS_shmget, {IPC_PRIVATE, 0, 0}, 0},
    {"msgctl", EPERM, EINVAL, SYS_msgctl, {-1, 0, 0}, 0},
    {"semget", EPERM, EINVAL, SYS_semget, {IPC_PRIVATE, 0, 0}, 0},
    {"inotify_init1", EPERM, 0, SYS_inotify_init1, {0}, 0},
    {"bpf", EPERM, UNSURE, SYS_bpf, {-1, 0, 0}, 0},
    {"userfaultfd", EPERM, UNSURE, SYS_userfaultfd, {0}, 0},
    {"perf_event_open", EPERM, UNSURE, SYS_perf_event_open, {0}, 0},
    {"chroot", EPERM, EFAULT, SYS_chroot, {0}, 0},
    {"mount", EPERM, UNSURE, SYS_mount, {0}, 0},
    {"vmsplice", EPERM, EBADF, SYS_vmsplice, {-1, 0, 0, 0}, 0},
    {"setpriority", EPERM, 0, SYS_setpriority, {0, 0, 0}, 0},
    {"sched_setaffinity", EPERM, EINVAL, SYS_sched_setaffinity, {0, 0, 0}, 0},
    {"setuid", EPERM, UNSURE, SYS_setuid, {0}, 0},

    /* Files, by Landlock. */
    {"read elsewhere", EACCES, 0, SYS_openat,
	{AT_FDCWD, P("none/file"), O_RDONLY}, 0},
    {"read /etc/shadow", EACCES, UNSURE, SYS_openat,
	{AT_FDCWD, P("/etc/shadow"), O_RDONLY}, 0},
    {"read by ..", EACCES, 0, SYS_openat,
	{AT_FDCWD, P("read/../none/file"), O_RDONLY}, 0},
    {"list elsewhere", EACCES, 0, SYS_openat,
	{AT_FDCWD, P("none"), O_RDONLY | O_DIRECTORY}, 0},
    {"write elsewhere", EACCES, 0, SYS_openat,
	{AT_FDCWD, P("none/file"), O_WRONLY}, 0},
    {"create elsewhere", EACCES, 0, SYS_openat,
	{AT_FDCWD, P("none/new"), O_WRONLY | O_CREAT, 0600}, 0},
    {"write what may be read", EACCES, 0, SYS_openat,
	{AT_FDCWD, P("read/file"), O_WRONLY}, 0},
    {"remove what may be read", EACCES, 0, SYS_unlinkat,
	{AT_FDCWD, P("read/mine"), 0}, 0},
    {"empty what may be read", EACCES, 0, SYS_truncate, {P("read/file"), 3}, 3},
    {"list what may be read", 0, 0, SYS_openat,
	{AT_FDCWD, P("read"), O_RDONLY | O_DIRECTORY}, 0},
    {"read what may be written", EACCES, 0, SYS_openat,
	{AT_FDCWD, P("write/file"), O_RDONLY}, 0},
    {"read and write what may be written", EACCES, 0, SYS_openat,
	{AT_FDCWD, P("write/file"), O_RDWR}, 0},
    {"list what may be written", EACCES, 0, SYS_openat,
	{AT_FDCWD, P("write"), O_RDONLY | O_DIRECTORY}, 0},
    {"write", 0, 0, SYS_openat, {AT_FDCWD, P("write/file"), O_WRONLY | O_TRUNC},
	0},
    {"create", 0, 0, SYS_openat,
	{AT_FDCWD, P("write/new"), O_WRONLY | O_CREAT, 0600}, 0},
    {"truncate", 0, 0, SYS_truncate, {P("write/file"), 0}, 3},
    {"make a folder", 0, 0, SYS_mkdirat, {AT_FDCWD, P("write/folder"), 0755},
	0},
    {"remove", 0, 0, SYS_unlinkat, {AT_FDCWD, P("write/a"), 0}, 0},
    {"rename", 0, 0, SYS_renameat2,
	{AT_FDCWD, P("write/b"), AT_FDCWD, P("write/b2"), 0}, 0},
    {"rename into another folder", 0, 0, SYS_renameat2,
	{AT_FDCWD, P("write/c"), AT_FDCWD, P("write/sub/c"), 0}, 0},
    {"rename leaving a whiteout", EPERM, 0, SYS_renameat2,
	{AT_FDCWD, P("write/b2"), AT_FDCWD, P("write/b"), RENAME_WHITEOUT}, 0},
    {"rename out", EACCES, 0, SYS_renameat2,
	{AT_FDCWD, P("write/d"), AT_FDCWD, P("none/d"), 0}, 0},
    {"rename in", EACCES, 0, SYS_renameat2,
	{AT_FDCWD, P("none/mine"), AT_FDCWD, P("write/mine"), 0}, 0},
    {"write one file", 0, 0, SYS_openat,
	{AT_FDCWD, P("one-file"), O_RDWR | O_TRUNC}, 0},
    {"a file beside it", EACCES, 0, SYS_openat,
	{AT_FDCWD, P("one-more"), O_RDWR | O_CREAT, 0600}, 0},
    {"a hard link", EPERM, 0, SYS_linkat,
	{AT_FDCWD, P("write/file"), AT_FDCWD, P("write/hard"), 0}, 0},
    {"a symbolic link", EPERM, 0, SYS_symlinkat,
	{P("/etc/shadow"), AT_FDCWD, P("write/soft")}, 0},
    {"execute", EACCES, 0, SYS_execve, {P("/bin/sh"), P(sh), 0}, 0},

    /* Set-id bits. */
    {"fchmodat", 0, 0, SYS_fchmodat, {AT_FDCWD, P("write/file"), 01755}, 0},
    {"fchmodat u+s", EPERM, 0, SYS_fchmodat, {AT_FDCWD, P("write/file"), 04755},
	0},
    {"fchmodat g+s", EPERM, 0, SYS_fchmodat, {AT_FDCWD, P("write/file"), 02755},
	0},
    {"fchmod u+s", EPERM, EBADF, SYS_fchmod, {-1, 04755}, 0},
    {"fchmod", EBADF, EBADF, SYS_fchmod, {-1, 0755}, 0},
    {"mkdirat g+s", EPERM, 0, SYS_mkdirat, {AT_FDCWD, P("write/set-id"), 02755},
	0},
    {"openat u+s", EPERM, 0, SYS_openat,
	{AT_FDCWD, P("write/u+s"), O_WRONLY | O_CREAT, 04755}, 0},
    {"openat u+s to truncate", EPERM, 0, SYS_openat,
	{AT_FDCWD, P("write/u+s2"), O_RDWR | O_CREAT | O_TRUNC, 04755}, 0},
    {"openat g+s", EPERM, 0, SYS_openat,
	{AT_FDCWD, P("write/g+s"), O_WRONLY | O_CREAT, 02755}, 0},
    {"openat u+s without a name", EPERM, 0, SYS_openat,
	{AT_FDCWD, P("both"), O_RDWR | O_TMPFILE, 04700}, 0},
    {"openat without a name", 0, 0, SYS_openat,
	{AT_FDCWD, P("both"), O_RDWR | O_TMPFILE, 0700}, 0},
    {"openat, rubbish as the mode", 0, 0, SYS_openat,
	{AT_FDCWD, P("write/file"), O_WRONLY | O_TRUNC, -1}, 0},
    {"openat to read and truncate", EPERM, 0, SYS_openat,
	{AT_FDCWD, P("both/file"), O_RDONLY | O_TRUNC}, 0},
    {"openat to truncate only", EPERM, 0, SYS_openat,
	{AT_FDCWD, P("both/file"), O_ACCMODE | O_TRUNC}, 0},
    {"mknodat, a pipe", 0, 0, SYS_mknodat,
	{AT_FDCWD, P("write/pipe"), S_IFIFO | 0600, 0}, 0},
    {"mknodat, a socket", 0, 0, SYS_mknodat,
	{AT_FDCWD, P("write/socket"), S_IFSOCK | 0600, 0}, 0},
    {"mknodat, a file", 0, 0, SYS_mknodat,
	{AT_FDCWD, P("write/node"), S_IFREG | 0600, 0}, 0},
    {"mknodat, a file u+s", EPERM, 0, SYS_mknodat,
	{AT_FDCWD, P("write/node-s"), S_IFREG | 04755, 0}, 0},
    {"mknodat, a device", EPERM, UNSURE, SYS_mknodat,
	{AT_FDCWD, P("write/device"), S_IFCHR | 0600, 0x103}, 0},
    {"mknodat, a disk", EPERM, UNSURE, SYS_mknodat,
	{AT_FDCWD, P("write/disk"), S_IFBLK | 0600, 0x700}, 0},
    {"mknodat, no such type", EPERM, EINVAL, SYS_mknodat,
	{AT_FDCWD, P("write/none"), S_IFREG | S_IFIFO | 0600, 0}, 0},

    /* Terminals and other devices; 0 is /dev/null. */
    {"TCGETS", ENOTTY, ENOTTY, SYS_ioctl, {0, TCGETS, 0}, 0},
    {"FIONBIO", 0, 0, SYS_ioctl, {0, FIONBIO, P(pair)}, 0},
    {"TIOCSTI", EPERM, ENOTTY, SYS_ioctl, {0, TIOCSTI, P("x")}, 0},
    {"TIOCSTI, high bits", EPERM, ENOTTY, SYS_ioctl,
	{0, TIOCSTI | HIGH, P("x")}, 0},
    {"TCGETS, high bits", ENOTTY, ENOTTY, SYS_ioctl, {0, TCGETS | HIGH, 0}, 0},
    {"TIOCLINUX", EPERM, ENOTTY, SYS_ioctl, {0, TIOCLINUX, P("x")}, 0},
    {"TIOCSETD", EPERM, ENOTTY, SYS_ioctl, {0, TIOCSETD, P(pair)}, 0},
    {"TIOCSCTTY", EPERM, ENOTTY, SYS_ioctl, {0, TIOCSCTTY, 0}, 0},
    {"TIOCCONS", EPERM, UNSURE, SYS_ioctl, {0, TIOCCONS, 0}, 0},
    {"TIOCSPGRP", EPERM, ENOTTY, SYS_ioctl, {0, TIOCSPGRP, P(pair)}, 0},
    {"TCSETS", EPERM, ENOTTY, SYS_ioctl, {0, TCSETS, P(pair)}, 0},
    {"FIOASYNC", EPERM, 0, SYS_ioctl, {0, FIOASYNC, P(pair)}, 0},
    {"SIOCGIFCONF", EPERM, ENOTTY, SYS_ioctl, {0, SIOCGIFCONF, 0}, 0},

    /* Other processes. */
    {"prlimit64 of its own", 0, 0, SYS_prlimit64,
	{0, RLIMIT_CORE, 0, P(&limit)}, 0},
    {"prlimit64 of another", EPERM, ESRCH, SYS_prlimit64,
	{0x3ffffffe, RLIMIT_CORE, 0, P(&limit)}, 0},
    {"prlimit64 of its own, high bits", 0, 0, SYS_prlimit64,
	{HIGH, RLIMIT_CORE, 0, P(&limit)}, 0},
    {"kill nobody", ESRCH, ESRCH, SYS_kill, {0x3ffffffe, 0}, 0},
    {"kill nobody, an odd pid", ESRCH, ESRCH, SYS_kill, {0x40000001, 0}, 0},
    {"kill its group", 0, 0, SYS_kill, {0, 0}, 0},
    {"kill process 1", EPERM, UNSURE, SYS_kill, {1, 0}, 0},
    {"kill everybody", EPERM, 0, SYS_kill, {-1, 0}, 0},
    {"kill everybody, 32 bits", EPERM, 0, SYS_kill, {0xffffffff, 0}, 0},
    {"kill everybody, high bits", EPERM, 0, SYS_kill, {0xffffffff | HIGH, 0},
	0},
    {"kill a group", EPERM, ESRCH, SYS_kill, {-0x3ffffffe, 0}, 0},
    {"tgkill", ESRCH, ESRCH, SYS_tgkill, {0x3ffffffe, 0x3ffffffe, 0}, 0},
    {"tgkill process 1", EPERM, UNSURE, SYS_tgkill, {1, 1, 0}, 0},
    {"tkill", EPERM, ESRCH, SYS_tkill, {0x3ffffffe, 0}, 0},
    {"rt_sigqueueinfo", EPERM, EFAULT, SYS_rt_sigqueueinfo, {0x3ffffffe, 0, 0},
	0},
    {"pidfd_send_signal", EPERM, EBADF, SYS_pidfd_send_signal, {-1, 0, 0, 0},
	0},
    {"F_GETFL", 0, 0, SYS_fcntl, {0, F_GETFL, 0}, 0},
    {"F_SETOWN", EPERM, 0, SYS_fcntl, {0, F_SETOWN, 0}, 0},
    {"F_SETOWN, high bits", EPERM, 0, SYS_fcntl, {0, F_SETOWN | HIGH, 0}, 0},
    {"F_SETSIG", EPERM, 0, SYS_fcntl, {0, F_SETSIG, SIGUSR1}, 0},
    {"PR_SET_NAME", 0, 0, SYS_prctl, {PR_SET_NAME, P("x")}, 0},
    {"PR_SET_PDEATHSIG", EPERM, 0, SYS_prctl, {PR_SET_PDEATHSIG, 0}, 0},
    {"PR_SET_PDEATHSIG, high bits", EPERM, 0, SYS_prctl,
	{PR_SET_PDEATHSIG | HIGH, 0}, 0},
    {"PR_SET_SECCOMP", EPERM, EINVAL, SYS_prctl, {PR_SET_SECCOMP, 99}, 0},
    {"PR_SET_CHILD_SUBREAPER", EPERM, 0, SYS_prctl, {PR_SET_CHILD_SUBREAPER, 0},
	0},
    {"clone", 0, 0, SYS_clone, {SIGCHLD, 0, 0, 0, 0}, 0},
    {"clone a thread", EINVAL, EINVAL, SYS_clone, {CLONE_THREAD}, 0},
    {"clone, new user", EPERM, EINVAL, SYS_clone,
	{CLONE_NEWUSER | CLONE_THREAD}, 0},
    {"clone, new mounts", EPERM, EINVAL, SYS_clone,
	{CLONE_NEWNS | CLONE_THREAD}, 0},
    {"clone, new pids", EPERM, EINVAL, SYS_clone, {CLONE_NEWPID | CLONE_THREAD},
	0},
    {"clone, new network", EPERM, EINVAL, SYS_clone,
	{CLONE_NEWNET | CLONE_THREAD}, 0},
    {"clone, new IPC", EPERM, EINVAL, SYS_clone, {CLONE_NEWIPC | CLONE_THREAD},
	0},
    {"clone, new names", EPERM, EINVAL, SYS_clone,
	{CLONE_NEWUTS | CLONE_THREAD}, 0},
    {"clone, new cgroups", EPERM, EINVAL, SYS_clone,
	{CLONE_NEWCGROUP | CLONE_THREAD}, 0},

    /* No network. */
    {"socket, unix", EPERM, 0, SYS_socket, {AF_UNIX, SOCK_STREAM, 0}, 0},
    {"socket, inet", EPERM, 0, SYS_socket, {AF_INET, SOCK_STREAM, 0}, 0},
    {"socket, datagram", EPERM, 0, SYS_socket, {AF_INET, SOCK_DGRAM, 0}, 0},
    {"socket, netlink", EPERM, 0, SYS_socket, {AF_NETLINK, SOCK_RAW, 0}, 0},
    {"connect", EPERM, EBADF, SYS_connect, {-1, P(address), 2}, 0},
    {"bind", EPERM, EBADF, SYS_bind, {-1, P(address), 2}, 0},
    {"listen", EPERM, EBADF, SYS_listen, {-1, 1}, 0},
    {"accept4", EPERM, EBADF, SYS_accept4, {-1, 0, 0, 0}, 0},
    {"sendmsg", EPERM, EBADF, SYS_sendmsg, {-1, 0, 0}, 0},
    {"sendmmsg", EPERM, EBADF, SYS_sendmmsg, {-1, 0, 0, 0}, 0},
    {"sendto", EBADF, EBADF, SYS_sendto, {-1, P("x"), 1, 0, 0, 0}, 0},
    {"sendto an address", EPERM, EBADF, SYS_sendto,
	{-1, P("x"), 1, 0, P(address), 2}, 0},
    {"sendto an address, low bits clear", EPERM, EBADF, SYS_sendto,
	{-1, P("x"), 1, 0, HIGH, 2}, 0},
    {"sendto, fast open", EPERM, EBADF, SYS_sendto,
	{-1, P("x"), 1, MSG_FASTOPEN, 0, 0}, 0},
    {"recvfrom", EBADF, EBADF, SYS_recvfrom, {-1, 0, 0, 0, 0, 0}, 0},
    {"socketpair", 0, 0, SYS_socketpair,
	{AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, P(pair)}, 0},
    {"socketpair, datagram", EPERM, 0, SYS_socketpair,
	{AF_UNIX, SOCK_DGRAM, 0, P(pair)}, 0},
    {"socketpair, packets", EPERM, 0, SYS_socketpair,
	{AF_UNIX, SOCK_SEQPACKET, 0, P(pair)}, 0},
    {"socketpair, inet", EPERM, EOPNOTSUPP, SYS_socketpair,
	{AF_INET, SOCK_STREAM, 0, P(pair)}, 0},

    /* Memory: the kernel's own answer where it knows of MDWE. */
    {"mmap", 0, 0, SYS_mmap, {0, 4096, PROT_READ | PROT_WRITE, ANONYMOUS}, 0},
    {"mmap to execute", 0, 0, SYS_mmap,
	{0, 4096, PROT_READ | PROT_EXEC, ANONYMOUS}, 0},

#ifdef SYS_open /* the calls of older architectures */
    {"open", 0, 0, SYS_open, {P("read/file"), O_RDONLY, -1}, 0},
    {"open u+s", EPERM, 0, SYS_open,
	{P("write/open-s"), O_WRONLY | O_CREAT, 04755}, 0},
    {"open to read and truncate", EPERM, 0, SYS_open,
	{P("both/file"), O_RDONLY | O_TRUNC}, 0},
    {"creat", 0, 0, SYS_creat, {P("write/creat"), 0600}, 0},
    {"creat u+s", EPERM, 0, SYS_creat, {P("write/creat-s"), 04755}, 0},
    {"chmod", 0, 0, SYS_chmod, {P("write/file"), 0700}, 0},
    {"chmod u+s", EPERM, 0, SYS_chmod, {P("write/file"), 04755}, 0},
    {"chmod g+s", EPERM, 0, SYS_chmod, {P("write/file"), 02755}, 0},
    {"mkdir g+s", EPERM, 0, SYS_mkdir, {P("write/mkdir-s"), 02755}, 0},
    {"mknod, a pipe", 0, 0, SYS_mknod, {P("write/fifo"), S_IFIFO | 0600}, 0},
    {"mknod, u+s", EPERM, 0, SYS_mknod, {P("write/mknod-s"), 04600}, 0},
    {"link", EPERM, 0, SYS_link, {P("write/file"), P("write/link")}, 0},
    {"symlink", EPERM, 0, SYS_symlink, {P("x"), P("write/symlink")}, 0},
    {"fork", 0, 0, SYS_fork, {0}, 0},
    {"accept", EPERM, EBADF, SYS_accept, {-1, 0, 0}, 0},
#endif
#ifdef __x86_64__
    {"x32", SIGNALLED + SIGSYS, UNSURE, X32 | SYS_getpid, {0}, 0},
#endif
};

static const struct row rows_transfer[] = {
    {"write", 0, 0, SYS_openat, {AT_FDCWD, P("write/file"), O_WRONLY}, 0},
    {"set times", 0, 0, SYS_utimensat, {AT_FDCWD, P("write/file"), 0, 0}, 0},
    {"clone", EPERM, 0, SYS_clone, {SIGCHLD, 0, 0, 0, 0}, 0},
    {"clone a thread", EPERM, EINVAL, SYS_clone, {CLONE_THREAD}, 0},
    {"kill", EPERM, ESRCH, SYS_kill, {0x3ffffffe, 0}, 0},
    {"tgkill", EPERM, ESRCH, SYS_tgkill, {0x3ffffffe, 0x3ffffffe, 0}, 0},
    {"socketpair", EPERM, 0, SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, P(pair)},
	0},
    {"set an attribute", EPERM, EFAULT, SYS_setxattr, {0, 0, 0, 0, 0}, 0},
    {"execute", EACCES, 0, SYS_execve, {P("/bin/sh"), P(sh), 0}, 0},
};

static const struct row rows_threads[] = {
    {"clone a thread", EINVAL, EINVAL, SYS_clone, {CLONE_THREAD}, 0},
    {"clone a process", EPERM, 0, SYS_clone, {SIGCHLD, 0, 0, 0, 0}, 0},
    {"clone, new user", EPERM, EINVAL, SYS_clone,
	{CLONE_NEWUSER | CLONE_THREAD}, 0},
    {"chmod", EPERM, 0, SYS_fchmodat, {AT_FDCWD, P("write/file"), 0700}, 0},
};

static const struct row rows_network[] = {
    {"unix", 0, 0, SYS_socket, {AF_UNIX, SOCK_STREAM, 0}, 0},
    {"unix, packets", 0, 0, SYS_socket, {AF_UNIX, SOCK_SEQPACKET, 0}, 0},
    {"inet", 0, 0, SYS_socket,
	{AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0}, 0},
    {"inet, datagram", 0, 0, SYS_socket, {AF_INET, SOCK_DGRAM, 0}, 0},
    {"netlink", 0, 0, SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE}, 0},
    {"netlink, events", EPERM, 0, SYS_socket,
	{AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT}, 0},
    {"unix, raw", EPERM, 0, SYS_socket, {AF_UNIX, SOCK_RAW, 0}, 0},
    {"inet, raw", EPERM, UNSURE, SYS_socket, {AF_INET, SOCK_RAW, 1}, 0},
    {"inet, packet", EPERM, UNSURE, SYS_socket, {AF_INET, SOCK_PACKET, 0}, 0},
    {"packet", EPERM, UNSURE, SYS_socket, {AF_PACKET, SOCK_DGRAM, 0}, 0},
    {"alg", EPERM, UNSURE, SYS_socket, {AF_ALG, SOCK_SEQPACKET, 0}, 0},
    {"vsock", EPERM, UNSURE, SYS_socket, {AF_VSOCK, SOCK_STREAM, 0}, 0},
    {"connect", EBADF, EBADF, SYS_connect, {-1, P(address), 2}, 0},
    {"sendto an address", EBADF, EBADF, SYS_sendto,
	{-1, P("x"), 1, 0, P(address), 2}, 0},
    {"sendmsg", EBADF, EBADF, SYS_sendmsg, {-1, 0, 0}, 0},
    {"SIOCGIFCONF", ENOTTY, ENOTTY, SYS_ioctl, {0, SIOCGIFCONF, 0}, 0},
    {"socketpair, datagram", EPERM, 0, SYS_socketpair,
	{AF_UNIX, SOCK_DGRAM, 0, P(pair)}, 0},
    {"read elsewhere", EACCES, 0, SYS_openat,
	{AT_FDCWD, P("none/file"), O_RDONLY}, 0},
};

static const struct row rows_links[] = {
    {"hard", 0, 0, SYS_linkat,
	{AT_FDCWD, P("both/file"), AT_FDCWD, P("both/hard"), 0}, 0},
    {"hard, into another folder", 0, 0, SYS_linkat,
	{AT_FDCWD, P("both/file"), AT_FDCWD, P("both/sub/hard"), 0}, 0},
    {"soft", 0, 0, SYS_symlinkat, {P("/etc/shadow"), AT_FDCWD, P("both/soft")},
	0},
    {"through it", EACCES, UNSURE, SYS_openat,
	{AT_FDCWD, P("both/soft"), O_RDONLY}, 0},
    {"hard, from elsewhere", EXDEV, 0, SYS_linkat,
	{AT_FDCWD, P("none/file"), AT_FDCWD, P("both/none"), 0}, 0},
    {"soft, elsewhere", EACCES, 0, SYS_symlinkat,
	{P("x"), AT_FDCWD, P("none/soft")}, 0},
};

/* Landlock without its right to truncate: the filter holds. */
static const struct row rows_old[] = {
    {"truncate", EPERM, 0, SYS_truncate, {P("both/file"), 3}, 0},
    {"ftruncate", EBADF, EBADF, SYS_ftruncate, {-1, 0}, 0},
    {"open to truncate", 0, 0, SYS_openat,
	{AT_FDCWD, P("both/file"), O_WRONLY | O_TRUNC}, 0},
    {"open to read and truncate", EPERM, 0, SYS_openat,
	{AT_FDCWD, P("read/file"), O_RDONLY | O_TRUNC}, 0},
    {"open to truncate only", EPERM, 0, SYS_openat,
	{AT_FDCWD, P("read/file"), O_ACCMODE | O_TRUNC}, 0},
    {"rename into another folder", 0, 0, SYS_renameat2,
	{AT_FDCWD, P("write/e"), AT_FDCWD, P("write/sub/e"), 0}, 0},
    {"read elsewhere", EACCES, 0, SYS_openat,
	{AT_FDCWD, P("none/file"), O_RDONLY}, 0},
    /* No scope for signals either. */
    {"kill process 1", EPERM, UNSURE, SYS_kill, {1, 0}, 0},
    {"tgkill process 1", EPERM, UNSURE, SYS_tgkill, {1, 1, 0}, 0},
    {"kill process 1, high bits", EPERM, UNSURE, SYS_kill, {1 | HIGH, 0}, 0},
};

/* Memory without `jit`: by the kernel, by the filter, and with it. */
#define MAPS(both, gains) \
	{"mmap of both", both, 0, SYS_mmap, \
	    {0, 4096, PROT_WRITE | PROT_EXEC, ANONYMOUS}, 0}, \
	    {"mmap to execute", 0, 0, SYS_mmap, \
		{0, 4096, PROT_READ | PROT_EXEC, ANONYMOUS}, 0}, \
	    {"mmap to write", 0, 0, SYS_mmap, \
		{0, 4096, PROT_READ | PROT_WRITE, ANONYMOUS}, 0}, \
	    {"mprotect of both", both, 0, SYS_mprotect, \
		{P(page), 4096, PROT_READ | PROT_WRITE | PROT_EXEC}, 0}, \
	    {"mprotect to execute", gains, 0, SYS_mprotect, \
		{P(page), 4096, PROT_READ | PROT_EXEC}, 0}, \
	{ \
		"mprotect to read", 0, 0, SYS_mprotect, \
		    {P(page), 4096, PROT_READ}, 0 \
	}

static const struct row rows_mdwe[] = {
    MAPS(EACCES, EACCES),
};

static const struct row rows_held[] = {
    MAPS(EPERM, EPERM),
    {"mmap of both, high bits", EPERM, UNSURE, SYS_mmap,
	{0, 4096, HIGH | PROT_WRITE | PROT_EXEC, ANONYMOUS}, 0},
    {"pkey_mprotect to execute", EPERM, 0, SYS_pkey_mprotect,
	{P(page), 4096, PROT_READ | PROT_EXEC, -1}, 0},
    {"pkey_mprotect", 0, 0, SYS_pkey_mprotect, {P(page), 4096, PROT_READ, -1},
	0},
};

static const struct row rows_jit[] = {
    MAPS(0, 0),
    {"shmat to execute", EINVAL, EINVAL, SYS_shmat, {-1, 0, SHM_EXEC}, 0},
};

/* What `syscalls` adds keeps to its rows. */
static const struct row rows_more[] = {
    {"shmget", EINVAL, EINVAL, SYS_shmget, {IPC_PRIVATE, 0, 0}, 0},
    {"shmat", EINVAL, EINVAL, SYS_shmat, {-1, 0, 0}, 0},
    {"shmat to execute", EPERM, EINVAL, SYS_shmat, {-1, 0, SHM_EXEC}, 0},
    {"shmat to execute, high bits", EPERM, EINVAL, SYS_shmat,
	{-1, 0, SHM_EXEC | HIGH}, 0},
    {"mq_unlink", ENOENT, ENOENT, SYS_mq_unlink, {P("gatekeeper-none")}, 0},
    {"inotify_init1", 0, 0, SYS_inotify_init1, {0}, 0},
    {"setpriority of its own", 0, 0, SYS_setpriority, {0, 0, 19}, 0},
    {"setpriority of another", EPERM, ESRCH, SYS_setpriority,
	{0, 0x3ffffffe, 19}, 0},
    {"setpriority of a group", EPERM, UNSURE, SYS_setpriority, {1, 0, 19}, 0},
    {"setpriority of the account", EPERM, UNSURE, SYS_setpriority, {2, 0, 19},
	0},
    {"sched_setaffinity of its own", EINVAL, EINVAL, SYS_sched_setaffinity,
	{0, 0, 0}, 0},
    {"sched_setaffinity of another", EPERM, ESRCH, SYS_sched_setaffinity,
	{0x3ffffffe, 8, P(page)}, 0},
    {"sched_setscheduler of its own", EINVAL, EINVAL, SYS_sched_setscheduler,
	{0, 0, 0}, 0},
    {"sched_setscheduler of another", EPERM, ESRCH, SYS_sched_setscheduler,
	{0x3ffffffe, 0, P(page)}, 0},
    {"ioprio_set of its own", 0, 0, SYS_ioprio_set, {1, 0, 3 << 13}, 0},
    {"ioprio_set of another", EPERM, ESRCH, SYS_ioprio_set,
	{1, 0x3ffffffe, 3 << 13}, 0},
    {"ioprio_set of the account", EPERM, UNSURE, SYS_ioprio_set,
	{3, 0, 3 << 13}, 0},
    {"tkill", ESRCH, ESRCH, SYS_tkill, {0x3ffffffe, 0}, 0},
    {"tkill process 1", EPERM, UNSURE, SYS_tkill, {1, 0}, 0},
    {"rt_sigqueueinfo", EFAULT, EFAULT, SYS_rt_sigqueueinfo, {0x3ffffffe, 0, 0},
	0},
    {"rt_sigqueueinfo to process 1", EPERM, EFAULT, SYS_rt_sigqueueinfo,
	{1, 0, 0}, 0},
    {"clone a thread", EINVAL, EINVAL, SYS_clone, {CLONE_THREAD}, 0},
    {"clone a process", EPERM, 0, SYS_clone, {SIGCHLD, 0, 0, 0, 0}, 0},
    {"kill", EPERM, ESRCH, SYS_kill, {0x3ffffffe, 0}, 0},
};

static const struct row rows_less[] = {
    {"fchmodat", EPERM, 0, SYS_fchmodat, {AT_FDCWD, P("write/file"), 0755}, 0},
    {"fchmod", EBADF, EBADF, SYS_fchmod, {-1, 0755}, 0},
    {"set an attribute", EPERM, EFAULT, SYS_setxattr, {0, 0, 0, 0, 0}, 0},
    {"get an attribute", EFAULT, EFAULT, SYS_getxattr, {0, 0, 0, 0}, 0},
};

/* `set-id = 02000`, and `allow`. */
#define BITS(user) \
	{"fchmodat g+s", 0, 0, SYS_fchmodat, \
	    {AT_FDCWD, P("write/file"), 02755}, 0}, \
	    {"fchmodat u+s", user, 0, SYS_fchmodat, \
		{AT_FDCWD, P("write/file"), 04755}, 0}, \
	    {"fchmodat ug+s", user, 0, SYS_fchmodat, \
		{AT_FDCWD, P("write/file"), 06755}, 0}, \
	    {"fchmod g+s", EBADF, EBADF, SYS_fchmod, {-1, 02755}, 0}, \
	    {"fchmod u+s", user ? user : EBADF, EBADF, SYS_fchmod, \
		{-1, 04755}, 0}, \
	    {"mkdirat g+s", 0, 0, SYS_mkdirat, \
		{AT_FDCWD, P("write/group-" #user), 02755}, 0}, \
	    {"mkdirat u+s", user, 0, SYS_mkdirat, \
		{AT_FDCWD, P("write/user-" #user), 04755}, 0}, \
	    {"openat g+s", 0, 0, SYS_openat, \
		{AT_FDCWD, P("write/new-g"), O_WRONLY | O_CREAT, 02755}, 0}, \
	    {"openat u+s", user, 0, SYS_openat, \
		{AT_FDCWD, P("write/new-u"), O_WRONLY | O_CREAT, 04755}, 0}, \
	    {"openat g+s without a name", 0, 0, SYS_openat, \
		{AT_FDCWD, P("both"), O_RDWR | O_TMPFILE, 02700}, 0}, \
	    {"openat u+s without a name", user, 0, SYS_openat, \
		{AT_FDCWD, P("both"), O_RDWR | O_TMPFILE, 04700}, 0}, \
	    {"openat to read and truncate", EPERM, UNSURE, SYS_openat, \
		{AT_FDCWD, P("both/file"), O_RDONLY | O_TRUNC}, 0}, \
	    {"mknodat, a pipe g+s", 0, 0, SYS_mknodat, \
		{AT_FDCWD, P("write/pipe-g" #user), S_IFIFO | 02600, 0}, 0}, \
	    {"mknodat, a file u+s", user, 0, SYS_mknodat, \
		{AT_FDCWD, P("write/node-u" #user), S_IFREG | 04600, 0}, 0}, \
	{ \
		"mknodat, a device", EPERM, UNSURE, SYS_mknodat, \
		    {AT_FDCWD, P("write/device"), S_IFCHR | 0600, 0x103}, 0 \
	}

static const struct row rows_group_id[] = {
    BITS(EPERM),
#ifdef SYS_open
    {"chmod g+s", 0, 0, SYS_chmod, {P("write/file"), 02755}, 0},
    {"chmod u+s", EPERM, 0, SYS_chmod, {P("write/file"), 04755}, 0},
    {"creat g+s", 0, 0, SYS_creat, {P("write/creat-g"), 02755}, 0},
    {"creat u+s", EPERM, 0, SYS_creat, {P("write/creat-u"), 04755}, 0},
    {"open u+s", EPERM, 0, SYS_open,
	{P("write/open-u"), O_WRONLY | O_CREAT, 04755}, 0},
    {"mkdir u+s", EPERM, 0, SYS_mkdir, {P("write/mkdir-u"), 04755}, 0},
    {"mknod u+s", EPERM, 0, SYS_mknod, {P("write/mknod-u"), 04600}, 0},
#endif
};

static const struct row rows_set_ids[] = {
    BITS(0),
#ifdef SYS_open
    {"chmod u+s", 0, 0, SYS_chmod, {P("write/file"), 06755}, 0},
    {"creat u+s", 0, 0, SYS_creat, {P("write/creat-all"), 06755}, 0},
    {"open u+s", 0, 0, SYS_open,
	{P("write/open-all"), O_WRONLY | O_CREAT, 04755}, 0},
#endif
};

/* `terminal = yes`; 0 is /dev/null. */
static const struct row rows_terminal[] = {
    {"TIOCSPGRP", ENOTTY, ENOTTY, SYS_ioctl, {0, TIOCSPGRP, P(pair)}, 0},
    {"TIOCGSID", ENOTTY, ENOTTY, SYS_ioctl, {0, TIOCGSID, P(pair)}, 0},
    {"TCSETS", ENOTTY, ENOTTY, SYS_ioctl, {0, TCSETS, P(page)}, 0},
    {"TCSETSW", ENOTTY, ENOTTY, SYS_ioctl, {0, TCSETSW, P(page)}, 0},
    {"TCSETSF", ENOTTY, ENOTTY, SYS_ioctl, {0, TCSETSF, P(page)}, 0},
    {"TCFLSH", ENOTTY, ENOTTY, SYS_ioctl, {0, TCFLSH, 0}, 0},
    {"TIOCSTI", EPERM, ENOTTY, SYS_ioctl, {0, TIOCSTI, P("x")}, 0},
    {"TIOCSTI, high bits", EPERM, ENOTTY, SYS_ioctl,
	{0, TIOCSTI | HIGH, P("x")}, 0},
    {"TIOCLINUX", EPERM, ENOTTY, SYS_ioctl, {0, TIOCLINUX, P("x")}, 0},
    {"TIOCLINUX, high bits", EPERM, ENOTTY, SYS_ioctl,
	{0, TIOCLINUX | HIGH, P("x")}, 0},
    {"TIOCSETD", EPERM, ENOTTY, SYS_ioctl, {0, TIOCSETD, P(pair)}, 0},
    {"TIOCSCTTY", EPERM, ENOTTY, SYS_ioctl, {0, TIOCSCTTY, 0}, 0},
    {"TIOCCONS", EPERM, UNSURE, SYS_ioctl, {0, TIOCCONS, 0}, 0},
    {"TIOCCONS, high bits", EPERM, UNSURE, SYS_ioctl, {0, TIOCCONS | HIGH, 0},
	0},
};

#define MPTCP 262
#define OPTION(inside, level, name) \
	{ \
		"setsockopt " #name, inside, EBADF, SYS_setsockopt, \
		    {-1, level, name, 0, 0}, 0 \
	}

/* Both of `connect` and `bind`. */
#define TCP_ROWS \
	{"inet", 0, 0, SYS_socket, \
	    {AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0}, 0}, \
	    {"inet, by number", 0, 0, SYS_socket, \
		{AF_INET, SOCK_STREAM, IPPROTO_TCP}, 0}, \
	    {"inet6", 0, UNSURE, SYS_socket, {AF_INET6, SOCK_STREAM, 0}, 0}, \
	    {"inet, high bits", 0, 0, SYS_socket, \
		{AF_INET | HIGH, SOCK_STREAM | HIGH, HIGH}, 0}, \
	    {"MPTCP", EPERM, UNSURE, SYS_socket, \
		{AF_INET, SOCK_STREAM, MPTCP}, 0}, \
	    {"MPTCP, inet6", EPERM, UNSURE, SYS_socket, \
		{AF_INET6, SOCK_STREAM, MPTCP}, 0}, \
	    {"MPTCP, high bits", EPERM, UNSURE, SYS_socket, \
		{AF_INET, SOCK_STREAM, MPTCP | HIGH}, 0}, \
	    {"SCTP", EPERM, UNSURE, SYS_socket, \
		{AF_INET, SOCK_STREAM, IPPROTO_SCTP}, 0}, \
	    {"UDP", EPERM, 0, SYS_socket, {AF_INET, SOCK_DGRAM, 0}, 0}, \
	    {"UDP, inet6", EPERM, UNSURE, SYS_socket, \
		{AF_INET6, SOCK_DGRAM, 0}, 0}, \
	    {"raw", EPERM, UNSURE, SYS_socket, {AF_INET, SOCK_RAW, 1}, 0}, \
	    {"unix", EPERM, 0, SYS_socket, {AF_UNIX, SOCK_STREAM, 0}, 0}, \
	    {"netlink", EPERM, 0, SYS_socket, {AF_NETLINK, SOCK_RAW, 0}, 0}, \
	    {"sendto", EBADF, EBADF, SYS_sendto, {-1, P("x"), 1, 0, 0, 0}, 0}, \
	    {"sendto an address", EPERM, EBADF, SYS_sendto, \
		{-1, P("x"), 1, 0, P(address), 2}, 0}, \
	    {"sendto, fast open", EPERM, EBADF, SYS_sendto, \
		{-1, P("x"), 1, MSG_FASTOPEN, 0, 0}, 0}, \
	    {"sendto, fast open among others", EPERM, EBADF, SYS_sendto, \
		{-1, P("x"), 1, MSG_FASTOPEN | MSG_NOSIGNAL | HIGH, 0, 0}, 0}, \
	    {"sendmsg", EBADF, EBADF, SYS_sendmsg, {-1, 0, MSG_NOSIGNAL}, 0}, \
	    {"sendmsg, fast open", EPERM, EBADF, SYS_sendmsg, \
		{-1, 0, MSG_FASTOPEN | MSG_NOSIGNAL}, 0}, \
	    {"sendmmsg", EBADF, EBADF, SYS_sendmmsg, {-1, 0, 0, 0}, 0}, \
	    {"sendmmsg, fast open", EPERM, EBADF, SYS_sendmmsg, \
		{-1, 0, 0, MSG_FASTOPEN}, 0}, \
	    {"SIOCGIFCONF", EPERM, ENOTTY, SYS_ioctl, {0, SIOCGIFCONF, 0}, 0}, \
	    OPTION(EBADF, SOL_SOCKET, SO_REUSEADDR), \
	    OPTION(EBADF, SOL_SOCKET, SO_KEEPALIVE), \
	    OPTION(EBADF, SOL_SOCKET, SO_LINGER), \
	    OPTION(EBADF, SOL_SOCKET, SO_RCVTIMEO), \
	    OPTION(EBADF, IPPROTO_TCP, TCP_NODELAY), \
	    OPTION(EBADF, IPPROTO_TCP, TCP_USER_TIMEOUT), \
	    OPTION(EBADF, IPPROTO_IP, IP_TOS), \
	    OPTION(EBADF, IPPROTO_IPV6, IPV6_V6ONLY), \
	    OPTION(EPERM, IPPROTO_TCP, TCP_FASTOPEN), \
	    OPTION(EPERM, IPPROTO_TCP, TCP_FASTOPEN_CONNECT), \
	    OPTION(EPERM, IPPROTO_TCP, TCP_ULP), \
	    OPTION(EPERM, IPPROTO_TCP, TCP_REPAIR), \
	    OPTION(EPERM, IPPROTO_TCP, TCP_CONGESTION), \
	    OPTION(EPERM, SOL_SOCKET, SO_ATTACH_FILTER), \
	    OPTION(EPERM, SOL_SOCKET, SO_ATTACH_BPF), \
	    OPTION(EPERM, SOL_SOCKET, SO_BINDTODEVICE), \
	    OPTION(EPERM, SOL_SOCKET, SO_REUSEPORT), \
	    OPTION(EPERM, SOL_SOCKET, SO_MARK), \
	    OPTION(EPERM, IPPROTO_IPV6, IPV6_ADDRFORM), \
	{ \
		"an option of a level of another", EPERM, EBADF, \
		    SYS_setsockopt, {-1, IPPROTO_IP, SO_KEEPALIVE, 0, 0}, 0 \
	}

static const struct row rows_connect[] = {
    TCP_ROWS,
    {"connect", EBADF, EBADF, SYS_connect, {-1, P(address), 2}, 0},
    {"bind", EPERM, EBADF, SYS_bind, {-1, P(address), 2}, 0},
    {"listen", EPERM, EBADF, SYS_listen, {-1, 1}, 0},
    {"accept4", EPERM, EBADF, SYS_accept4, {-1, 0, 0, 0}, 0},
};

static const struct row rows_bind[] = {
    TCP_ROWS,
    {"connect", EPERM, EBADF, SYS_connect, {-1, P(address), 2}, 0},
    {"bind", EBADF, EBADF, SYS_bind, {-1, P(address), 2}, 0},
    {"listen", EBADF, EBADF, SYS_listen, {-1, 1}, 0},
    {"accept4", EBADF, EBADF, SYS_accept4, {-1, 0, 0, 0}, 0},
};

/* `unix`, of which only the filter can be seen here. */
static const struct row rows_sockets[] = {
    {"unix", 0, 0, SYS_socket, {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0}, 0},
    {"unix, packets", 0, 0, SYS_socket, {AF_UNIX, SOCK_SEQPACKET, 0}, 0},
    {"unix, datagram", EPERM, 0, SYS_socket, {AF_UNIX, SOCK_DGRAM, 0}, 0},
    {"inet", EPERM, 0, SYS_socket, {AF_INET, SOCK_STREAM, 0}, 0},
    {"connect", EBADF, EBADF, SYS_connect, {-1, P(address), 2}, 0},
    {"bind", EPERM, EBADF, SYS_bind, {-1, P(address), 2}, 0},
    {"listen", EPERM, EBADF, SYS_listen, {-1, 1}, 0},
    {"sendmsg", EBADF, EBADF, SYS_sendmsg, {-1, 0, 0}, 0},
    {"sendto an address", EPERM, EBADF, SYS_sendto,
	{-1, P("x"), 1, 0, P(address), 2}, 0},
    OPTION(EBADF, SOL_SOCKET, SO_PASSCRED),
    OPTION(EBADF, SOL_SOCKET, SO_SNDBUF),
    OPTION(EPERM, SOL_SOCKET, SO_ATTACH_FILTER),
    OPTION(EPERM, IPPROTO_TCP, TCP_NODELAY),
};

static int
try(const struct row *row, enum set set, bool inside)
{
	const pid_t pid = spawn(set, inside);

	if (pid == 0) {
		errno = 0;
		if (syscall(row->nr, row->arg[0], row->arg[1], row->arg[2],
			row->arg[3], row->arg[4], row->arg[5]) == -1)
			_exit(errno);
		_exit(0);
	}
	return ending(pid);
}

static void
check_rows(const struct row *rows, size_t n, enum set set)
{
	unsigned wrong = 0;

	need_landlock(sets[set].network & ~(unsigned)NETWORK_ANY ? 4 : 2);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].abi > landlock_abi())
			continue;
		wrong += !expect(rows[i].what, "inside", rows[i].inside,
		    try(&rows[i], set, true));
		if (rows[i].outside == UNSURE)
			continue;
		wrong += !expect(rows[i].what, "outside", rows[i].outside,
		    try(&rows[i], set, false));
	}
	assert_int_equal(wrong, 0);
}

static void
test_rows(void **state)
{
	(void)state;
	check_rows(rows_bare, NELEM(rows_bare), BARE);
}

static void
test_rows_transfer(void **state)
{
	(void)state;
	check_rows(rows_transfer, NELEM(rows_transfer), TRANSFER);
}

static void
test_rows_threads(void **state)
{
	(void)state;
	check_rows(rows_threads, NELEM(rows_threads), THREADS);
}

static void
test_rows_network(void **state)
{
	(void)state;
	check_rows(rows_network, NELEM(rows_network), NETWORK);
}

static void
test_rows_connect(void **state)
{
	(void)state;
	check_rows(rows_connect, NELEM(rows_connect), CONNECT);
}

static void
test_rows_bind(void **state)
{
	(void)state;
	check_rows(rows_bind, NELEM(rows_bind), BIND);
}

static void
test_rows_sockets(void **state)
{
	(void)state;
	check_rows(rows_sockets, NELEM(rows_sockets), SOCKETS);
}

static void
test_rows_links(void **state)
{
	(void)state;
	check_rows(rows_links, NELEM(rows_links), LINKS);
}

static void
test_rows_more(void **state)
{
	(void)state;
	check_rows(rows_more, NELEM(rows_more), MORE);
}

static void
test_rows_less(void **state)
{
	(void)state;
	check_rows(rows_less, NELEM(rows_less), LESS);
}

static void
test_rows_group_id(void **state)
{
	(void)state;
	check_rows(rows_group_id, NELEM(rows_group_id), GROUP_ID);
}

static void
test_rows_set_ids(void **state)
{
	(void)state;
	check_rows(rows_set_ids, NELEM(rows_set_ids), SET_IDS);
}

static void
test_rows_jit(void **state)
{
	(void)state;
	check_rows(rows_jit, NELEM(rows_jit), JIT);
}

static void
test_rows_held(void **state)
{
	(void)state;
	check_rows(rows_held, NELEM(rows_held), HELD);
}

static void
test_rows_terminal(void **state)
{
	(void)state;
	check_rows(rows_terminal, NELEM(rows_terminal), TERMINAL);
}

static void
test_rows_old(void **state)
{
	(void)state;
	check_rows(rows_old, NELEM(rows_old), OLD);
}

/* From Linux 6.3. */
static void
test_rows_mdwe(void **state)
{
	enum { GET_MDWE = 66 };

	(void)state;
	if (prctl(GET_MDWE, 0, 0, 0, 0) == -1) {
		print_message("skipped: no MDWE in this kernel\n");
		skip();
	}
	check_rows(rows_mdwe, NELEM(rows_mdwe), BARE);
}

/* A list alone gives nothing of the network, if it ever names it. */
static void
test_list_alone(void **state)
{
	static const struct {
		const char *name;
		long nr;
		unsigned network; /* with which it would do */
	} calls[] = {
	    {"accept4", SYS_accept4, NETWORK_BIND},
	    {"bind", SYS_bind, NETWORK_BIND},
	    {"connect", SYS_connect, NETWORK_CONNECT | NETWORK_UNIX},
	    {"listen", SYS_listen, NETWORK_BIND},
	    {"sendmmsg", SYS_sendmmsg, ~0U},
	    {"sendmsg", SYS_sendmsg, ~0U},
	    {"setsockopt", SYS_setsockopt, ~0U},
	    {"socket", SYS_socket, ~0U},
	};
	static const char *const words[] = {NULL};
	const unsigned kinds[] = {NETWORK_NONE, NETWORK_UNIX, NETWORK_CONNECT,
	    NETWORK_BIND};
	struct fault fault;

	(void)state;
	for (size_t k = 0; k < NELEM(kinds); k++) {
		struct plan plan = {.network = NETWORK_ANY};
		pid_t pid;

		resolve(&plan, calls_default, words, false);
		plan.network = kinds[k];
		if ((pid = fork()) == 0) {
			if (enter_old(&plan, 0, &fault) == -1)
				_exit(NOT_ENTERED);
			for (size_t i = 0; i < NELEM(calls); i++)
				if ((calls[i].network & kinds[k]) == 0 &&
				    (syscall(calls[i].nr, -1, 0, 0, 0, 0) !=
					    -1 ||
					errno != EPERM))
					_exit((int)i + 1);
			_exit(0);
		}
		list_free(&plan.calls);
		assert_int_equal(ending(pid), 0);
	}
}

/* Whether the plan of the set has the call. */
static bool
listed(const char *name, const struct list *calls)
{
	for (size_t i = 0; i < calls->n; i++)
		if (strcmp(calls->v[i], name) == 0)
			return true;
	return false;
}

/* Every other number there is: the answer for it, 0 when it is listed. */
static int
unlisted(int nr, const struct list *calls)
{
	static const char *const hidden[] = {"clone3", "fchmodat2",
	    "io_uring_enter", "io_uring_register", "io_uring_setup", "openat2"};
	char *name;
	int answer = EPERM;

	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);
#ifdef __x86_64__
	/* uretprobe and uprobe pass every filter; elsewhere than in the
	 * kernel's trampoline they end the program with SIGILL. */
	if (nr == 335 || nr == 336)
		answer = 0;
	else
#endif
	    if (name == NULL || nr > 456)
		answer = ENOSYS;
	else if (listed(name, calls))
		answer = 0;
	for (size_t i = 0; name != NULL && i < NELEM(hidden); i++)
		if (strcmp(name, hidden[i]) == 0)
			answer = ENOSYS;
	free(name);
	return answer;
}

static void
check_unlisted(enum set set)
{
	enum { NUMBERS = 700 };
	int answer[NUMBERS];
	struct built built;
	pid_t pid;

	build(&built, set, NULL);
	for (int nr = 0; nr < NUMBERS; nr++)
		answer[nr] = unlisted(nr, &built.plan.calls);
	built_free(&built);
	pid = spawn(set, true);
	if (pid != 0) {
		assert_int_equal(ending(pid), 0);
		return;
	}
	for (int nr = 0; nr < NUMBERS; nr++) {
		if (answer[nr] == 0)
			continue;
		if (syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L) == -1 &&
		    errno == answer[nr])
			continue;
		dprintf(2, "call %d: %s\n", nr, strerror(errno));
		_exit(1);
	}
	_exit(0);
}

static void
test_unlisted(void **state)
{
	(void)state;
	need_landlock(2);
	check_unlisted(BARE);
	check_unlisted(TRANSFER);
	check_unlisted(THREADS);
	if (landlock_abi() >= 4)
		check_unlisted(CONNECT);
	check_unlisted(MORE);
	check_unlisted(LESS);
}

#ifdef __x86_64__
/* The other table of the same kernel: 20 is getpid there, and 39 mkdir. */
static int
call_i386(bool inside)
{
	const pid_t pid = spawn(BARE, inside);
	long ret = 20;

	if (pid != 0)
		return ending(pid);
	__asm__ volatile("int $0x80"
			 : "+a"(ret)
			 :
			 : "memory", "r8", "r9", "r10", "r11");
	_exit(ret == getpid() ? 0 : 1);
}

static void
test_i386(void **state)
{
	(void)state;
	need_landlock(2);
	if (call_i386(false) != 0) {
		print_message("skipped: no i386 calls in this kernel\n");
		skip();
	}
	assert_int_equal(call_i386(true), SIGNALLED + SIGSYS);
}
#endif

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_rows_transfer),
	    cmocka_unit_test(test_rows_threads),
	    cmocka_unit_test(test_rows_network),
	    cmocka_unit_test(test_rows_connect),
	    cmocka_unit_test(test_rows_bind),
	    cmocka_unit_test(test_rows_sockets),
	    cmocka_unit_test(test_rows_links),
	    cmocka_unit_test(test_rows_more),
	    cmocka_unit_test(test_rows_less),
	    cmocka_unit_test(test_rows_group_id),
	    cmocka_unit_test(test_rows_set_ids),
	    cmocka_unit_test(test_rows_jit),
	    cmocka_unit_test(test_rows_held),
	    cmocka_unit_test(test_rows_terminal),
	    cmocka_unit_test(test_rows_old),
	    cmocka_unit_test(test_rows_mdwe),
	    cmocka_unit_test(test_list_alone),
	    cmocka_unit_test(test_unlisted),
#ifdef __x86_64__
	    cmocka_unit_test(test_i386),
#endif
	};

	/* A terminal here would make some rows answer otherwise. */
	if (freopen("/dev/null", "r", stdin) == NULL)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
