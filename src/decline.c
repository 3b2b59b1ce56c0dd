/* Refuses an sftp client so that its user reads why. */

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "decline.h"

#define SECONDS_MAX 10
#define TEXT_MAX 1024
#define PACKET_MAX ((uint32_t)256 * 1024)
#define HEADER 9 /* length, type, and the version or the request's id */

enum { INIT = 1, VERSION = 2, STATUS = 101 };
enum { PROTOCOL = 3, PERMISSION_DENIED = 3 };

struct channel {
	int in;
	int out;
	time_t end;
};

static time_t
now(void)
{
	struct timespec ts = {0};

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static bool
ready(const struct channel *c, int fd, short events)
{
	struct pollfd pfd = {.fd = fd, .events = events};
	time_t left = c->end - now();

	return left > 0 && poll(&pfd, 1, (int)left * 1000) == 1;
}

static bool
get(const struct channel *c, unsigned char *buf, size_t size)
{
	while (size > 0) {
		ssize_t n = -1;

		if (!ready(c, c->in, POLLIN))
			return false;
		n = read(c->in, buf, size);
		if (n <= 0)
			return false;
		buf += n;
		size -= (size_t)n;
	}
	return true;
}

/* All or nothing: an answer is smaller than any pipe. */
static bool
put(const struct channel *c, const unsigned char *buf, size_t size)
{
	return ready(c, c->out, POLLOUT) &&
	    write(c->out, buf, size) == (ssize_t)size;
}

static uint32_t
get_number(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static unsigned char *
put_number(unsigned char *p, uint32_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*p++ = (unsigned char)(n >> shift);
	return p;
}

static unsigned char *
put_text(unsigned char *p, const char *text, size_t len)
{
	p = put_number(p, (uint32_t)len);
	memcpy(p, text, len);
	return p + len;
}

/* A packet's type and the number behind it; the rest is passed over. */
static bool
get_packet(const struct channel *c, unsigned char *type, uint32_t *number)
{
	unsigned char buf[512];
	uint32_t left;

	if (!get(c, buf, HEADER))
		return false;
	left = get_number(buf);
	*type = buf[4];
	*number = get_number(buf + 5);
	if (left < HEADER - 4 || left > PACKET_MAX)
		return false;
	for (left -= HEADER - 4; left > 0;) {
		uint32_t part = left < sizeof(buf) ? left : sizeof(buf);

		if (!get(c, buf, part))
			return false;
		left -= part;
	}
	return true;
}

static bool
put_version(const struct channel *c)
{
	unsigned char buf[HEADER], *p = put_number(buf, HEADER - 4);

	*p++ = VERSION;
	put_number(p, PROTOCOL);
	return put(c, buf, sizeof(buf));
}

static bool
put_refusal(const struct channel *c, uint32_t id, const char *text)
{
	unsigned char buf[64 + TEXT_MAX], *p = buf + 4;
	size_t len = strlen(text);

	if (len > TEXT_MAX)
		len = TEXT_MAX;
	*p++ = STATUS;
	p = put_number(p, id);
	p = put_number(p, PERMISSION_DENIED);
	p = put_text(p, text, len);
	p = put_text(p, "en", 2);
	put_number(buf, (uint32_t)(p - buf - 4));
	return put(c, buf, (size_t)(p - buf));
}

void
decline_sftp(int in, int out, const char *text)
{
	struct channel c = {.in = in, .out = out, .end = now() + SECONDS_MAX};
	unsigned char type;
	uint32_t number;

	if (!get_packet(&c, &type, &number) || type != INIT || !put_version(&c))
		return;
	while (get_packet(&c, &type, &number))
		if (!put_refusal(&c, number, text))
			return;
}
