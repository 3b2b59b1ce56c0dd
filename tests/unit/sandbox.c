/*
 * The sandbox as a whole: what it needs, what it says, what it leaves to
 * real programs and conversations. The filter's rows are in filter.c.
 */

#include <sys/socket.h>
#include <sys/syscall.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "confined.h"

static int
signal_parent(bool inside)
{
	const pid_t pid = spawn(BARE, inside);

	if (pid != 0)
		return ending(pid);
	_exit(kill(getppid(), 0) == -1 ? errno : 0);
}

static void
test_signal_scope(void **state)
{
	(void)state;
	need_landlock(6);
	assert_int_equal(signal_parent(false), 0);
	assert_int_equal(signal_parent(true), EPERM);
}

static void
test_no_new_privs(void **state)
{
	pid_t pid;

	(void)state;
	need_landlock(2);
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	pid = spawn(BARE, true);
	if (pid == 0)
		_exit(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	assert_int_equal(ending(pid), 1);
}

/* What sandbox_describe() says in a child of its own. */
static void
check_described(enum set set, bool old, const char *memory)
{
	struct sandbox *sandbox;
	struct built built;
	struct fault fault = {0};
	char text[64];
	pid_t pid;

	snprintf(text, sizeof(text), "landlock%d,seccomp%s", landlock_abi(),
	    memory);
	if ((pid = fork()) == 0) {
		if (old)
			hide_mdwe();
		build(&built, set, NULL);
		sandbox = sandbox_prepare(&built.plan, &fault);
		if (sandbox == NULL)
			_exit(NOT_ENTERED);
		if (strcmp(sandbox_describe(sandbox), text) == 0)
			_exit(0);
		dprintf(2, "%s, not %s\n", sandbox_describe(sandbox), text);
		_exit(1);
	}
	assert_int_equal(ending(pid), 0);
}

static void
test_described(void **state)
{
	enum { GET_MDWE = 66 };
	const bool known = prctl(GET_MDWE, 0, 0, 0, 0) != -1;

	(void)state;
	need_landlock(2);
	check_described(BARE, false, known ? ",mdwe" : "");
	check_described(BARE, true, "");
	check_described(JIT, false, "");
}

/* sandbox_prepare() leaves the process as it was. */
static void
test_prepare_only(void **state)
{
	struct sandbox *sandbox;
	struct built built;
	struct fault fault = {0};
	void *memory;

	(void)state;
	need_landlock(2);
	build(&built, BARE, NULL);
	sandbox = sandbox_prepare(&built.plan, &fault);
	assert_non_null(sandbox);
	sandbox_free(sandbox);
	for (size_t i = 0; i < built.plan.ngrants; i++)
		assert_int_not_equal(fcntl(built.grants[i].fd, F_GETFD), -1);
	built_free(&built);
	assert_int_equal(close(open("in/none/file", O_RDWR)), 0);
	memory = mmap(NULL, 4096, PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	munmap(memory, 4096);
	sandbox_free(NULL);
}

/* After sandbox_enter(), a failed exec can still be told and left. */
static void
test_failed_exec(void **state)
{
	static const char *const argv[] = {"missing", NULL};
	char text[8] = "";
	int fds[2];
	pid_t pid;

	(void)state;
	need_landlock(2);
	assert_int_equal(pipe(fds), 0);
	pid = spawn(TRANSFER, true);
	if (pid == 0) {
		syscall(SYS_execve, "/missing", argv, NULL);
		if (errno == ENOENT && write(fds[1], "failed", 6) == 6)
			_exit(70);
		_exit(1);
	}
	assert_int_equal(ending(pid), 70);
	assert_int_equal(read(fds[0], text, sizeof(text)), 6);
	assert_string_equal(text, "failed");
	close(fds[0]);
	close(fds[1]);
}

static void
test_bad_grant(void **state)
{
	struct area grants[] = {
	    {.path = NULL, .fd = -1, .access = ACCESS_READ}};
	struct plan plan = {.grants = grants, .ngrants = 1};
	char path[] = "/srv/data";
	struct fault fault = {0};

	(void)state;
	need_landlock(2);
	grants[0].path = path;
	assert_null(sandbox_prepare(&plan, &fault));
	assert_int_equal(fault.why, WHY_NO_SANDBOX);
	assert_non_null(strstr(fault.text, "/srv/data"));
}

/* ABI 1 cannot rename between folders. */
static void
test_landlock_1(void **state)
{
	struct plan plan = {0};
	struct fault fault = {0};
	int fd;

	(void)state;
	need_landlock(1);
	assert_int_equal(landlock_prepare(&plan, 1, &fault), -1);
	assert_int_equal(fault.why, WHY_NO_SANDBOX);
	assert_non_null(strstr(fault.text, "rename"));
	assert_non_null(strstr(fault.text, "5.19"));
	plan.landlock_optional = true;
	fd = landlock_prepare(&plan, 1, &fault);
	assert_int_not_equal(fd, -1);
	close(fd);
}

/* A kernel without Landlock, by an outer filter. */
static void
hide_landlock(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	if (ctx == NULL ||
	    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
		SCMP_SYS(landlock_create_ruleset), 0) != 0 ||
	    seccomp_load(ctx) != 0)
		_exit(NOT_ENTERED);
	seccomp_release(ctx);
}

static void
refuse_without(void)
{
	const struct plan plan = {0};
	struct fault fault = {0};

	if (landlock_abi() != 0)
		_exit(1);
	if (sandbox_prepare(&plan, &fault) != NULL)
		_exit(2);
	if (fault.why != WHY_NO_SANDBOX || strstr(fault.text, "5.19") == NULL)
		_exit(3);
	if (strstr(fault.text, "landlock = optional") == NULL)
		_exit(4);
}

static void
do_without(void)
{
	static const char *const none[] = {NULL};
	struct plan plan = {.landlock_optional = true};
	struct sandbox *sandbox;
	struct fault fault = {0};

	resolve(&plan, calls_transfer, none, false);
	if ((sandbox = sandbox_prepare(&plan, &fault)) == NULL)
		_exit(5);
	if (strncmp(sandbox_describe(sandbox), "seccomp", 7) != 0)
		_exit(6);
	if (sandbox_enter(sandbox, &fault) == -1)
		_exit(7);
	sandbox_free(sandbox);
	if (socket(AF_INET, SOCK_STREAM, 0) != -1 || errno != EPERM)
		_exit(8);
	if (truncate("in/both/file", 0) != -1 || errno != EPERM)
		_exit(9);
}

static void
test_no_landlock(void **state)
{
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0) {
		hide_landlock();
		refuse_without();
		do_without();
		_exit(0);
	}
	assert_int_equal(ending(pid), 0);
}

