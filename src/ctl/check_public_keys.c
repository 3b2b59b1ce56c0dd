/*
 * check: the public keys of policies. What sshd would not take, and what
 * `authorized-keys` would give to nobody: a key without an account, and one
 * that two policies have.
 */

#include <stdlib.h>
#include <string.h>

#include "ctl/check.h"
#include "ctl/public_key.h"
#include "ctl/show.h"
#include "why.h"

/* The keys of one policy. */
struct holder {
	const struct suspect *suspect;
	struct public_keys keys;
};

static unsigned
line_of(const struct keyfile *file, const char *name)
{
	return source_line(&file->source, NULL, name);
}

static void
check_key_of(struct check *check, const struct public_key *key)
{
	const char *weakness;

	if (key->problem != NULL) {
		findings_add(&check->found, ERROR, key->file, key->line, "%s",
		    key->problem);
		return;
	}
	weakness = public_key_weakness(&key->key);
	if (weakness != NULL)
		findings_add(&check->found, WARNING, key->file, key->line, "%s",
		    weakness);
}

/* A key that does not parse, such as an account that does not, is no reason to
 * say more. */
static void
check_holder(struct check *check, const struct holder *holder)
{
	const struct keyfile *file = &holder->suspect->file;
	const struct public_keys *keys = &holder->keys;

	for (size_t i = 0; i < keys->n; i++)
		check_key_of(check, &keys->v[i]);
	if (keys->n > 0 && file->policy.accounts.n == 0 &&
	    !file->source.partial)
		findings_add(&check->found, WARNING, keys->v[0].file,
		    keys->v[0].line,
		    "there is no account, so that sshd, which asks "
		    "gatekeeperctl authorized-keys, gets this key for none: "
		    "write account = NAME");
}

static bool
is_good(const struct public_key *key)
{
	return key->problem == NULL;
}

/* Whether there can be an account that both serve. */
static bool
share_account(const struct keyfile *a, const struct keyfile *b)
{
	const struct list *accounts = &a->policy.accounts;

	if (accounts->n == 0 || b->policy.accounts.n == 0)
		return true;
	for (size_t i = 0; i < accounts->n; i++)
		if (list_has(&b->policy.accounts, accounts->v[i]))
			return true;
	return false;
}

static void
compare_keys(struct check *check, const struct public_key *key,
    const struct public_key *other, bool same_policy)
{
	if (!is_good(key) || !is_good(other) ||
	    !authorized_is_same(&key->key, &other->key))
		return;
	if (same_policy)
		findings_add(&check->found, WARNING, key->file, key->line,
		    "the key stands in line %u of %s already: remove one",
		    other->line, other->file);
	else
		findings_add(&check->found, ERROR, key->file, key->line,
		    "the key stands in %s:%u too, for the same account: remove "
		    "one, or sshd does not know whose it is",
		    other->file, other->line);
}

static void
compare(struct check *check, const struct holder *a, const struct holder *b)
{
	for (size_t i = 0; i < a->keys.n; i++)
		for (size_t j = 0; j < (a == b ? i : b->keys.n); j++)
			compare_keys(check, &a->keys.v[i], &b->keys.v[j],
			    a == b);
}

static void
read_holder(struct check *check, struct holder *holder)
{
	const struct keyfile *file = &holder->suspect->file;
	struct fault fault;

	if (public_keys_of(&holder->keys, file, &fault) == -1 &&
	    holder->suspect->asked)
		findings_add(&check->found, ERROR, file->path,
		    line_of(file, "public-key-file"), "%s", fault.text);
}

void
check_public_keys(struct check *check)
{
	struct holder *v = show_need(calloc(check->n + 1, sizeof(*v)));
	size_t n = 0;

	for (size_t i = 0; i < check->n; i++) {
		if (!check->v[i].file.loaded || check->v[i].role)
			continue;
		v[n].suspect = &check->v[i];
		read_holder(check, &v[n++]);
	}
	for (size_t i = 0; i < n; i++) {
		if (!v[i].suspect->asked)
			continue;
		check_holder(check, &v[i]);
		for (size_t j = 0; j < n; j++)
			if (i == j ||
			    share_account(&v[i].suspect->file,
				&v[j].suspect->file))
				compare(check, &v[i], &v[j]);
	}
	for (size_t i = 0; i < n; i++)
		public_keys_free(&v[i].keys);
	free(v);
}
