/* replay: plays a transcript, which is found by its session or named. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/replay.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "settings.h"
#include "transcript.h"
#include "why.h"

/* Every account may make files where transcripts lie. */
struct recording *
replay_open(const char *path, char **problem)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	FILE *f;

	if (fd == -1) {
		*problem = show_format("%s", strerror(errno));
		return NULL;
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		*problem = show_format("is not a regular file");
		return NULL;
	}
	f = show_need(fdopen(fd, "r"));
	return recording_open(f, problem);
}

/* The rest of a transcript, if there is one. */
static char *
other_half(const char *path)
{
	size_t len = strlen(path), suffix = strlen(TRANSCRIPT_CAST);
	char *other;

	if (len <= suffix || strcmp(path + len - suffix, TRANSCRIPT_CAST) != 0)
		return NULL;
	other =
	    show_format("%.*s" TRANSCRIPT_STREAMS, (int)(len - suffix), path);
	if (access(other, F_OK) == 0)
		return other;
	free(other);
	return NULL;
}

static int
play_file(const struct replay *replay, const char *path)
{
	char *problem;
	struct recording *recording = replay_open(path, &problem);
	int ret;

	if (recording == NULL) {
		show(stderr, "gatekeeperctl: %s: %s\n", path, problem);
		free(problem);
		return CTL_WRONG;
	}
	ret = replay_play(replay, path, recording);
	recording_close(recording);
	return ret == -1 ? CTL_SOME : CTL_OK;
}

static int
play_path(const struct replay *replay, const char *path)
{
	char *other = other_half(path);
	int status = play_file(replay, path), rest;

	if (other == NULL)
		return status;
	if (!replay_interrupted()) {
		rest = play_file(replay, other);
		if (rest > status)
			status = rest;
	}
	free(other);
	return status;
}

static int
play_session(const struct replay *replay, const char *dir, const char *session)
{
	char *cast = show_format("%s/%s" TRANSCRIPT_CAST, dir, session);
	char *streams = show_format("%s/%s" TRANSCRIPT_STREAMS, dir, session);
	int status = CTL_WRONG;

	if (access(cast, F_OK) == 0)
		status = play_path(replay, cast);
	else if (errno != ENOENT)
		show(stderr, "gatekeeperctl: %s: %s\n", cast, strerror(errno));
	else if (access(streams, F_OK) == 0)
		status = play_file(replay, streams);
	else
		show(stderr,
		    "gatekeeperctl: %s: no transcript of session %s; "
		    "gatekeeperctl replay --list shows what there is\n",
		    dir, session);
	free(cast);
	free(streams);
	return status;
}

/* The folder, which the caller frees; NULL: it has been said why not. */
static char *
find_folder(const struct ctl *ctl)
{
	struct settings settings;
	struct fault fault;
	char *dir = NULL;

	if (settings_load(&settings, ctl->dir, &fault) == 0)
		dir = show_need(strdup(settings.transcripts));
	else if (fault.line != 0)
		show(stderr, "%s/%s:%u: %s\n", ctl->dir, fault.file, fault.line,
		    fault.text);
	else
		show(stderr, "%s/%s: %s\n", ctl->dir, fault.file, fault.text);
	settings_free(&settings);
	return dir;
}

static int
run(const struct ctl *ctl, const struct replay *replay, const char *operand)
{
	char *dir;
	int status;

	if (operand != NULL && !transcript_is_session(operand))
		return play_path(replay, operand);
	dir = find_folder(ctl);
	if (dir == NULL)
		return CTL_WRONG;
	status = operand != NULL ? play_session(replay, dir, operand) :
				   replay_list(dir);
	free(dir);
	return status;
}

/* Seconds, or a factor: more than nothing, less than a day. */
static int
read_factor(const char *option, const char *word, double *factor)
{
	char *end;

	if (word[strspn(word, "0123456789.")] == '\0') {
		*factor = strtod(word, &end);
		if (end != word && *end == '\0' && *factor >= 0.001 &&
		    *factor <= 86400)
			return 0;
	}
	show(stderr,
	    "gatekeeperctl: --%s %s: write a number from 0.001 to 86400, such "
	    "as 2 or 0.5\n",
	    option, word);
	return -1;
}

static int
read_stream(const char *word, enum stream *stream)
{
	static const char *const names[] = {"in", "out", "err"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(word, names[i]) == 0) {
			*stream = (enum stream)(STREAM_IN + i);
			return 0;
		}
	show(stderr, "gatekeeperctl: --stream %s: write in, out or err\n",
	    word);
	return -1;
}

static int
read_options(struct replay *replay, int argc, char *argv[])
{
	static const struct option options[] = {
	    {"speed", required_argument, NULL, 's'},
	    {"max-idle", required_argument, NULL, 'i'},
	    {"stream", required_argument, NULL, 'o'},
	    {"raw", no_argument, NULL, 'r'},
	    {"list", no_argument, NULL, 'l'},
	    {NULL, 0, NULL, 0},
	};
	int c, ret = 0;

	while (ret == 0 &&
	    (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			replay->timed = true;
			ret = read_factor("speed", optarg, &replay->speed);
			break;
		case 'i':
			ret =
			    read_factor("max-idle", optarg, &replay->max_idle);
			break;
		case 'o':
			ret = read_stream(optarg, &replay->stream);
			break;
		case 'r':
			replay->raw = true;
			break;
		case 'l':
			replay->list = true;
			break;
		default:
			ret = -1;
		}
	}
	return ret;
}

int
replay_verb(const struct ctl *ctl, int argc, char *argv[])
{
	struct replay replay = {.speed = 1,
	    .stream = STREAM_MAX,
	    .timed = isatty(STDOUT_FILENO) == 1};

	if (read_options(&replay, argc, argv) == -1 ||
	    argc - optind != (replay.list ? 0 : 1))
		return CTL_USAGE;
	return run(ctl, &replay, argv[optind]);
}