/* Ports, judged by Landlock, on connections that are really made. */

/* A socket on a port of the kernel's choice, or on this one. */
static int
listen_on(unsigned short *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_port = htons(*port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&at, size) == -1 ||
	    listen(fd, 5) == -1 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) == -1)
		return -1;
	*port = ntohs(at.sin_port);
	return fd;
}

static int
try_listen(unsigned short port)
{
	return listen_on(&port);
}

static int
try_connect(unsigned short port)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd == -1 ? -1 :
			  connect(fd, (const struct sockaddr *)&to, sizeof(to));
}

static int
try_connect6(unsigned short port)
{
	/* ::ffff:127.0.0.1, the same server by its other name. */
	const struct sockaddr_in6 to = {.sin6_family = AF_INET6,
	    .sin6_port = htons(port),
	    .sin6_addr.s6_addr = {[10] = 0xff, 0xff, 127, 0, 0, 1}};
	const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd == -1 ? -1 :
			  connect(fd, (const struct sockaddr *)&to, sizeof(to));
}

static int
try_fast_open(unsigned short port)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd == -1 ? -1 :
			  (int)sendto(fd, "x", 1, MSG_FASTOPEN,
			      (const struct sockaddr *)&to, sizeof(to));
}

static int
try_fast_message(unsigned short port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct iovec data = {(char[]) {'x'}, 1};
	const struct msghdr message = {.msg_name = &to,
	    .msg_namelen = sizeof(to),
	    .msg_iov = &data,
	    .msg_iovlen = 1};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd == -1 ? -1 : (int)sendmsg(fd, &message, MSG_FASTOPEN);
}

/* An address in an ordinary message opens nothing. */
static int
try_message(unsigned short port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct iovec data = {(char[]) {'x'}, 1};
	const struct msghdr message = {.msg_name = &to,
	    .msg_namelen = sizeof(to),
	    .msg_iov = &data,
	    .msg_iovlen = 1};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd == -1 ? -1 : (int)sendmsg(fd, &message, MSG_NOSIGNAL);
}

/* The free port may be taken by another by now; the others are not. */
enum port { LISTED, OTHER, FREE, PORTS };

static unsigned short numbers[PORTS];

