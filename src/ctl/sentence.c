/* A rule as a sentence: what may be asked for, what it reaches, and when. */

#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ctl/keyfile.h"
#include "ctl/phrase.h"
#include "ctl/sentence.h"
#include "ctl/show.h"
#include "element.h"
#include "list.h"
#include "pattern.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "value.h"
#include "why.h"
#include "words.h"

/* What begins a key for the program that follows. */
#define FOLLOW "on-success."
#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* What the client of a protocol may do, and what any program may. */
#define CLIENTS (ACCESS_READ | ACCESS_WRITE | ACCESS_APPEND)
#define PROGRAMS (ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE | ACCESS_CONNECT)

/* How conditions end a sentence. %s is the value, %l its words as a list, %t
 * a time in words, %n a number of sessions; a text that begins `yes?` is for
 * that value alone. Keys that are told in another place, or are not worth a
 * word, have NULL; those that are not here are repeated as they are written. */
static const struct tail {
	const char *name;
	const char *text;
} tails[] = {
    {"account", ", as %l"},
    {"from", ", from %l only"},
    {"hours", ", within %s"},
    {"rate", ", at most %s"},
    {"not-before", ", not before %s"},
    {"not-after", ", until %s"},
    {"cpu-time", ", at most %s of processor time"},
    {"memory", ", at most %s of memory"},
    {"file-size", ", files of at most %s"},
    {"open-files", ", at most %s open files"},
    {"processes", ", at most %s processes"},
    {"sandbox", ", sandbox: %s"},
    {"links", ", links: %s"},
    {"delete", ", deleting: %s"},
    {"options", ", options: %s"},
    {"munge-links", ", links munged: %s"},
    {"hooks", ", hooks: %s"},
    {"quota", ", at most %s stored"},
    {"syscalls", ", system calls: %s"},
    {"set-id", ", set-id modes: %s"},
    {"jit", ", writable code: %s"},
    {"terminal", ", terminal: %s"},
    {"timeout", ", for at most %t"},
    {"idle-timeout", ", and no longer than %t without a byte"},
    {"max-sessions", ", no more than %n at once"},
    {"watch", "yes?, watched"},
    {"record", "yes?, what passes is recorded"},
    {"record", "required?, what passes is recorded, or it ends"},
    {"record-max", ", at most %s of records"},
    {"on-violation", "kill?, ended at the first forbidden call"},
    {"on-success", NULL},
    {"if-changed", NULL},
    {"description", NULL},
    {"enabled", NULL},
    {"public-key", NULL},
    {"public-key-file", NULL},
    {"refusal-detail", NULL},
    {"use", NULL},
    {"observe-until", NULL},
    {"shell", NULL},
    {"command", NULL},
    {"protocol", NULL},
    {"run", NULL},
    {"pass-env", NULL},
    {"chdir", NULL},
    {"umask", NULL},
    {"nice", NULL},
    {"read", NULL},
    {"write", NULL},
    {"append", NULL},
    {"execute", NULL},
    {"network", NULL},
};

static const struct {
	const char *protocol;
	const char *with;
} means[] = {
    {"scp", "scp or sftp"},
    {"sftp", "sftp"},
    {"rdist", "rdist"},
    {"rsync", "rsync"},
    {"git", "git"},
    {"borg", "borg"},
};

static void
add_words(FILE *f, const char *value, const char *joint)
{
	struct list words = {0};
	struct fault fault;

	words_list(&words, value, &fault);
	phrase_list(f, &words, joint);
	list_free(&words);
}

/* 7200 seconds are 2 hours. */
static void
add_time(FILE *f, const char *value)
{
	static const struct {
		unsigned long seconds;
		const char *name;
	} units[] = {{3600, "hour"}, {60, "minute"}, {1, "second"}};
	unsigned long seconds = 0;
	struct fault fault;
	size_t i = 0;

	value_duration(value, &seconds, &fault);
	while (seconds % units[i].seconds != 0)
		i++;
	seconds /= units[i].seconds;
	fprintf(f, "%lu %s%s", seconds, units[i].name, seconds == 1 ? "" : "s");
}

static void
add_sessions(FILE *f, const char *value)
{
	static const char *const words[] = {"no", "one", "two", "three", "four",
	    "five", "six", "seven", "eight", "nine", "ten"};
	const unsigned long n = strtoul(value, NULL, 10);

	if (n < NELEM(words))
		fputs(words[n], f);
	else
		fputs(value, f);
	fprintf(f, " session%s", n == 1 ? "" : "s");
}

static void
add_value(FILE *f, char how, const char *value)
{
	switch (how) {
	case 'l':
		add_words(f, value, "and");
		break;
	case 't':
		add_time(f, value);
		break;
	case 'n':
		add_sessions(f, value);
		break;
	default:
		fputs(value, f);
	}
}

