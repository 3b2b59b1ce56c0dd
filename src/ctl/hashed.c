/* A set of hostile strings that is bounded in number and in size. SipHash
 * with one and three rounds, as J.-P. Aumasson and D. J. Bernstein have it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "ctl/hashed.h"
#include "ctl/show.h"

#define SLOTS_MIN 8

static uint64_t
rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void
mix(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* The key of this run. A run without one would judge by what a client could
 * have foreseen. */
static const uint64_t *
find_key(void)
{
	static uint64_t key[2];
	static bool made;

	if (made)
		return key;
	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key)) {
		perror("gatekeeperctl: getrandom");
		abort();
	}
	made = true;
	return key;
}

static void
absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v);
	v[0] ^= word;
}

static uint64_t
hash(const char *s, size_t size)
{
	const uint64_t *key = find_key();
	uint64_t v[4] = {key[0] ^ 0x736f6d6570736575,
	    key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
	    key[1] ^ 0x7465646279746573};
	uint64_t word;
	size_t at = 0;

	for (; size - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, s + at, sizeof(word));
		absorb(v, word);
	}
	word = 0;
	if (size > at)
		memcpy(&word, s + at, size - at);
	absorb(v, word | (uint64_t)size << 56);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Where the item is, or the free place for it. */
static struct item **
find_slot(const struct hashed *set, uint64_t h)
{
	size_t i = h & (set->size - 1);

	while (set->slots[i] != NULL && set->slots[i]->hash != h)
		i = (i + 1) & (set->size - 1);
	return &set->slots[i];
}

static void
grow(struct hashed *set)
{
	struct item **old = set->slots;
	size_t size = set->size;

	set->size = size > 0 ? size * 2 : SLOTS_MIN;
	set->slots = show_need(calloc(set->size, sizeof(void *)));
	for (size_t i = 0; i < size; i++)
		if (old[i] != NULL)
			*find_slot(set, old[i]->hash) = old[i];
	free(old);
}

static size_t
keep(const char *s, size_t size)
{
	size_t n = size;

	if (n <= HASHED_TEXT_MAX)
		return n;
	n = HASHED_TEXT_MAX;
	for (int i = 0; i < 3 && n > 0 && (s[n] & 0xc0) == 0x80; i++)
		n--;
	return n;
}

static struct item *
make(const char *s, size_t size, uint64_t h)
{
	size_t kept = keep(s, size);
	struct item *item = show_need(calloc(1, sizeof(*item) + kept + 1));

	item->hash = h;
	item->size = size;
	item->kept = kept;
	if (kept > 0)
		memcpy(item->text, s, kept);
	return item;
}

struct item *
hashed_find(const struct hashed *set, const char *s, size_t size)
{
	return set->size > 0 ? *find_slot(set, hash(s, size)) : NULL;
}

struct item *
hashed_add(struct hashed *set, const char *s, size_t size)
{
	uint64_t h = hash(s, size);
	struct item **slot;

	if (set->n * 2 >= set->size)
		grow(set);
	slot = find_slot(set, h);
	if (*slot != NULL)
		return *slot;
	if (set->n == set->max || (set->budget != NULL && *set->budget == 0))
		return NULL;
	if (set->budget != NULL)
		(*set->budget)--;
	set->n++;
	*slot = make(s, size, h);
	return *slot;
}

struct item **
hashed_sort(const struct hashed *set,
    int (*compare)(const void *, const void *))
{
	struct item **v = show_need(calloc(set->n + 1, sizeof(void *)));
	size_t n = 0;

	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i] != NULL)
			v[n++] = set->slots[i];
	if (n > 0)
		qsort(v, n, sizeof(void *), compare);
	return v;
}

void
hashed_free(struct hashed *set)
{
	for (size_t i = 0; i < set->size; i++)
		free(set->slots[i]);
	free(set->slots);
	set->slots = NULL;
	set->size = 0;
	set->n = 0;
}
