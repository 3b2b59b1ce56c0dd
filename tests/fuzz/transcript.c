/*
 * Transcripts. A file that begins with `{` is read as somebody left it, and
 * shown on a terminal: neither may do more than complain. Anything else is a
 * session: what was added to each stream comes back, byte for byte, up to
 * where it was cut; from a file that ends anywhere, a beginning of it.
 */

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/recording.h"
#include "ctl/screen.h"
#include "transcript.h"
#include "why.h"

#define SESSION "00000000000000000000000000"
#define BYTES_MAX (1 << 17)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char folder[] = "/tmp/gk-fuzz-XXXXXX";
static char cast[sizeof(folder) + 64], streams[sizeof(folder) + 64];

struct bytes {
	char *v[STREAM_MAX];
	size_t n[STREAM_MAX];
};

static void
bytes_make(struct bytes *bytes)
{
	for (size_t i = 0; i < STREAM_MAX; i++) {
		bytes->n[i] = 0;
		bytes->v[i] = malloc(BYTES_MAX);
		assert(bytes->v[i] != NULL);
	}
}

static void
bytes_add(struct bytes *bytes, enum stream stream, const void *data, size_t n)
{
	assert(stream < STREAM_MAX && bytes->n[stream] + n <= BYTES_MAX);
	memcpy(bytes->v[stream] + bytes->n[stream], data, n);
	bytes->n[stream] += n;
}

static void
bytes_free(struct bytes *bytes)
{
	for (size_t i = 0; i < STREAM_MAX; i++)
		free(bytes->v[i]);
}

static void
remove_all(void)
{
	unlink(cast);
	unlink(streams);
	rmdir(folder);
}

static void
start(void)
{
	if (cast[0] != '\0')
		return;
	assert(mkdtemp(folder) != NULL);
	snprintf(cast, sizeof(cast), "%s/" SESSION TRANSCRIPT_CAST, folder);
	snprintf(streams, sizeof(streams), "%s/" SESSION TRANSCRIPT_STREAMS,
	    folder);
	atexit(remove_all);
}

/* Somebody's file. */

static void
read_file(const uint8_t *data, size_t size)
{
	FILE *sink = fopen("/dev/null", "we");
	FILE *f = fmemopen(NULL, size, "w+");
	struct screen screen = {.out = sink};
	struct recording *recording;
	struct moment moment;
	uint64_t last = 0;
	char *problem = NULL;
	int ret;

	assert(sink != NULL && f != NULL);
	assert(fwrite(data, 1, size, f) == size && fseek(f, 0, SEEK_SET) == 0);
	recording = recording_open(f, &problem);
	assert((recording == NULL) == (problem != NULL));
	while (recording != NULL &&
	    (ret = recording_next(recording, &moment)) != 0) {
		if (ret == -1) {
			assert(recording_problem(recording) != NULL);
			continue;
		}
		assert(moment.when >= last);
		assert(
		    moment.kind != MOMENT_DATA || moment.stream < STREAM_MAX);
		last = moment.when;
		screen_put(&screen, moment.data, moment.size);
	}
	screen_end(&screen);
	recording_close(recording);
	free(problem);
	fclose(sink);
}

/* A session. */

struct input {
	const uint8_t *p;
	size_t left;
};

static unsigned
take_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->p++;
}

/* Each step: which stream and how much later, how many bytes, the bytes. */
static void
write_steps(struct transcript *t, struct input *in, struct bytes *added)
{
	struct timespec elapsed = {0};

	while (in->left > 0) {
		unsigned op = take_byte(in), n = take_byte(in);
		enum stream stream = (enum stream)(op % 4);
		int ret;

		elapsed.tv_sec += op / 16;
		elapsed.tv_nsec = op / 4 % 4 * 250000999;
		if (n > in->left)
			n = (unsigned)in->left;
		if (stream == STREAM_MAX) {
			ret = transcript_resize(t, op, n, &elapsed);
			n = 0;
		} else {
			ret = transcript_add(t, stream, in->p, n, &elapsed);
			bytes_add(added, stream, in->p, n);
		}
		in->p += n;
		in->left -= n;
		assert(ret == 0 || transcript_state(t) == TRANSCRIPT_CUT);
	}
}

/* Whether nothing was wrong with it. */
static bool
read_back(const char *path, struct bytes *back)
{
	FILE *f = fopen(path, "re");
	struct recording *recording;
	struct moment moment;
	char *problem = NULL;
	bool whole = true;
	int ret;

	if (f == NULL)
		return true;
	recording = recording_open(f, &problem);
	free(problem);
	if (recording == NULL)
		return false;
	while ((ret = recording_next(recording, &moment)) != 0)
		if (ret == -1)
			whole = false;
		else if (moment.kind == MOMENT_DATA)
			bytes_add(back, moment.stream, moment.data,
			    moment.size);
	recording_close(recording);
	return whole;
}

static void
compare(const struct bytes *added, const struct bytes *back, bool all)
{
	for (size_t i = 0; i < STREAM_MAX; i++) {
		assert(back->n[i] <= added->n[i]);
		assert(!all || back->n[i] == added->n[i]);
		assert(memcmp(back->v[i], added->v[i], back->n[i]) == 0);
	}
}

static size_t
size_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t end = fd != -1 ? lseek(fd, 0, SEEK_END) : 0;

	if (fd != -1)
		close(fd);
	return (size_t)end;
}

/* Of a disk that lost the end of the last file. */
static void
read_cut(const struct bytes *added, unsigned at)
{
	const char *path = access(streams, F_OK) == 0 ? streams : cast;
	struct bytes back;

	bytes_make(&back);
	assert(truncate(path, (off_t)(size_of(path) * at / 256)) == 0);
	read_back(cast, &back);
	read_back(streams, &back);
	compare(added, &back, false);
	bytes_free(&back);
}

static void
check(const struct bytes *added, enum transcript_state state, size_t max)
{
	struct bytes back;

	bytes_make(&back);
	assert(read_back(cast, &back) && read_back(streams, &back));
	compare(added, &back, state == TRANSCRIPT_KEPT);
	assert(max == 0 || size_of(cast) + size_of(streams) <= max);
	bytes_free(&back);
}

static void
record(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	unsigned flags = take_byte(&in), at = take_byte(&in);
	size_t limit = take_byte(&in), max = limit != 0 ? 700 + limit * 16 : 0;
	struct transcript_about about = {.session = SESSION,
	    .key = "key",
	    .rule = "rule",
	    .account = "account",
	    .terminal = (flags & 1) != 0,
	    .text = (flags & 2) != 0};
	struct transcript *t;
	struct fault fault;
	struct bytes added;
	enum transcript_state state;

	start();
	bytes_make(&added);
	t = transcript_open(folder, &about, max, &fault);
	assert(t != NULL);
	write_steps(t, &in, &added);
	state = transcript_close(t);
	assert(state == TRANSCRIPT_KEPT || max != 0);
	check(&added, state, max);
	read_cut(&added, at);
	bytes_free(&added);
	unlink(cast);
	unlink(streams);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] == '{')
		read_file(data, size);
	else if (size < BYTES_MAX)
		record(data, size);
	return 0;
}
