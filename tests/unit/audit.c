/* Sinks that work, fail, hang, fill up, and are not what they should be. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../json.h"
#include "audit.h"
#include "record.h"
#include "settings.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define OTHER_UID 65534

enum { WRITERS = 8, RECORDS = 200, COMMAND_MOST = 64 * 1024, MUCH = 40 * 1024 };

/* A folder of its own for each test, and settings that point into it. */
struct place {
	char dir[32];
	char socket[64];
	char file[64];
	struct settings settings;
	struct audit audit;
	struct fault fault;
};

static const struct record refused = {
    .when = {1793520000, 0},
    .session = "s",
    .key = "backup",
    .why = WHY_NO_RULE,
    .command = "id",
    .command_bytes = 2,
    .command_max = 8192,
    .exit_code = -1,
};

#define REFUSED_TEXT \
	"refused session=s key=backup rule=- addr=- port=- account=- " \
	"reason=no-rule command=\"id\""

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return -1;
	strcpy(p->dir, "/tmp/gatekeeper-audit.XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		return -1;
	snprintf(p->socket, sizeof(p->socket), "%s/log", p->dir);
	snprintf(p->file, sizeof(p->file), "%s/file", p->dir);
	p->settings.syslog_socket = p->socket;
	p->audit = (struct audit) {.syslog_fd = -1, .file_fd = -1};
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;
	int ret;

	audit_close(&p->audit);
	unlink(p->socket);
	if (unlink(p->file) == -1 && errno == EISDIR)
		rmdir(p->file);
	ret = rmdir(p->dir);
	free(p);
	return ret;
}

static int
serve(const struct place *p, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	assert_int_not_equal(fd, -1);
	strcpy(address.sun_path, p->socket);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static int
open_sinks(struct place *p, bool use_syslog, bool use_file)
{
	p->settings.syslog = use_syslog;
	p->settings.audit_file = use_file ? p->file : NULL;
	p->fault = (struct fault) {0};
	return audit_open(&p->audit, &p->settings, "backup", &p->fault);
}

static void
assert_fault(const struct place *p, const char *part)
{
	assert_int_equal(p->fault.why, WHY_AUDIT);
	if (strstr(p->fault.text, part) == NULL)
		fail_msg("no <%s> in <%s>", part, p->fault.text);
}

/* The file whole. The caller frees. */
static char *
slurp(const char *path)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	char *text;
	size_t size;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	size = (size_t)st.st_size;
	text = malloc(size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, size, f), size);
	text[size] = '\0';
	fclose(f);
	return text;
}

