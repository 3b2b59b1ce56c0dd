/* transcript.c, cast.c: what is written for which bytes, and what remains of
 * it when the disk is full, the limit reached or the folder unsafe. */

#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>

#include "cast.h"
#include "child.h"
#include "record.h"
#include "scratch.h"
#include "transcript.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define SESSION "0123456789abcdefghjkmnpqrs"
#define FOLDER "ROOT/casts"
#define ABOUT(terminal) \
	"\"timestamp\":1700000000,\"title\":\"k\",\"command\":\"c \\\"1\\\"\"," \
	"\"gatekeeper\":{\"session\":\"" SESSION "\",\"key\":\"k\"," \
	"\"rule\":\"r\",\"account\":\"a\",\"terminal\":" terminal "}}\n"
#define CAST(terminal) \
	"{\"version\":2,\"width\":80,\"height\":24," ABOUT(terminal)
#define STREAMS "{\"version\":\"gatekeeper-streams-1\"," ABOUT("false")

static const struct transcript_about text_about = {.session = SESSION,
    .key = "k",
    .rule = "r",
    .account = "a",
    .command = "c \"1\"",
    .text = true,
    .began = {.tv_sec = 1700000000, .tv_nsec = 5}};

static struct transcript *
make(const struct transcript_about *about, size_t max)
{
	struct transcript *t;
	struct fault fault = {0};

	if (scratch.root[0] == '\0')
		scratch_make();
	t = transcript_open(scratch_text(FOLDER), about, max, &fault);
	if (t == NULL)
		fail_msg("%s", fault.text);
	return t;
}

static int
add(struct transcript *t, enum stream stream, const void *data, size_t size,
    unsigned ms)
{
	const struct timespec elapsed = {.tv_sec = ms / 1000,
	    .tv_nsec = (long)(ms % 1000) * 1000000 + 999};
	/* A block of its own, so that a read past the end is caught. */
	char *copy = malloc(size > 0 ? size : 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, data, size);
	ret = transcript_add(t, stream, copy, size, &elapsed);
	free(copy);
	return ret;
}

/* A file of the folder, NUL added; NULL: there is none. The caller frees. */
static char *
contents(const char *suffix, size_t *size)
{
	char path[PATH_MAX], *text = malloc(1 << 22);
	FILE *f;

	assert_non_null(text);
	snprintf(path, sizeof(path), FOLDER "/" SESSION "%s", suffix);
	f = fopen(scratch_text(path), "re");
	if (f == NULL) {
		free(text);
		return NULL;
	}
	*size = fread(text, 1, (1 << 22) - 1, f);
	text[*size] = '\0';
	fclose(f);
	return text;
}

static void
check_is(const char *suffix, const char *expected, size_t expected_size)
{
	size_t size;
	char *text = contents(suffix, &size);

	if (expected == NULL) {
		assert_null(text);
		return;
	}
	assert_non_null(text);
	if (size != expected_size || memcmp(text, expected, size) != 0)
		fail_msg("%s (%zu) is not %s (%zu)", text, size, expected,
		    expected_size);
	free(text);
}

static void
check_cast(const char *expected)
{
	check_is(".cast", expected, expected != NULL ? strlen(expected) : 0);
}

static void
clear(void)
{
	static const char *const names[] = {FOLDER "/" SESSION ".cast",
	    FOLDER "/" SESSION ".streams"};

	for (size_t i = 0; i < NELEM(names); i++)
		unlink(scratch_text(names[i]));
}

struct chunk {
	enum stream stream;
	const char *data;
	unsigned ms;
};

struct row {
	bool terminal;
	struct chunk chunks[6];
	const char *events;
	const char *records; /* NULL: no .streams */
	size_t size; /* of the records */
};

#define NONE NULL, 0
#define BYTES(s) s, sizeof(s) - 1

