/* What each system call may be asked for, by its arguments. Facts only. */

#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/ioprio.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/rows.h"

/* clang-format off */

/* The kernel looks at the low 32 bits of an int, and so do all masks here:
 * an ioctl compared whole would let TIOCSTI | 1 << 32 through. */
#define LOW 0xffffffffU
#define HAS(arg, mask, value) \
	{(arg), SCMP_CMP_MASKED_EQ, (mask), (value)}
#define IS(arg, value) HAS(arg, LOW, (uint32_t)(value))

/* chmod u+s: a program left behind that runs as this account. */
#define SET_ID (S_ISUID | S_ISGID)
#define CLEAN_MODE(arg) HAS(arg, SET_ID, 0)
#define MODES(call, mode) \
	{call, 0, HOW_MODE, {CLEAN_MODE(mode)}}
#define NODE(call, mode, type) \
	{call, 0, HOW_MODE, {HAS(mode, S_IFMT | SET_ID, type)}}

/* O_TMPFILE has O_DIRECTORY's bit in it. */
#define CREATES (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))

/* Two conditions in six forms. What creates has a clean mode; other opens
 * leave rubbish in that register. And what truncates opens for writing:
 * before its ABI 3, Landlock lets O_RDONLY | O_TRUNC, and access mode 3 too,
 * empty any file. */
#define OPENS(call, flags, mode) \
	{call, 0, 0, {HAS(flags, O_TRUNC | CREATES, 0)}}, \
	{call, 0, HOW_MODE, {HAS(flags, O_TRUNC, 0), CLEAN_MODE(mode)}}, \
	{call, 0, 0, {HAS(flags, O_ACCMODE | CREATES, O_WRONLY)}}, \
	{call, 0, HOW_MODE, \
	    {HAS(flags, O_ACCMODE, O_WRONLY), CLEAN_MODE(mode)}}, \
	{call, 0, 0, {HAS(flags, O_ACCMODE | CREATES, O_RDWR)}}, \
	{call, 0, HOW_MODE, \
	    {HAS(flags, O_ACCMODE, O_RDWR), CLEAN_MODE(mode)}}

#define NODES(call, mode) \
	NODE(call, mode, 0), \
	NODE(call, mode, S_IFREG), \
	NODE(call, mode, S_IFIFO), \
	NODE(call, mode, S_IFSOCK)

/* Not CLONE_NEWTIME: in clone(2), its bit is part of the exit signal. */
#define CLONE_NEW (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
	CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* TCP and no other: Landlock judges no port of MPTCP, UDP and the like. */
#define NEED_TCP (NEED_CONNECT | NEED_BIND)
#define SOCK_KIND (LOW & ~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC))
#define SOCKET(need, domain, kind) \
	{"socket", need, 0, {IS(0, domain), HAS(1, SOCK_KIND, kind)}}
#define SOCKETS(domain) \
	SOCKET(NEED_ANY, domain, SOCK_STREAM), \
	SOCKET(NEED_ANY, domain, SOCK_DGRAM)
#define NETLINKS(kind) \
	{"socket", NEED_ANY, 0, {IS(0, AF_NETLINK), \
	    HAS(1, SOCK_KIND, kind), IS(2, NETLINK_ROUTE)}}
#define TCP_SOCKET(domain, protocol) \
	{"socket", NEED_TCP, 0, {IS(0, domain), \
	    HAS(1, SOCK_KIND, SOCK_STREAM), IS(2, protocol)}}
#define OPTION(need, level, name) \
	{"setsockopt", need, 0, {IS(1, level), IS(2, name)}}

#define IOCTL(need, request) {"ioctl", need, 0, {IS(1, request)}}
#define FCNTL(command) {"fcntl", 0, 0, {IS(1, command)}}
#define PRCTL(option) {"prctl", 0, 0, {IS(0, option)}}
/* 0 is the caller, of the pids that such a call takes. */
#define OWN(call) {call, 0, 0, {IS(0, 0)}}

