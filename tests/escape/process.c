/*
 * Processes: others of the account, which the warden's victim stands for, and
 * what a program may make of itself.
 */

#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "attack.h"

#ifndef N_NULL
#define N_NULL 27
#endif

enum { PAGE = 4096, NOBODY = 65534, KLOG_READ_ALL = 3, SECRET_MAX = 64 };

static pid_t
victim(void)
{
	return (pid_t)world.victim;
}

/* Where in the victim the secret lies. */
static char *
victim_memory(void)
{
	char *memory;

	memcpy(&memory, &world.address, sizeof(memory));
	return memory;
}

static int
victim_descriptor(void)
{
	return (int)syscall(SYS_pidfd_open, victim(), 0);
}

/* Signals. The warden counts those that arrive. */

static enum outcome
by_kill(void)
{
	return judge(kill(victim(), SIGUSR1));
}

/* The victim leads a process group. */
static enum outcome
by_kill_group(void)
{
	return judge(kill(-victim(), SIGUSR1));
}

static enum outcome
by_tkill(void)
{
	return judge(syscall(SYS_tkill, victim(), SIGUSR1));
}

static enum outcome
by_tgkill(void)
{
	return judge(syscall(SYS_tgkill, victim(), victim(), SIGUSR1));
}

static enum outcome
by_sigqueue(void)
{
	const union sigval value = {.sival_int = 1};

	return judge(sigqueue(victim(), SIGUSR1, value));
}

static enum outcome
by_thread_sigqueue(void)
{
	siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};

	return judge(
	    syscall(SYS_rt_tgsigqueueinfo, victim(), victim(), SIGUSR1, &info));
}

static enum outcome
by_descriptor(void)
{
	return judge(syscall(SYS_pidfd_send_signal, victim_descriptor(),
	    SIGUSR1, NULL, 0));
}

/* The kernel tells the owner of a descriptor that there is something to
 * read: the owner, and the signal, are to be chosen. */
static enum outcome
by_owner(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == -1)
		return HELD;
	if (fcntl(fds[0], F_SETOWN, victim()) == -1 ||
	    fcntl(fds[0], F_SETSIG, SIGUSR1) == -1 ||
	    fcntl(fds[0], F_SETFL, O_ASYNC) == -1 || write(fds[1], "x", 1) != 1)
		return HELD;
	return SUCCEEDED;
}

static enum outcome
by_owner_ex(void)
{
	const struct f_owner_ex owner = {F_OWNER_PID, victim()};
	int fds[2];

	if (pipe(fds) == -1 || fcntl(fds[0], F_SETOWN_EX, &owner) == -1 ||
	    fcntl(fds[0], F_SETSIG, SIGUSR1) == -1 ||
	    fcntl(fds[0], F_SETFL, O_ASYNC) == -1 || write(fds[1], "x", 1) != 1)
		return HELD;
	return SUCCEEDED;
}

static enum outcome
by_owner_ioctl(void)
{
	const int pid = victim();
	int fds[2], on = 1;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == -1 ||
	    ioctl(fds[0], FIOSETOWN, &pid) == -1 ||
	    fcntl(fds[0], F_SETSIG, SIGUSR1) == -1 ||
	    ioctl(fds[0], FIOASYNC, &on) == -1 || write(fds[1], "x", 1) != 1)
		return HELD;
	return SUCCEEDED;
}

/* Their memory and descriptors. */

static enum outcome
by_trace(void)
{
	long words[SECRET_MAX / sizeof(long)];
	enum outcome outcome;

	if (ptrace(PTRACE_ATTACH, victim(), NULL, NULL) == -1)
		return HELD;
	waitpid(victim(), NULL, __WALL);
	for (size_t i = 0; i < SECRET_MAX / sizeof(long); i++)
		words[i] = ptrace(PTRACE_PEEKDATA, victim(),
		    victim_memory() + i * sizeof(long), NULL);
	outcome = leak(words, strnlen((char *)words, sizeof(words)));
	ptrace(PTRACE_DETACH, victim(), NULL, NULL);
	return outcome;
}

static enum outcome
by_vm_read(void)
{
	char text[SECRET_MAX];
	const struct iovec to = {text, sizeof(text)};
	const struct iovec from = {victim_memory(), sizeof(text)};

	if (process_vm_readv(victim(), &to, 1, &from, 1, 0) == -1)
		return HELD;
	return leak(text, strnlen(text, sizeof(text)));
}

