/*
 * The table of options: held against itself, against the help of the
 * installed rsync, and against the table in that program: an option that we
 * do not know fails here, by name. The words of `options`.
 */

#include <elf.h>

#include "choices.h"
#include "list.h"
#include "protocol/protocol.h"
#include "protocol/rsync_options.h"
#include "protocol/rsync_value.h"
#include "scratch.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define RSYNC "/usr/bin/rsync"

/* All options that rsync has beside those of the table: never taken. */
/* Some are only ever read on the client's side; the others start programs
 * (rsh), change what rsync is (daemon, config), reach devices, or take back
 * what is forced (no-munge-links, insecure-links). */
static const char *const refused[] = {"8-bit-output", "address", "archive",
    "blocking-io", "cc", "chmod", "chown", "config", "confine-root",
    "contimeout", "copy-as", "copy-devices", "daemon", "detach", "dparam",
    "drop-D", "early-input", "exclude", "exclude-from", "filter", "help",
    "human-readable", "i-d", "i-r", "implied-dirs", "inc-recursive", "include",
    "include-from", "insecure-links", "ipv4", "ipv6", "itemize-changes",
    "log-file-format", "motd", "no-8", "no-8-bit-output", "no-A", "no-D",
    "no-H", "no-J", "no-N", "no-O", "no-R", "no-S", "no-U", "no-X", "no-acls",
    "no-append", "no-atimes", "no-backup", "no-blocking-io", "no-bwlimit",
    "no-c", "no-checksum", "no-compress", "no-contimeout", "no-crtimes", "no-d",
    "no-delay-updates", "no-detach", "no-devices", "no-dirs", "no-drop-D",
    "no-force", "no-from0", "no-fuzzy", "no-g", "no-group", "no-h",
    "no-hard-links", "no-human-readable", "no-i", "no-i-d", "no-i-r",
    "no-iconv", "no-ignore-errors", "no-inc-recursive", "no-inplace",
    "no-insecure-links", "no-itemize-changes", "no-l", "no-links", "no-m",
    "no-mkpath", "no-motd", "no-munge-links", "no-numeric-ids", "no-o",
    "no-old-args", "no-omit-dir-times", "no-omit-link-times",
    "no-one-file-system", "no-open-noatime", "no-owner", "no-p", "no-partial",
    "no-perms", "no-progress", "no-protect-args", "no-prune-empty-dirs", "no-s",
    "no-secluded-args", "no-sparse", "no-super", "no-t", "no-timeout",
    "no-times", "no-v", "no-verbose", "no-whole-file", "no-write-devices",
    "no-x", "no-xattrs", "no-y", "no-z", "old-args", "old-d", "old-dirs",
    "out-format", "outbuf", "password-file", "port", "progress", "protect-args",
    "protocol", "read-batch", "remote-option", "rsh", "rsync-path",
    "secluded-args", "sender", "server", "sockopts", "stop-after", "stop-at",
    "time-limit", "trust-sender", "version", "write-batch", "write-devices",
    "zc", "zl", "zt"};

static bool
is_refused(const char *name)
{
	for (size_t i = 0; i < NELEM(refused); i++)
		if (strcmp(refused[i], name) == 0)
			return true;
	return false;
}

static bool
is_taken(const char *name)
{
	return rsync_option_named(name, strlen(name)) != NULL;
}

static bool
is_last(const struct rsync_option *o)
{
	return o->letter == 0 && o->name == NULL;
}

/* Each once; none both taken and refused; what is never taken is no row. */
static void
test_table(void **state)
{
	(void)state;
	for (const struct rsync_option *o = rsync_options; !is_last(o); o++) {
		assert_true(o->fetch != RSYNC_NEVER || o->store != RSYNC_NEVER);
		if (o->letter != 0)
			assert_ptr_equal(rsync_option_letter(o->letter), o);
		if (o->name == NULL)
			continue;
		assert_ptr_equal(rsync_option_named(o->name, strlen(o->name)),
		    o);
		if (is_refused(o->name))
			fail_msg("%s is taken and refused", o->name);
		assert_true(
		    o->since == 0 || (o->since >= 20600 && o->since < 40000));
	}
	assert_null(rsync_option_letter('s'));
	assert_null(rsync_option_letter('e'));
	assert_null(rsync_option_letter(0));
}

/* These must not even be an administrator's choice. */
static void
test_never(void **state)
{
	static const char *const never[] = {"daemon", "config", "rsh",
	    "write-devices", "copy-devices", "no-munge-links", "insecure-links",
	    "no-drop-D", "secluded-args", "protect-args", "remote-option",
	    "rsync-path", "copy-as", "write-batch", "read-batch",
	    "password-file", "server", "sender", "chmod"};

	(void)state;
	for (size_t i = 0; i < NELEM(never); i++) {
		if (is_taken(never[i]) || !is_refused(never[i]))
			fail_msg("%s is not refused", never[i]);
	}
}

