/* A report for people: the host at a glance, a line for each key, and what
 * deserves a look. Everything in it is hostile. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/columns.h"
#include "ctl/fit.h"
#include "ctl/log.h"
#include "ctl/report.h"
#include "ctl/show.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define ROWS_MAX 10 /* of a list, unless keys were named */
#define MARGIN 4
#define INDENT (MARGIN + 12)
#define NAME_COLUMNS 30
#define COMMAND_MIN 16

/* Prints a string, and lets go of it. */
static void
print(char *text)
{
	fputs(text, stdout);
	free(text);
}

/* Things apart by commas, on as many lines as it takes. */
struct series {
	unsigned width; /* 0: no limit */
	unsigned indent; /* of the lines after the first */
	unsigned used;
	unsigned n;
};

static void
series_add(struct series *series, char *text)
{
	unsigned columns = fit_columns(text);

	if (series->n > 0) {
		putchar(',');
		series->used++;
	}
	if (series->n > 0 && series->width != 0 &&
	    series->used + columns + 2 > series->width) {
		printf("\n%*s", (int)series->indent, "");
		series->used = series->indent;
	} else if (series->n > 0) {
		putchar(' ');
		series->used++;
	}
	series->used += columns;
	series->n++;
	print(text);
}

static void
series_number(struct series *series, unsigned long long n, const char *one,
    const char *many)
{
	char *number = fit_number(n);

	series_add(series, show_format("%s %s", number, n == 1 ? one : many));
	free(number);
}

static void
series_bytes(struct series *series, unsigned long long n, const char *way)
{
	char *bytes = fit_bytes(n);

	series_add(series, show_format("%s %s", bytes, way));
	free(bytes);
}

static void
print_period(long long first, long long last)
{
	print(fit_time(first));
	fputs(" to ", stdout);
	print(fit_time(last));
	putchar('\n');
}

/* The host at a glance. */
static void
print_host(const struct tally *tally, size_t keys, unsigned width)
{
	const struct counts *c = &tally->counts;
	struct series series = {.width = width};

	if (tally->first != 0)
		print_period(tally->first, tally->last);
	series_number(&series, tally->records, "record", "records");
	series_number(&series, keys, "key", "keys");
	series_number(&series, tally_sessions(c), "session", "sessions");
	if (c->observed > 0)
		series_number(&series, c->observed, "of them observed",
		    "of them observed");
	series_number(&series, c->refused, "refused", "refused");
	series_number(&series, c->failed, "failed", "failed");
	series_number(&series, c->violations, "violation", "violations");
	if (c->relayed) {
		series_bytes(&series, c->bytes_in, "in");
		series_bytes(&series, c->bytes_out, "out");
	}
	putchar('\n');
}

/* The table. */

static char *
bytes_of(const struct counts *counts, unsigned long long n)
{
	return counts->relayed ? fit_bytes(n) : show_need(strdup("-"));
}

static void
add_key(struct columns *columns, const struct item *item)
{
	const struct tally_key *key = item->data;
	const struct counts *c = &key->counts;
	char *const cells[] = {
	    show_plain(item->text, item->kept),
	    fit_number(tally_sessions(c)),
	    fit_number(c->refused),
	    fit_number(c->failed),
	    fit_number(c->violations),
	    bytes_of(c, c->bytes_in),
	    bytes_of(c, c->bytes_out),
	    fit_time(key->last_use),
	};

	columns_add(columns, cells, tally_sessions(c), c->refused);
}

static void
print_table(struct item **keys, unsigned width)
{
	static const struct column titles[] = {
	    {"KEY", true, 0},
	    {"SESSIONS", false, 0},
	    {"REFUSED", false, 0},
	    {"FAILED", false, 1},
	    {"VIOLATIONS", false, 2},
	    {"IN", false, 3},
	    {"OUT", false, 3},
	    {"LAST USE", true, 4},
	};
	struct columns *columns = columns_new(titles, NELEM(titles));

	for (size_t i = 0; keys[i] != NULL; i++)
		add_key(columns, keys[i]);
	columns_print(columns, width);
	columns_free(columns);
}

/* What deserves a look. */

static void
print_label(const char *label)
{
	printf("%*s%-12s", MARGIN, "", label);
}

/* `192.0.2.7 12, 192.0.2.8 1`. */
static void
print_counts(const struct report *report, const char *label,
    const struct hashed *set, unsigned long long over, unsigned width)
{
	struct series series = {.width = width,
	    .indent = INDENT,
	    .used = INDENT};
	size_t rows = report->keys.n > 0 ? set->n : ROWS_MAX;
	struct item **v = report_items(set);

	if (v[0] == NULL) {
		free(v);
		return;
	}
	print_label(label);
	for (size_t i = 0; i < rows && v[i] != NULL; i++) {
		char *number = fit_number(v[i]->n);
		char *name = fit_text(v[i]->text, v[i]->kept, NAME_COLUMNS);

		series_add(&series, show_format("%s %s", name, number));
		free(number);
		free(name);
	}
	if (set->n > rows)
		series_number(&series, set->n - rows, "more", "more");
	if (over > 0)
		series_number(&series, over, "request beyond these",
		    "requests beyond these");
	putchar('\n');
	free(v);
}