static enum outcome
by_pidfd(void)
{
	return leak_fd((int)syscall(SYS_pidfd_getfd, victim_descriptor(),
	    world.victim_fd, 0));
}

/* Their limits, priorities and processors. */

static enum outcome
limit_victim(void)
{
	const struct rlimit64 limit = {1, 1};

	return judge(prlimit64(victim(), RLIMIT_MSGQUEUE, &limit, NULL));
}

static enum outcome
slow_victim(void)
{
	return judge(setpriority(PRIO_PROCESS, (id_t)victim(), 10));
}

static enum outcome
slow_group(void)
{
	return judge(setpriority(PRIO_PGRP, (id_t)victim(), 10));
}

static enum outcome
move_victim(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == -1)
		return HELD;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set) && CPU_COUNT(&set) > 1)
			CPU_CLR(cpu, &set);
	return judge(sched_setaffinity(victim(), sizeof(set), &set));
}

static enum outcome
reschedule_victim(void)
{
	const struct sched_param param = {0};

	return judge(sched_setscheduler(victim(), SCHED_BATCH, &param));
}

static enum outcome
reschedule_victim_by_attributes(void)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attributes = {.size = sizeof(attributes), .policy = SCHED_BATCH};

	return judge(syscall(SYS_sched_setattr, victim(), &attributes, 0));
}

static enum outcome
io_priority_of_victim(void)
{
	return judge(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, victim(),
	    IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)));
}

/* Namespaces, where the account is root. */

static enum outcome
is_nobody(void)
{
	return getuid() == NOBODY ? SUCCEEDED : HELD;
}

static enum outcome
by_unshare(void)
{
	return unshare(CLONE_NEWUSER) == -1 ? HELD : is_nobody();
}

static enum outcome
by_clone_flags(unsigned long flags)
{
	const pid_t pid =
	    (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0UL, 0, 0, 0);

	if (pid == 0)
		_exit((int)is_nobody());
	return await(pid);
}

static enum outcome
by_clone(void)
{
	return by_clone_flags(CLONE_NEWUSER);
}

static enum outcome
by_clone_high(void)
{
	return by_clone_flags(CLONE_NEWUSER | UINT64_C(1) << 40);
}

static enum outcome
by_clone3(void)
{
	struct clone_args args = {.flags = CLONE_NEWUSER,
	    .exit_signal = SIGCHLD};
	const pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit((int)is_nobody());
	return await(pid);
}

/* Into one that the account is in already: to see that it can be done. */
static enum outcome
by_setns(void)
{
	return judge(setns(victim_descriptor(), CLONE_NEWUTS));
}

/* A process more, where the rule says that there is none. */

static enum outcome
nothing(void)
{
	return SUCCEEDED;
}

static enum outcome
by_fork(void)
{
	return in_child(nothing);
}

static enum outcome
by_vfork(void)
{
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork) */
	const pid_t pid = vfork();

	if (pid == 0)
		_exit(SUCCEEDED);
	return await(pid);
}

static enum outcome
by_plain_clone3(void)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	const pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(SUCCEEDED);
	return await(pid);
}

static enum outcome
by_thread(void)
{
	return in_thread(nothing);
}

/* Keyrings, and what System V and POSIX share. */

static enum outcome
add_key(void)
{
	return judge(syscall(SYS_add_key, "user", world.label, "x", 1,
	    KEY_SPEC_USER_KEYRING));
}

static enum outcome
read_key(void)
{
	char text[SECRET_MAX];
	const long n =
	    syscall(SYS_keyctl, KEYCTL_READ, world.key, text, sizeof(text));

	return n <= 0 ? HELD : leak(text, (size_t)n);
}

static enum outcome
read_segment(void)
{
	const char *text = shmat((int)world.shm, NULL, SHM_RDONLY);

	/* shmat(2) answers with (void *)-1. */
	return text == MAP_FAILED ? HELD : leak(text, strlen(text));
}

static enum outcome
send_message(void)
{
	const struct {
		long type;
		char text[1];
	} message = {1, {'x'}};

	return judge(msgsnd((int)world.msg, &message, 1, IPC_NOWAIT));
}

static enum outcome
set_semaphore(void)
{
	return judge(semctl((int)world.sem, 0, SETVAL, 1));
}