static void
spill(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* The file is before, then the record as JSON on its own line. */
static void
assert_file(const struct place *p, const char *before,
    const struct record *record)
{
	char *text = slurp(p->file), *json = record_json(record);
	size_t n = strlen(before);

	assert_memory_equal(text, before, n);
	assert_memory_equal(text + n, json, strlen(json));
	assert_string_equal(text + n + strlen(json), "\n");
	free(text);
	free(json);
}

/* One message without its header, which must be `<PRI>TIME gatekeeper[PID]: `.
 * It lives in a buffer that the next call reuses. */
static const char *
receive(int fd, const char *priority_and_time)
{
	static char buffer[16384];
	char header[64];
	ssize_t n = recv(fd, buffer, sizeof(buffer) - 1, MSG_DONTWAIT);

	assert_in_range(n, 1, sizeof(buffer) - 1);
	buffer[n] = '\0';
	snprintf(header, sizeof(header),
	    "%s gatekeeper[%d]: ", priority_and_time, (int)getpid());
	assert_memory_equal(buffer, header, strlen(header));
	return buffer + strlen(header);
}

/* Runs the function in a child, since limits and identity do not come back;
 * the child succeeds unless an assertion or a signal ends it. */
static void
in_child(void (*run)(struct place *), struct place *p)
{
	pid_t pid = fork();
	int status;

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		run(p);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define CHILD_ASSERT(x) \
	do { \
		if (!(x)) { \
			fprintf(stderr, "line %d: %s\n", __LINE__, #x); \
			_exit(1); \
		} \
	} while (0)

/* syslog. */

static void
test_syslog_text(void **state)
{
	struct place *p = *state;
	struct record record = refused;
	int server = serve(p, SOCK_DGRAM);

	assert_int_equal(open_sinks(p, true, false), 0);
	assert_int_equal(fcntl(p->audit.syslog_fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(audit_write(&p->audit, &record, &p->fault), 0);
	assert_string_equal(receive(server, "<84>Nov  1 08:00:00"),
	    REFUSED_TEXT);
	record.verdict = RECORD_PERMIT;
	record.why = WHY_UNDECIDED;
	record.when.tv_sec = 1795212663;
	assert_int_equal(audit_write(&p->audit, &record, &p->fault), 0);
	assert_memory_equal(receive(server, "<86>Nov 20 22:11:03"),
	    "permitted session=s ", 20);
	record.action = RECORD_END;
	record.why = WHY_EXEC;
	assert_int_equal(audit_write(&p->audit, &record, &p->fault), 0);
	assert_memory_equal(receive(server, "<84>Nov 20 22:11:03"),
	    "failed session=s ", 17);
	close(server);
}

static void
test_syslog_json(void **state)
{
	struct place *p = *state;
	int server = serve(p, SOCK_DGRAM);
	char *json = record_json(&refused);

	p->settings.syslog_json = true;
	assert_int_equal(open_sinks(p, true, false), 0);
	assert_int_equal(audit_write(&p->audit, &refused, &p->fault), 0);
	assert_string_equal(receive(server, "<84>Nov  1 08:00:00"), json);
	free(json);
	close(server);
}

static void
test_syslog_stream(void **state)
{
	struct place *p = *state;
	int server = serve(p, SOCK_STREAM), fd;
	const char *text;

	assert_int_equal(open_sinks(p, true, false), 0);
	fd = accept(server, NULL, NULL);
	assert_int_not_equal(fd, -1);
	assert_int_equal(audit_write(&p->audit, &refused, &p->fault), 0);
	assert_int_equal(audit_write(&p->audit, &refused, &p->fault), 0);
	text = receive(fd, "<84>Nov  1 08:00:00");
	assert_string_equal(text, REFUSED_TEXT);
	text += strlen(text) + 1;
	assert_memory_equal(text, "<84>Nov  1", 10);
	close(fd);
	close(server);
}

/* No socket, one that nobody serves, a name that no socket can have: the
 * record still reaches the file. */
static void
test_syslog_missing(void **state)
{
	struct place *p = *state;
	static char endless[200];

	assert_int_equal(open_sinks(p, true, true), -1);
	assert_fault(p, p->socket);
	assert_fault(p, "No such file or directory");
	assert_int_equal(p->audit.syslog_fd, -1);
	assert_int_equal(audit_write(&p->audit, &refused, &p->fault), 0);
	assert_file(p, "", &refused);
	audit_close(&p->audit);

	close(serve(p, SOCK_DGRAM));
	assert_int_equal(open_sinks(p, true, true), -1);
	assert_fault(p, "Connection refused");
	audit_close(&p->audit);

	memset(endless, 'x', sizeof(endless) - 1);
	p->settings.syslog_socket = endless;
	assert_int_equal(open_sinks(p, true, true), -1);
	assert_fault(p, "File name too long");
}

static void
test_forgive(void **state)
{
	struct place *p = *state;

	p->settings.audit_continue = true;
	assert_int_equal(open_sinks(p, true, true), 0);
	assert_int_equal(p->fault.why, WHY_UNDECIDED);
	assert_int_equal(audit_write(&p->audit, &refused, &p->fault), 0);
	assert_file(p, "", &refused);
	audit_close(&p->audit);

	int server = serve(p, SOCK_DGRAM);
	assert_int_equal(open_sinks(p, true, false), 0);
	close(server);
	assert_int_equal(audit_write(&p->audit, &refused, &p->fault), 0);
	assert_int_equal(p->fault.why, WHY_UNDECIDED);
}

/* A syslogd that dies after the connect, SIGPIPE at its default. What the
 * record borrows from the fault reaches the file all the same. */
static void
dies(struct place *p, int type)
{
	struct record record = refused;
	int server = serve(p, type);
	char *text;

	assert_int_equal(open_sinks(p, true, true), 0);
	close(server);
	fault_set(&p->fault, WHY_NO_RULE, "the first reason");
	record.detail = p->fault.text;
	assert_int_equal(audit_write(&p->audit, &record, &p->fault), -1);
	assert_fault(p, "writing to syslog: ");
	text = slurp(p->file);
	assert_non_null(strstr(text, "\"message\":\"the first reason\""));
	free(text);
}

static void
test_datagram_dies(void **state)
{
	dies(*state, SOCK_DGRAM);
}

static void
test_stream_dies(void **state)
{
	struct sigaction now;

	dies(*state, SOCK_STREAM);
	assert_int_equal(sigaction(SIGPIPE, NULL, &now), 0);
	assert_true(now.sa_handler == SIG_DFL);
}

/* Nobody reads: the queue fills up, and the sink fails after its timeout. */
static void
test_syslog_hangs(void **state)
{
	struct place *p = *state;
	int server = serve(p, SOCK_DGRAM), ret = 0;
	struct timespec from, to;

	assert_int_equal(open_sinks(p, true, false), 0);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < 100000 && ret == 0; i++)
		ret = audit_write(&p->audit, &refused, &p->fault);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_int_equal(ret, -1);
	assert_fault(p, "Resource temporarily unavailable");
	assert_in_range(to.tv_sec - from.tv_sec, 1, 10);
	close(server);
}

/* Too much for a datagram: fails, but leaves a short trace. */
static void
test_syslog_too_long(void **state)
{
	struct place *p = *state;
	struct record record = refused;
	int server = serve(p, SOCK_DGRAM);
	char *big = calloc(1, 1 << 20);

	assert_non_null(big);
	record.command = big;
	record.command_bytes = record.command_max = 1 << 20;
	assert_int_equal(open_sinks(p, true, true), 0);
	assert_int_equal(audit_write(&p->audit, &record, &p->fault), -1);
	assert_fault(p, "Message too long");
	assert_non_null(strstr(receive(server, "<84>Nov  1 08:00:00"),
	    " command-bytes=1048576 command=\"\\x00"));
	assert_file(p, "", &record);
	free(big);
	close(server);
}

/* Five times the default command-max, every byte escaped to six: more than
 * a socket takes before its buffer is raised. */
static void
test_syslog_takes_much(void **state)
{
	struct place *p = *state;
	struct record record = refused;
	int server = serve(p, SOCK_DGRAM);
	char *big = calloc(1, MUCH);

	assert_non_null(big);
	record.command = big;
	record.command_bytes = record.command_max = MUCH;
	p->settings.syslog_json = true;
	assert_int_equal(open_sinks(p, true, false), 0);
	assert_int_equal(audit_write(&p->audit, &record, &p->fault), 0);
	assert_in_range(recv(server, NULL, 0, MSG_TRUNC), 6 * MUCH,
	    6 * MUCH + 1024);
	free(big);
	close(server);
}

/* The file. */

static void
test_file_is_made(void **state)
{
	struct place *p = *state;
	struct stat st;
	char *text, *json = record_json(&refused), *twice;

	assert_int_equal(open_sinks(p, false, true), 0);
	assert_int_equal(audit_write(&p->audit, &refused, &p->fault), 0);
	assert_int_equal(audit_write(&p->audit, &refused, &p->fault), 0);
	assert_int_not_equal(asprintf(&twice, "%s\n%s\n", json, json), -1);
	text = slurp(p->file);
	assert_string_equal(text, twice);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(fcntl(p->audit.file_fd, F_GETFD), FD_CLOEXEC);
	assert_int_not_equal(fcntl(p->audit.file_fd, F_GETFL) & O_APPEND, 0);
	free(json);
	free(text);
	free(twice);
}

/* Each makes what stands in the file's place. */

static void
make_fifo(const char *path)
{
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void
make_link(const char *path)
{
	assert_int_equal(symlink("elsewhere", path), 0);
}

static void
make_folder(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
make_mode(const char *path, mode_t mode)
{
	spill(path, "");
	assert_int_equal(chmod(path, mode), 0);
}

static void
make_writable(const char *path)
{
	make_mode(path, 0602);
}

static void
make_prepared(const char *path)
{
	make_mode(path, 0660);
}

static void
make_readable(const char *path)
{
	make_mode(path, 0644);
}

static const struct {
	void (*make)(const char *);
	const char *problem; /* NULL: it is fine */
} files[] = {
    {make_fifo, "not a regular file"},
    {make_link, "Too many levels of symbolic links"},
    {make_folder, "Is a directory"},
    {make_writable, "others may write it"},
    {make_prepared, NULL},
    {make_readable, NULL},
};

static void
test_file_kinds(void **state)
{
	struct place *p = *state;

	for (size_t i = 0; i < NELEM(files); i++) {
		files[i].make(p->file);
		if (files[i].problem == NULL) {
			assert_int_equal(open_sinks(p, false, true), 0);
			assert_int_not_equal(p->audit.file_fd, -1);
		} else {
			assert_int_equal(open_sinks(p, false, true), -1);
			assert_int_equal(p->audit.file_fd, -1);
			assert_fault(p, p->file);
			assert_fault(p, files[i].problem);
			assert_fault(p, "gatekeeper.ini");
		}
		audit_close(&p->audit);
		assert_int_equal(remove(p->file), 0);
	}
}

static void
test_device_is_no_file(void **state)
{
	struct place *p = *state;

	strcpy(p->file, "/dev/full");
	assert_int_equal(open_sinks(p, false, true), -1);
	assert_fault(p, "/dev/full: not a regular file");
	snprintf(p->file, sizeof(p->file), "%s/no/file", p->dir);
	assert_int_equal(open_sinks(p, false, true), -1);
	assert_fault(p, "No such file or directory");
}

static void
test_file_of_another(void **state)
{
	struct place *p = *state;

	if (geteuid() != 0)
		skip();
	spill(p->file, "");
	assert_int_equal(chown(p->file, OTHER_UID, 0), 0);
	assert_int_equal(open_sinks(p, false, true), -1);
	assert_fault(p, "not owned by root or the account");
}

static const struct {
	const char *pattern; /* behind the folder */
	const char *account;
	const char *name; /* NULL: refused */
} names[] = {
    {"file", "backup", "file"},
    {"${account}", "file", "file"},
    {"f${account}l${account}", "i", "fili"},
    {"fi${account}e", "${account}", "fi${account}e"},
    {"$account", "file", "$account"},
    {"file", NULL, "file"},
    {"${account}", "../file", NULL},
    {"${account}", "a/b", NULL},
    {"${account}", ".", NULL},
    {"${account}", ".file", NULL},
    {"${account}", "", NULL},
};

static void
test_file_names(void **state)
{
	struct place *p = *state;
	char pattern[128], path[128];

	for (size_t i = 0; i < NELEM(names); i++) {
		snprintf(pattern, sizeof(pattern), "%s/%s", p->dir,
		    names[i].pattern);
		p->settings.audit_file = pattern;
		assert_int_equal(audit_open(&p->audit, &p->settings,
				     names[i].account, &p->fault),
		    names[i].name != NULL ? 0 : -1);
		audit_close(&p->audit);
		if (names[i].name == NULL) {
			assert_fault(p, "the account's name");
			continue;
		}
		snprintf(path, sizeof(path), "%s/%s", p->dir, names[i].name);
		assert_int_equal(unlink(path), 0);
	}
}

static void
test_no_account_is_uid(void **state)
{
	struct place *p = *state;
	char pattern[128], path[128];

	snprintf(pattern, sizeof(pattern), "%s/${account}", p->dir);
	snprintf(path, sizeof(path), "%s/%u", p->dir, (unsigned)geteuid());
	p->settings.audit_file = pattern;
	assert_int_equal(audit_open(&p->audit, &p->settings, NULL, &p->fault),
	    0);
	assert_int_equal(unlink(path), 0);
}

/* What stands in the file, and what must stand before the next record. */
static const struct {
	const char *there;
	const char *before;
} cuts[] = {
    {"", ""},
    {"{}\n", "{}\n"},
    {"{\"a\":\"b", "{\"a\":\"b\n"},
    {"\n", "\n"},
    {"x", "x\n"},
};

static void
test_cut_line_is_closed(void **state)
{
	struct place *p = *state;

	for (size_t i = 0; i < NELEM(cuts); i++) {
		spill(p->file, cuts[i].there);
		assert_int_equal(open_sinks(p, false, true), 0);
		assert_int_equal(audit_write(&p->audit, &refused, &p->fault),
		    0);
		assert_file(p, cuts[i].before, &refused);
		audit_close(&p->audit);
		unlink(p->file);
	}
}

/* A full disk, by the limit on file size; SIGXFSZ at its default. */
static void
fill(struct place *p)
{
	struct rlimit limit = {100, RLIM_INFINITY};

	CHILD_ASSERT(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
	CHILD_ASSERT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHILD_ASSERT(audit_write(&p->audit, &refused, &p->fault) == -1);
	CHILD_ASSERT(p->fault.why == WHY_AUDIT);
	CHILD_ASSERT(strstr(p->fault.text, "File too large") != NULL);
	/* Nothing fits any more. */
	CHILD_ASSERT(audit_write(&p->audit, &refused, &p->fault) == -1);
	limit.rlim_cur = RLIM_INFINITY;
	CHILD_ASSERT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHILD_ASSERT(audit_write(&p->audit, &refused, &p->fault) == 0);
}

static void
test_full_disk(void **state)
{
	struct place *p = *state;
	char before[128], *json = record_json(&refused);

	assert_int_equal(open_sinks(p, false, true), 0);
	in_child(fill, p);
	snprintf(before, sizeof(before), "%.100s\n", json);
	assert_file(p, before, &refused);
	free(json);
}

/* Where the end cannot be read, a record never joins the line before. */
static void
write_unreadable(struct place *p)
{
	if (geteuid() == 0)
		CHILD_ASSERT(setresuid(OTHER_UID, OTHER_UID, OTHER_UID) == 0);
	CHILD_ASSERT(open(p->file, O_RDONLY | O_CLOEXEC) == -1);
	CHILD_ASSERT(open_sinks(p, false, true) == 0);
	CHILD_ASSERT(audit_write(&p->audit, &refused, &p->fault) == 0);
}

static void
test_unreadable_file(void **state)
{
	struct place *p = *state;

	spill(p->file, "{\"cut");
	assert_int_equal(chmod(p->file, 0200), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(p->file, OTHER_UID, 0), 0);
		assert_int_equal(chown(p->dir, OTHER_UID, 0), 0);
	}
	in_child(write_unreadable, p);
	assert_int_equal(chmod(p->file, 0600), 0);
	assert_file(p, "{\"cut\n", &refused);
}

/* A program of the account that may chmod could end the record so. */
static void
write_shut(struct place *p)
{
	if (geteuid() == 0)
		CHILD_ASSERT(setresuid(OTHER_UID, OTHER_UID, OTHER_UID) == 0);
	CHILD_ASSERT(chmod(p->file, 0) == 0);
	CHILD_ASSERT(chmod(p->dir, 0) == 0);
	CHILD_ASSERT(open_sinks(p, false, true) == 0);
	CHILD_ASSERT(audit_write(&p->audit, &refused, &p->fault) == 0);
}

static void
test_shut_file(void **state)
{
	struct place *p = *state;

	spill(p->file, "");
	if (geteuid() == 0) {
		assert_int_equal(chown(p->file, OTHER_UID, 0), 0);
		assert_int_equal(chown(p->dir, OTHER_UID, 0), 0);
	}
	in_child(write_shut, p);
	assert_file(p, "", &refused);
}

/* A FIFO that may only be written: without care, open(2) waits for ever. */
static void
open_fifo(struct place *p)
{
	alarm(10);
	if (geteuid() == 0)
		CHILD_ASSERT(setresuid(OTHER_UID, OTHER_UID, OTHER_UID) == 0);
	CHILD_ASSERT(open_sinks(p, false, true) == -1);
}

static void
test_fifo_does_not_hang(void **state)
{
	struct place *p = *state;

	assert_int_equal(mkfifo(p->file, 0200), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(p->file, OTHER_UID, 0), 0);
		assert_int_equal(chown(p->dir, OTHER_UID, 0), 0);
	}
	in_child(open_fifo, p);
}

/* A failing file does not keep the record from syslog. */
static void
drop_file(struct place *p)
{
	struct rlimit none = {0, RLIM_INFINITY};

	CHILD_ASSERT(setrlimit(RLIMIT_FSIZE, &none) == 0);
	CHILD_ASSERT(audit_write(&p->audit, &refused, &p->fault) == -1);
	CHILD_ASSERT(strstr(p->fault.text, "record file") != NULL);
}

static void
test_syslog_without_file(void **state)
{
	struct place *p = *state;
	int server = serve(p, SOCK_DGRAM);
	char buffer[1024] = "";

	assert_int_equal(open_sinks(p, true, true), 0);
	in_child(drop_file, p);
	assert_in_range(recv(server, buffer, sizeof(buffer) - 1, MSG_DONTWAIT),
	    1, sizeof(buffer) - 1);
	assert_non_null(strstr(buffer, REFUSED_TEXT));
	close(server);
}

static void
test_no_sinks(void **state)
{
	struct place *p = *state;

	assert_int_equal(open_sinks(p, false, false), 0);
	assert_int_equal(audit_write(&p->audit, &refused, &p->fault), 0);
	assert_int_equal(p->audit.syslog_fd, -1);
	assert_int_equal(p->audit.file_fd, -1);
}

/* Many processes, each with descriptors of its own, records of any size. The
 * port tells a record's length, so that a lost byte is seen. */
static void
write_many(struct place *p, unsigned seed)
{
	static char command[COMMAND_MOST];
	struct record record = refused;

	CHILD_ASSERT(open_sinks(p, false, true) == 0);
	memset(command, 'a' + (int)(seed % 26), sizeof(command));
	record.command = command;
	record.command_max = sizeof(command);
	for (int i = 0; i < RECORDS; i++) {
		record.command_bytes = (size_t)rand_r(&seed) % COMMAND_MOST;
		record.port = (unsigned)record.command_bytes + 1;
		CHILD_ASSERT(audit_write(&p->audit, &record, &p->fault) == 0);
	}
	_exit(0);
}

static void
check_whole(const char *line)
{
	size_t size;
	char *command, *port;

	assert_true(json_valid(line));
	command = json_get(line, "gatekeeper.command", &size);
	assert_non_null(command);
	assert_int_equal(size, strspn(command, (char[2]) {command[0]}));
	port = json_get(line, "source.port", &(size_t) {0});
	assert_non_null(port);
	assert_int_equal(strtoul(port, NULL, 10), size + 1);
	free(command);
	free(port);
}

static void
test_concurrency(void **state)
{
	struct place *p = *state;
	char *text, *line, *rest;
	int status, count = 0;
	pid_t pid;

	for (unsigned i = 0; i < WRITERS; i++) {
		pid = fork();
		assert_int_not_equal(pid, -1);
		if (pid == 0)
			write_many(p, i + 1);
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_int_not_equal(wait(&status), -1);
		assert_int_equal(status, 0);
	}
	rest = text = slurp(p->file);
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (*line == '\0')
			continue;
		check_whole(line);
		count++;
	}
	assert_int_equal(count, WRITERS * RECORDS);
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_syslog_text),
	    TEST(test_syslog_json),
	    TEST(test_syslog_stream),
	    TEST(test_syslog_missing),
	    TEST(test_forgive),
	    TEST(test_datagram_dies),
	    TEST(test_stream_dies),
	    TEST(test_syslog_hangs),
	    TEST(test_syslog_too_long),
	    TEST(test_syslog_takes_much),
	    TEST(test_file_is_made),
	    TEST(test_file_kinds),
	    TEST(test_device_is_no_file),
	    TEST(test_file_of_another),
	    TEST(test_file_names),
	    TEST(test_no_account_is_uid),
	    TEST(test_cut_line_is_closed),
	    TEST(test_full_disk),
	    TEST(test_unreadable_file),
	    TEST(test_shut_file),
	    TEST(test_fifo_does_not_hang),
	    TEST(test_syslog_without_file),
	    TEST(test_no_sinks),
	    TEST(test_concurrency),
	};

	/* Times in headers are local; files are made as the umask says. */
	setenv("TZ", "UTC0", 1);
	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