static void
add_text(FILE *f, const char *text, const char *value)
{
	const char *condition = strchr(text, '?'), *mark;
	const size_t len = strlen(value);

	if (condition != NULL) {
		if (strncmp(text, value, len) != 0 || text + len != condition)
			return;
		text = condition + 1;
	}
	mark = strchr(text, '%');
	if (mark == NULL) {
		fputs(text, f);
		return;
	}
	fprintf(f, "%.*s", (int)(mark - text), text);
	add_value(f, mark[1], value);
	fputs(mark + 2, f);
}

static void
add_tail(FILE *f, const char *name, const char *value)
{
	bool found = false;

	if (strncmp(name, "arg.", 4) == 0 || strncmp(name, "env.", 4) == 0 ||
	    strncmp(name, FOLLOW, strlen(FOLLOW)) == 0)
		return;
	for (size_t i = 0; i < NELEM(tails); i++) {
		if (strcmp(tails[i].name, name) != 0)
			continue;
		found = true;
		if (tails[i].text != NULL)
			add_text(f, tails[i].text, value);
	}
	if (!found)
		fprintf(f, ", with %s = %s", name, value);
}

static void
add_tails(FILE *f, const struct source *source, const struct rule *rule)
{
	for (size_t i = 0; i < source->n; i++)
		if (source_is_in(&source->v[i], rule))
			add_tail(f, source->v[i].name, source->v[i].value);
}

/* All access that the rule has on a path that it names. */
static unsigned
access_of(const struct rule *rule, const char *path)
{
	unsigned access = 0;

	for (size_t i = 0; i < rule->npaths; i++)
		if (strcmp(rule->paths[i].path, path) == 0)
			access |= rule->paths[i].access;
	return access;
}

/* The paths with exactly this access out of a mask, each once. */
static void
collect(struct list *list, const struct rule *rule, unsigned mask,
    unsigned access)
{
	for (size_t i = 0; i < rule->npaths; i++) {
		const char *path = rule->paths[i].path;
		bool seen = false;

		for (size_t j = 0; j < list->n; j++)
			seen |= strcmp(list->v[j], path) == 0;
		if (!seen && (access_of(rule, path) & mask) == access)
			show_add(list, strdup(path));
	}
}

static const char *
means_of(const char *protocol)
{
	for (size_t i = 0; i < NELEM(means); i++)
		if (strcmp(means[i].protocol, protocol) == 0)
			return means[i].with;
	return protocol;
}

static void
say_ports(FILE *f, const char *joint, const char *does,
    const struct ports *ports)
{
	fprintf(f, "%s%s %s", joint, does, ports->n > 1 ? "ports" : "port");
	for (size_t i = 0; i < ports->n; i++)
		fprintf(f, "%s %u",
		    i == 0               ? "" :
			i + 1 < ports->n ? "," :
					   " and",
		    ports->v[i]);
}

/* Whom the program may talk to. */
static void
say_network(FILE *f, const struct rule *rule, const char *joint)
{
	const struct confine *confine = &rule->confine;

	if (confine->network & NETWORK_ANY)
		fprintf(f, "%suse the network", joint);
	if (confine->connect.n > 0) {
		say_ports(f, joint, "connect to TCP", &confine->connect);
		joint = ", ";
	}
	if (confine->bind.n > 0)
		say_ports(f, joint, "serve TCP", &confine->bind);
}

/* "read and write " */
static void
say_rights(FILE *f, unsigned access)
{
	static const struct {
		unsigned access;
		const char *does;
	} rights[] = {
	    {ACCESS_READ, "read"},
	    {ACCESS_WRITE, "write"},
	    {ACCESS_EXECUTE, "start"},
	    {ACCESS_CONNECT, "connect to"},
	};
	struct list words = {0};

	for (size_t i = 0; i < NELEM(rights); i++)
		if (access & rights[i].access)
			show_add(&words, strdup(rights[i].does));
	phrase_list(f, &words, "and");
	fputc(' ', f);
	list_free(&words);
}

/* What the program may touch, so far as the mask has it: each path with all
 * that may be done to it. */
static void
say_reach(FILE *f, const struct rule *rule, unsigned mask)
{
	const char *joint = ", and may ";

	for (unsigned access = 1; access <= mask; access++) {
		struct list paths = {0};

		if ((access & ~mask) == 0)
			collect(&paths, rule, mask, access);
		if (paths.n > 0) {
			fputs(joint, f);
			say_rights(f, access);
			phrase_list(f, &paths, "and");
			joint = ", ";
		}
		list_free(&paths);
	}
	say_network(f, rule, joint);
}