static enum outcome
send_to_queue(void)
{
	const mqd_t queue = mq_open(join("", world.label), O_WRONLY);
	int result;

	if (queue == (mqd_t)-1)
		return HELD;
	result = mq_send(queue, "x", 1, 0);
	mq_close(queue);
	return judge(result);
}

/* What it may make of itself. */

static enum outcome
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NICE, &limit) == -1)
		return HELD;
	limit.rlim_max++;
	return judge(setrlimit(RLIMIT_NICE, &limit));
}

static enum outcome
raise_priority(void)
{
	return judge(setpriority(PRIO_PROCESS, 0, -1));
}

static enum outcome
change_user(void)
{
	return setuid(NOBODY) == -1 ? HELD : is_nobody();
}

static enum outcome
change_group(void)
{
	return setgid(NOBODY) == -1 || getgid() != NOBODY ? HELD : SUCCEEDED;
}

static enum outcome
change_groups(void)
{
	const gid_t group = NOBODY;

	return judge(setgroups(1, &group));
}

/* A set-user-ID program would gain something. */
static enum outcome
new_privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? SUCCEEDED : HELD;
}

static enum outcome
death_signal(void)
{
	return judge(prctl(PR_SET_PDEATHSIG, SIGUSR2));
}

static enum outcome
reaper(void)
{
	return judge(prctl(PR_SET_CHILD_SUBREAPER, 1));
}

static enum outcome
change_personality(void)
{
	return judge(personality(ADDR_NO_RANDOMIZE));
}

static enum outcome
kernel_log(void)
{
	char text[PAGE];

	return klogctl(KLOG_READ_ALL, text, sizeof(text)) > 0 ? SUCCEEDED :
								HELD;
}

static enum outcome
io_ports(void)
{
#if defined(__x86_64__)
	return judge(ioperm(0x80, 1, 1));
#else
	return untried("this architecture has no such call");
#endif
}

