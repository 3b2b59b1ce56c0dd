/*
 * What was learned, as text that is a policy. Words of clients stand in it
 * as rules, which the parser has read, or in comments, which are short lines
 * of what any terminal can show.
 */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/learn.h"
#include "ctl/show.h"
#include "ctl/traffic.h"
#include "escape.h"
#include "list.h"
#include "why.h"

/* A line of a policy has 198 bytes at most, and a comment is one. */
enum { COLUMNS = 78, WORD_BYTES = 120, COMMAND_BYTES = 90 };
/* How many commands are quoted for one reason, and how many reasons. */
enum { QUOTED_MAX = 5, REASONS_MAX = 50 };

/* Cuts at a whole character. */
static size_t
cut(const char *text, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* A paragraph of comment. */
static void
say(const char *text)
{
	char *safe = show_plain(text, strlen(text));
	size_t at = 1, len;

	putchar('#');
	for (const char *p = safe; *p != '\0'; p += len) {
		size_t shown;

		p += strspn(p, " ");
		len = strcspn(p, " ");
		shown = cut(p, len, WORD_BYTES);
		if (at > 1 && at + 1 + shown > COLUMNS) {
			fputs("\n#", stdout);
			at = 1;
		}
		printf(" %.*s%s", (int)shown, p, shown < len ? "..." : "");
		at += 1 + shown;
	}
	putchar('\n');
	free(safe);
}

static void say_format(const char *, ...) __attribute__((format(printf, 1, 2)));

static void
say_format(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	va_end(ap);
	show_need(text);
	say(text);
	free(text);
}

static const char *
plural(unsigned long n)
{
	return n == 1 ? "" : "s";
}

/* --- rules ---------------------------------------------------------------- */

static void
say_counts(const struct learned *rule)
{
	unsigned long observed = 0, refused = 0;

	for (size_t i = 0; i < rule->nseen; i++) {
		observed += rule->seen[i]->observed;
		refused += rule->seen[i]->refused;
	}
	say_format("%lu session%s observed, %lu refused; %zu different "
		   "request%s.",
	    observed, plural(observed), refused, rule->nseen,
	    plural(rule->nseen));
}

static void
print_active(const struct learned *rule)
{
	putchar('\n');
	say_format("Permits %lu session%s of those observed; %zu different "
		   "request%s.",
	    rule->covers, plural(rule->covers), rule->nseen,
	    plural(rule->nseen));
	if (rule->shares > 0)
		say_format("And %lu session%s that %s refused.", rule->shares,
		    plural(rule->shares), rule->shares == 1 ? "was" : "were");
	for (size_t i = 0; i < rule->notes.n; i++)
		say(rule->notes.v[i]);
	learned_write(rule, stdout, "");
}

static void
print_off(const struct learned *rule)
{
	putchar('\n');
	say_format("Commented out: %s.", rule->off);
	say_counts(rule);
	for (size_t i = 0; i < rule->notes.n; i++)
		say(rule->notes.v[i]);
	learned_write(rule, stdout, "#");
}

/* --- what has no rule ----------------------------------------------------- */

static unsigned long
sessions(const struct learn_left *left)
{
	return left->seen->observed + left->seen->refused;
}

/* By reason, then the most frequent first. */
static int
compare_left(const void *one, const void *two)
{
	const struct learn_left *a = one, *b = two;
	int order = strcmp(a->why, b->why);

	if (order != 0)
		return order;
	if (sessions(a) != sessions(b))
		return sessions(a) > sessions(b) ? -1 : 1;
	return 0;
}

static void
print_command(const struct learn_left *left)
{
	const struct seen *seen = left->seen;
	const char *command = seen->request.command;
	char *safe;
	size_t len, shown;

	if (command == NULL)
		command = "";
	safe = show_need(escape_line(command, strlen(command)));
	len = strlen(safe);
	shown = cut(safe, len, COMMAND_BYTES);
	printf("#   %lu observed, %lu refused: \"%.*s\"%s\n", seen->observed,
	    seen->refused, (int)shown, safe, shown < len ? "..." : "");
	free(safe);
}

/* Those of one reason; how many they are. */
static size_t
print_reason(const struct learn_left *v, size_t n)
{
	unsigned long total = 0;
	size_t same = 0;

	for (; same < n && strcmp(v[same].why, v[0].why) == 0; same++)
		total += sessions(&v[same]);
	say_format("- %lu session%s: %s.", total, plural(total), v[0].why);
	for (size_t i = 0; i < same && i < QUOTED_MAX; i++)
		print_command(&v[i]);
	if (same > QUOTED_MAX)
		say_format("  and %zu other requests", same - QUOTED_MAX);
	return same;
}

static void
print_left(const struct learn *learn)
{
	unsigned reasons = 0;
	size_t i = 0;

	if (learn->nleft == 0)
		return;
	qsort(learn->left, learn->nleft, sizeof(*learn->left), compare_left);
	puts("\n# No rule is written for these:");
	while (i < learn->nleft && reasons++ < REASONS_MAX)
		i += print_reason(&learn->left[i], learn->nleft - i);
	if (i < learn->nleft)
		say_format("- and %zu other requests, for other reasons",
		    learn->nleft - i);
}

/* --- the whole ------------------------------------------------------------ */

static void
print_head(const struct learn *learn, const struct learn_facts *facts)
{
	const char *key = learn->traffic->key;

	say_format("Learned for the key %s from records%s%s%s%s: %lu session%s "
		   "observed, %lu refused, %zu different requests.",
	    key, facts->first[0] != '\0' ? " of " : "", facts->first,
	    facts->last[0] != '\0' ? " to " : "", facts->last, facts->observed,
	    plural(facts->observed), facts->refused, learn->traffic->n);
	say("Read each rule before you paste it: it permits what was asked "
	    "for, whoever asked. The records tell what was sent, and not what "
	    "programs opened and started.");
	say_format("When a rule is in the policy, gatekeeperctl trace %s -- "
		   "COMMAND runs a request by it and prints the read, write "
		   "and execute that it needs.",
	    key);
	say_format("Paste with: gatekeeperctl edit %s. What others do then: "
		   "gatekeeperctl check %s; gatekeeperctl explain %s "
		   "'COMMAND'.",
	    key, key, key);
}

static void
print_rest(const struct learn *learn, const struct learn_facts *facts)
{
	char *reasons = show_need(strdup("")), *more;

	if (facts->clash.why != WHY_UNDECIDED)
		say_format("The policy does not load with these rules below "
			   "it: %s.",
		    facts->clash.text);
	if (learn->permitted > 0)
		say_format("The policy permits %lu more session%s already.",
		    learn->permitted, plural(learn->permitted));
	for (size_t i = 0; i < facts->reasons.n; i++) {
		more = show_format("%s%s%s", reasons, i > 0 ? ", " : "",
		    facts->reasons.v[i]);
		free(reasons);
		reasons = more;
	}
	if (facts->other > 0)
		say_format("Refused by [key] or the host, whatever was asked: "
			   "%lu session%s (%s).",
		    facts->other, plural(facts->other), reasons);
	free(reasons);
	if (facts->cut > 0)
		say_format("%lu session%s asked for more than the records "
			   "keep: set command-max.",
		    facts->cut, plural(facts->cut));
	if (facts->rare > 0)
		say_format("%lu session%s of kinds that came less than --min "
			   "times are left out.",
		    facts->rare, plural(facts->rare));
	if (learn->traffic->left_out > 0)
		say_format("%lu session%s beyond the first %zu different "
			   "requests were not looked at.",
		    learn->traffic->left_out, plural(learn->traffic->left_out),
		    TRAFFIC_MAX);
}

void
learn_print(const struct learn *learn, const struct learn_facts *facts)
{
	print_head(learn, facts);
	print_rest(learn, facts);
	for (size_t i = 0; i < learn->nrules; i++)
		if (learn->rules[i].off == NULL)
			print_active(&learn->rules[i]);
	for (size_t i = 0; i < learn->nrules; i++)
		if (learn->rules[i].off != NULL)
			print_off(&learn->rules[i]);
	print_left(learn);
}