static const struct {
	const char *what;
	int (*try)(unsigned short);
	enum port port;
	int connect; /* what it answers with the one, */
	int bind; /* the other, */
	int outside; /* and neither */
} reaches[] = {
    {"connect", try_connect, LISTED, 0, EPERM, 0},
    {"connect elsewhere", try_connect, OTHER, EACCES, EPERM, 0},
    {"connect by IPv6", try_connect6, LISTED, 0, EPERM, 0},
    {"connect elsewhere by IPv6", try_connect6, OTHER, EACCES, EPERM, 0},
    {"fast open", try_fast_open, LISTED, EPERM, EPERM, 0},
    {"fast open elsewhere", try_fast_open, OTHER, EPERM, EPERM, 0},
    {"fast message", try_fast_message, OTHER, EPERM, EPERM, 0},
    {"message", try_message, OTHER, EPIPE, EPIPE, EPIPE},
    {"listen", try_listen, FREE, EPERM, 0, 0},
    {"listen elsewhere", try_listen, OTHER, EPERM, EACCES, EADDRINUSE},
    {"listen wherever", try_listen, PORTS, EPERM, EACCES, 0},
};

static int
reach(size_t i, enum set set, bool inside)
{
	const enum port port = reaches[i].port;
	const pid_t pid = spawn(set, inside);

	if (pid != 0)
		return ending(pid);
	/* Where connections are queued, a full queue must not block. */
	alarm(10);
	errno = 0;
	if (reaches[i].try(port < PORTS ? numbers[port] : 0) == -1)
		_exit(errno);
	_exit(0);
}

static unsigned
check_reaches(enum set set, enum port listed)
{
	unsigned wrong = 0;

	port_list[0] = numbers[listed];
	for (size_t i = 0; i < NELEM(reaches); i++)
		wrong += !expect(reaches[i].what, sets[set].name,
		    set == BIND ? reaches[i].bind : reaches[i].connect,
		    reach(i, set, true));
	return wrong;
}

static void
test_ports(void **state)
{
	unsigned wrong = 0;
	int fds[PORTS];

	(void)state;
	need_landlock(4);
	for (int i = 0; i < PORTS; i++)
		assert_int_not_equal(fds[i] = listen_on(&numbers[i]), -1);
	close(fds[FREE]);
	wrong += check_reaches(CONNECT, LISTED);
	wrong += check_reaches(BIND, FREE);
	for (size_t i = 0; i < NELEM(reaches); i++)
		if (reaches[i].outside != UNSURE)
			wrong += !expect(reaches[i].what, "outside",
			    reaches[i].outside, reach(i, BARE, false));
	close(fds[LISTED]);
	close(fds[OTHER]);
	assert_int_equal(wrong, 0);
}

/*
 * Programs. Each runs in in/, with the text as its standard input.
 */
struct program {
	const char *what;
	enum set set;
	const char *const *argv; /* argv[0] is the path */
	const char *in;
	size_t in_size;
	const char *out;
	size_t out_size;
	int status;
};

#define ARGV(...) \
	(const char *const[]) \
	{ \
		__VA_ARGS__, NULL \
	}
#define BYTES(s) (s), sizeof(s) - 1
#define SCP "/usr/bin/scp"

/* Denied steps print nothing and must fail, or the script does. */
#define SCRIPT \
	"set -e\n" \
	"t=$(mktemp both/XXXXXX)\n" \
	"printf 'b\\na\\nc\\n' >$t\n" \
	"sort $t | grep -v c >both/sorted\n" \
	"mkdir -p both/script/x\n" \
	"chmod 640 both/sorted\n" \
	"mv both/sorted both/script/x\n" \
	"cp both/script/x/sorted both/script/copy\n" \
	"touch both/script/copy\n" \
	"rm $t\n" \
	"for i in `seq 3`; do sleep 0 & done; wait\n" \
	"exec 3>&2 2>/dev/null\n" \
	"! chmod u+s both/script/copy\n" \
	"! chmod g+s both/script\n" \
	"! cat /etc/shadow\n" \
	"! cat none/file\n" \
	"! cp both/script/copy none/copy\n" \
	"! ln -s x both/script/link\n" \
	"! touch read/new\n" \
	"! awk 1 /dev/null\n" \
	"cat <<EOF\n$(cat both/script/x/sorted)\nEOF\n"

