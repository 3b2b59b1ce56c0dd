/*
 * What the attacks are aimed at, and whether one of them has hit. All of it
 * belongs to the account itself: nothing but the sandbox holds them.
 */

#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "scene.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define ADDRESS(a) ((struct sockaddr *)(a))

enum { ARRIVAL_MS = 300, RANDOM_BYTES = 12, STAMP = 1000000007 };
enum { IO_PROCESS = 1, LANDLOCK_VERSION = 1, LIMIT = 4096 };
enum { LOST = 70 }; /* gatekeeper itself could not do its part */
enum { SECRET_FD = 100, SETTINGS_MAX = 65536, RECORD_BYTES = 8192 };

const char *const effect_names[EFFECTS] = {
    [EFFECT_OWN] = "own",
    [EFFECT_MARK] = "mark",
    [EFFECT_SECRET] = "secret",
    [EFFECT_INSIDE] = "inside",
    [EFFECT_STORED] = "stored",
    [EFFECT_CHANGE] = "change",
    [EFFECT_SET_ID] = "set-id",
    [EFFECT_VICTIM] = "victim",
    [EFFECT_QUEUE] = "queue",
    [EFFECT_GOT] = "got",
    [EFFECT_TERMINAL] = "terminal",
    [EFFECT_WATCHER] = "watcher",
};

enum listener {
	LISTED,
	OTHER,
	UDP,
	STREAM,
	PACKETS,
	DATAGRAM,
	NAMED,
	LISTENERS
};

static struct {
	const char *base;
	char *in, *out, *shown, *policy, *records, *sockets, *label;
	char secret[2 * RANDOM_BYTES + 1], inside[2 * RANDOM_BYTES + 1];
	int listener[LISTENERS];
	long port[LISTENERS], free, loose;
	long shm, msg, sem, key;
	mqd_t queue;
	pid_t victim;
	int signals; /* a pipe from the victim */
	char *settings; /* of gatekeeper.ini */
	char *before; /* what lies outside, in words */
	off_t records_size;
	int master, slave;
	struct termios line;
} scene;

/* The victim has this at the same address. */
static char in_memory[64];

static char *
path(const char *folder, const char *name)
{
	char *text;

	if (asprintf(&text, "%s/%s", folder, name) == -1)
		err(1, "memory");
	return text;
}

const char *
scene_path(const char *name)
{
	return path(scene.base, name);
}

