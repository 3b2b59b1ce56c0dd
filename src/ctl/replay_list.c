/* replay --list: which transcripts there are. Any account may have put files
 * of its own here, so each line says whose it is. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "ctl/replay.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "transcript.h"

struct row {
	char session[32];
	uid_t owner;
	unsigned long long size;
	int64_t began;
	char *says; /* key and rule, or what is wrong with it */
};

struct rows {
	struct row *v;
	size_t n;
};

/* The session of a transcript's name, if it is one. */
static bool
read_name(const char *name, char session[32], bool *cast)
{
	size_t len = strcspn(name, ".");

	*cast = strcmp(name + len, TRANSCRIPT_CAST) == 0;
	if (len >= 32 ||
	    (!*cast && strcmp(name + len, TRANSCRIPT_STREAMS) != 0))
		return false;
	memcpy(session, name, len);
	session[len] = '\0';
	return transcript_is_session(session);
}

static void
read_header(struct row *row, const char *path)
{
	char *problem;
	struct recording *recording = replay_open(path, &problem);
	const struct recording_about *about;
	char *says;

	if (recording == NULL) {
		row->says = problem;
		return;
	}
	about = recording_about(recording);
	row->began = about->began;
	says = show_format("%s %s%s%s", about->key != NULL ? about->key : "-",
	    about->rule != NULL ? about->rule : "-",
	    about->command != NULL ? ": " : "",
	    about->command != NULL ? about->command : "");
	/* A newline at its end is the client's, not the line's. */
	row->says = show_plain(says, strlen(says));
	free(says);
	recording_close(recording);
}

/* Of two files of a session, the first half has the header to show. */
static void
add_file(struct rows *rows, const char *dir, const char *name)
{
	char *path = show_format("%s/%s", dir, name), *other;
	struct row row = {0};
	struct stat st;
	bool cast;

	if (!read_name(name, row.session, &cast) || lstat(path, &st) == -1) {
		free(path);
		return;
	}
	row.owner = st.st_uid;
	row.size = (unsigned long long)st.st_size;
	other = show_format("%s/%s%s", dir, row.session,
	    cast ? TRANSCRIPT_STREAMS : TRANSCRIPT_CAST);
	if (lstat(other, &st) == 0 && cast)
		row.size += (unsigned long long)st.st_size;
	if (cast || lstat(other, &st) == -1) {
		read_header(&row, path);
		rows->v = show_need(
		    reallocarray(rows->v, rows->n + 1, sizeof(*rows->v)));
		rows->v[rows->n++] = row;
	}
	free(other);
	free(path);
}

static int
compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->began != y->began)
		return x->began < y->began ? -1 : 1;
	return strcmp(x->session, y->session);
}

static void
print(const struct row *row)
{
	const struct passwd *owner = getpwuid(row->owner);
	time_t began = row->began;
	char when[32] = "-", number[16];
	struct tm tm;

	if (began != 0 && localtime_r(&began, &tm) != NULL &&
	    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		strcpy(when, "-");
	snprintf(number, sizeof(number), "%lu", (unsigned long)row->owner);
	show(stdout, "%-19s %s %10llu %-8s %s\n", when, row->session, row->size,
	    owner != NULL ? owner->pw_name : number, row->says);
}

int
replay_list(const char *dir)
{
	DIR *folder = opendir(dir);
	const struct dirent *entry;
	struct rows rows = {0};

	if (folder == NULL) {
		show(stderr, "gatekeeperctl: %s: %s\n", dir, strerror(errno));
		return CTL_WRONG;
	}
	while ((entry = readdir(folder)) != NULL)
		add_file(&rows, dir, entry->d_name);
	closedir(folder);
	if (rows.n > 0)
		qsort(rows.v, rows.n, sizeof(*rows.v), compare);
	for (size_t i = 0; i < rows.n; i++) {
		print(&rows.v[i]);
		free(rows.v[i].says);
	}
	free(rows.v);
	return CTL_OK;
}