#define ARCHIVE \
	"set -e\n" \
	"mkdir both/tar both/untar\n" \
	"echo text >both/tar/file\n" \
	"tar -C both -czpf both/tar.tgz tar\n" \
	"tar -C both/untar -xzpf both/tar.tgz\n" \
	"cat both/untar/tar/file\n" \
	"gzip -c both/tar/file | gzip -dc\n"

/* Also in Python's words: what is denied raises PermissionError. */
#define PYTHON \
	"import os, socket, subprocess, tempfile, threading, time, stat\n" \
	"def no(f, *a):\n" \
	"    try: f(*a)\n" \
	"    except PermissionError: return\n" \
	"    raise SystemExit('permitted: %r' % (a,))\n" \
	"t = threading.Thread(target=lambda: print('thread'))\n" \
	"t.start(); t.join()\n" \
	"with tempfile.NamedTemporaryFile(dir='both') as f:\n" \
	"    f.write(b'x'); f.flush(); os.fsync(f.fileno())\n" \
	"print(subprocess.run(['/bin/cat', 'read/file'],\n" \
	"    stdout=-1, text=True).stdout.strip())\n" \
	"time.sleep(0.001)\n" \
	"os.listdir('both')\n" \
	"no(open, '/etc/shadow')\n" \
	"no(open, 'none/new', 'w')\n" \
	"no(socket.socket)\n" \
	"no(os.memfd_create, 'x')\n" \
	"no(os.chmod, 'both/file', 0o4755)\n" \
	"no(os.symlink, 'x', 'both/py')\n"

#define PYTHON_NETWORK \
	"import socket\n" \
	"s = socket.create_server(('127.0.0.1', 0))\n" \
	"c = socket.create_connection(('127.0.0.1', s.getsockname()[1]))\n" \
	"c.sendall(b'over\\n')\n" \
	"print(s.accept()[0].recv(9).decode(), end='')\n" \
	"try: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\n" \
	"except PermissionError: print('denied')\n"

#define ZIP "echo text >both/zip; gzip -c both/zip | gzip -dc"

#define PYTHON_MEMORY \
	"import mmap\n" \
	"try:\n" \
	"    mmap.mmap(-1, 4096, prot=6)\n" \
	"    print('mapped')\n" \
	"except PermissionError:\n" \
	"    print('denied')\n"

static const struct program programs[] = {
    {"scp stores", TRANSFER, ARGV(SCP, "-t", "write"),
	BYTES("C0644 6 stored\nhello\n\0"), BYTES("\0\0\0"), 0},
    {"scp stores, with times and folders", TRANSFER,
	ARGV(SCP, "-r", "-p", "-t", "both"),
	BYTES("T1 0 1 0\nD0755 0 scp\nT1 0 1 0\nC0600 1 f\nx\0E\n"),
	BYTES("\0\0\0\0\0\0\0"), 0},
    {"scp stores elsewhere", TRANSFER, ARGV(SCP, "-t", "none"),
	BYTES("C0644 6 stored\n"),
	BYTES("\0\001scp: none/stored: Permission denied\n"), 1},
    {"scp fetches", TRANSFER, ARGV(SCP, "-f", "read/file"), BYTES("\0\0\0"),
	BYTES("C0644 6 file\nhello\n\0"), 0},
    {"scp fetches elsewhere", TRANSFER, ARGV(SCP, "-f", "none/file"),
	BYTES("\0\0\0"), BYTES("\001scp: none/file: Permission denied\n"), 1},
    {"sh", TOOLS, ARGV("/bin/sh", "-c", SCRIPT), BYTES(""), BYTES("a\nb\n"), 0},
    {"bash", TOOLS, ARGV("/bin/bash", "-c", SCRIPT), BYTES(""), BYTES("a\nb\n"),
	0},
    {"sh starts what is not granted", BARE,
	ARGV("/bin/sh", "-c", "cat read/file"), BYTES(""), BYTES(""), 126},
    {"sh where it may not fork", TRANSFER, ARGV("/bin/sh", "-c", "(echo x)"),
	BYTES(""), BYTES(""), 2},
    {"tar and gzip", TOOLS, ARGV("/bin/sh", "-c", ARCHIVE), BYTES(""),
	BYTES("text\ntext\n"), 0},
    {"git, on its own", TOOLS, ARGV("/usr/bin/git", "--version"), BYTES(""),
	NULL, 0, 0},
    {"python3", TOOLS, ARGV("/usr/bin/python3", "-I", "-c", PYTHON), BYTES(""),
	BYTES("thread\nhello\n"), 0},
    {"python3, network", NETWORK,
	ARGV("/usr/bin/python3", "-I", "-c", PYTHON_NETWORK), BYTES(""),
	BYTES("over\ndenied\n"), 0},
    {"sh, memory held by the filter", HELD, ARGV("/bin/sh", "-c", ZIP),
	BYTES(""), BYTES("text\n"), 0},
    {"python3, memory held by the filter", HELD,
	ARGV("/usr/bin/python3", "-I", "-c", PYTHON_MEMORY), BYTES(""),
	BYTES("denied\n"), 0},
    {"python3, memory held by the kernel or the filter", BARE,
	ARGV("/usr/bin/python3", "-I", "-c", PYTHON_MEMORY), BYTES(""),
	BYTES("denied\n"), 0},
    {"python3, jit", JIT, ARGV("/usr/bin/python3", "-I", "-c", PYTHON_MEMORY),
	BYTES(""), BYTES("mapped\n"), 0},
    {"nsd-checkzone", BARE,
	ARGV("/usr/sbin/nsd-checkzone", "example.org", "read/zone"), BYTES(""),
	BYTES("zone example.org is ok\n"), 0},
    {"nsd-checkzone elsewhere", BARE,
	ARGV("/usr/sbin/nsd-checkzone", "example.org", "none/file"), BYTES(""),
	BYTES("zone example.org file none/file has 1 errors\n"), 1},
};