static const struct row rows[] = {
    {false, {{0, NULL, 0}}, "", NONE},
    {false, {{STREAM_OUT, "hello\n", 1}}, "[0.001000,\"o\",\"hello\\n\"]\n",
	NONE},
    {false,
	{{STREAM_IN, "q\x1b[A", 0}, {STREAM_ERR, "no\r\n", 61001},
	    {STREAM_OUT, "\"\\\x7f", 61002}},
	"[0.000000,\"i\",\"q\\u001b[A\"]\n"
	"[61.001000,\"e\",\"\"]\n[61.001000,\"o\",\"no\\r\\n\"]\n"
	"[61.002000,\"o\",\"\\\"\\\\\\u007f\"]\n",
	NONE},
    /* Characters cut by chunks, in two streams at once. */
    {false,
	{{STREAM_OUT, "a\xe2\x82", 1}, {STREAM_IN, "\xf0\x9f", 2},
	    {STREAM_OUT,
		"\xac"
		"b",
		3},
	    {STREAM_IN, "\x98", 4}, {STREAM_IN, "\x80", 5}},
	"[0.001000,\"o\",\"a\"]\n[0.003000,\"o\",\"\xe2\x82\xac"
	"b\"]\n"
	"[0.005000,\"i\",\"\xf0\x9f\x98\x80\"]\n",
	NONE},
    /* Binary from the start, later on, and by a character never finished. */
    {false, {{STREAM_OUT, "\xff\xfe", 1}, {STREAM_IN, "a", 2}},
	"[0.001000,\"m\",\"binary: goes on in .streams\"]\n",
	BYTES("o\xe8\x07\x02\xff\xfe"
	      "i\xe8\x07\x01"
	      "a")},
    {false,
	{{STREAM_OUT, "text", 1}, {STREAM_ERR, "e\xc3", 1},
	    {STREAM_OUT, "\x80", 2}, {STREAM_OUT, "more", 3}},
	"[0.001000,\"o\",\"text\"]\n[0.001000,\"e\",\"\"]\n"
	"[0.001000,\"o\",\"e\"]\n"
	"[0.002000,\"m\",\"binary: goes on in .streams\"]\n",
	BYTES("e\xd0\x0f\x01\xc3"
	      "o\0\x01\x80"
	      "o\xe8\x07\x04more")},
    {false, {{STREAM_OUT, "x\xe2\x82", 7}},
	"[0.007000,\"o\",\"x\"]\n"
	"[0.007000,\"m\",\"binary: goes on in .streams\"]\n",
	BYTES("o\xd8\x36\x02\xe2\x82")},
    /* Of a terminal, what is no text is told beside it. */
    {true, {{STREAM_OUT, "\xe9t\xe9\xef\xbf\xbd\xed\xa0\x80!", 1}},
	"[0.001000,\"b\",\"e9 e9 efbfbd ed a0 80\"]\n"
	"[0.001000,\"o\",\"\\ufffdt\\ufffd\xef\xbf\xbd\\ufffd\\ufffd\\ufffd!"
	"\"]\n",
	NONE},
    {true, {{STREAM_OUT, "\xef\xbf\xbd", 1}},
	"[0.001000,\"o\",\"\xef\xbf\xbd\"]\n", NONE},
    {true, {{STREAM_IN, "\xc3", 1}, {STREAM_OUT, "a", 2}},
	"[0.002000,\"o\",\"a\"]\n[0.002000,\"b\",\"c3\"]\n"
	"[0.002000,\"i\",\"\\ufffd\"]\n",
	NONE},
};

static void
check_row(const struct row *row)
{
	struct transcript_about about = text_about;
	char expected[4096];
	struct transcript *t;
	size_t size;

	about.terminal = row->terminal;
	t = make(&about, 0);
	for (const struct chunk *c = row->chunks; c->data != NULL; c++)
		assert_int_equal(add(t, c->stream, c->data, strlen(c->data),
				     c->ms),
		    0);
	assert_int_equal(transcript_close(t), TRANSCRIPT_KEPT);
	snprintf(expected, sizeof(expected), "%s%s",
	    row->terminal ? CAST("true") : CAST("false"), row->events);
	check_cast(expected);
	if (row->records == NULL) {
		check_is(".streams", NULL, 0);
	} else {
		size = (size_t)snprintf(expected, sizeof(expected), STREAMS);
		memcpy(expected + size, row->records, row->size);
		check_is(".streams", expected, size + row->size);
	}
	clear();
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++)
		check_row(&rows[i]);
}