static void
check_known(const char *name, const char *where)
{
	if (!is_taken(name) && !is_refused(name))
		fail_msg("--%s: rsync has it (%s), and no table of "
			 "src/protocol/rsync_options.c",
		    name, where);
}

/* Every `--name` at the start of a line of `rsync --help`. */
static void
test_help(void **state)
{
	FILE *f;
	char *line = NULL, name[64];
	size_t size = 0, n = 0;

	(void)state;
	if (access(RSYNC, X_OK) == -1)
		skip();
	/* NOLINTNEXTLINE(cert-env33-c): a fixed command */
	f = popen(RSYNC " --help", "re");
	assert_non_null(f);
	while (getline(&line, &size, f) != -1)
		if (sscanf(line, "--%63[A-Za-z0-9-]", name) == 1 &&
		    strcmp(name, "no-OPTION") != 0) {
			check_known(name, "in its help");
			n++;
		}
	free(line);
	pclose(f);
	assert_true(n > 100);
}

/* A program in memory, and its pointers as the loader would fill them in. */
struct program {
	unsigned char *text;
	size_t size;
	const Elf64_Rela *rela;
	size_t nrela;
};

static bool
load(struct program *p)
{
	FILE *f = fopen(RSYNC, "re");
	Elf64_Ehdr eh;
	long size;

	if (f == NULL)
		return false;
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	p->text = malloc((size_t)size);
	assert_non_null(p->text);
	p->size = fread(p->text, 1, (size_t)size, f);
	fclose(f);
	if (p->size < sizeof(eh))
		return false;
	memcpy(&eh, p->text, sizeof(eh));
	if (memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 ||
	    eh.e_ident[EI_CLASS] != ELFCLASS64)
		return false;
	for (size_t i = 0; i < eh.e_shnum; i++) {
		Elf64_Shdr sh;

		memcpy(&sh, p->text + eh.e_shoff + i * sizeof(sh), sizeof(sh));
		if (sh.sh_type != SHT_RELA || sh.sh_size <= p->nrela * 24)
			continue;
		p->rela = (const void *)(p->text + sh.sh_offset);
		p->nrela = sh.sh_size / sizeof(Elf64_Rela);
	}
	return p->rela != NULL;
}

/* The text that the pointer at this address points to; NULL: none. Constant
 * text stands in the file where it stands in memory. */
static const char *
pointed(const struct program *p, Elf64_Addr at)
{
	for (size_t i = 0; i < p->nrela; i++) {
		const Elf64_Rela *r = &p->rela[i];

		if (r->r_offset == at && r->r_addend > 0 &&
		    (size_t)r->r_addend < p->size)
			return (const char *)p->text + r->r_addend;
	}
	return NULL;
}

static bool
is_name(const char *text)
{
	size_t len;

	if (text == NULL)
		return false;
	len = strspn(text,
	    "abcdefghijklmnopqrstuvwxyzADHIJLMNORSUWXV0123456789-");
	return len > 0 && text[len] == '\0';
}

/* Where a row of the table begins that has this name. */
static Elf64_Addr
row_of(const struct program *p, const char *name)
{
	for (size_t i = 0; i < p->nrela; i++) {
		const char *text = pointed(p, p->rela[i].r_offset);

		if (text != NULL && strcmp(text, name) == 0)
			return p->rela[i].r_offset;
	}
	return 0;
}

#define ROW 48 /* bytes of a struct poptOption */

/* Up from a name that every version has, and down: a row with no name is a
 * letter alone. Three of them are the end. */
static size_t
walk(const struct program *p, Elf64_Addr row, long step)
{
	size_t n = 0;

	for (int empty = 0; empty < 3; row += (Elf64_Addr)step) {
		const char *name = pointed(p, row);

		if (!is_name(name)) {
			empty++;
			continue;
		}
		empty = 0;
		n++;
		check_known(name, "in the program");
	}
	return n;
}

static void
test_program(void **state)
{
	struct program p = {0};
	Elf64_Addr row;
	size_t n;

	(void)state;
	if (!load(&p)) {
		free(p.text);
		skip();
	}
	row = row_of(&p, "numeric-ids");
	assert_true(row != 0);
	n = walk(&p, row, -ROW) + walk(&p, row + ROW, ROW);
	free(p.text);
	if (n < 200)
		fail_msg("only %zu options found in " RSYNC, n);
}

/* What our table takes, the program has, from the version on that is noted. */
static void
test_taken_exists(void **state)
{
	unsigned major = 0, minor = 0, patch = 0, version;
	struct program p = {0};
	FILE *f;

	(void)state;
	if (!load(&p)) {
		free(p.text);
		skip();
	}
	/* NOLINTNEXTLINE(cert-env33-c): a fixed command */
	f = popen(RSYNC " --version", "re");
	assert_non_null(f);
	assert_true(
	    fscanf(f, "rsync version %u.%u.%u", &major, &minor, &patch) >= 2);
	while (getc(f) != EOF)
		;
	pclose(f);
	version = major * 10000 + minor * 100 + patch;
	for (const struct rsync_option *o = rsync_options; !is_last(o); o++) {
		char mark[64] = {0};

		if (o->name == NULL || o->since > version)
			continue;
		memcpy(mark + 1, o->name, strlen(o->name));
		/* Compilers let a text be the tail of a longer one. */
		if (memmem(p.text, p.size, mark + 1, strlen(o->name) + 1) ==
		    NULL)
			fail_msg("--%s: not in rsync %u", o->name, version);
	}
	free(p.text);
}

