/* Records to their sinks: syslog, by a socket of our own because syslog(3)
 * cannot report a loss, and a JSON Lines file. Trusts settings; the file may
 * be writable by the account that it records. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "audit.h"
#include "record.h"
#include "settings.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define ACCOUNT "${account}"

enum {
	SYSLOG_BUFFER = 512 * 1024, /* a whole record is one datagram */
	SYSLOG_SECONDS = 2, /* a syslogd that hangs must not hang the key */
	BRIEF_COMMAND = 1024,
	LOOKS = 5, /* at the end of a file that others write to */
	WAITS = 7 /* for a file to come back, together an eighth of a second */
};

/* A closed socket and a limit on file size must fail the sink, not end the
 * process before it has refused. */
static const int deadly[] = {SIGPIPE, SIGXFSZ};

static void
deadly_ignore(struct sigaction *saved)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	for (size_t i = 0; i < NELEM(deadly); i++)
		sigaction(deadly[i], &ignore, &saved[i]);
}

static void
deadly_restore(const struct sigaction *saved)
{
	for (size_t i = 0; i < NELEM(deadly); i++)
		sigaction(deadly[i], &saved[i], NULL);
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* The rest of a record must not follow a cut one on the same line, so a cut
 * one gets its end, if that one byte still goes through. */
static int
write_whole(int fd, const char *data, size_t size, char end)
{
	ssize_t n;

	do {
		n = write(fd, data, size);
	} while (n == -1 && errno == EINTR);
	if (n == (ssize_t)size)
		return 0;
	if (n != -1 && write(fd, &end, 1) != -1)
		errno = ENOSPC;
	return -1;
}

/* syslog. */

static int
connect_as(int type, const struct sockaddr_un *address)
{
	const struct timeval limit = {.tv_sec = SYSLOG_SECONDS};
	const int buffer = SYSLOG_BUFFER;
	int fd, ret, saved;

	if ((fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	/* The kernel gives what it allows; too little shows as EMSGSIZE. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	ret = setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (ret == 0) {
		do {
			ret = connect(fd, (const struct sockaddr *)address,
			    sizeof(*address));
		} while (ret == -1 && errno == EINTR);
	}
	if (ret == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int
syslog_connect(struct audit *audit, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	audit->syslog_fd = connect_as(SOCK_DGRAM, &address);
	if (audit->syslog_fd == -1 && errno == EPROTOTYPE) {
		audit->stream = true;
		audit->syslog_fd = connect_as(SOCK_STREAM, &address);
	}
	return audit->syslog_fd == -1 ? -1 : 0;
}

static int
syslog_open(struct audit *audit, const struct settings *settings,
    struct fault *fault)
{
	if (syslog_connect(audit, settings->syslog_socket) == 0)
		return 0;
	return fault_set(fault, WHY_AUDIT,
	    "syslog %s: %s; start the syslog service, or switch the sink "
	    "off in gatekeeper.ini (syslog = no)",
	    settings->syslog_socket, strerror(errno));
}

static int
severity(const struct record *record)
{
	if (record->verdict == RECORD_PERMIT && record->why == WHY_UNDECIDED)
		return LOG_INFO;
	return LOG_WARNING;
}

/* RFC 3164, month names in English whatever the locale. localtime_r, since
 * it does not look at the file system again once audit_open() did. */
static char *
syslog_line(const struct audit *audit, const struct record *record)
{
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm = {.tm_mday = 1};
	char *body, *line;

	body = audit->syslog_json ? record_json(record) : record_text(record);
	if (body == NULL)
		return NULL;
	localtime_r(&record->when.tv_sec, &tm);
	if (asprintf(&line, "<%d>%s %2d %02d:%02d:%02d gatekeeper[%ld]: %s",
		LOG_AUTHPRIV | severity(record), months[tm.tm_mon], tm.tm_mday,
		tm.tm_hour, tm.tm_min, tm.tm_sec, (long)getpid(), body) == -1)
		line = NULL;
	free(body);
	return line;
}

static int
syslog_put(const struct audit *audit, const struct record *record)
{
	char *line;
	int ret, saved;

	if ((line = syslog_line(audit, record)) == NULL)
		return -1;
	ret = write_whole(audit->syslog_fd, line,
	    strlen(line) + (audit->stream ? 1 : 0), '\0');
	saved = errno;
	free(line);
	errno = saved;
	return ret;
}

static int
syslog_write(const struct audit *audit, const struct record *record)
{
	struct record brief = *record;

	if (syslog_put(audit, record) == 0)
		return 0;
	if (errno != EMSGSIZE)
		return -1;
	/* The sink has failed all the same, but a client must not stay out
	 * of the log by sending much. */
	brief.args = NULL;
	if (brief.command_max > BRIEF_COMMAND)
		brief.command_max = BRIEF_COMMAND;
	syslog_put(audit, &brief);
	errno = EMSGSIZE;
	return -1;
}

/* The file. */

char *
audit_path(const char *pattern, const char *account)
{
	const char *next;
	size_t size;
	char *path;
	FILE *f;

	if ((f = open_memstream(&path, &size)) == NULL)
		return NULL;
	while ((next = strstr(pattern, ACCOUNT)) != NULL) {
		fwrite(pattern, 1, (size_t)(next - pattern), f);
		fputs(account, f);
		pattern = next + strlen(ACCOUNT);
	}
	fputs(pattern, f);
	if (fclose(f) == 0)
		return path;
	free(path);
	return NULL;
}

/* What is wrong with a file, or NULL. The prepared form is root's, 0660 and
 * of the account's group. */
static const char *
file_problem(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return "not owned by root or the account";
	if ((st.st_mode & S_IWOTH) != 0)
		return "others may write it";
	if (st.st_nlink != 1)
		return "it has another name, or none, elsewhere";
	return NULL;
}

/* Whoever can write the folder can put another file in its place. */
static const char *
folder_problem(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = strndup(path, (size_t)(slash - path) + 1);
	struct stat st;
	int ret;

	if (folder == NULL)
		return strerror(ENOMEM);
	ret = stat(folder, &st);
	free(folder);
	if (ret == -1)
		return strerror(errno);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return "its folder is not owned by root or the account";
	if ((st.st_mode & S_IWOTH) != 0)
		return "others may write its folder";
	return NULL;
}

/* Reading serves file_lead() only, so it is not insisted on. O_NONBLOCK: a
 * FIFO in its place must not hang the key. */
static int
file_try(const char *path)
{
	const int flags =
	    O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	int fd = open(path, flags | O_RDWR, 0600);

	if (fd == -1 && errno == EACCES)
		fd = open(path, flags | O_WRONLY, 0600);
	return fd;
}

/*
 * A program that may chmod can shut its account out of its own record file,
 * or the folder of it, and the attempts that follow would leave none. What
 * belongs to us is opened again; what is root's cannot be shut.
 */
static void
file_reclaim(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = strndup(path, (size_t)(slash - path) + 1);
	struct stat st;

	if (folder != NULL && stat(folder, &st) == 0 &&
	    st.st_uid == geteuid() && (st.st_mode & S_IRWXU) != S_IRWXU)
		(void)!chmod(folder, (st.st_mode & 0777) | S_IRWXU);
	free(folder);
	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid())
		(void)!chmod(path, (st.st_mode & 0777) | S_IRUSR | S_IWUSR);
}

/* While logrotate has moved the file away and the new one does not belong to
 * the account's group yet, there is none that the account may open. */
static int
file_wait(const char *path)
{
	struct timespec pause = {.tv_nsec = 1000000};
	int fd = file_try(path);

	for (int i = 0; i < WAITS && fd == -1 && errno == EACCES; i++) {
		nanosleep(&pause, NULL);
		pause.tv_nsec *= 2;
		fd = file_try(path);
	}
	return fd;
}

static int
file_open_path(struct audit *audit, const char *path, struct fault *fault)
{
	const char *problem = folder_problem(path);

	if (problem == NULL) {
		audit->file_fd = file_try(path);
		if (audit->file_fd == -1 && errno == EACCES) {
			file_reclaim(path);
			audit->file_fd = file_wait(path);
		}
		problem = audit->file_fd == -1 ? strerror(errno) :
						 file_problem(audit->file_fd);
	}
	if (problem == NULL)
		return 0;
	close_fd(&audit->file_fd);
	return fault_set(fault, WHY_AUDIT,
	    "record file %s: %s; gatekeeperctl prepare makes it, or switch "
	    "the sink off in gatekeeper.ini (no file =)",
	    path, problem);
}

static int
file_open(struct audit *audit, const struct settings *settings,
    const char *account, struct fault *fault)
{
	char id[16];
	char *path;
	int ret;

	snprintf(id, sizeof(id), "%lu", (unsigned long)geteuid());
	if (account == NULL)
		account = id;
	if (account[0] == '\0' || account[0] == '.' ||
	    strchr(account, '/') != NULL)
		return fault_set(fault, WHY_AUDIT,
		    "record file %s: the account's name cannot be part of a "
		    "file name; write a file without ${account} in "
		    "gatekeeper.ini",
		    settings->audit_file);
	if ((path = audit_path(settings->audit_file, account)) == NULL)
		return fault_set(fault, WHY_AUDIT,
		    "record file: out of memory");
	ret = file_open_path(audit, path, fault);
	free(path);
	return ret;
}

static bool
file_ends_in_newline(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char last;

	if (end == 0)
		return true;
	return end > 0 && pread(fd, &last, 1, end - 1) == 1 && last == '\n';
}

/* A newline before the record, where one before it was cut by a full disk
 * or where that cannot be seen: an empty line harms no reader, two records
 * on one line are both lost. Another process may be half-way through its
 * write, hence the second look; a lock would let any reader hang the key. */
static const char *
file_lead(int fd)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (int i = 0; i < LOOKS; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		if (file_ends_in_newline(fd))
			return "";
	}
	return "\n";
}

static int
file_write(const struct audit *audit, const struct record *record)
{
	char *json, *line;
	int ret, saved;

	if ((json = record_json(record)) == NULL)
		return -1;
	ret = asprintf(&line, "%s%s\n", file_lead(audit->file_fd), json);
	free(json);
	if (ret == -1)
		return -1;
	ret = write_whole(audit->file_fd, line, (size_t)ret, '\n');
	saved = errno;
	free(line);
	errno = saved;
	return ret;
}

int
audit_open(struct audit *audit, const struct settings *settings,
    const char *account, struct fault *fault)
{
	struct fault failed;
	int ret = 0;

	*audit = (struct audit) {
	    .syslog_fd = -1,
	    .file_fd = -1,
	    .syslog_json = settings->syslog_json,
	    .forgive = settings->audit_continue,
	};
	tzset();
	if (settings->syslog && syslog_open(audit, settings, &failed) == -1)
		ret = -1;
	if (settings->audit_file != NULL &&
	    file_open(audit, settings, account, &failed) == -1)
		ret = -1;
	if (ret == 0 || audit->forgive)
		return 0;
	*fault = failed;
	return -1;
}

int
audit_write(struct audit *audit, const struct record *record,
    struct fault *fault)
{
	struct sigaction saved[NELEM(deadly)] = {0};
	struct fault failed; /* the record may borrow the text of *fault */
	int ret = 0;

	deadly_ignore(saved);
	if (audit->syslog_fd != -1 && syslog_write(audit, record) == -1)
		ret = fault_set(&failed, WHY_AUDIT, "writing to syslog: %s",
		    strerror(errno));
	if (audit->file_fd != -1 && file_write(audit, record) == -1)
		ret = fault_set(&failed, WHY_AUDIT,
		    "writing to the record file: %s", strerror(errno));
	deadly_restore(saved);
	if (ret == 0 || audit->forgive)
		return 0;
	*fault = failed;
	return -1;
}

void
audit_close(struct audit *audit)
{
	close_fd(&audit->syslog_fd);
	close_fd(&audit->file_fd);
}