static void
randomize(char *text)
{
	unsigned char bytes[RANDOM_BYTES];

	if (syscall(SYS_getrandom, bytes, sizeof(bytes), 0) != sizeof(bytes))
		err(1, "getrandom");
	for (size_t i = 0; i < sizeof(bytes); i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

static void
put(const char *name, const char *content)
{
	FILE *f = fopen(name, "w");

	if (f == NULL || fputs(content, f) == EOF || fclose(f) == EOF)
		err(1, "%s", name);
}

/* Everything below a folder, but not the folder: it is what rules name. */
static int
remove_one(const char *name, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	return at->level > 0 ? remove(name) : 0;
}

static void
empty(const char *folder)
{
	if (nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) == -1)
		err(1, "%s", folder);
}

static void
copy_program(const char *name, const char *to)
{
	const int in = open(path(scene.base, name), O_RDONLY);
	const int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	char bytes[65536];
	ssize_t n;

	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		if (write(out, bytes, (size_t)n) != n)
			err(1, "%s", to);
	if (n == -1 || out == -1)
		err(1, "%s", to);
	close(in);
	close(out);
}

/* The program that rules name, which is the other one by another name: an
 * attack that works has changed it. */
static void
mend_tool(void)
{
	const char *tool = path(scene.base, "tool");
	struct stat is, was;

	if (stat(tool, &is) == 0 && stat(path(scene.base, "mark"), &was) == 0 &&
	    is.st_size == was.st_size)
		return;
	unlink(tool);
	copy_program("mark", tool);
}

static void
fill_inside(void)
{
	/* First: a set-group-ID bit would be inherited. */
	chmod(scene.in, 0755);
	put(path(scene.in, "secret"), scene.inside);
	copy_program("mark", path(scene.in, "mark"));
	copy_program("preload.so", path(scene.in, "preload.so"));
	/* What git takes for a repository. */
	mkdir(path(scene.in, "r.git"), 0755);
	mkdir(path(scene.in, "r.git/objects"), 0755);
	mkdir(path(scene.in, "r.git/refs"), 0755);
	put(path(scene.in, "r.git/HEAD"), "ref: refs/heads/main\n");
}

static void
fill_outside(void)
{
	const struct timespec times[2] = {{STAMP, 0}, {STAMP, 0}};
	char *name;

	put(path(scene.out, "secret"), scene.secret);
	setxattr(path(scene.out, "secret"), "user.gk", scene.secret,
	    strlen(scene.secret), 0);
	chmod(path(scene.out, "secret"), 0600);
	put(path(scene.out, "file"), "content\n");
	put(path(scene.shown, "file"), "shown\n");
	put(path(scene.out, "stamp"), "");
	utimensat(AT_FDCWD, path(scene.out, "stamp"), times, 0);
	mkdir(path(scene.out, "folder"), 0755);
	if (symlink(scene.secret, path(scene.out, "points")) == -1 ||
	    asprintf(&name, "%s/name-%s", scene.out, scene.secret) == -1)
		err(1, "%s", scene.out);
	put(name, "");
	free(name);
}

/* What lies outside, in words: any change of it changes them. */

static FILE *description;

static int
describe_one(const char *name, const struct stat *st, int type, struct FTW *at)
{
	char content[256] = "", value[64] = "";
	int fd;

	(void)at;
	fd = type == FTW_F ? open(name, O_RDONLY | O_NONBLOCK) : -1;
	if (fd != -1 && read(fd, content, sizeof(content) - 1) == -1)
		content[0] = '\0';
	if (fd != -1)
		close(fd);
	lgetxattr(name, "user.gk", value, sizeof(value) - 1);
	fprintf(description, "%s %ju %o %u %u %jd %jd %s %s\n", name,
	    (uintmax_t)st->st_ino, st->st_mode, st->st_uid, st->st_gid,
	    S_ISREG(st->st_mode) ? (intmax_t)st->st_size : 0,
	    S_ISREG(st->st_mode) ? (intmax_t)st->st_mtime : 0, content, value);
	return 0;
}

static char *
describe(void)
{
	char *text = NULL;
	size_t size;
	int n = 0;

	if ((description = open_memstream(&text, &size)) == NULL)
		err(1, "memory");
	n |= nftw(scene.out, describe_one, 16, FTW_PHYS);
	n |= nftw(scene.shown, describe_one, 16, FTW_PHYS);
	n |= nftw(path(scene.policy, "keys"), describe_one, 16, FTW_PHYS);
	n |= nftw(path(scene.policy, "gatekeeper.ini"), describe_one, 16,
	    FTW_PHYS);
	n |= nftw(path(scene.base, "tool"), describe_one, 16, FTW_PHYS);
	n |= nftw(path(scene.base, "attack"), describe_one, 16, FTW_PHYS);
	if (n == -1 || fclose(description) == EOF)
		err(1, "%s", scene.out);
	return text;
}

static bool
changed(void)
{
	char *now = describe();
	bool differs = strcmp(now, scene.before) != 0;
	struct stat st;

	free(now);
	if (stat(scene.records, &st) == -1 || st.st_size < scene.records_size)
		differs = true;
	else
		scene.records_size = st.st_size;
	return differs || access(path("/tmp", scene.label), F_OK) == 0 ||
	    access(path("/dev/shm", scene.label), F_OK) == 0;
}

/* What an attack has left in the rule's directory is in the next one's way. */
void
scene_tidy(void)
{
	static const char *const kept[] = {".", "..", "secret", "mark",
	    "preload.so", "r.git"};
	DIR *dir = opendir(scene.in);
	struct dirent *entry;
	bool other = false;

	if (dir == NULL)
		err(1, "%s", scene.in);
	while ((entry = readdir(dir)) != NULL) {
		size_t i = 0;

		while (i < NELEM(kept) && strcmp(kept[i], entry->d_name) != 0)
			i++;
		other |= i == NELEM(kept);
	}
	closedir(dir);
	if (!other)
		return;
	empty(scene.in);
	fill_inside();
}

static void
lay_out(void)
{
	struct stat st;

	free(scene.before);
	empty(scene.in);
	empty(scene.out);
	empty(scene.shown);
	fill_inside();
	fill_outside();
	mend_tool();
	unlink(path("/tmp", scene.label));
	unlink(path("/dev/shm", scene.label));
	unlink(path(scene.policy, "keys/new.ini"));
	put(path(scene.policy, "gatekeeper.ini"), scene.settings);
	scene.records_size = stat(scene.records, &st) == -1 ? 0 : st.st_size;
	scene.before = describe();
}

/* Sockets. */

static long
port_of(int fd)
{
	struct sockaddr_in6 at;
	socklen_t size = sizeof(at);

	if (getsockname(fd, ADDRESS(&at), &size) == -1)
		err(1, "getsockname");
	return ntohs(at.sin6_port);
}

/* On both families, at a port of the kernel's choice. */
static int
inet_listener(int type)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6};
	const int off = 0;
	const int fd = socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (fd == -1 || bind(fd, ADDRESS(&at), sizeof(at)) == -1 ||
	    (type == SOCK_STREAM && listen(fd, 64) == -1))
		err(1, "a socket to listen on");
	return fd;
}

