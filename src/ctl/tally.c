/* Records, counted by key. What a client chooses fills a bounded room and no
 * more. */

#include <stdlib.h>
#include <string.h>

#include "ctl/log.h"
#include "ctl/show.h"
#include "ctl/tally.h"
#include "list.h"

void
tally_begin(struct tally *tally, const struct period *period,
    const struct list *only)
{
	*tally = (struct tally) {
	    .period = *period,
	    .only = only,
	    .keys = {.max = TALLY_KEYS},
	    .budget = TALLY_ITEMS,
	};
}

static struct tally_key *
make_key(struct tally *tally)
{
	struct tally_key *key = show_need(calloc(1, sizeof(*key)));

	key->reasons.max = TALLY_REASONS;
	key->addresses.max = TALLY_ADDRESSES;
	key->ran.max = TALLY_COMMANDS;
	key->tried.max = TALLY_COMMANDS;
	key->reasons.budget = &tally->budget;
	key->addresses.budget = &tally->budget;
	key->ran.budget = &tally->budget;
	key->tried.budget = &tally->budget;
	return key;
}

/* NULL: one key too many. A request whose key is no name of a key has none. */
static struct tally_key *
find_key(struct tally *tally, const char *name, bool within)
{
	struct item *item;

	if (name == NULL)
		name = "-";
	if ((item = hashed_add(&tally->keys, name, strlen(name))) == NULL)
		return NULL;
	if (item->data == NULL)
		item->data = make_key(tally);
	item->n += within;
	return item->data;
}

static void
stretch(long long *first, long long *last, long long when)
{
	if (when == 0)
		return;
	if (*first == 0 || when < *first)
		*first = when;
	if (when > *last)
		*last = when;
}

static struct item *
count_item(struct hashed *set, const char *text, size_t size,
    const struct log_record *r, unsigned long long *over)
{
	struct item *item = hashed_add(set, text, size);

	if (item == NULL) {
		(*over)++;
		return NULL;
	}
	item->n++;
	if (r->verdict == LOG_REFUSE)
		item->refused++;
	stretch(&item->first, &item->last, r->when.tv_sec);
	return item;
}

static void
count_refused(struct tally_key *key, const struct log_record *r)
{
	const char *reason = r->reason != NULL ? r->reason : "-";
	struct item *why = count_item(&key->reasons, reason, strlen(reason), r,
	    &key->reasons_over);
	struct item *command;

	if (r->when.tv_sec > key->last_refused)
		key->last_refused = r->when.tv_sec;
	if (r->command == NULL)
		return;
	command = count_item(&key->tried, r->command, r->command_size, r,
	    &key->tried_over);
	if (command != NULL)
		command->data = why;
}

static void
count_request(struct tally_key *key, const struct log_record *r)
{
	if (r->address != NULL)
		count_item(&key->addresses, r->address, strlen(r->address), r,
		    &key->addresses_over);
	if (r->verdict == LOG_REFUSE) {
		count_refused(key, r);
		return;
	}
	stretch(&key->first_use, &key->last_use, r->when.tv_sec);
	if (r->command != NULL)
		count_item(&key->ran, r->command, r->command_size, r,
		    &key->ran_over);
}

static void
count(struct counts *counts, const struct log_record *r)
{
	switch (r->action) {
	case LOG_REQUEST:
		counts->permitted += r->verdict == LOG_PERMIT;
		counts->observed += r->verdict == LOG_OBSERVE;
		counts->refused += r->verdict == LOG_REFUSE;
		return;
	case LOG_VIOLATION:
		counts->violations +=
		    r->count > 0 ? (unsigned long long)r->count : 1;
		return;
	case LOG_END:
	case LOG_ON_SUCCESS:
		counts->failed += r->failed;
		break;
	}
	if (r->bytes_in < 0 || r->bytes_out < 0)
		return;
	counts->relayed = true;
	counts->bytes_in += (unsigned long long)r->bytes_in;
	counts->bytes_out += (unsigned long long)r->bytes_out;
}

/* All that is asked of the time before the period. */
static void
add_earlier(struct tally *tally, const struct log_record *r)
{
	struct tally_key *key;
	struct item *item;

	if (r->action != LOG_REQUEST || r->command == NULL)
		return;
	tally->earlier++;
	if ((key = find_key(tally, r->key, false)) == NULL)
		return;
	item = hashed_add(r->verdict == LOG_REFUSE ? &key->tried : &key->ran,
	    r->command, r->command_size);
	if (item != NULL)
		item->before = true;
}

void
tally_add(struct tally *tally, const struct log_record *r)
{
	struct tally_key *key;

	if (tally->only->n > 0 &&
	    (r->key == NULL || !list_has(tally->only, r->key)))
		return;
	if (period_precedes(&tally->period, r->when.tv_sec))
		add_earlier(tally, r);
	if (!period_holds(&tally->period, r->when.tv_sec))
		return;
	tally->records++;
	stretch(&tally->first, &tally->last, r->when.tv_sec);
	count(&tally->counts, r);
	if ((key = find_key(tally, r->key, true)) == NULL) {
		tally->keys_over++;
		return;
	}
	count(&key->counts, r);
	if (r->action == LOG_REQUEST)
		count_request(key, r);
}

bool
tally_is_new(const struct item *command)
{
	return command->n > 0 && !command->before;
}

unsigned long long
tally_sessions(const struct counts *counts)
{
	return counts->permitted + counts->observed;
}

void
tally_free(struct tally *tally)
{
	for (size_t i = 0; i < tally->keys.size; i++) {
		struct tally_key *key;

		if (tally->keys.slots[i] == NULL)
			continue;
		key = tally->keys.slots[i]->data;
		hashed_free(&key->reasons);
		hashed_free(&key->addresses);
		hashed_free(&key->ran);
		hashed_free(&key->tried);
		free(key);
	}
	hashed_free(&tally->keys);
}
