/* System calls by group. A call stands here only if a rule may permit it:
 * what is in no group is denied to every program. Names that are unknown to
 * an architecture or to its libseccomp are passed over. */

#include <string.h>

#include "sandbox/groups.h"

/* What any program needs to be loaded, to allocate, to take a signal and to
 * end; and what the forced command itself still does after it has entered
 * the sandbox: execve, or a record of why it failed. */
static const char *const start[] = {"access", "arch_prctl", "brk",
    "clock_getres", "clock_gettime", "close", "execve", "exit", "exit_group",
    "fstat", "futex", "getpid", "getrandom", "getrlimit", "gettid",
    "gettimeofday", "madvise", "mincore", "mmap", "mprotect", "mremap",
    "munmap", "newfstatat", "open", "openat", "pause", "prctl", "pread64",
    "prlimit64", "read", "restart_syscall", "rseq", "rt_sigaction",
    "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend",
    "rt_sigtimedwait", "set_robust_list", "set_tid_address", "setrlimit",
    "sigaltstack", "sysinfo", "time", "umask", "uname", "write", NULL};

/* No splice and tee: they have a history, and programs do without. */
static const char *const io[] = {"close", "close_range", "copy_file_range",
    "dup", "dup2", "dup3", "fadvise64", "fcntl", "fdatasync", "flock", "fsync",
    "ioctl", "lseek", "msync", "pipe", "pipe2", "pread64", "preadv", "preadv2",
    "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readv", "sendfile",
    "sync_file_range", "write", "writev", NULL};

static const char *const fs_read[] = {"access", "chdir", "faccessat",
    "faccessat2", "fchdir", "fstat", "fstatfs", "getcwd", "getdents",
    "getdents64", "lstat", "newfstatat", "open", "openat", "readlink",
    "readlinkat", "stat", "statfs", "statx", NULL};

static const char *const fs_write[] = {"creat", "fallocate", "ftruncate",
    "mkdir", "mkdirat", "mknod", "mknodat", "rename", "renameat", "renameat2",
    "rmdir", "syncfs", "truncate", "unlink", "unlinkat", NULL};

/* Landlock judges none of these by path: they reach all the account owns. */
static const char *const fs_meta[] = {"chmod", "chown", "fchmod", "fchmodat",
    "fchown", "fchownat", "futimesat", "lchown", "utime", "utimensat", "utimes",
    NULL};

static const char *const fs_links[] = {"link", "linkat", "symlink", "symlinkat",
    NULL};

static const char *const xattr_read[] = {"fgetxattr", "flistxattr", "getxattr",
    "lgetxattr", "listxattr", "llistxattr", NULL};

static const char *const xattr_write[] = {"fremovexattr", "fsetxattr",
    "lremovexattr", "lsetxattr", "removexattr", "setxattr", NULL};

/* To other processes; what a program does about its own is in @start. */
static const char *const signals[] = {"kill", "tgkill", NULL};

static const char *const forks[] = {"clone", "fork", "setpgid", "setsid",
    "vfork", "wait4", "waitid", NULL};

static const char *const thread[] = {"clone", "getcpu", "membarrier",
    "sched_getaffinity", "sched_yield", NULL};

static const char *const polls[] = {"epoll_create", "epoll_create1",
    "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd",
    "eventfd2", "poll", "ppoll", "pselect6", "select", "signalfd", "signalfd4",
    NULL};

static const char *const ids[] = {"capget", "getegid", "geteuid", "getgid",
    "getgroups", "getpgid", "getpgrp", "getppid", "getresgid", "getresuid",
    "getsid", "getuid", NULL};

static const char *const timers[] = {"alarm", "clock_nanosleep", "getitimer",
    "getrusage", "nanosleep", "setitimer", "timer_create", "timer_delete",
    "timer_getoverrun", "timer_gettime", "timer_settime", "timerfd_create",
    "timerfd_gettime", "timerfd_settime", "times", NULL};

/* On sockets that exist: a pair of its own, or what sshd left on 0 to 2. */
static const char *const sockets[] = {"getpeername", "getsockname",
    "getsockopt", "recvfrom", "recvmmsg", "recvmsg", "sendto", "shutdown",
    "socketpair", NULL};

static const char *const network[] = {"accept", "accept4", "bind", "connect",
    "getpeername", "getsockname", "getsockopt", "listen", "recvfrom",
    "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt",
    "shutdown", "socket", "socketpair", NULL};

const struct group groups[] = {
    {"@start", start},
    {"@io", io},
    {"@fs-read", fs_read},
    {"@fs-write", fs_write},
    {"@fs-meta", fs_meta},
    {"@fs-links", fs_links},
    {"@xattr-read", xattr_read},
    {"@xattr-write", xattr_write},
    {"@signal", signals},
    {"@fork", forks},
    {"@thread", thread},
    {"@poll", polls},
    {"@ids", ids},
    {"@time", timers},
    {"@socket", sockets},
    {"@network", network},
    {NULL, NULL},
};

const char *const calls_default[] = {"@io", "@fs-read", "@fs-write", "@fs-meta",
    "@xattr-read", "@xattr-write", "@signal", "@fork", "@thread", "@poll",
    "@ids", "@time", "@socket", NULL};

const char *const calls_transfer[] = {"@io", "@fs-read", "@fs-write",
    "@fs-meta", "@poll", "@ids", "@time", NULL};

const struct group *
group_find(const char *name)
{
	for (const struct group *g = groups; g->name != NULL; g++)
		if (strcmp(g->name, name) == 0)
			return g;
	return NULL;
}