/* Protocols are binary, whatever they carry. */
static void
test_protocol(void **state)
{
	static const char expected[] = STREAMS "i\xa0\x8d\x06\x05hello"
					       "o\0\0";
	struct transcript_about about = text_about;
	struct transcript *t;

	(void)state;
	about.text = false;
	t = make(&about, 0);
	assert_int_equal(add(t, STREAM_IN, "hello", 5, 100), 0);
	/* Nothing is an entry of nothing, and the clock only goes on. */
	assert_int_equal(add(t, STREAM_OUT, "", 0, 100), 0);
	assert_int_equal(transcript_resize(t, 1, 1, &(struct timespec) {0}), 0);
	assert_int_equal(transcript_close(t), TRANSCRIPT_KEPT);
	check_cast(NULL);
	check_is(".streams", expected, sizeof(expected) - 4);
}

/* Of the header: a terminal, its changes, a hostile command and TERM. */
static void
test_terminal(void **state)
{
	static const char expected[] =
	    "{\"version\":2,\"width\":132,\"height\":43,"
	    "\"timestamp\":1700000000,\"title\":\"k\","
	    "\"env\":{\"TERM\":\"x\\n\\u001b\\ufffd\"},"
	    "\"gatekeeper\":{\"session\":\"" SESSION "\",\"key\":\"k\","
	    "\"rule\":\"r\",\"account\":\"a\",\"terminal\":true}}\n"
	    "[1.000000,\"r\",\"80x24\"]\n"
	    "[2.000000,\"r\",\"4294967295x0\"]\n";
	struct transcript_about about = text_about;
	struct transcript *t;

	(void)state;
	about.command = NULL;
	about.term = "x\n\x1b\xff";
	about.terminal = true;
	about.columns = 132;
	about.rows = 43;
	t = make(&about, 0);
	assert_int_equal(transcript_resize(t, 80, 24,
			     &(struct timespec) {1, 0}),
	    0);
	assert_int_equal(transcript_resize(t, UINT32_MAX, 0,
			     &(struct timespec) {2, 0}),
	    0);
	assert_int_equal(transcript_close(t), TRANSCRIPT_KEPT);
	check_cast(expected);
	clear();
	about.command = "\xe2\x82\xac";
	about.term = NULL;
	transcript_close(make(&about, 0));
	clear();
}

static void
test_long_command(void **state)
{
	struct transcript_about about = text_about;
	char command[3001], *text;
	size_t size;

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(command); i += 3)
		memcpy(command + i, "\xe2\x82\xac", 3);
	command[3000] = '\0';
	about.command = command;
	transcript_close(make(&about, 0));
	text = contents(".cast", &size);
	assert_non_null(text);
	assert_true(size < 1500);
	assert_null(strstr(text, "ufffd"));
	free(text);
}

static void
test_session(void **state)
{
	static const char *const bad[] = {"", "0123456789abcdefghjkmnpqr",
	    "0123456789abcdefghjkmnpqrst", "../../../../../../../../..",
	    "0123456789abcdefghijkmnpqr", "0123456789ABCDEFGHJKMNPQRS"};
	struct transcript_about about = text_about;
	char id[64];
	struct fault fault = {0};

	(void)state;
	scratch_make();
	for (size_t i = 0; i < NELEM(bad); i++) {
		assert_false(transcript_is_session(bad[i]));
		about.session = bad[i];
		assert_null(
		    transcript_open(scratch_text(FOLDER), &about, 0, &fault));
		assert_int_equal(fault.why, WHY_AUDIT);
	}
	assert_int_equal(record_session(id), 0);
	assert_true(transcript_is_session(id));
}