static void
say_protocol(FILE *f, const struct rule *rule)
{
	static const struct {
		unsigned access;
		const char *does;
		const char *how;
	} ways[] = {
	    {ACCESS_READ | ACCESS_WRITE,
		"upload files into, and fetch files from,", ""},
	    {ACCESS_WRITE, "upload files into", ", write-only"},
	    {ACCESS_READ, "fetch files from", ", read-only"},
	    {ACCESS_APPEND, "add to", ", append-only"},
	    {ACCESS_APPEND | ACCESS_READ, "add to, and fetch from,",
		", append-only"},
	    {ACCESS_APPEND | ACCESS_WRITE, "add to", ", append-only"},
	    {ACCESS_APPEND | ACCESS_WRITE | ACCESS_READ,
		"add to, and fetch from,", ", append-only"},
	};
	const char *joint = "may";

	for (size_t i = 0; i < NELEM(ways); i++) {
		struct list paths = {0};

		collect(&paths, rule, CLIENTS, ways[i].access);
		if (paths.n > 0) {
			fprintf(f, "%s %s ", joint, ways[i].does);
			phrase_list(f, &paths, "and");
			fprintf(f, " with %s%s", means_of(rule->protocol->name),
			    ways[i].how);
			joint = "; may";
		}
		list_free(&paths);
	}
	say_reach(f, rule, PROGRAMS & ~CLIENTS);
}

/* ", where ZONE is a host name and SERIAL a whole number …" */
static void
say_types(FILE *f, const struct rule *rule, const struct source *source)
{
	struct list types = {0};

	for (size_t i = 0; i < rule->nargs; i++) {
		char *text = NULL;
		size_t size;
		FILE *one = show_need(open_memstream(&text, &size));

		phrase_name(one, rule->args[i].name);
		fputs(i == 0 ? " is " : " ", one);
		phrase_type(one, source_type(source, rule, &rule->args[i]));
		fclose(one);
		show_add(&types, text);
	}
	if (types.n > 0)
		fputs(", where ", f);
	phrase_list(f, &types, "and");
	list_free(&types);
}

static void
say_words(FILE *f, const char *text)
{
	struct elements words = {0};
	struct fault fault;

	element_parse(&words, text, &fault);
	phrase_words(f, &words);
	element_free(&words);
}

static void
say_run(FILE *f, const struct rule *rule, const struct source *source)
{
	const struct entry *run = source_find(source, rule, "run");

	fputs("; that runs ", f);
	if (run != NULL)
		say_words(f, run->value);
	else
		fputs("as it stands", f);
	say_reach(f, rule, PROGRAMS);
}

static void
say_shell(FILE *f, const struct rule *rule, const struct source *source)
{
	fputs("may ask for a shell", f);
	say_run(f, rule, source);
}

static void
say_command(FILE *f, const struct rule *rule, const struct source *source)
{
	fputs("may run ", f);
	for (size_t i = 0; i < rule->commands.n; i++) {
		if (i > 0)
			fputs(" or ", f);
		say_words(f, rule->commands.v[i]);
	}
	say_types(f, rule, source);
	say_run(f, rule, source);
}

/* What runs afterwards, with its own keys. */
static void
say_follow(FILE *f, const struct rule *rule, const struct source *source)
{
	const struct rule *follow = rule->watching.follow;
	const struct entry *run = source_find(source, rule, "on-success");

	if (follow == NULL || run == NULL)
		return;
	fputs("; afterwards", f);
	if (rule->watching.if_changed != NULL)
		fprintf(f, ", if %s has changed,", rule->watching.if_changed);
	fputs(" runs ", f);
	say_words(f, run->value);
	say_reach(f, follow, PROGRAMS);
	for (size_t i = 0; i < source->n; i++) {
		const struct entry *entry = &source->v[i];

		if (source_is_in(entry, rule) &&
		    strncmp(entry->name, FOLLOW, strlen(FOLLOW)) == 0)
			add_tail(f, entry->name + strlen(FOLLOW), entry->value);
	}
}

bool
sentence_is_off(const struct source *source, const struct rule *rule)
{
	const struct entry *enabled = source_find(source, rule, "enabled");
	struct fault fault;
	bool yes = true;

	if (enabled != NULL)
		value_flag(enabled->value, &yes, &fault);
	return !yes;
}

void
sentence_rule(const struct keyfile *file, const struct rule *rule)
{
	char *text = NULL;
	size_t size;
	FILE *f = show_need(open_memstream(&text, &size));

	if (sentence_is_off(&file->source, rule))
		fputs("(switched off) ", f);
	if (rule->protocol != NULL)
		say_protocol(f, rule);
	else if (rule->commands.n > 0)
		say_command(f, rule, &file->source);
	else if (rule->shell)
		say_shell(f, rule, &file->source);
	else
		fprintf(f, "may do what [allow %s] says", rule->name);
	add_tails(f, &file->source, rule);
	add_tails(f, &file->source, NULL);
	say_follow(f, rule, &file->source);
	fclose(f);
	show(stdout, "- %s\n", text);
	free(text);
}