static int
unix_listener(int type, const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	socklen_t size = sizeof(at);
	const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const bool named = strchr(name, '/') == NULL;
	const size_t length = strlen(name);

	if (length + 1 >= sizeof(at.sun_path))
		errx(1, "%s: too long for a socket", name);
	memcpy(at.sun_path + named, name, length);
	if (named)
		size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
		    length);
	if (fd == -1 || bind(fd, ADDRESS(&at), size) == -1 ||
	    (type != SOCK_DGRAM && listen(fd, 64) == -1))
		err(1, "%s", name);
	return fd;
}

static long
unused_port(void)
{
	const int fd = inet_listener(SOCK_STREAM);
	const long port = port_of(fd);

	close(fd);
	return port;
}

static void
listen_all(void)
{
	scene.listener[LISTED] = inet_listener(SOCK_STREAM);
	scene.listener[OTHER] = inet_listener(SOCK_STREAM);
	scene.listener[UDP] = inet_listener(SOCK_DGRAM);
	for (int i = 0; i <= UDP; i++)
		scene.port[i] = port_of(scene.listener[i]);
	scene.free = unused_port();
	scene.loose = unused_port();
	scene.listener[STREAM] =
	    unix_listener(SOCK_STREAM, path(scene.sockets, "stream"));
	scene.listener[PACKETS] =
	    unix_listener(SOCK_SEQPACKET, path(scene.sockets, "packets"));
	scene.listener[DATAGRAM] =
	    unix_listener(SOCK_DGRAM, path(scene.sockets, "datagram"));
	scene.listener[NAMED] = unix_listener(SOCK_STREAM, scene.label);
}

/* The victim. */

static int victim_tells;

static void
on_signal(int unused)
{
	(void)unused;
	if (write(victim_tells, "s", 1) == -1)
		_exit(1);
}

