/*
 * The line of authorized_keys that puts gatekeeper before a key. sshd holds
 * what it can of the policy as well: from where, and until when.
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/authorized.h"
#include "ctl/forced_line.h"
#include "ctl/keyfile.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "value.h"
#include "why.h"

/* What no shell reads as anything but itself, wherever it stands. */
#define PLAIN \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+@,"

/* How sshd calls a client on the local link, whose zone no block holds. The
 * policy looks at the address once more. */
#define LINK_LOCAL "fe??:*%*"

static int
check_path(const char *path, struct fault *fault)
{
	if (path[0] == '/' && path[strspn(path, PLAIN)] == '\0')
		return 0;
	return fault_set(fault, WHY_USAGE,
	    "%s: write an absolute path without blanks or signs that a shell "
	    "acts on: it becomes part of command=\"...\"",
	    path);
}

int
forced_init(struct forced *forced, const struct ctl *ctl, const char *program,
    struct fault *fault)
{
	*forced = (struct forced) {
	    .program = program != NULL ? program : GK_PROGRAM,
	    .dir = ctl->elsewhere ? ctl->dir : NULL,
	};
	if (check_path(forced->program, fault) == -1 ||
	    (forced->dir != NULL && check_path(forced->dir, fault) == -1))
		return -1;
	return 0;
}

/* --- from ----------------------------------------------------------------- */

static bool
is_ipv4(const struct net *net)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

	return net->bits >= 96 &&
	    memcmp(net->address, mapped, sizeof(mapped)) == 0;
}

/* Whether the block and fe80::/10 have an address in common. */
static bool
has_link_local(const struct net *net)
{
	unsigned bits = net->bits < 10 ? net->bits : 10;
	unsigned first = (unsigned)net->address[0] << 8 | net->address[1];

	return !is_ipv4(net) && ((first ^ 0xfe80) & 0xffff) >> (16 - bits) == 0;
}

/* As sshd writes addresses: it knows a mapped one as IPv4. */
static void
print_net(FILE *f, const struct net *net)
{
	char text[INET6_ADDRSTRLEN];
	bool four = is_ipv4(net);
	unsigned bits = four ? net->bits - 96 : net->bits;

	inet_ntop(four ? AF_INET : AF_INET6,
	    four ? net->address + 12 : net->address, text, sizeof(text));
	fputs(text, f);
	if (bits < (four ? 32 : 128))
		fprintf(f, "/%u", bits);
}

static void
print_from(FILE *f, const struct conditions *conditions)
{
	bool local = false;

	if (conditions->nfrom == 0)
		return;
	fputs("from=\"", f);
	for (size_t i = 0; i < conditions->nfrom; i++) {
		if (i > 0)
			putc(',', f);
		print_net(f, &conditions->from[i]);
		local |= has_link_local(&conditions->from[i]);
	}
	fputs(local ? "," LINK_LOCAL "\"," : "\",", f);
}

/* --- expiry-time ---------------------------------------------------------- */

/*
 * The clock time that sshd reads as this moment: it takes none for summer
 * time. What would be a year of five digits, it would not read at all.
 */
static bool
expiry(time_t when, struct tm *tm)
{
	struct tm wall, read;
	time_t clock;

	localtime_r(&when, &wall);
	read = wall;
	read.tm_isdst = 0;
	clock = timegm(&wall) - (mktime(&read) - when);
	gmtime_r(&clock, tm);
	return tm->tm_year + 1900 <= 9999;
}

static void
print_expiry(FILE *f, time_t when)
{
	char text[sizeof("YYYYMMDDHHMMSS")];
	struct tm tm;

	if (when == 0 || !expiry(when, &tm))
		return;
	strftime(text, sizeof(text),
	    tm.tm_sec == 0 ? "%Y%m%d%H%M" : "%Y%m%d%H%M%S", &tm);
	fprintf(f, "expiry-time=\"%s\",", text);
}

/* --- the line ------------------------------------------------------------- */

static bool
wants_terminal(const struct policy *policy)
{
	for (size_t i = 0; i < policy->nrules; i++)
		if (policy->rules[i].confine.terminal)
			return true;
	return false;
}

static void
print_command(FILE *f, const struct forced *forced, const char *name,
    const struct authorized *key)
{
	char *fingerprint = authorized_fingerprint(key);

	fprintf(f, "command=\"%s ", forced->program);
	if (forced->dir != NULL)
		fprintf(f, "-d %s ", forced->dir);
	fprintf(f, "%s %s\"", name, fingerprint);
	free(fingerprint);
}

char *
forced_line(const struct forced *forced, const struct keyfile *file,
    const struct authorized *key)
{
	const struct policy *policy = &file->policy;
	char *text = NULL, *comment;
	size_t size;
	FILE *f = show_need(open_memstream(&text, &size));

	comment = show_plain(key->comment, strlen(key->comment));
	fputs("restrict,", f);
	if (wants_terminal(policy))
		fputs("pty,", f);
	print_from(f, &policy->conditions);
	print_expiry(f, policy->not_after);
	print_command(f, forced, file->key, key);
	fprintf(f, " %s %s %s", key->type, key->encoded,
	    comment[0] != '\0' ? comment : file->key);
	free(comment);
	if (fclose(f) != 0)
		show_need(NULL);
	return text;
}

bool
forced_is(const struct forced *forced, const struct authorized *line,
    const char *key)
{
	const char *text = authorized_option(line, "command");
	struct authorized_command command;
	bool same;

	if (text == NULL)
		return false;
	same = authorized_command(&command, text) &&
	    strcmp(command.program, forced->program) == 0 &&
	    strcmp(command.key, key) == 0 &&
	    (command.dir == NULL) == (forced->dir == NULL) &&
	    (forced->dir == NULL || strcmp(command.dir, forced->dir) == 0);
	authorized_command_free(&command);
	return same;
}
