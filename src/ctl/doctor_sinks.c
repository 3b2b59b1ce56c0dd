/* doctor: where records go, by sending one there and looking for it. */

#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "audit.h"
#include "ctl/doctor.h"
#include "ctl/output.h"
#include "ctl/place.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "settings.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define SYSLOG "syslog"
#define MIB (1024ULL * 1024)
#define BLANKS " \t\r\n"
#define SHIPPED_SYSLOG \
	"/usr/share/doc/gatekeeper/hosts/rsyslog.d/gatekeeper.conf"
#define SHIPPED "/usr/share/doc/gatekeeper/hosts/logrotate.d/gatekeeper"
#define JOURNALCTL "/usr/bin/journalctl"

enum {
	NONCE_BYTES = 16,
	LOOKS = 20, /* of 100 ms */
	TAIL = 256 * 1024, /* of a log, in which the message must be */
	ROTATE_MAX = 1024 * 1024
};
static const unsigned long long space_least = 64 * MIB;

/* Where syslog daemons put what is for authpriv. */
static const char *const logs[] = {"/var/log/gatekeeper.log",
    "/var/log/gatekeeper.json", "/var/log/auth.log", "/var/log/secure",
    "/var/log/authlog", "/var/log/syslog", "/var/log/messages"};

static const char *const rotations[] = {"/etc/logrotate.conf",
    "/etc/logrotate.d/*"};
static const char *const tmpfiles[] = {"/usr/lib/tmpfiles.d/*.conf",
    "/etc/tmpfiles.d/*.conf", "/run/tmpfiles.d/*.conf"};

/* --- syslog --------------------------------------------------------------- */

static void
nonce_make(char nonce[2 * NONCE_BYTES + 1])
{
	unsigned char bytes[NONCE_BYTES] = {0};

	if (getrandom(bytes, sizeof(bytes), 0) != NONCE_BYTES)
		memset(bytes, (int)getpid(), sizeof(bytes));
	for (size_t i = 0; i < NONCE_BYTES; i++)
		snprintf(nonce + 2 * i, 3, "%02x", bytes[i]);
}

/* Its first word is none of a record's, and readers of records pass it by. */
static int
send_nonce(const struct audit *audit, const char *nonce)
{
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm tm = {.tm_mday = 1};
	size_t size;
	char *line;
	int ret;

	localtime_r(&now, &tm);
	line = show_format("<%d>%s %2d %02d:%02d:%02d gatekeeper[%ld]: test "
			   "nonce=%s by=gatekeeperctl-doctor",
	    LOG_AUTHPRIV | LOG_INFO, months[tm.tm_mon], tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, (long)getpid(), nonce);
	size = strlen(line) + (audit->stream ? 1 : 0);
	ret = write(audit->syslog_fd, line, size) == (ssize_t)size ? 0 : -1;
	free(line);
	return ret;
}

static bool
is_in_file(const char *path, const char *nonce)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char *text = NULL;
	bool found = false;
	struct stat st;
	ssize_t n;

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		text = show_need(malloc(TAIL));
		n = pread(fd, text, TAIL,
		    st.st_size > TAIL ? st.st_size - TAIL : 0);
		found = n > 0 &&
		    memmem(text, (size_t)n, nonce, strlen(nonce)) != NULL;
	}
	close(fd);
	free(text);
	return found;
}

static bool
is_in_journal(const char *nonce)
{
	const char *const argv[] = {JOURNALCTL, "-q", "--no-pager", "-o", "cat",
	    "-t", "gatekeeper", "-n", "100", NULL};
	struct output output;
	bool found = false;

	if (output_of(&output, argv) == 0)
		found = strstr(output.out, nonce) != NULL;
	output_free(&output);
	return found;
}

/* Where it was found; NULL: not yet. */
static const char *
look_once(const struct doctor *doctor, const char *nonce)
{
	if (doctor->log != NULL && is_in_file(doctor->log, nonce))
		return doctor->log;
	for (size_t i = 0; i < NELEM(logs); i++)
		if (is_in_file(logs[i], nonce))
			return logs[i];
	return is_in_journal(nonce) ? "journalctl -t gatekeeper" : NULL;
}