static void
be_victim(int tells)
{
	struct sigaction action = {.sa_handler = on_signal};

	victim_tells = tells;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	signal(SIGUSR2, SIG_DFL);
	sigaction(SIGUSR1, &action, NULL);
	if (chdir(scene.out) == -1 || write(tells, "r", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void
victim_end(void)
{
	if (scene.victim <= 0)
		return;
	kill(scene.victim, SIGKILL);
	waitpid(scene.victim, NULL, 0);
	close(scene.signals);
	scene.victim = 0;
}

static void
victim_start(void)
{
	int fds[2];
	char ready;

	if (pipe2(fds, O_CLOEXEC) == -1 || (scene.victim = fork()) == -1)
		err(1, "victim");
	if (scene.victim == 0)
		be_victim(fds[1]);
	close(fds[1]);
	scene.signals = fds[0];
	if (read(fds[0], &ready, 1) != 1 ||
	    fcntl(fds[0], F_SETFL, O_NONBLOCK) == -1)
		errx(1, "the victim has not come up");
}

static bool
victim_changed(int patience)
{
	struct pollfd polled = {.fd = scene.signals, .events = POLLIN};
	struct rlimit64 here, there;
	cpu_set_t ours, its;

	if (poll(&polled, 1, patience) == 1 ||
	    waitpid(scene.victim, NULL, WNOHANG) != 0)
		return true;
	if (prlimit64(0, RLIMIT_MSGQUEUE, NULL, &here) == -1 ||
	    prlimit64(scene.victim, RLIMIT_MSGQUEUE, NULL, &there) == -1 ||
	    sched_getaffinity(0, sizeof(ours), &ours) == -1 ||
	    sched_getaffinity(scene.victim, sizeof(its), &its) == -1)
		err(1, "victim");
	return here.rlim_max != there.rlim_max || !CPU_EQUAL(&ours, &its) ||
	    getpriority(PRIO_PROCESS, (id_t)scene.victim) !=
	    getpriority(PRIO_PROCESS, 0) ||
	    sched_getscheduler(scene.victim) != sched_getscheduler(0) ||
	    syscall(SYS_ioprio_get, IO_PROCESS, scene.victim) !=
	    syscall(SYS_ioprio_get, IO_PROCESS, 0);
}

/* Keys and queues. A kernel may have none of them. */

static void
queues_make(void)
{
	struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 16};
	char *text;

	scene.key = syscall(SYS_add_key, "user", path(scene.label, "secret"),
	    scene.secret, strlen(scene.secret), KEY_SPEC_USER_KEYRING);
	scene.shm = shmget(IPC_PRIVATE, LIMIT, IPC_CREAT | 0600);
	text = scene.shm == -1 ? MAP_FAILED : shmat((int)scene.shm, NULL, 0);
	if (text != MAP_FAILED) {
		strcpy(text, scene.secret);
		shmdt(text);
	}
	scene.msg = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	scene.sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
	scene.queue = mq_open(path("", scene.label),
	    O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK | O_CLOEXEC, 0600, &attr);
}

static void
queues_remove(void)
{
	syscall(SYS_keyctl, KEYCTL_UNLINK, scene.key, KEY_SPEC_USER_KEYRING);
	shmctl((int)scene.shm, IPC_RMID, NULL);
	msgctl((int)scene.msg, IPC_RMID, NULL);
	semctl((int)scene.sem, 0, IPC_RMID);
	if (scene.queue != (mqd_t)-1)
		mq_unlink(path("", scene.label));
}

/* What came is taken away. */
static bool
queues_changed(void)
{
	char text[16];
	bool any = false;
	const long key = syscall(SYS_keyctl, KEYCTL_SEARCH,
	    KEY_SPEC_USER_KEYRING, "user", scene.label, 0);

	if (key != -1) {
		syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING);
		any = true;
	}
	if (semctl((int)scene.sem, 0, GETVAL) == 1) {
		semctl((int)scene.sem, 0, SETVAL, 0);
		any = true;
	}
	any |= msgrcv((int)scene.msg, text, 1, 0, IPC_NOWAIT) != -1;
	any |= mq_receive(scene.queue, text, sizeof(text), NULL) != -1;
	return any;
}

/* The terminal of a session. */

int
scene_pty(void)
{
	if (scene.slave > 0) {
		close(scene.master);
		close(scene.slave);
	}
	scene.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (scene.master == -1 || grantpt(scene.master) == -1 ||
	    unlockpt(scene.master) == -1)
		err(1, "pty");
	scene.slave =
	    open(ptsname(scene.master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (scene.slave == -1 || tcgetattr(scene.slave, &scene.line) == -1)
		err(1, "pty");
	cfmakeraw(&scene.line);
	tcsetattr(scene.slave, TCSANOW, &scene.line);
	return scene.master;
}

int
scene_pty_slave(void)
{
	return scene.slave;
}

static bool
terminal_changed(void)
{
	struct termios line;
	struct winsize size = {0};
	int waiting = 0, discipline = 0;

	tcgetattr(scene.slave, &line);
	ioctl(scene.slave, FIONREAD, &waiting);
	ioctl(scene.slave, TIOCGETD, &discipline);
	ioctl(scene.slave, TIOCGWINSZ, &size);
	return waiting > 0 || discipline != 0 || size.ws_row != 0 ||
	    line.c_lflag != scene.line.c_lflag;
}

/* Bytes at the listeners. */

static bool
got_byte(int fd, bool connected, int patience)
{
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	int from;
	char c;
	bool any;

	if (poll(&polled, 1, patience) != 1)
		return false;
	if (!connected)
		return recv(fd, &c, 1, 0) == 1;
	from = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (from == -1)
		return false;
	polled.fd = from;
	any = poll(&polled, 1, ARRIVAL_MS) == 1 && recv(from, &c, 1, 0) == 1;
	close(from);
	return any;
}

static bool
got_any(int patience)
{
	struct pollfd polled[LISTENERS];
	bool any = false;

	for (int i = 0; i < LISTENERS; i++)
		polled[i] = (struct pollfd) {scene.listener[i], POLLIN, 0};
	if (poll(polled, LISTENERS, patience) < 1)
		return false;
	/* One may have been connected to more than once. */
	for (int i = 0; i < LISTENERS; i++)
		while (
		    got_byte(scene.listener[i], i != UDP && i != DATAGRAM, 0))
			any = true;
	return any;
}

/* Programs with other rights, and devices. */

static bool found;

static int
look_at(const char *name, const struct stat *st, int type, struct FTW *at)
{
	char value[64];

	(void)type;
	(void)at;
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ||
	    (!S_ISLNK(st->st_mode) && (st->st_mode & 06000) != 0) ||
	    lgetxattr(name, "security.capability", value, sizeof(value)) > 0)
		found = true;
	return 0;
}

static bool
has_set_id(void)
{
	found = false;
	if (nftw(scene.in, look_at, 16, FTW_PHYS) == -1)
		err(1, "%s", scene.in);
	return found;
}

bool
scene_shows(enum effect effect, const struct reply *reply)
{
	const bool claimed = reply->done && reply->outcome == 0;

	switch (effect) {
	case EFFECT_OWN:
		return claimed;
	case EFFECT_MARK:
		return reply->mark;
	case EFFECT_SECRET:
		return reply->secret;
	case EFFECT_INSIDE:
		return reply->inside;
	case EFFECT_STORED:
		return access(path(scene.in, "new"), F_OK) == 0;
	case EFFECT_CHANGE:
		return changed();
	case EFFECT_SET_ID:
		return has_set_id();
	case EFFECT_VICTIM:
		return victim_changed(0) ||
		    (claimed && victim_changed(ARRIVAL_MS));
	case EFFECT_QUEUE:
		return queues_changed();
	case EFFECT_GOT:
		return got_any(claimed ? ARRIVAL_MS : 0);
	case EFFECT_TERMINAL:
		return reply->terminal || terminal_changed();
	case EFFECT_WATCHER:
		/* By the attack's signal, or as one that lost its keeper. */
		return reply->signal == SIGUSR1 || reply->status == LOST;
	case EFFECTS:
		break;
	}
	errx(1, "no such effect");
}

void
scene_restore(enum effect effect)
{
	if (effect == EFFECT_VICTIM) {
		victim_end();
		victim_start();
	} else {
		lay_out();
	}
}

static void
tell_secret(long port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, ADDRESS(&to), sizeof(to)) == 0 &&
	    send(fd, scene.secret, strlen(scene.secret), MSG_NOSIGNAL) == -1)
		warn("port %ld", port);
	close(fd);
}

