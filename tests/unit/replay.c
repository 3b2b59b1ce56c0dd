/* replay: what comes of a transcript when it is played, listed or taken
 * apart, and of what is none. The transcripts are the writer's own. */

#include <getopt.h>
#include <string.h>

#include "child.h"
#include "ctl/verb.h"
#include "scratch.h"
#include "transcript.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define S1 "11111111111111111111111111"
#define S2 "22222222222222222222222222"
#define S3 "33333333333333333333333333"
#define S4 "44444444444444444444444444"
#define FOLDER "ROOT/transcripts"
#define HEADER "{\"version\":2,\"width\":80,\"height\":24}\n"

struct chunk {
	enum stream stream;
	const char *data;
	size_t size;
};

#define CHUNK(stream, s) \
	{ \
		stream, s, sizeof(s) - 1 \
	}

static const struct session {
	const char *id;
	bool terminal, text;
	size_t max;
	struct chunk chunks[6];
} sessions[] = {
    {S1, false, true, 0,
	{CHUNK(STREAM_IN, "typed\n"), CHUNK(STREAM_OUT, "a\tb\033[5n\\\n"),
	    CHUNK(STREAM_ERR, "wrong\r\n"),
	    CHUNK(STREAM_OUT,
		"\0\xff"
		"bin"),
	    CHUNK(STREAM_IN, "\xfe")}},
    {S2, true, true, 0,
	{CHUNK(STREAM_OUT, "\033[1mbold\033]0;x\a\033[0m\n"),
	    CHUNK(STREAM_IN, "k"), CHUNK(STREAM_OUT, "\xe9\n")}},
    {S3, false, false, 600,
	{CHUNK(STREAM_IN, "\0\1\2SSH"),
	    CHUNK(STREAM_OUT, "0123456789012345678901234567890123456789"),
	    CHUNK(STREAM_OUT,
		"0123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789")}},
};

static void
write_session(const struct session *session)
{
	const struct transcript_about about = {.session = session->id,
	    .key = "k\x1b",
	    .rule = "r",
	    .account = "a",
	    .command = "c\n",
	    .terminal = session->terminal,
	    .text = session->text,
	    .columns = 100,
	    .rows = 30,
	    .began = {.tv_sec = 1700000000 - session->id[0]}};
	struct timespec elapsed = {0};
	struct fault fault;
	struct transcript *t =
	    transcript_open(scratch_text(FOLDER), &about, session->max, &fault);

	if (t == NULL)
		fail_msg("%s", fault.text);
	for (const struct chunk *c = session->chunks; c->data != NULL; c++) {
		elapsed.tv_nsec += 1000000;
		transcript_add(t, c->stream, c->data, c->size, &elapsed);
	}
	transcript_close(t);
}

static void
fill(void)
{
	scratch_make();
	for (size_t i = 0; i < NELEM(sessions); i++)
		write_session(&sessions[i]);
}

static int
replay(const void *data)
{
	const char *const *words = data;
	const struct ctl ctl = {.dir = scratch_text("ROOT")};
	char *argv[8] = {strdup("replay")};
	int argc = 1, status;

	for (; words[argc - 1] != NULL; argc++)
		argv[argc] = strdup(scratch_text(words[argc - 1]));
	optind = 1;
	status = replay_verb(&ctl, argc, argv);
	fflush(NULL);
	while (argc > 0)
		free(argv[--argc]);
	return status;
}

struct row {
	const char *words[6];
	int status;
	const char *out;
	size_t size;
	const char *err; /* a part of it; NULL: nothing at all */
};

#define OUT(s) s, sizeof(s) - 1
#define DIGITS "0123456789012345678901234567890123456789"
#define BINARY "after 0 s: binary: goes on in .streams"