static enum outcome
bpf_map(void)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY,
	    .key_size = 4,
	    .value_size = 4,
	    .max_entries = 1};

	return judge(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static enum outcome
perf_event(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
	    .size = sizeof(attr),
	    .config = PERF_COUNT_SW_TASK_CLOCK,
	    .exclude_kernel = 1,
	    .exclude_hv = 1};

	return judge(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

static enum outcome
page_faults(void)
{
	enum { USER_MODE_ONLY = 1 };

	return judge(syscall(SYS_userfaultfd, O_CLOEXEC | USER_MODE_ONLY));
}

static enum outcome
local_descriptors(void)
{
#if defined(__x86_64__)
	enum { READ = 0 };
	char table[PAGE];

	return judge(syscall(SYS_modify_ldt, READ, table, sizeof(table)));
#else
	return untried("this architecture has no such call");
#endif
}

static enum outcome
secret_memory(void)
{
	return judge(syscall(SYS_memfd_secret, 0));
}

static enum outcome
anonymous_file(void)
{
	return judge(syscall(SYS_memfd_create, "x", 0));
}

static enum outcome
compare(void)
{
	enum { SAME_VM = 1 };

	return judge(syscall(SYS_kcmp, victim(), getpid(), SAME_VM, 0, 0));
}

static enum outcome
robust_list(void)
{
	void *head;
	size_t size;

	return judge(syscall(SYS_get_robust_list, victim(), &head, &size));
}

static enum outcome
move_pages_of_victim(void)
{
	unsigned long nodes = 1;

	return judge(syscall(SYS_migrate_pages, victim(), sizeof(nodes) * 8,
	    &nodes, &nodes));
}

static enum outcome
gift_pages(void)
{
	char page[PAGE] = "";
	struct iovec from = {page, sizeof(page)};
	int fds[2];

	return pipe(fds) == -1 ? HELD : judge(vmsplice(fds[1], &from, 1, 0));
}

/* The terminal, which is standard error here and there. */

static enum outcome
type(unsigned long request)
{
	char c = 'x';

	return judge(syscall(SYS_ioctl, STDERR_FILENO, request, &c));
}

static enum outcome
type_plainly(void)
{
	return type(TIOCSTI);
}

static enum outcome
type_high(void)
{
	return type(TIOCSTI | UINT64_C(1) << 32);
}

static enum outcome
change_discipline(void)
{
	const int discipline = N_NULL;

	return judge(ioctl(STDERR_FILENO, TIOCSETD, &discipline));
}

static enum outcome
change_line(void)
{
	struct termios modes;

	if (tcgetattr(STDERR_FILENO, &modes) == -1)
		return HELD;
	modes.c_lflag ^= ECHOE;
	return judge(tcsetattr(STDERR_FILENO, TCSANOW, &modes));
}

static enum outcome
change_size(void)
{
	const struct winsize size = {7, 7, 7, 7};

	return judge(ioctl(STDERR_FILENO, TIOCSWINSZ, &size));
}

static enum outcome
write_fd(int fd)
{
	int result;

	if (fd == -1)
		return HELD;
	result = write(fd, "tty\n", strlen("tty\n")) == -1 ? -1 : 0;
	close(fd);
	return judge(result);
}

static enum outcome
open_terminal(void)
{
	return write_fd(open("/dev/tty", O_RDWR | O_NOCTTY));
}

static enum outcome
open_device(void)
{
	return write_fd(open(world.device, O_RDWR | O_NOCTTY));
}

static enum outcome
take_terminal(void)
{
	pid_t group;

	setsid();
	if (ioctl(STDERR_FILENO, TIOCSCTTY, 0) == -1 &&
	    ioctl(STDERR_FILENO, TIOCSCTTY, 1) == -1)
		return HELD;
	return judge(ioctl(STDERR_FILENO, TIOCGPGRP, &group));
}

const struct attack process_attacks[] = {
    {"process-kill", by_kill, false},
    {"process-kill-group", by_kill_group, false},
    {"process-tkill", by_tkill, false},
    {"process-tgkill", by_tgkill, false},
    {"process-sigqueue", by_sigqueue, false},
    {"process-thread-sigqueue", by_thread_sigqueue, false},
    {"process-descriptor-signal", by_descriptor, false},
    {"process-owner", by_owner, false},
    {"process-owner-ex", by_owner_ex, false},
    {"process-owner-ioctl", by_owner_ioctl, false},
    {"process-trace", by_trace, false},
    {"process-vm-read", by_vm_read, false},
    {"process-take-descriptor", by_pidfd, false},
    {"process-limit", limit_victim, false},
    {"process-priority", slow_victim, false},
    {"process-priority-group", slow_group, false},
    {"process-affinity", move_victim, false},
    {"process-scheduler", reschedule_victim, false},
    {"process-scheduler-attributes", reschedule_victim_by_attributes, false},
    {"process-io-priority", io_priority_of_victim, false},
    {"process-compare", compare, false},
    {"process-unshare", by_unshare, true},
    {"process-clone-namespace", by_clone, false},
    {"process-clone-high", by_clone_high, false},
    {"process-clone3-namespace", by_clone3, false},
    {"process-setns", by_setns, true},
    {"process-fork", by_fork, false},
    {"process-vfork", by_vfork, false},
    {"process-clone3", by_plain_clone3, false},
    {"process-thread", by_thread, false},
    {"process-key-add", add_key, false},
    {"process-key-read", read_key, false},
    {"process-segment", read_segment, false},
    {"process-message", send_message, false},
    {"process-semaphore", set_semaphore, false},
    {"process-queue", send_to_queue, false},
    {"process-raise-limit", raise_limit, true},
    {"process-raise-priority", raise_priority, true},
    {"process-setuid", change_user, true},
    {"process-setgid", change_group, true},
    {"process-setgroups", change_groups, true},
    {"process-new-privileges", new_privileges, false},
    {"process-death-signal", death_signal, true},
    {"process-reaper", reaper, true},
    {"process-personality", change_personality, true},
    {"process-kernel-log", kernel_log, false},
    {"process-io-ports", io_ports, true},
    {"process-bpf", bpf_map, true},
    {"process-perf", perf_event, true},
    {"process-page-faults", page_faults, true},
    {"process-descriptor-table", local_descriptors, false},
    {"process-secret-memory", secret_memory, true},
    {"process-anonymous-file", anonymous_file, true},
    {"process-robust-list", robust_list, false},
    {"process-move-pages", move_pages_of_victim, false},
    {"process-gift-pages", gift_pages, true},
    {"terminal-type", type_plainly, false},
    {"terminal-type-high", type_high, false},
    {"terminal-discipline", change_discipline, false},
    {"terminal-line", change_line, false},
    {"terminal-size", change_size, false},
    {"terminal-open", open_terminal, false},
    {"terminal-device", open_device, false},
    {"terminal-take", take_terminal, true},
    {NULL, NULL, false},
};
