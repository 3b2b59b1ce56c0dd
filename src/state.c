/*
 * Counters that outlive a process: how often a key was used, and refused.
 * They lie in a folder that only the account (and root) can enter; what it
 * runs confined cannot reach it.
 */

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state.h"
#include "trust.h"
#include "why.h"

#define NAME_BYTES 255

enum {
	LOCK_TRIES = 200, /* of 10 ms */
	REFUSALS_FREE = 5,
	REFUSAL_SECONDS = 5, /* between two, after that */
	REFUSAL_WAIT_MAX = 30,
	REFUSAL_WAIT_BLIND = 2, /* where nothing can be counted */
	QUOTAS_MAX = 4
};

static const struct {
	const char *name;
	unsigned seconds;
} periods[] = {{"second", 1}, {"minute", 60}, {"hour", 3600}, {"day", 86400}};

int
state_parse_rate(struct rate *rate, const char *value, struct fault *fault)
{
	size_t digits = strspn(value, "0123456789");
	unsigned long count = strtoul(value, NULL, 10);

	if (digits > 0 && digits < 6 && value[0] != '0' &&
	    count <= STATE_RATE_MAX && value[digits] == '/')
		for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]);
		     i++)
			if (strcmp(value + digits + 1, periods[i].name) == 0) {
				*rate = (struct rate) {(unsigned)count,
				    periods[i].seconds};
				return 0;
			}
	return fault_set(fault, WHY_POLICY,
	    "write a number from 1 to %d and a period, such as 30/hour or "
	    "5/minute",
	    STATE_RATE_MAX);
}

static int
failed(const char *what, const char *problem, struct fault *fault)
{
	return fault_set(fault, WHY_STATE, "state %s: %s", what, problem);
}

static int
open_own(int above, const char *dir, struct fault *fault)
{
	struct stat st;
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "%lu", (unsigned long)geteuid());
	if (mkdirat(above, name, 0700) == -1 && errno != EEXIST)
		return failed(dir, strerror(errno), fault);
	fd = openat(above, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return failed(dir, strerror(errno), fault);
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & 077) == 0)
		return fd;
	close(fd);
	return failed(dir,
	    "the account's folder in it is not its own, or open to others",
	    fault);
}

int
state_open(const char *dir, struct fault *fault)
{
	struct fault found;
	int above = trust_shared(dir, &found), fd;

	if (above == -1)
		return failed(dir, found.text, fault);
	fd = open_own(above, dir, fault);
	close(above);
	return fd;
}

/* Waits for the lock, but not for ever: a holder that is stopped must not
 * hang every session after it. */
static int
lock(int fd)
{
	const struct timespec pause = {.tv_nsec = 10000000};

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		nanosleep(&pause, NULL);
	}
	return -1;
}

static int
open_locked(int state, const char *name)
{
	int fd = openat(state, name,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd == -1 || lock(fd) == 0)
		return fd;
	close(fd);
	errno = EBUSY;
	return -1;
}

/* The times of one quota's sessions, oldest first, as the file has them. */
struct times {
	int fd;
	uint64_t *v;
	size_t n;
};

static int
times_read(struct times *times, int state, const struct quota *quota)
{
	size_t room = (size_t)quota->rate.count + 1;
	ssize_t n;

	times->fd = open_locked(state, quota->name);
	times->v = calloc(STATE_RATE_MAX + room, sizeof(*times->v));
	if (times->fd == -1 || times->v == NULL)
		return -1;
	n = pread(times->fd, times->v, STATE_RATE_MAX * sizeof(*times->v), 0);
	if (n == -1)
		return -1;
	/* A file cut short by a full disk counts what is whole in it. */
	times->n = (size_t)n / sizeof(*times->v);
	return 0;
}

/* Leaves what still counts. A time ahead of now is from a clock that was
 * set back: it counts from now on, so nothing is forgiven. */
static void
times_expire(struct times *times, unsigned seconds, uint64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < times->n; i++) {
		uint64_t t = times->v[i] > now ? now : times->v[i];

		if (t + seconds > now)
			times->v[kept++] = t;
	}
	times->n = kept;
}

static int
times_write(struct times *times)
{
	size_t size = times->n * sizeof(*times->v);

	if (pwrite(times->fd, times->v, size, 0) != (ssize_t)size)
		return -1;
	return ftruncate(times->fd, (off_t)size);
}