static const char *const environment[] = {"PATH=/usr/bin:/bin",
    "HOME=/nonexistent", "LANG=C.UTF-8", "GIT_AUTHOR_NAME=a",
    "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a",
    "GIT_COMMITTER_EMAIL=a@example.org", "GIT_CONFIG_COUNT=1",
    "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*", NULL};

static void
start(const char *const *argv, const char *const *env)
{
	syscall(SYS_execve, argv[0], argv, env);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(NOT_ENTERED);
}

/* A file without a name, holding the text. */
static int
text_file(const char *text, size_t size)
{
	const int fd = memfd_create("text", MFD_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, size), size);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static bool
same_text(const struct program *program, int fd)
{
	char text[4096];
	const ssize_t n = pread(fd, text, sizeof(text), 0);

	if (program->out == NULL)
		return n > 0;
	if ((size_t)n == program->out_size &&
	    memcmp(text, program->out, (size_t)n) == 0)
		return true;
	print_error("%s: printed ", program->what);
	for (ssize_t i = 0; i < n; i++)
		print_error(text[i] < ' ' ? "\\%03o" : "%c", text[i]);
	print_error("\n");
	return false;
}

static bool
run_program(const struct program *program)
{
	const int in = text_file(program->in, program->in_size);
	const int out = text_file("", 0);
	pid_t pid;
	bool good;

	if ((pid = fork()) == 0) {
		if (chdir("in") == -1)
			_exit(NOT_ENTERED);
		dup2(in, 0);
		dup2(out, 1);
		enter(program->set, program->argv[0]);
		start(program->argv, environment);
	}
	good = expect(program->what, "status", program->status, ending(pid));
	good = same_text(program, out) && good;
	close(in);
	close(out);
	return good;
}

static bool
installed(const char *path)
{
	if (access(path, X_OK) == 0)
		return true;
	print_message("skipped: %s\n", path);
	return false;
}

static void
test_programs(void **state)
{
	unsigned wrong = 0;

	(void)state;
	need_landlock(2);
	for (size_t i = 0; i < NELEM(programs); i++)
		if (installed(programs[i].argv[0]))
			wrong += !run_program(&programs[i]);
	assert_int_equal(wrong, 0);
}

/*
 * Conversations: a client runs freely, and starts its server as
 * `$ENTER HOST PROGRAM ARGUMENT…`, which is this test program again.
 */