static const struct row rows[] = {
    /* Text, then binary. */
    {{S1}, 0,
	OUT("a\tb\\x1b[5n\\\nwrong\\r\n"
	    "       0.004000 out       5 \"\\x00\\xffbin\"\n"
	    "       0.005000 in        1 \"\\xfe\"\n"),
	BINARY},
    {{"--stream", "in", S1}, 0, OUT("typed\n\xfe"), BINARY},
    {{"--stream", "out", S1}, 0,
	OUT("a\tb\033[5n\\\n\0\xff"
	    "bin"),
	BINARY},
    {{"--stream", "err", S1}, 0, OUT("wrong\r\n"), BINARY},
    {{"--raw", S1}, 0,
	OUT("a\tb\033[5n\\\nwrong\r\n\0\xff"
	    "bin"),
	BINARY},
    {{FOLDER "/" S1 ".cast", "--stream", "in"}, 0, OUT("typed\n\xfe"), BINARY},
    {{FOLDER "/" S1 ".streams", "--stream", "in"}, 0, OUT("\xfe"), NULL},
    {{"--speed", "1000", S1, "--stream=err", "--max-idle", "0.1"}, 0,
	OUT("wrong\r\n"), BINARY},
    /* A terminal. */
    {{S2}, 0,
	OUT("\033[1mbold\033[0m\n\xef\xbf\xbd\n\0337\033[r\0338\033[4l"
	    "\033[?7h\033[?25h\033[0m\033(B\017"),
	"left out: 1 control sequence that could act on a terminal"},
    {{"--raw", S2}, 0, OUT("\033[1mbold\033]0;x\a\033[0m\n\xe9\n"), NULL},
    {{"--stream", "out", S2}, 0, OUT("\033[1mbold\033]0;x\a\033[0m\n\xe9\n"),
	NULL},
    {{"--stream", "in", S2}, 0, OUT("k"), NULL},
    /* A protocol, cut at its limit. */
    {{S3}, 0,
	OUT("       0.001000 in        6 \"\\x00\\x01\\x02SSH\"\n"
	    "       0.002000 out      40 \"01234567890123456789012345678901\""
	    "...\n"),
	"cut: record-max is reached"},
    {{S3, "--stream", "out"}, 0, OUT(DIGITS), "record-max"},
    /* There is none. */
    {{S4}, 2, OUT(""), "no transcript of session " S4},
    {{"ROOT/none"}, 2, OUT(""), "No such file"},
    {{"ROOT/link"}, 2, OUT(""), "Too many levels"},
    {{"ROOT/fifo"}, 2, OUT(""), "not a regular file"},
    {{"ROOT"}, 2, OUT(""), "not a regular file"},
    {{"ROOT/empty"}, 2, OUT(""), "is empty"},
    {{"ROOT/hole.cast"}, 2, OUT(""), "its first line is longer than 1 MiB"},
    {{"ROOT/log"}, 2, OUT(""), "is no transcript"},
    /* Some of it is broken. */
    {{"ROOT/broken.cast"}, 1, OUT("ac"), "line 3 is no event; left out"},
    {{"ROOT/broken.cast", "--stream", "out"}, 1, OUT("ac"),
	"line 5 is cut short"},
    {{"ROOT/long.cast"}, 1, OUT("z"), "line 2 is too long; left out"},
    {{"ROOT/endless.cast"}, 1, OUT("z"), "seconds: a line does not end"},
    {{"ROOT/many.cast"}, 1, OUT("z"), "and 2 more like this"},
    {{"ROOT/damaged.streams", "--stream", "out"}, 1, OUT("ab"),
	"after 0.000001 seconds: the last record is cut short"},
    /* Usage. */
    {{NULL}, 64, OUT(""), NULL},
    {{"a", "b"}, 64, OUT(""), NULL},
    {{"--list", "a"}, 64, OUT(""), NULL},
    {{"--stream", "both", S1}, 64, OUT(""), "write in, out or err"},
    {{"--speed", "0", S1}, 64, OUT(""), "write a number"},
    {{"--speed", "nan", S1}, 64, OUT(""), "write a number"},
    {{"--speed", "1.2.3", S1}, 64, OUT(""), "write a number"},
    {{"--max-idle", "86401", S1}, 64, OUT(""), "write a number"},
};

static void
check_row(size_t i)
{
	const struct row *row = &rows[i];
	struct child child;

	child_run(&child, replay, row->words);
	if (child.status != row->status)
		fail_msg("row %zu: %d %s", i, child.status, child.err);
	if (memcmp(child.out, row->out, row->size + 1) != 0)
		fail_msg("row %zu: %s", i, child.out);
	if (row->err == NULL)
		assert_string_equal(child.err, "");
	else if (strstr(child.err, row->err) == NULL)
		fail_msg("row %zu: %s", i, child.err);
}