const struct row rows[] = {
	OPENS("open", 1, 2),
	OPENS("openat", 2, 3),
	MODES("creat", 1),
	{"truncate", NEED_TRUNCATE, 0, {{0}}},

	MODES("chmod", 1),
	MODES("fchmod", 1),
	MODES("fchmodat", 2),
	MODES("mkdir", 1),
	MODES("mkdirat", 2),
	NODES("mknod", 1),
	NODES("mknodat", 2),
	/* A whiteout is a device, which Landlock does not see being made: in
	 * a layer of an overlay it hides files. */
	{"renameat2", 0, 0, {HAS(4, RENAME_WHITEOUT, 0)}},

	/* Memory that is both, or that becomes executable. Where the kernel
	 * sees to it, these calls stay out of the filter's slow path. */
	{"mmap", NEED_NO_HOLD, 0, {{0}}},
	{"mmap", NEED_HOLD, 0, {HAS(2, PROT_EXEC, 0)}},
	{"mmap", NEED_HOLD, 0, {HAS(2, PROT_WRITE, 0)}},
	{"mprotect", NEED_NO_HOLD, 0, {{0}}},
	{"mprotect", NEED_HOLD, 0, {HAS(2, PROT_EXEC, 0)}},
	{"pkey_mprotect", NEED_NO_HOLD, 0, {{0}}},
	{"pkey_mprotect", NEED_HOLD, 0, {HAS(2, PROT_EXEC, 0)}},
	/* The kernel lets a segment be attached twice, once for each. */
	{"shmat", NEED_JIT, 0, {{0}}},
	{"shmat", 0, 0, {HAS(2, SHM_EXEC, 0)}},

	/* Nothing that types into a terminal, changes one, or names the
	 * process that a signal goes to. */
	IOCTL(0, TCGETS),
	IOCTL(0, TCGETS2),
	IOCTL(0, TIOCGWINSZ),
	IOCTL(0, TIOCGPGRP),
	IOCTL(0, TIOCOUTQ),
	IOCTL(0, FIONREAD),
	IOCTL(0, FIONBIO),
	IOCTL(0, FIOCLEX),
	IOCTL(0, FIONCLEX),
	IOCTL(0, FICLONE),
	IOCTL(0, FICLONERANGE),
	IOCTL(0, FS_IOC_GETFLAGS),
	IOCTL(0, FS_IOC_GETVERSION),
	IOCTL(0, FS_IOC_FSGETXATTR),
	IOCTL(NEED_ANY, SIOCGIFCONF),
	IOCTL(NEED_ANY, SIOCGIFNAME),
	IOCTL(NEED_ANY, SIOCGIFINDEX),
	IOCTL(NEED_ANY, SIOCGIFFLAGS),
	IOCTL(NEED_ANY, SIOCGIFADDR),
	IOCTL(NEED_ANY, SIOCGIFNETMASK),
	IOCTL(NEED_ANY, SIOCGIFMTU),
	/* Job control, and the modes of a line. Never TIOCSTI and TIOCLINUX,
	 * which type, TIOCSETD, TIOCSCTTY and TIOCCONS. */
	IOCTL(NEED_TERMINAL, TIOCSPGRP),
	IOCTL(NEED_TERMINAL, TIOCGSID),
	IOCTL(NEED_TERMINAL, TIOCSWINSZ),
	IOCTL(NEED_TERMINAL, TCSETS),
	IOCTL(NEED_TERMINAL, TCSETSW),
	IOCTL(NEED_TERMINAL, TCSETSF),
	IOCTL(NEED_TERMINAL, TCSETS2),
	IOCTL(NEED_TERMINAL, TCSETSW2),
	IOCTL(NEED_TERMINAL, TCSETSF2),
	IOCTL(NEED_TERMINAL, TCSBRK),
	IOCTL(NEED_TERMINAL, TCSBRKP),
	IOCTL(NEED_TERMINAL, TCXONC),
	IOCTL(NEED_TERMINAL, TCFLSH),

	/* F_SETOWN and F_SETSIG would make a kill of any signal to any
	 * process of the account. */
	FCNTL(F_DUPFD),
	FCNTL(F_DUPFD_CLOEXEC),
	FCNTL(F_GETFD),
	FCNTL(F_SETFD),
	FCNTL(F_GETFL),
	FCNTL(F_SETFL),
	FCNTL(F_GETLK),
	FCNTL(F_SETLK),
	FCNTL(F_SETLKW),
	FCNTL(F_OFD_GETLK),
	FCNTL(F_OFD_SETLK),
	FCNTL(F_OFD_SETLKW),
	FCNTL(F_GETPIPE_SZ),
	FCNTL(F_SETPIPE_SZ),
	FCNTL(F_GET_SEALS),

	/* No PR_SET_PDEATHSIG: it undoes what ends the program with us. */
	PRCTL(PR_SET_NAME),
	PRCTL(PR_GET_NAME),
	PRCTL(PR_SET_DUMPABLE),
	PRCTL(PR_GET_DUMPABLE),
	PRCTL(PR_CAPBSET_READ),
	PRCTL(PR_SET_NO_NEW_PRIVS),
	PRCTL(PR_GET_NO_NEW_PRIVS),
	PRCTL(PR_SET_VMA),

	/* Itself, and no other process. */
	OWN("prlimit64"),
	OWN("sched_setaffinity"),
	OWN("sched_setattr"),
	OWN("sched_setparam"),
	OWN("sched_setscheduler"),
	{"setpriority", 0, 0, {IS(0, PRIO_PROCESS), IS(1, 0)}},
	{"ioprio_set", 0, 0, {IS(0, IOPRIO_WHO_PROCESS), IS(1, 0)}},

	/* In a container, process 1 may be the account's own. */
	OWN("kill"),
	{"kill", 0, HOW_PID, {{0}}},
	{"tgkill", 0, HOW_PID, {{0}}},
	{"tkill", 0, HOW_PID, {{0}}},
	{"rt_sigqueueinfo", 0, HOW_PID, {{0}}},
	{"rt_tgsigqueueinfo", 0, HOW_PID, {{0}}},
	{"clone", NEED_FORK, 0, {HAS(0, CLONE_NEW, 0)}},
	{"clone", 0, 0, {HAS(0, CLONE_NEW | CLONE_THREAD, CLONE_THREAD)}},

	/* A pair of datagram sockets can be connected to others outside. */
	{"socketpair", 0, 0, {IS(0, AF_UNIX), HAS(1, SOCK_KIND, SOCK_STREAM)}},
	SOCKETS(AF_UNIX),
	SOCKET(NEED_ANY, AF_UNIX, SOCK_SEQPACKET),
	SOCKETS(AF_INET),
	SOCKETS(AF_INET6),
	NETLINKS(SOCK_RAW),
	NETLINKS(SOCK_DGRAM),
	SOCKET(NEED_UNIX, AF_UNIX, SOCK_STREAM),
	SOCKET(NEED_UNIX, AF_UNIX, SOCK_SEQPACKET),
	TCP_SOCKET(AF_INET, 0),
	TCP_SOCKET(AF_INET, IPPROTO_TCP),
	TCP_SOCKET(AF_INET6, 0),
	TCP_SOCKET(AF_INET6, IPPROTO_TCP),
	{"connect", NEED_UNIX | NEED_CONNECT | NEED_ANY, 0, {{0}}},
	{"bind", NEED_BIND | NEED_ANY, 0, {{0}}},
	{"listen", NEED_BIND | NEED_ANY, 0, {{0}}},
	{"accept", NEED_BIND | NEED_ANY, 0, {{0}}},
	{"accept4", NEED_BIND | NEED_ANY, 0, {{0}}},

	/* TCP Fast Open connects to an address without asking Landlock. */
	{"sendto", NEED_ANY, 0, {{0}}},
	{"sendto", 0, 0, {HAS(3, MSG_FASTOPEN, 0), HAS(4, UINT64_MAX, 0)}},
	{"sendmsg", NEED_ANY, 0, {{0}}},
	{"sendmsg", NEED_UNIX | NEED_TCP, 0, {HAS(2, MSG_FASTOPEN, 0)}},
	{"sendmmsg", NEED_ANY, 0, {{0}}},
	{"sendmmsg", NEED_UNIX | NEED_TCP, 0, {HAS(3, MSG_FASTOPEN, 0)}},

	/* Not TCP_FASTOPEN_CONNECT, TCP_ULP and TCP_REPAIR, filters, devices;
	 * nor SO_REUSEPORT, to share a port with another of the account. */
	{"setsockopt", NEED_ANY, 0, {{0}}},
	OPTION(NEED_UNIX | NEED_TCP, SOL_SOCKET, SO_SNDBUF),
	OPTION(NEED_UNIX | NEED_TCP, SOL_SOCKET, SO_RCVBUF),
	OPTION(NEED_UNIX | NEED_TCP, SOL_SOCKET, SO_RCVTIMEO),
	OPTION(NEED_UNIX | NEED_TCP, SOL_SOCKET, SO_SNDTIMEO),
	OPTION(NEED_UNIX | NEED_TCP, SOL_SOCKET, SO_RCVLOWAT),
	OPTION(NEED_UNIX | NEED_TCP, SOL_SOCKET, SO_LINGER),
	OPTION(NEED_UNIX, SOL_SOCKET, SO_PASSCRED),
	OPTION(NEED_TCP, SOL_SOCKET, SO_REUSEADDR),
	OPTION(NEED_TCP, SOL_SOCKET, SO_KEEPALIVE),
	OPTION(NEED_TCP, SOL_SOCKET, SO_OOBINLINE),
	OPTION(NEED_TCP, IPPROTO_TCP, TCP_NODELAY),
	OPTION(NEED_TCP, IPPROTO_TCP, TCP_MAXSEG),
	OPTION(NEED_TCP, IPPROTO_TCP, TCP_CORK),
	OPTION(NEED_TCP, IPPROTO_TCP, TCP_KEEPIDLE),
	OPTION(NEED_TCP, IPPROTO_TCP, TCP_KEEPINTVL),
	OPTION(NEED_TCP, IPPROTO_TCP, TCP_KEEPCNT),
	OPTION(NEED_TCP, IPPROTO_TCP, TCP_SYNCNT),
	OPTION(NEED_TCP, IPPROTO_TCP, TCP_DEFER_ACCEPT),
	OPTION(NEED_TCP, IPPROTO_TCP, TCP_QUICKACK),
	OPTION(NEED_TCP, IPPROTO_TCP, TCP_USER_TIMEOUT),
	OPTION(NEED_TCP, IPPROTO_TCP, TCP_NOTSENT_LOWAT),
	OPTION(NEED_TCP, IPPROTO_IP, IP_TOS),
	OPTION(NEED_TCP, IPPROTO_IPV6, IPV6_TCLASS),
	OPTION(NEED_TCP, IPPROTO_IPV6, IPV6_V6ONLY),
	{NULL, 0, 0, {{0}}},
};
/* clang-format on */
