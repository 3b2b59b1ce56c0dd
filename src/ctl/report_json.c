/* A report for programs: an object with all that was counted. */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "ctl/log.h"
#include "ctl/report.h"
#include "ctl/show.h"

static void
put(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, show_need(value));
}

static void
put_number(json_t *object, const char *name, unsigned long long n)
{
	put(object, name, json_integer((json_int_t)n));
}

/* In UTC, as the records have it; an unknown one is left out. */
static void
put_time(json_t *object, const char *name, long long when)
{
	time_t seconds = (time_t)when;
	struct tm tm;
	char text[64];

	if (when == 0 || gmtime_r(&seconds, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return;
	put(object, name, json_string(text));
}

static void
put_counts(json_t *object, const struct counts *counts)
{
	put_number(object, "sessions", tally_sessions(counts));
	put_number(object, "permitted", counts->permitted);
	put_number(object, "observed", counts->observed);
	put_number(object, "refused", counts->refused);
	put_number(object, "failed", counts->failed);
	put_number(object, "violations", counts->violations);
	if (!counts->relayed)
		return;
	put_number(object, "bytes_in", counts->bytes_in);
	put_number(object, "bytes_out", counts->bytes_out);
}

static json_t *
reasons(const struct tally_key *key)
{
	json_t *object = show_need(json_object());
	struct item **v = report_items(&key->reasons);

	for (size_t i = 0; v[i] != NULL; i++) {
		char *name = show_plain(v[i]->text, v[i]->kept);

		put_number(object, name, v[i]->n);
		free(name);
	}
	free(v);
	return object;
}

static json_t *
addresses(const struct tally_key *key)
{
	json_t *list = show_need(json_array());
	struct item **v = report_items(&key->addresses);

	for (size_t i = 0; v[i] != NULL; i++) {
		json_t *object = show_need(json_object());

		put(object, "address", show_json(v[i]->text));
		put_number(object, "requests", v[i]->n);
		put_number(object, "refused", v[i]->refused);
		put_time(object, "first", v[i]->first);
		put_time(object, "last", v[i]->last);
		json_array_append_new(list, object);
	}
	free(v);
	return list;
}

/* One command. `bytes` only where not all of it is here. */
static json_t *
command(const struct report *report, const struct item *item)
{
	json_t *object = show_need(json_object());
	const struct item *reason = item->data;

	put(object, "command", show_json(item->text));
	if (item->kept < item->size)
		put_number(object, "command_bytes", item->size);
	put_number(object, "requests", item->n);
	put_time(object, "first", item->first);
	put_time(object, "last", item->last);
	if (reason != NULL)
		put(object, "reason", show_json(reason->text));
	if (report->period.since != 0)
		put(object, "new", json_boolean(tally_is_new(item)));
	return object;
}

static json_t *
commands(const struct report *report, const struct hashed *set)
{
	json_t *list = show_need(json_array());
	struct item **v = report_items(set);

	for (size_t i = 0; v[i] != NULL; i++)
		json_array_append_new(list, command(report, v[i]));
	free(v);
	return list;
}

static void
put_over(json_t *object, const char *name, unsigned long long n)
{
	if (n > 0)
		put_number(object, name, n);
}

static json_t *
one_key(const struct report *report, const struct item *item)
{
	const struct tally_key *key = item->data;
	json_t *object = show_need(json_object());

	put(object, "key", show_json(item->text));
	put_counts(object, &key->counts);
	put_time(object, "first_use", key->first_use);
	put_time(object, "last_use", key->last_use);
	put_time(object, "last_refused", key->last_refused);
	put(object, "reasons", reasons(key));
	put(object, "addresses", addresses(key));
	put_over(object, "addresses_not_listed", key->addresses_over);
	if (!report->refused) {
		put(object, "commands", commands(report, &key->ran));
		put_over(object, "commands_not_listed", key->ran_over);
	}
	put(object, "refused_commands", commands(report, &key->tried));
	put_over(object, "refused_commands_not_listed", key->tried_over);
	return object;
}

static json_t *
lines(const struct log_counts *counts)
{
	static const char *const names[] = {
	    [LOG_FOREIGN] = "foreign",
	    [LOG_CUT] = "cut",
	    [LOG_MALFORMED] = "malformed",
	    [LOG_NOT_UTF8] = "not_utf8",
	    [LOG_TOO_LONG] = "too_long",
	};
	json_t *object = show_need(json_object());

	put_number(object, "read", counts->lines);
	put_number(object, "records", counts->records);
	for (int i = 0; i < LOG_FAULTS; i++)
		put_number(object, names[i], counts->faults[i]);
	return object;
}

static void
dump(json_t *object, size_t flags)
{
	char *text = show_need(json_dumps(object, JSON_ENSURE_ASCII | flags));

	fputs(text, stdout);
	free(text);
	json_decref(object);
}

static json_t *
head(const struct report *report)
{
	const struct tally *tally = &report->tally;
	json_t *object = show_need(json_object());

	put_time(object, "since", report->period.since);
	put_time(object, "until", report->period.until);
	put_time(object, "first", tally->first);
	put_time(object, "last", tally->last);
	put(object, "lines", lines(report->lines));
	put_number(object, "records", tally->records);
	put_over(object, "records_of_keys_not_listed", tally->keys_over);
	put_counts(object, &tally->counts);
	return object;
}

/* Key by key: all of it at once could be large. */
void
report_json(const struct report *report)
{
	struct item **v = report_keys(report);

	putchar('{');
	dump(head(report), JSON_EMBED);
	fputs(",\n\"keys\": [", stdout);
	for (size_t i = 0; v[i] != NULL; i++) {
		fputs(i > 0 ? ",\n" : "\n", stdout);
		dump(one_key(report, v[i]), 0);
	}
	puts("]}");
	free(v);
}
