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

/* What `network` gives, by how far it reaches. */
static const char *const network[] = {"getpeername", "getsockname",
    "getsockopt", "recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg",
    "sendto", "setsockopt", "shutdown", "socket", "socketpair", NULL};

static const char *const network_connect[] = {"connect", NULL};

static const char *const network_bind[] = {"accept", "accept4", "bind",
    "listen", NULL};

/*
 * In no list to begin with: for administrators, whose programs need them.
 */

/* Linux's own asynchronous I/O, which opens nothing; not io_uring. */
static const char *const aio[] = {"io_cancel", "io_destroy", "io_getevents",
    "io_pgetevents", "io_setup", "io_submit", NULL};

/* Tells of names and changes in every folder that the account may read. */
static const char *const inotify[] = {"inotify_add_watch", "inotify_init",
    "inotify_init1", "inotify_rm_watch", NULL};

/* Of System V and POSIX, with any process that the modes let in. */
static const char *const ipc[] = {"mq_getsetattr", "mq_notify", "mq_open",
    "mq_timedreceive", "mq_timedsend", "mq_unlink", "msgctl", "msgget",
    "msgrcv", "msgsnd", "semctl", "semget", "semop", "semtimedop", "shmat",
    "shmctl", "shmdt", "shmget", NULL};

/* For programs that confine themselves; it can only take away. */
static const char *const landlock[] = {"landlock_add_rule",
    "landlock_create_ruleset", "landlock_restrict_self", NULL};

static const char *const memlock[] = {"mlock", "mlock2", "mlockall", "munlock",
    "munlockall", NULL};

static const char *const numa[] = {"get_mempolicy", "mbind", "set_mempolicy",
    "set_mempolicy_home_node", NULL};

static const char *const priority[] = {"getpriority", "ioprio_get",
    "ioprio_set", "sched_get_priority_max", "sched_get_priority_min",
    "sched_getaffinity", "sched_getattr", "sched_getparam",
    "sched_getscheduler", "sched_rr_get_interval", "sched_setaffinity",
    "sched_setattr", "sched_setparam", "sched_setscheduler", "setpriority",
    NULL};

/* For programs of root that drop what they have. */
static const char *const set_ids[] = {"capset", "setfsgid", "setfsuid",
    "setgid", "setgroups", "setregid", "setresgid", "setresuid", "setreuid",
    "setuid", NULL};

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
    {"@network-connect", network_connect},
    {"@network-bind", network_bind},
    {"@aio", aio},
    {"@inotify", inotify},
    {"@ipc", ipc},
    {"@landlock", landlock},
    {"@memlock", memlock},
    {"@numa", numa},
    {"@priority", priority},
    {"@setuid", set_ids},
    {NULL, NULL},
};

const char *const calls_default[] = {"@io", "@fs-read", "@fs-write", "@fs-meta",
    "@xattr-read", "@xattr-write", "@signal", "@fork", "@thread", "@poll",
    "@ids", "@time", "@socket", NULL};

const char *const calls_transfer[] = {"@io", "@fs-read", "@fs-write",
    "@fs-meta", "@poll", "@ids", "@time", NULL};

const char *const calls_fetch[] = {"@io", "@fs-read", "@poll", "@ids", "@time",
    NULL};

const struct group *
group_find(const char *name)
{
	for (const struct group *g = groups; g->name != NULL; g++)
		if (strcmp(g->name, name) == 0)
			return g;
	return NULL;
}