static void
print_command(const char *label, const struct item *item, unsigned width)
{
	const struct item *reason = item->data;
	unsigned used = INDENT + 7 + 2, room;
	char *number = fit_number(item->n), *safe = NULL;

	print_label(label);
	printf("%7s  ", number);
	free(number);
	if (reason != NULL) {
		safe = fit_pad(fit_text(reason->text, reason->kept, 20), 14);
		used += fit_columns(safe) + 2;
		printf("%s  ", safe);
		free(safe);
	}
	if (item->kept < item->size)
		used += strlen(" (123456 bytes)");
	room = width > used + COMMAND_MIN ? width - used : COMMAND_MIN;
	safe = show_plain(item->text, item->kept);
	print(fit_cut(safe, width != 0 ? room : 0));
	if (item->kept < item->size)
		printf(" (%zu bytes)", item->size);
	putchar('\n');
}

/* Some commands of a set, and how many there are besides. */
static void
print_commands(const struct report *report, const char *label,
    const struct hashed *set, unsigned long long over, bool new_only,
    unsigned width)
{
	struct item **v = report_items(set);
	size_t rows = report->keys.n > 0 ? set->n : ROWS_MAX, n = 0;

	for (size_t i = 0; v[i] != NULL; i++) {
		if (new_only && !tally_is_new(v[i]))
			continue;
		if (n++ < rows)
			print_command(n == 1 ? label : "", v[i], width);
	}
	if (n > rows)
		printf("%*sand %zu more: --key or --json has all\n", INDENT, "",
		    n - rows);
	if (over > 0)
		printf("%*sand %llu requests beyond %d commands\n", INDENT, "",
		    over, TALLY_COMMANDS);
	free(v);
}

static bool
has_new(const struct hashed *set)
{
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i] != NULL && tally_is_new(set->slots[i]))
			return true;
	return false;
}

static bool
deserves_look(const struct report *report, const struct tally_key *key)
{
	if (report->keys.n > 0 || report->refused)
		return true;
	if (key->counts.refused > 0 || key->counts.failed > 0 ||
	    key->counts.violations > 0)
		return true;
	return report->period.since != 0 && has_new(&key->ran);
}

static void
print_key(const struct report *report, const struct item *item, unsigned width)
{
	const struct tally_key *key = item->data;
	bool since = report->period.since != 0;

	putchar('\n');
	print(fit_text(item->text, item->kept, width));
	putchar('\n');
	if (key->first_use != 0 && !report->refused) {
		print_label("used");
		print_period(key->first_use, key->last_use);
	}
	print_counts(report, "from", &key->addresses, key->addresses_over,
	    width);
	print_counts(report, "refused", &key->reasons, key->reasons_over,
	    width);
	if (report->refused || report->keys.n > 0)
		print_commands(report, "tried", &key->tried, key->tried_over,
		    false, width);
	else if (since)
		print_commands(report, "new, refused", &key->tried,
		    key->tried_over, true, width);
	if (report->refused)
		return;
	if (since)
		print_commands(report, "new, ran", &key->ran, key->ran_over,
		    true, width);
	else if (report->keys.n > 0)
		print_commands(report, "ran", &key->ran, key->ran_over, false,
		    width);
}

static void
print_skipped(const struct log_counts *lines, unsigned width)
{
	struct series series = {.width = width};

	if (lines->records == lines->lines)
		return;
	fputs("\nNo records: ", stdout);
	series.used = sizeof("No records: ") - 1;
	for (int i = 0; i < LOG_FAULTS; i++) {
		char *number = fit_number(lines->faults[i]);

		if (lines->faults[i] > 0)
			series_add(&series,
			    show_format("%s %s %s", number,
				lines->faults[i] == 1 ? "line" : "lines",
				log_fault_texts[i]));
		free(number);
	}
	putchar('\n');
}

static void
print_rest(const struct report *report, unsigned width)
{
	const struct tally *tally = &report->tally;

	if (tally->keys_over > 0)
		printf("\n%llu records are of keys beyond %d\n",
		    tally->keys_over, TALLY_KEYS);
	if (report->period.since != 0 && tally->earlier == 0 &&
	    tally->records > 0 && !report->refused)
		puts("\nNothing before that was read, so all commands are "
		     "new.");
	print_skipped(report->lines, width);
}

void
report_text(const struct report *report)
{
	struct item **keys = report_keys(report);
	unsigned width = fit_width();
	size_t n = 0;

	while (keys[n] != NULL)
		n++;
	print_host(&report->tally, n, width);
	if (n > 0) {
		putchar('\n');
		print_table(keys, width);
	}
	for (size_t i = 0; i < n; i++)
		if (deserves_look(report, keys[i]->data))
			print_key(report, keys[i], width);
	print_rest(report, width);
	free(keys);
}