static const struct {
	const char *word;
	bool good;
} words[] = {
    {"+L", true},
    {"-z", true},
    {"+copy-links", true},
    {"-compress", true},
    {"+log-file", true},
    {"-delete", true},
    {"+delete", false},
    {"+remove-source-files", false},
    {"+max-delete", false},
    {"L", false},
    {"", false},
    {"+", false},
    {"+--copy-links", false},
    {"+daemon", false},
    {"+rsh", false},
    {"+write-devices", false},
    {"+copy-devices", false},
    {"+s", false},
    {"+e", false},
    {"-nosuch", false},
};

static void
test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(words); i++) {
		struct list list = {0};
		struct fault fault = {0};
		bool good;

		assert_int_equal(list_add(&list, words[i].word), 0);
		good = rsync_options_check(&list, &fault) == 0;
		if (good != words[i].good)
			fail_msg("'%s': %s", words[i].word, fault.text);
		assert_true(good || fault.why == WHY_POLICY);
		list_free(&list);
	}
}

static const struct {
	enum rsync_value value;
	const char *text;
	bool fits;
} values[] = {
    {RSYNC_NUMBER, "0", true},
    {RSYNC_NUMBER, "-1", true},
    {RSYNC_NUMBER, "", false},
    {RSYNC_NUMBER, "-", false},
    {RSYNC_NUMBER, "1-", false},
    {RSYNC_NUMBER, "1234567890123456789", false},
    {RSYNC_SIZE, "1.5G", true},
    {RSYNC_SIZE, "10MiB", true},
    {RSYNC_SIZE, "2k-1", true},
    {RSYNC_SIZE, "G", false},
    {RSYNC_SIZE, "1GiBx", false},
    {RSYNC_SIZE, "1+2", false},
    {RSYNC_NAMES, "md5,xxh3", true},
    {RSYNC_NAMES, "a/b", false},
    {RSYNC_MAP, "a:b", true},
    {RSYNC_MAP, "0-99:nobody,*:x", true},
    {RSYNC_MAP, ":b", true},
    {RSYNC_MAP, "a:", false},
    {RSYNC_MAP, "a", false},
    {RSYNC_MAP, "a:b,", false},
    {RSYNC_MAP, "a:b:c", false},
    {RSYNC_MAP, "a:/b", false},
    {RSYNC_CHARSET, "ISO-8859-1", true},
    {RSYNC_CHARSET, "UTF-8//IGNORE", false},
    {RSYNC_CHARSET, "../x", false},
    {RSYNC_FORMAT, "%i%I", true},
    {RSYNC_FORMAT, "%f", false},
    {RSYNC_STREAM, "errors", true},
    {RSYNC_STREAM, "/dev/tty", false},
    {RSYNC_BATCH, "X", true},
    {RSYNC_BATCH, "x", false},
    {RSYNC_SUFFIXES, "gz/mp[34]", true},
    {RSYNC_SUFFIXES, "a b", false},
    {RSYNC_SUFFIX, ".bak", true},
    {RSYNC_SUFFIX, "", true},
    {RSYNC_SUFFIX, "/x", false},
};

static void
test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(values); i++)
		if (rsync_value_fits(values[i].value, values[i].text) !=
		    values[i].fits)
			fail_msg("%d '%s'", values[i].value, values[i].text);
}

/* The last word about an option counts, and minus beats what is free. */
static void
test_use(void **state)
{
	static char plus[] = "+L", minus[] = "-L", zip[] = "-compress";
	char *none[] = {zip, plus, minus, plus};
	struct choices choices = {.options = {none, 4}};
	struct fault fault;

	(void)state;
	assert_int_equal(rsync_option_use(rsync_option_letter('L'), true,
			     &choices, "-L", &fault),
	    RSYNC_CHOICE);
	choices.options.n = 3;
	assert_int_equal(rsync_option_use(rsync_option_letter('L'), true,
			     &choices, "-L", &fault),
	    RSYNC_NEVER);
	assert_int_equal(rsync_option_use(rsync_option_letter('z'), true,
			     &choices, "-z", &fault),
	    RSYNC_NEVER);
	assert_int_equal(fault.why, WHY_OPTION);
	choices.options.n = 0;
	assert_int_equal(rsync_option_use(rsync_option_letter('z'), true,
			     &choices, "-z", &fault),
	    RSYNC_FREE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_never),
	    cmocka_unit_test(test_help),
	    cmocka_unit_test(test_program),
	    cmocka_unit_test(test_taken_exists),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