void
scene_hear(struct reply *reply, const char *line)
{
	char stamp[32];

	snprintf(stamp, sizeof(stamp), "%d", STAMP);
	if (strcmp(line, "mark") == 0)
		reply->mark = true;
	if (strncmp(line, "leak ", strlen("leak ")) == 0) {
		reply->secret |= strstr(line, scene.secret) != NULL ||
		    strstr(line, stamp) != NULL;
		reply->inside |= strstr(line, scene.inside) != NULL;
	}
	if (strncmp(line, "connect ", strlen("connect ")) == 0)
		tell_secret(strtol(line + strlen("connect "), NULL, 10));
}

void
scene_hear_terminal(struct reply *reply, const char *text, size_t size)
{
	if (memmem(text, size, "tty\n", strlen("tty\n")) != NULL)
		reply->terminal = true;
}

void
scene_leave_behind(void)
{
	if (chdir(scene.out) == -1 || dup2(SECRET_FD, 9) == -1 ||
	    dup2(SECRET_FD, 900) == -1)
		_exit(1);
}

char *
scene_facts(void)
{
	char *text;

	if (asprintf(&text,
		"in %s\nshown %s\nout %s\npolicy %s\nrecords %s\nself %s/attack\n"
		"tool %s/tool\nmark %s/mark\nsockets %s\nlabel %s\n"
		"device %s\nlisted %ld\nother %ld\nudp %ld\nfree %ld\nloose %ld\n"
		"victim %d\naddress %ld\nvictim-fd %d\nshm %ld\nmsg %ld\n"
		"sem %ld\nkey %ld\n",
		scene.in, scene.shown, scene.out, scene.policy, scene.records,
		scene.base, scene.base, scene.base, scene.sockets, scene.label,
		ptsname(scene.master), scene.port[LISTED], scene.port[OTHER],
		scene.port[UDP], scene.free, scene.loose, scene.victim,
		(long)(uintptr_t)in_memory, SECRET_FD, scene.shm, scene.msg,
		scene.sem, scene.key) == -1)
		err(1, "memory");
	return text;
}