static const struct {
	const char *what;
	const char *set;
	const char *needs[2];
	const char *script;
} clients[] = {
    {"sftp", "transfer", {"/usr/bin/sftp", "/usr/lib/openssh/sftp-server"},
	"sftp -q -b - -D \"$ENTER host /usr/lib/openssh/sftp-server\" "
	">/dev/null 2>both/sftp.err <<'EOF'\n"
	"put read/file both/put\n"
	"put -p read/file write/put\n"
	"mkdir both/made\n"
	"rename both/put both/made/put\n"
	"chmod 600 both/made/put\n"
	"get both/made/put both/got\n"
	"ls -l both/made\n"
	"df both\n"
	"rm write/put\n"
	"-ln -s /etc/shadow both/sftp-link\n"
	"-ln both/got both/sftp-hard\n"
	"-chmod 4755 both/got\n"
	"-get none/file both/none\n"
	"-put read/file none/put\n"
	"-get write/file both/write\n"
	"EOF\n"
	"cmp read/file both/got\n"
	"test ! -u both/got\n"
	"test ! -e both/none -a ! -e none/put -a ! -e both/write\n"
	"test ! -e both/sftp-hard -a ! -L both/sftp-link\n"},
    {"rsync", "tools", {"/usr/bin/rsync", "/usr/bin/rsync"},
	"r='rsync -a --delay-updates --rsync-path=/usr/bin/rsync'\n"
	"mkdir none/tree none/tree/sub\n"
	"seq 9999 >none/tree/numbers; seq 9 >none/tree/sub/few\n"
	"$r --rsh=\"$ENTER\" none/tree/ host:both/rsync\n"
	"seq 5000 >none/tree/numbers; rm none/tree/sub/few\n"
	"$r --delete -z --rsh=\"$ENTER\" none/tree/ host:both/rsync\n"
	"$r --rsh=\"$ENTER\" host:both/rsync/ none/back\n"
	"cmp none/tree/numbers none/back/numbers\n"
	"test ! -e none/back/sub/few\n"
	"! $r --rsh=\"$ENTER\" none/tree/ host:none/rsync 2>/dev/null\n"},
    {"git", "tools", {"/usr/bin/git", "/usr/bin/git"},
	"repo=$PWD/both/repo; git init -q --bare $repo\n"
	"git init -q none/work; cd none/work\n"
	"git commit -q --allow-empty -m one\n"
	"git push -q --receive-pack=\"$ENTER host "
	"/usr/bin/git-receive-pack\" $repo HEAD:refs/heads/m\n"
	"seq 999 >f; git add f; git commit -q -m two\n"
	"git push -q --receive-pack=\"$ENTER host "
	"/usr/bin/git-receive-pack\" $repo HEAD:refs/heads/m\n"
	"git clone -q -b m --upload-pack=\"$ENTER host "
	"/usr/bin/git-upload-pack\" file://$repo ../clone\n"
	"cmp f ../clone/f\n"},
};

static int
run_client(size_t i)
{
	const char *const argv[] = {"/bin/sh", "-ec", clients[i].script, NULL};
	const char *env[NELEM(environment) + 1] = {0};
	char *wrapper;
	pid_t pid;
	int end;

	if (asprintf(&wrapper, "ENTER=%s enter %s/in %s", self, scratch,
		clients[i].set) == -1)
		return NOT_ENTERED;
	memcpy(env, environment, sizeof(environment));
	env[NELEM(environment) - 1] = wrapper;
	if ((pid = fork()) == 0) {
		if (chdir("in") == -1)
			_exit(NOT_ENTERED);
		start(argv, env);
	}
	end = ending(pid);
	free(wrapper);
	return end;
}

static void
test_clients(void **state)
{
	unsigned wrong = 0;

	(void)state;
	need_landlock(2);
	for (size_t i = 0; i < NELEM(clients); i++)
		if (installed(clients[i].needs[0]) &&
		    installed(clients[i].needs[1]))
			wrong += !expect(clients[i].what, "status", 0,
			    run_client(i));
	assert_int_equal(wrong, 0);
}

/* The other side of run_client(): enter TREE SET HOST PROGRAM ARGUMENT… */
static int
serve(char *const argv[])
{
	enum set set = 0;

	if (chdir(argv[0]) == -1)
		return NOT_ENTERED;
	while (set < SETS && strcmp(sets[set].name, argv[1]) != 0)
		set++;
	if (set == SETS)
		return NOT_ENTERED;
	enter(set, argv[3]);
	execve(argv[3], argv + 3, environ);
	return NOT_ENTERED;
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_signal_scope),
	    cmocka_unit_test(test_no_new_privs),
	    cmocka_unit_test(test_described),
	    cmocka_unit_test(test_prepare_only),
	    cmocka_unit_test(test_failed_exec),
	    cmocka_unit_test(test_bad_grant),
	    cmocka_unit_test(test_landlock_1),
	    cmocka_unit_test(test_no_landlock),
	    cmocka_unit_test(test_ports),
	    cmocka_unit_test(test_programs),
	    cmocka_unit_test(test_clients),
	};

	if (argc > 5 && strcmp(argv[1], "enter") == 0)
		return serve(argv + 2);
	/* A terminal here would change what programs do. */
	if (freopen("/dev/null", "r", stdin) == NULL)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