/* Holes cost whoever makes them nothing, and read as zeros. */
static void
write_holes(void)
{
	FILE *f;

	scratch_file("ROOT/hole.cast", 0600, "{");
	assert_int_equal(truncate(scratch_text("ROOT/hole.cast"),
			     (off_t)1 << 40),
	    0);
	scratch_file("ROOT/endless.cast", 0600, HEADER "[1,\"o\",\"z\"]\n[");
	assert_int_equal(truncate(scratch_text("ROOT/endless.cast"),
			     (off_t)1 << 40),
	    0);
	scratch_file("ROOT/long.cast", 0600, HEADER "[");
	assert_int_equal(truncate(scratch_text("ROOT/long.cast"), 3 << 20), 0);
	assert_non_null(f = fopen(scratch_text("ROOT/long.cast"), "a"));
	fputs("]\n[1,\"o\",\"z\"]\n", f);
	assert_int_equal(fclose(f), 0);
}

static void
test_rows(void **state)
{
	(void)state;
	fill();
	scratch_link("ROOT/link", FOLDER "/" S1 ".cast");
	assert_int_equal(mkfifo(scratch_text("ROOT/fifo"), 0600), 0);
	scratch_file("ROOT/empty", 0600, "");
	scratch_file("ROOT/log", 0600, "{\"event\":1}\n");
	scratch_file("ROOT/broken.cast", 0600,
	    HEADER "[0,\"o\",\"a\"]\n[0,\"o\"]\n[1,\"o\",\"c\"]\n[2,\"o\",");
	scratch_file("ROOT/many.cast", 0600,
	    HEADER "1\n2\n3\n4\n5\n6\n7\n[1,\"o\",\"z\"]\n");
	scratch_file("ROOT/damaged.streams", 0600,
	    "{\"version\":\"gatekeeper-streams-1\"}\no\x01\x02"
	    "abo\x01\x7f");
	write_holes();
	for (size_t i = 0; i < NELEM(rows); i++)
		check_row(i);
}

static void
test_list(void **state)
{
	static const char *const words[] = {"--list", NULL};
	struct child child;
	const char *line, *first;

	(void)state;
	fill();
	scratch_file(FOLDER "/" S4 ".streams", 0600, "{}\n");
	scratch_file(FOLDER "/other.cast", 0600, HEADER);
	scratch_file(FOLDER "/" S4 ".json", 0600, HEADER);
	assert_int_equal(mkfifo(scratch_text(
				    FOLDER "/55555555555555555555555555.cast"),
			     0600),
	    0);
	child_run(&child, replay, words);
	assert_int_equal(child.status, 0);
	assert_string_equal(child.err, "");
	/* By time; what has none comes first. */
	assert_non_null(first = strstr(child.out, S4));
	assert_non_null(line = strstr(child.out, S3));
	assert_true(first < line);
	assert_true(line < strstr(child.out, S2));
	assert_true(strstr(child.out, S2) < strstr(child.out, S1));
	assert_non_null(strstr(line, "k\\x1b r: c\\n\n"));
	assert_non_null(strstr(child.out, "5555 "));
	assert_non_null(strstr(child.out, "is no transcript"));
	assert_non_null(strstr(child.out, "is not a regular file"));
	assert_null(strstr(child.out, "other"));
}

/* Settings that do not load, and a folder that is not there. */
static void
test_settings(void **state)
{
	static const char *const words[] = {"--list", NULL};
	struct child child;

	(void)state;
	scratch_make();
	child_run(&child, replay, words);
	assert_int_equal(child.status, 2);
	assert_non_null(strstr(child.err, "transcripts: No such file"));
	scratch_file("ROOT/gatekeeper.ini", 0644, "[audit]\nx = 1\n");
	child_run(&child, replay, words);
	assert_int_equal(child.status, 2);
	assert_non_null(strstr(child.err, "gatekeeper.ini:2: "));
	scratch_file("ROOT/gatekeeper.ini", 0644,
	    "[audit]\ntranscripts = ROOT/elsewhere\n");
	scratch_folder("ROOT/elsewhere", 0700);
	child_run(&child, replay, words);
	assert_int_equal(child.status, 0);
	assert_string_equal(child.out, "");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    scratch_test(test_rows),
	    scratch_test(test_list),
	    scratch_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