static const char *
look(const struct doctor *doctor, const char *nonce)
{
	const struct timespec pause = {.tv_nsec = 100000000};
	const char *where;

	for (int i = 0; i < LOOKS; i++) {
		where = look_once(doctor, nonce);
		if (where != NULL)
			return where;
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void
read_back(struct doctor *doctor, const char *nonce)
{
	const char *where = look(doctor, nonce);

	if (where != NULL)
		doctor_fact(doctor, SYSLOG,
		    show_format("a message went there and was found by %s",
			where));
	else if (geteuid() != 0)
		findings_add(&doctor->found, ADVICE, SYSLOG, 0,
		    "a message went there, and who is not root cannot tell "
		    "where to: run doctor as root");
	else
		findings_add(&doctor->found, WARNING, SYSLOG, 0,
		    "a message went there and came out nowhere that doctor "
		    "knows: say --log FILE, or cp " SHIPPED_SYSLOG
		    " /etc/rsyslog.d/ and restart rsyslog");
}

void
doctor_syslog(struct doctor *doctor)
{
	struct settings settings = doctor->policies.settings;
	char nonce[2 * NONCE_BYTES + 1];
	struct audit audit;
	struct fault fault;

	if (settings.audit_continue)
		findings_add(&doctor->found, ADVICE, "gatekeeper.ini", 0,
		    "on-failure = continue runs programs without a record: "
		    "write on-failure = refuse");
	if (!settings.syslog)
		return;
	/* Borrowed strings: the file is looked at for each account. */
	settings.audit_file = NULL;
	settings.audit_continue = false;
	if (audit_open(&audit, &settings, NULL, &fault) == -1) {
		findings_add(&doctor->found,
		    doctor->policies.settings.audit_continue ? WARNING : ERROR,
		    SYSLOG, 0, "%s", fault.text);
		return;
	}
	nonce_make(nonce);
	if (send_nonce(&audit, nonce) == -1)
		findings_add(&doctor->found, ERROR, SYSLOG, 0,
		    "a message cannot be sent: %s: restart the syslog service",
		    strerror(errno));
	else
		read_back(doctor, nonce);
	audit_close(&audit);
}

/* --- files of the host ---------------------------------------------------- */

/* Whether a word of the file is this path, or a pattern of it. */
static bool
names_path(const char *file, const char *path)
{
	FILE *f = account_fopen(file, ROTATE_MAX);
	char *line = NULL, *save = NULL;
	bool found = false;
	size_t size = 0;

	if (f == NULL)
		return false;
	while (!found && getline(&line, &size, f) != -1) {
		line[strcspn(line, "#")] = '\0';
		for (char *p = strtok_r(line, BLANKS "\"{", &save);
		     p != NULL && !found;
		     p = strtok_r(NULL, BLANKS "\"{", &save))
			found =
			    p[0] == '/' && fnmatch(p, path, FNM_PATHNAME) == 0;
	}
	free(line);
	fclose(f);
	return found;
}

static bool
is_named(const char *const *patterns, size_t n, const char *path)
{
	bool found = false;
	glob_t files;

	for (size_t i = 0; i < n && !found; i++) {
		if (glob(patterns[i], 0, NULL, &files) != 0)
			continue;
		for (size_t j = 0; j < files.gl_pathc && !found; j++)
			found = names_path(files.gl_pathv[j], path);
		globfree(&files);
	}
	return found;
}

/* --- places --------------------------------------------------------------- */

static void
find_space(struct doctor *doctor, const struct place *place)
{
	struct statvfs fs;
	unsigned long long space;

	if (statvfs(place->path, &fs) == -1)
		return;
	space = (unsigned long long)fs.f_bavail * fs.f_frsize;
	if (space < space_least || (fs.f_files > 0 && fs.f_favail == 0))
		findings_add(&doctor->found, WARNING, place->path, 0,
		    "%llu MiB and %llu files are left on its file system; "
		    "where a record cannot be written, nothing runs: make "
		    "room",
		    space / MIB, (unsigned long long)fs.f_favail);
}

static void
find_rotation(struct doctor *doctor, const struct place *place)
{
	if (!is_named(rotations, NELEM(rotations), place->path))
		findings_add(&doctor->found, ADVICE, place->path, 0,
		    "nothing rotates it: cp " SHIPPED " /etc/logrotate.d/, "
		    "and name it there");
}

/* What lies below /run is gone at the next boot. */
static void
find_boot(struct doctor *doctor, const struct place *place)
{
	if (strncmp(place->path, "/run/", strlen("/run/")) == 0 &&
	    !is_named(tmpfiles, NELEM(tmpfiles), place->path))
		findings_add(&doctor->found, WARNING, place->path, 0,
		    "it is gone at the next boot: write `d %s %04o root root "
		    "-` into /etc/tmpfiles.d/gatekeeper.conf",
		    place->path, place->mode);
}

/* As the account will: opened, and nothing written. */
static void
find_sink(struct doctor *doctor, const struct patient *patient,
    const struct place *place)
{
	struct settings settings = doctor->policies.settings;
	struct audit audit;
	struct fault fault;

	settings.syslog = false;
	settings.audit_continue = false;
	if (access(place->path, F_OK) == -1)
		return;
	if (account_enter(&patient->account) == -1)
		return;
	if (audit_open(&audit, &settings, patient->account.name, &fault) == 0)
		audit_close(&audit);
	else
		findings_add(&doctor->found, ERROR, place->path, 0,
		    "%s cannot add records: %s: gatekeeperctl prepare %s",
		    patient->account.name, fault.text, patient->account.name);
	account_leave();
}

static void
find_place(struct doctor *doctor, const struct patient *patient,
    const struct places *places, const struct place *place)
{
	char *said, *note;
	enum place_state state =
	    place_settle(places, place, false, &said, &note);

	if (state == PLACE_REFUSED)
		findings_add(&doctor->found, ERROR, place->path, 0,
		    "%s: %s, then gatekeeperctl prepare %s", place->what, said,
		    patient->account.name);
	else if (state == PLACE_OPEN)
		findings_add(&doctor->found, WARNING, place->path, 0,
		    "%s: %s: gatekeeperctl prepare %s", place->what, said,
		    patient->account.name);
	if (note != NULL)
		doctor_fact(doctor, place->what,
		    show_format("%s: %s", place->path, note));
	free(said);
	free(note);
	/* What is the host's, an account without root cannot mend. */
	if (place->folder && !places->own)
		find_boot(doctor, place);
	if (place->folder)
		return;
	find_sink(doctor, patient, place);
	find_space(doctor, place);
	if (!places->own)
		find_rotation(doctor, place);
}

void
doctor_places(struct doctor *doctor, const struct patient *patient)
{
	struct places places;

	places_of(&places, &doctor->policies.settings, &patient->account);
	for (size_t i = 0; i < places.n; i++)
		find_place(doctor, patient, &places, &places.v[i]);
	places_free(&places);
}