/* What expired is written all the same: a time ahead of the clock would
 * otherwise count from each look on, and never end. */
static int
used_up(struct times *times, const struct quota *quota, struct fault *fault)
{
	if (times_write(times) == -1)
		return failed(quota->name, strerror(errno), fault);
	return fault_set(fault, WHY_RATE, "%s: %u sessions in %u seconds",
	    quota->name, quota->rate.count, quota->rate.seconds);
}

static int
take_all(struct times *times, int state, const struct quota *quotas, size_t n,
    uint64_t now, struct fault *fault)
{
	for (size_t i = 0; i < n; i++) {
		const struct rate *rate = &quotas[i].rate;

		if (times_read(&times[i], state, &quotas[i]) == -1)
			return failed(quotas[i].name, strerror(errno), fault);
		times_expire(&times[i], rate->seconds, now);
		if (times[i].n >= rate->count)
			return used_up(&times[i], &quotas[i], fault);
		times[i].v[times[i].n++] = now;
	}
	for (size_t i = 0; i < n; i++)
		if (times_write(&times[i]) == -1)
			return failed(quotas[i].name, strerror(errno), fault);
	return 0;
}

int
state_take(int state, const struct quota *quotas, size_t n,
    const struct timespec *now, struct fault *fault)
{
	struct times times[QUOTAS_MAX];
	int ret;

	if (n > QUOTAS_MAX)
		return failed("quotas", "too many", fault);
	for (size_t i = 0; i < QUOTAS_MAX; i++)
		times[i] = (struct times) {.fd = -1};
	ret = take_all(times, state, quotas, n, (uint64_t)now->tv_sec, fault);
	for (size_t i = 0; i < QUOTAS_MAX; i++) {
		if (times[i].fd != -1)
			close(times[i].fd);
		free(times[i].v);
	}
	return ret;
}

/* One byte for each slot, locked by an open file: not by a process, whose
 * number another could have by now. */
static int
lock_slot(int fd, unsigned slot)
{
	struct flock range = {.l_type = F_WRLCK,
	    .l_whence = SEEK_SET,
	    .l_start = slot,
	    .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &range);
}

int
state_hold(int state, const char *key, unsigned slots, struct fault *fault)
{
	char name[NAME_BYTES + 1];
	int fd;

	snprintf(name, sizeof(name), "sessions:%s", key);
	fd = openat(state, name,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd == -1)
		return failed(name, strerror(errno), fault);
	for (unsigned i = 0; i < slots; i++) {
		if (lock_slot(fd, i) == 0)
			return fd;
		if (errno == EAGAIN || errno == EACCES || errno == EINTR)
			continue;
		failed(name, strerror(errno), fault);
		close(fd);
		return -1;
	}
	close(fd);
	return fault_set(fault, WHY_BUSY, "%s: max-sessions is %u", name,
	    slots);
}

/*
 * The file holds one number: until when the refusals so far use up the
 * time. Each adds its seconds; as long as that is less than the free ones
 * ahead of now, nobody waits.
 */
static unsigned
next_turn(int fd, uint64_t now)
{
	uint64_t until = now, wait;
	const uint64_t free_seconds = (uint64_t)REFUSALS_FREE * REFUSAL_SECONDS;
	const uint64_t last = now + free_seconds + REFUSAL_WAIT_MAX;

	if (pread(fd, &until, sizeof(until), 0) != sizeof(until) || until < now)
		until = now;
	if (until > last)
		until = last; /* the clock was set back */
	wait = until - now < free_seconds ?
	    0 :
	    until - now - free_seconds + REFUSAL_SECONDS;
	if (wait > REFUSAL_WAIT_MAX)
		return REFUSAL_WAIT_MAX;
	until += REFUSAL_SECONDS;
	if (pwrite(fd, &until, sizeof(until), 0) != sizeof(until))
		return REFUSAL_WAIT_MAX;
	return (unsigned)wait;
}

unsigned
state_refused(int state, const char *key, const struct timespec *now)
{
	char name[NAME_BYTES + 1];
	unsigned wait;
	int fd;

	if (state == -1)
		return REFUSAL_WAIT_BLIND;
	snprintf(name, sizeof(name), "refused:%s", key);
	fd = open_locked(state, name);
	if (fd == -1) /* also a lock that somebody holds on to */
		return REFUSAL_WAIT_MAX;
	wait = next_turn(fd, (uint64_t)now->tv_sec);
	close(fd);
	return wait;
}
