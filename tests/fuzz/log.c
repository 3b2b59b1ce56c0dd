/* Any bytes as a log: in one piece and in many they give the same records,
 * every line is one thing, and what a record says ends in NUL. */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/log.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* All that was handed over, as one number. */
struct sum {
	uint64_t value;
	unsigned long long n;
};

static void
add(struct sum *sum, const void *data, size_t size)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < size; i++)
		sum->value = (sum->value ^ p[i]) * 0x100000001b3;
}

static void
add_text(struct sum *sum, const char *s)
{
	add(sum, s != NULL ? s : "(none)", s != NULL ? strlen(s) + 1 : 6);
}

static void
add_list(struct sum *sum, char *const *v)
{
	for (; v != NULL && *v != NULL; v++)
		add_text(sum, *v);
	add_text(sum, NULL);
}

static void
take(const struct log_record *r, void *arg)
{
	struct sum *sum = arg;
	const char *const texts[] = {r->session, r->host, r->key,
	    r->fingerprint, r->rule, r->account, r->uid, r->address, r->reason,
	    r->detail, r->command, r->executable, r->sandbox, r->signal,
	    r->ended_by, r->transcript, r->call, r->policy_file};
	const long long numbers[] = {r->port, r->command_bytes, r->pid,
	    r->args_count, r->exit_code, r->duration, r->cpu_time,
	    r->memory_peak, r->bytes_in, r->bytes_out, r->count};

	for (size_t i = 0; i < NELEM(texts); i++)
		add_text(sum, texts[i]);
	for (size_t i = 0; i < NELEM(numbers); i++)
		assert(numbers[i] >= -1);
	add(sum, numbers, sizeof(numbers));
	add_list(sum, r->args);
	add_list(sum, r->call_args);
	assert(r->session != NULL);
	assert(r->when.tv_nsec >= 0 && r->when.tv_nsec < 1000000000);
	assert(log_actions[r->action] != NULL);
	assert(log_verdicts[r->verdict] != NULL);
	assert(log_kinds[r->kind] != NULL);
	if (r->command != NULL)
		assert(strlen(r->command) == r->command_size);
	sum->n++;
}

static struct sum
feed(const uint8_t *data, size_t size, size_t piece)
{
	struct sum sum = {0};
	struct log *log = log_new(take, &sum);
	const struct log_counts *counts = log_counts(log);
	unsigned long long faults = 0;

	for (size_t i = 0; i < size; i += piece)
		log_bytes(log, (const char *)data + i,
		    size - i < piece ? size - i : piece);
	log_end(log);
	for (int i = 0; i < LOG_FAULTS; i++)
		faults += counts->faults[i];
	assert(counts->bytes == size);
	assert(counts->records == sum.n);
	assert(counts->records + faults == counts->lines);
	log_free(log);
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sum whole = feed(data, size, SIZE_MAX / 2);
	struct sum pieces = feed(data, size, 7);

	assert(whole.n == pieces.n && whole.value == pieces.value);
	return 0;
}