int
scene_landlock(void)
{
	return (
	    int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
}

/* A client is not told why a policy or a sandbox is broken. */
const char *
scene_last_record(void)
{
	static char text[RECORD_BYTES];
	const int fd = open(scene.records, O_RDONLY | O_CLOEXEC);
	const off_t size = lseek(fd, 0, SEEK_END);
	const off_t from = size < RECORD_BYTES ? 0 : size - RECORD_BYTES + 1;
	const ssize_t n = pread(fd, text, RECORD_BYTES - 1, from);
	const char *line;

	close(fd);
	text[n > 0 ? n - 1 : 0] = '\0';
	line = strrchr(text, '\n');
	return line == NULL ? text : line + 1;
}

static void
write_policies(const char *script)
{
	char listed[16], unused[16];
	int status;
	pid_t pid;

	snprintf(listed, sizeof(listed), "%ld", scene.port[LISTED]);
	snprintf(unused, sizeof(unused), "%ld", scene.free);
	if ((pid = fork()) == 0) {
		execl("/bin/sh", "sh", script, scene.base, listed, unused,
		    (char *)NULL);
		_exit(1);
	}
	if (pid == -1 || waitpid(pid, &status, 0) == -1 || status != 0)
		errx(1, "%s has failed", script);
}

static void
keep_settings(void)
{
	const int fd = open(path(scene.policy, "gatekeeper.ini"), O_RDONLY);
	ssize_t n;

	scene.settings = calloc(1, SETTINGS_MAX);
	n = read(fd, scene.settings, SETTINGS_MAX - 1);
	if (n <= 0 || n == SETTINGS_MAX - 1)
		errx(1, "gatekeeper.ini is not what it should be");
	close(fd);
}

static void
open_secret(void)
{
	const int fd = open(path(scene.out, "secret"), O_RDONLY | O_CLOEXEC);

	if (fd == -1 || dup3(fd, SECRET_FD, O_CLOEXEC) == -1)
		err(1, "secret");
	close(fd);
}

void
scene_make(const char *base, const char *policies)
{
	const char *secret = getenv("GK_SECRET");
	char digits[2 * RANDOM_BYTES + 1];

	scene.base = base;
	scene.in = path(base, "field/in");
	scene.out = path(base, "field/out");
	scene.shown = path(base, "field/shown");
	scene.sockets = path(base, "field/sockets");
	scene.policy = path(base, "policy");
	scene.records = path(base, "policy/log/records");
	/* Also in the victim's environment, as the kernel keeps it. */
	if (secret == NULL || strlen(secret) != 2 * RANDOM_BYTES)
		errx(1, "GK_SECRET: %d digits are wanted", 2 * RANDOM_BYTES);
	memcpy(scene.secret, secret, sizeof(scene.secret));
	randomize(scene.inside);
	randomize(digits);
	if (asprintf(&scene.label, "gk-escape-%s", digits) == -1)
		err(1, "memory");
	memcpy(in_memory, scene.secret, sizeof(scene.secret));
	put(path(scene.policy, "secret"), scene.secret);
	mkdir(scene.in, 0755);
	mkdir(scene.out, 0755);
	mkdir(scene.shown, 0755);
	mkdir(scene.sockets, 0755);
	listen_all();
	write_policies(policies);
	keep_settings();
	lay_out();
	open_secret();
	queues_make();
	victim_start();
}

void
scene_remove(void)
{
	victim_end();
	queues_remove();
}
