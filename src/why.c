/* Reasons for refusing: their names, their sentences, their exit status. */

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "why.h"

/* What sshd passes on to the client, and what scripts may test for. */
enum {
	EXIT_FAULT = 70,
	EXIT_BUSY = 75,
	EXIT_REFUSED = WHY_EXIT_REFUSED,
	EXIT_MISSING = 127,
	EXIT_POLICY = 78
};

struct reason {
	const char *name;
	const char *text;
	int status;
};

static const struct reason reasons[] = {
    [WHY_UNDECIDED] = {"undecided", "no decision was reached", EXIT_FAULT},
    [WHY_USAGE] = {"usage",
	"the key's forced command is not written as it should be; "
	"tell the administrator",
	EXIT_POLICY},
    [WHY_LOGIN_SHELL] = {"login-shell",
	"this account runs forced commands only", EXIT_REFUSED},
    [WHY_UNKNOWN_KEY] = {"unknown-key", "there is no policy for this key",
	EXIT_REFUSED},
    [WHY_POLICY] = {"policy-broken",
	"the policy is broken; tell the administrator", EXIT_POLICY},
    [WHY_SETTINGS] = {"settings-broken",
	"the policy is broken; tell the administrator", EXIT_POLICY},
    [WHY_DISABLED] = {"disabled", "this key is disabled", EXIT_REFUSED},
    [WHY_ACCOUNT] = {"account", "this key may not be used for this account",
	EXIT_REFUSED},
    [WHY_FROM] = {"from", "this key may not be used from this address",
	EXIT_REFUSED},
    [WHY_NOT_YET] = {"not-yet", "this key is not valid yet", EXIT_REFUSED},
    [WHY_EXPIRED] = {"expired", "this key has expired", EXIT_REFUSED},
    [WHY_HOURS] = {"hours", "this may not be used at this time", EXIT_REFUSED},
    [WHY_RATE] = {"rate", "this has been used too often; try again later",
	EXIT_BUSY},
    [WHY_BUSY] = {"busy",
	"this key has as many sessions open as it may; try again later",
	EXIT_BUSY},
    [WHY_STATE] = {"state",
	"how often this was used cannot be told; tell the administrator",
	EXIT_FAULT},
    [WHY_TOO_LONG] = {"too-long", "the command is too long", EXIT_REFUSED},
    [WHY_SHELL_SYNTAX] = {"shell-syntax",
	"the command uses shell syntax, which is not available here",
	EXIT_REFUSED},
    [WHY_CONTROL_BYTE] = {"control-byte",
	"the command contains a control character", EXIT_REFUSED},
    [WHY_NOT_UTF8] = {"not-utf8", "the command is not valid UTF-8",
	EXIT_REFUSED},
    [WHY_NO_SHELL] = {"no-shell", "this key may not open a shell",
	EXIT_REFUSED},
    [WHY_NO_SFTP] = {"no-sftp", "this key may not transfer files with sftp",
	EXIT_REFUSED},
    [WHY_NO_RULE] = {"no-rule", "no rule permits this command", EXIT_REFUSED},
    [WHY_OPTION] = {"option",
	"the command has an option or form that is not permitted",
	EXIT_REFUSED},
    [WHY_OUTSIDE] = {"outside",
	"the path is not in a directory that this key may use that way",
	EXIT_REFUSED},
    [WHY_DIRECTORY] = {"directory",
	"a directory of the rule is missing or unsafe; "
	"tell the administrator",
	EXIT_FAULT},
    [WHY_PROGRAM] = {"program-missing",
	"the program of the rule is missing; tell the administrator",
	EXIT_MISSING},
    [WHY_EXEC] = {"exec",
	"the program of the rule cannot be run; tell the administrator",
	EXIT_FAULT},
    [WHY_AUDIT] = {"audit",
	"the attempt cannot be recorded; tell the administrator", EXIT_FAULT},
    [WHY_NO_SANDBOX] = {"no-sandbox",
	"the sandbox cannot be set up; tell the administrator", EXIT_FAULT},
    [WHY_MEMORY] = {"memory", "the server is out of memory; try again later",
	EXIT_FAULT},
    [WHY_SYSTEM] = {"system",
	"the server could not do its part; tell the administrator", EXIT_FAULT},
};

static_assert(sizeof(reasons) / sizeof(reasons[0]) == WHY_MAX,
    "each reason has a row");

static const struct reason *
find(enum why why)
{
	return &reasons[why < WHY_MAX ? why : WHY_UNDECIDED];
}

const char *
why_name(enum why why)
{
	return find(why)->name;
}

const char *
why_text(enum why why)
{
	return find(why)->text;
}

int
why_exit(enum why why)
{
	return find(why)->status;
}

int
fault_set(struct fault *fault, enum why why, const char *fmt, ...)
{
	va_list ap;

	*fault = (struct fault) {.why = why};
	va_start(ap, fmt);
	vsnprintf(fault->text, sizeof(fault->text), fmt, ap);
	va_end(ap);
	return -1;
}

int
fault_place(struct fault *fault, const char *file, unsigned line)
{
	snprintf(fault->file, sizeof(fault->file), "%s", file);
	fault->line = line;
	return -1;
}