static void
check_refused(const char *dir, const char *problem)
{
	struct fault fault = {0};

	assert_null(transcript_open(scratch_text(dir), &text_about, 0, &fault));
	assert_int_equal(fault.why, WHY_AUDIT);
	if (strstr(fault.text, problem) == NULL)
		fail_msg("<%s> lacks <%s>", fault.text, problem);
}

/* The folder: made, shared, or not to be trusted. */
static void
test_folder(void **state)
{
	struct stat st;

	(void)state;
	transcript_close(make(&text_about, 0));
	assert_int_equal(stat(scratch_text(FOLDER), &st), 0);
	assert_int_equal(st.st_mode & 07777, geteuid() == 0 ? 01733 : 0700);
	assert_int_equal(stat(scratch_text(FOLDER "/" SESSION ".cast"), &st),
	    0);
	assert_int_equal(st.st_mode & 07777, 0600);
	check_refused(FOLDER, "File exists");
	clear();
	assert_int_equal(symlink("elsewhere",
			     scratch_text(FOLDER "/" SESSION ".cast")),
	    0);
	check_refused(FOLDER, "File exists");
	assert_int_equal(access(scratch_text(FOLDER "/elsewhere"), F_OK), -1);
	clear();
	assert_int_equal(chmod(scratch_text(FOLDER), 0777), 0);
	check_refused(FOLDER, "others can write it");
	assert_int_equal(chmod(scratch_text(FOLDER), 0775), 0);
	check_refused(FOLDER, "others can write it");
	assert_int_equal(chmod(scratch_text(FOLDER), 01777), 0);
	transcript_close(make(&text_about, 0));
	clear();
	scratch_link("ROOT/link", "casts");
	if (geteuid() != 0)
		check_refused("ROOT/link", "symbolic link");
	check_refused("ROOT/no/such", "No such file");
	scratch_file("ROOT/file", 0600, "");
	check_refused("ROOT/file", "not a directory");
	if (geteuid() == 0) {
		assert_int_equal(chown(scratch_text(FOLDER), 12345, 12345), 0);
		check_refused(FOLDER, "neither root nor the account");
	}
}

/* Whatever the limit, it holds, what was written is whole, and the end says
 * why. */
static void
check_limit(const struct transcript_about *about, size_t max, bool binary)
{
	const char *data = binary ? "\xff"
				    "bcdefgh" :
				    "abcdefgh";
	struct transcript *t = make(about, max);
	size_t cast = 0, streams = 0, calls = 0;
	char *text;

	for (unsigned i = 0; i < 200; i++)
		calls += add(t, i % STREAM_MAX, data, 8, i) == -1;
	assert_int_equal(calls, 1);
	assert_int_equal(transcript_state(t), TRANSCRIPT_CUT);
	assert_int_equal(add(t, STREAM_OUT, data, 8, 999), 0);
	assert_int_equal(transcript_close(t), TRANSCRIPT_CUT);
	text = contents(about->text ? ".cast" : ".streams", &cast);
	assert_non_null(text);
	if (about->text && !binary)
		assert_non_null(strstr(text, "record-max is reached\"]\n"));
	assert_true(!about->text || text[cast - 1] == '\n');
	free(text);
	if (about->text && (text = contents(".streams", &streams)) != NULL)
		free(text);
	if (cast + streams > max)
		fail_msg("%zu of %zu", cast + streams, max);
	clear();
}

static void
test_limit(void **state)
{
	struct transcript_about about = text_about;

	(void)state;
	for (size_t max = 500; max < 1700; max += 7) {
		about.text = true;
		check_limit(&about, max, false);
		check_limit(&about, max, true);
		about.text = false;
		check_limit(&about, max, true);
	}
}

/* What is written in pieces, cut where a limit on the file cuts. */
struct full {
	const struct transcript_about *about;
	rlim_t limit;
};

