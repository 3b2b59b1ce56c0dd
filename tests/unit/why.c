/* why.c: the names, sentences and exit statuses that others rely on. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* Names stand in records and fail2ban filters, statuses in scripts. */
static const struct {
	const char *name;
	int status;
} rows[] = {
    [WHY_UNDECIDED] = {"undecided", 70},
    [WHY_USAGE] = {"usage", 78},
    [WHY_LOGIN_SHELL] = {"login-shell", 126},
    [WHY_UNKNOWN_KEY] = {"unknown-key", 126},
    [WHY_POLICY] = {"policy-broken", 78},
    [WHY_SETTINGS] = {"settings-broken", 78},
    [WHY_DISABLED] = {"disabled", 126},
    [WHY_ACCOUNT] = {"account", 126},
    [WHY_FROM] = {"from", 126},
    [WHY_NOT_YET] = {"not-yet", 126},
    [WHY_EXPIRED] = {"expired", 126},
    [WHY_HOURS] = {"hours", 126},
    [WHY_RATE] = {"rate", 75},
    [WHY_BUSY] = {"busy", 75},
    [WHY_STATE] = {"state", 70},
    [WHY_TOO_LONG] = {"too-long", 126},
    [WHY_SHELL_SYNTAX] = {"shell-syntax", 126},
    [WHY_CONTROL_BYTE] = {"control-byte", 126},
    [WHY_NOT_UTF8] = {"not-utf8", 126},
    [WHY_NO_SHELL] = {"no-shell", 126},
    [WHY_NO_SFTP] = {"no-sftp", 126},
    [WHY_NO_RULE] = {"no-rule", 126},
    [WHY_OPTION] = {"option", 126},
    [WHY_OUTSIDE] = {"outside", 126},
    [WHY_DIRECTORY] = {"directory", 70},
    [WHY_PROGRAM] = {"program-missing", 127},
    [WHY_EXEC] = {"exec", 70},
    [WHY_AUDIT] = {"audit", 70},
    [WHY_NO_SANDBOX] = {"no-sandbox", 70},
    [WHY_MEMORY] = {"memory", 70},
    [WHY_SYSTEM] = {"system", 70},
};

static void
test_rows(void **state)
{
	(void)state;
	assert_int_equal(NELEM(rows), WHY_MAX);
	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_string_equal(why_name((enum why)i), rows[i].name);
		assert_int_equal(why_exit((enum why)i), rows[i].status);
	}
}

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < WHY_MAX; i++) {
		const char *name = why_name((enum why)i);

		assert_true(*name != '\0');
		assert_true(
		    name[strspn(name,
			"abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0');
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(name, why_name((enum why)j));
	}
}

/* One plain sentence in a line of ours: no capital, no full stop, and
 * nothing that would need escaping. */
static void
test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < WHY_MAX; i++) {
		const char *text = why_text((enum why)i);
		const size_t len = strlen(text);

		assert_true(len >= 10 && len <= 100);
		assert_true(text[0] >= 'a' && text[0] <= 'z');
		assert_true(text[len - 1] != '.');
		for (size_t j = 0; j < len; j++)
			assert_true(text[j] >= ' ' && text[j] <= '~' &&
			    text[j] != '"' && text[j] != '\\');
	}
}

/* A number that is no reason must not read past the table, nor permit. */
static void
test_beyond(void **state)
{
	static const int beyond[] = {WHY_MAX, WHY_MAX + 1, 1 << 30, -1};

	(void)state;
	for (size_t i = 0; i < NELEM(beyond); i++) {
		const enum why why = (enum why)beyond[i];

		assert_string_equal(why_name(why), "undecided");
		assert_string_equal(why_text(why), why_text(WHY_UNDECIDED));
		assert_int_equal(why_exit(why), 70);
	}
}

static void
test_fault(void **state)
{
	struct fault fault = {.why = WHY_EXEC,
	    .line = 7,
	    .at = 9,
	    .file = "old",
	    .text = "old"};

	(void)state;
	assert_int_equal(fault_set(&fault, WHY_OUTSIDE, "%s %d", "a%s", 3), -1);
	assert_int_equal(fault.why, WHY_OUTSIDE);
	assert_string_equal(fault.text, "a%s 3");
	assert_string_equal(fault.file, "");
	assert_int_equal(fault.line, 0);
	assert_int_equal(fault.at, 0);
	assert_int_equal(fault_place(&fault, "keys/a%s.ini", 12), -1);
	assert_int_equal(fault.why, WHY_OUTSIDE);
	assert_string_equal(fault.text, "a%s 3");
	assert_string_equal(fault.file, "keys/a%s.ini");
	assert_int_equal(fault.line, 12);
}

static void
test_fault_cut(void **state)
{
	struct fault fault;
	char long_text[2 * sizeof(fault.text)];

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	assert_int_equal(fault_set(&fault, WHY_POLICY, "%s", long_text), -1);
	assert_int_equal(strlen(fault.text), sizeof(fault.text) - 1);
	assert_int_equal(fault_place(&fault, long_text, 1), -1);
	assert_int_equal(strlen(fault.file), sizeof(fault.file) - 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_beyond),
	    cmocka_unit_test(test_fault),
	    cmocka_unit_test(test_fault_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
