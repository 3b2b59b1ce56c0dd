/* A refusal in sftp's words: whatever arrives, only well-formed answers go
 * out, and hostile packets end it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "decline.h"

#define TEXT "gatekeeper: refused: because"

/* What a client sends, and what it then has been sent. */
struct row {
	const char *name;
	const char *in;
	size_t nin;
	const char *out;
	size_t nout;
};

#define BYTES(s) (s), sizeof(s) - 1
#define INIT "\0\0\0\5\1\0\0\0\3"
#define VERSION "\0\0\0\5\2\0\0\0\3"
#define STATUS(id) \
	"\0\0\0\x2f\145\0\0\0" id "\0\0\0\3\0\0\0\x1c" TEXT "\0\0\0\2" \
	"en"

static const struct row rows[] = {
    {"nothing", BYTES(""), BYTES("")},
    {"init", BYTES(INIT), BYTES(VERSION)},
    {"realpath", BYTES(INIT "\0\0\0\xa\20\0\0\0\7\0\0\0\1."),
	BYTES(VERSION STATUS("\7"))},
    {"two requests",
	BYTES(INIT "\0\0\0\5\20\0\0\0\1"
		   "\0\0\0\5\21\0\0\0\2"),
	BYTES(VERSION STATUS("\1") STATUS("\2"))},
    {"init with extensions", BYTES("\0\0\0\x8\1\0\0\0\3abc"), BYTES(VERSION)},
    {"no init", BYTES("\0\0\0\5\20\0\0\0\1"), BYTES("")},
    {"half a header", BYTES("\0\0\0\5\1\0"), BYTES("")},
    {"too short", BYTES("\0\0\0\4\1\0\0\0\3"), BYTES("")},
    {"length 0", BYTES("\0\0\0\0\1\0\0\0\3"), BYTES("")},
    {"too long", BYTES("\xff\xff\xff\xff\1\0\0\0\3"), BYTES("")},
    {"a shell's words", BYTES("echo hello; id\n"), BYTES("")},
    {"long request cut", BYTES(INIT "\0\0\1\0\20\0\0\0\7abc"), BYTES(VERSION)},
};

static void
test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		char got[512];
		ssize_t n, all = 0;
		int in[2], out[2];

		print_message("%s\n", row->name);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, in), 0);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, out), 0);
		assert_int_equal(write(in[0], row->in, row->nin), row->nin);
		close(in[0]);
		decline_sftp(in[1], out[1], TEXT);
		close(out[1]);
		close(in[1]);
		while ((n = read(out[0], got + all,
			    sizeof(got) - (size_t)all)) > 0)
			all += n;
		close(out[0]);
		assert_int_equal(all, row->nout);
		assert_memory_equal(got, row->out, row->nout);
	}
}

static void
test_long_text(void **state)
{
	char text[4096], got[8192];
	int in[2], out[2];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, in), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, out), 0);
	assert_int_equal(write(in[0], BYTES(INIT "\0\0\0\5\20\0\0\0\7")), 18);
	close(in[0]);
	decline_sftp(in[1], out[1], text);
	/* VERSION, then a status whose text is cut to what the buffer holds. */
	assert_int_equal(read(out[0], got, sizeof(got)), 9 + 17 + 1024 + 6);
	close(in[1]);
	close(out[0]);
	close(out[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_long_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