static int
fill_up(const void *data)
{
	const struct full *full = data;
	const struct rlimit limit = {full->limit, full->limit};
	const struct timespec elapsed = {1, 0};
	struct fault fault;
	char bytes[10000];
	struct transcript *t;
	int failures = 0;

	memset(bytes, 'a', sizeof(bytes));
	signal(SIGXFSZ, SIG_DFL);
	t = transcript_open(scratch_text(FOLDER), full->about, 0, &fault);
	if (t == NULL || setrlimit(RLIMIT_FSIZE, &limit) == -1)
		return 1;
	for (int i = 0; i < 20; i++)
		failures += transcript_add(t, STREAM_OUT, bytes, sizeof(bytes),
				&elapsed) == -1;
	if (transcript_state(t) != TRANSCRIPT_LOST)
		return 2;
	return transcript_close(t) == TRANSCRIPT_LOST && failures == 1 ? 0 : 3;
}

static void
test_full(void **state)
{
	struct transcript_about about = text_about;
	struct full full = {&about, 0};
	struct child child;
	size_t size, header = strlen(STREAMS);
	char *text;

	(void)state;
	scratch_make();
	assert_int_equal(mkdir(scratch_text(FOLDER), 0700), 0);
	for (full.limit = 400; full.limit < 60000; full.limit += 2111) {
		about.text = true;
		child_run(&child, fill_up, &full);
		assert_int_equal(child.status, 0);
		text = contents(".cast", &size);
		assert_non_null(text);
		assert_true(size <= full.limit && size + 4200 > full.limit);
		assert_string_equal(text + size - 3,
		    size < 400 ? "}}\n" : "\"]\n");
		free(text);
		clear();
		about.text = false;
		child_run(&child, fill_up, &full);
		assert_int_equal(child.status, 0);
		text = contents(".streams", &size);
		assert_non_null(text);
		assert_true(size <= full.limit);
		/* The first has a time of three bytes, the others of one. */
		assert_true(
		    size == header || (size - header - 2) % (10000 + 4) == 0);
		free(text);
		clear();
	}
	/* Not a byte more: this is where the kernel sends SIGXFSZ. */
	full.limit = header;
	child_run(&child, fill_up, &full);
	assert_int_equal(child.status, 0);
	check_is(".streams", STREAMS, header);
}

/* Debian's player shows what there is to see, and passes over the rest. */
static void
run_player(void)
{
	static const char shell[] =
	    "exec env HOME=\"$0\" ASCIINEMA_CONFIG_HOME=\"$0\" "
	    "LC_ALL=C.UTF-8 setsid asciinema play -s 1000 \"$1\"";

	execl("/bin/sh", "sh", "-c", shell, scratch_text("ROOT"),
	    scratch_text(FOLDER "/" SESSION ".cast"), (char *)NULL);
}

static int
play(const void *data)
{
	(void)data;
	run_player();
	return 126;
}

static void
test_player(void **state)
{
	struct transcript_about about = text_about;
	struct transcript *t;
	struct child child;

	(void)state;
	about.terminal = true;
	t = make(&about, 500);
	add(t, STREAM_OUT, "\x1b[1mbold\xe2\x82", 10, 1);
	add(t, STREAM_IN, "unseen", 6, 2);
	add(t, STREAM_ERR, "error\n", 6, 3);
	assert_int_equal(transcript_resize(t, 1, 2,
			     &(struct timespec) {0, 4000000}),
	    0);
	add(t, STREAM_OUT, "\xac\xff\\\"\n", 5, 5);
	for (int i = 0; i < 20; i++)
		add(t, STREAM_IN, "unseen", 6, 6);
	assert_int_equal(transcript_close(t), TRANSCRIPT_CUT);
	child_run(&child, play, NULL);
	if (child.status != 0)
		fail_msg("asciinema: %d: %s", child.status, child.err);
	assert_string_equal(child.out,
	    "\x1b[1mbolderror\n\xe2\x82\xac\xef\xbf\xbd\\\"\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    scratch_test(test_rows),
	    scratch_test(test_protocol),
	    scratch_test(test_terminal),
	    scratch_test(test_long_command),
	    scratch_test(test_session),
	    scratch_test(test_folder),
	    scratch_test(test_limit),
	    scratch_test(test_full),
	    scratch_test(test_player),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
