/* The header that a syslog daemon puts before a record, in the three forms
 * that are written: RFC 3164, RFC 5424, and the first with a date of the
 * second. Read from the left and in full: what a client says comes later in
 * a line, and cannot pass for a header. */

#include <stdlib.h>
#include <string.h>

#include "ctl/log.h"
#include "ctl/log_line.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define TAG "gatekeeper"
#define DAY 86400

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", NULL};

struct header {
	const char *p;
	const char *end;
};

static bool
take(struct header *h, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(h->end - h->p) < n || memcmp(h->p, text, n) != 0)
		return false;
	h->p += n;
	return true;
}

/* n digits; -1: there are fewer. */
static int
digits(const char **p, const char *end, int n)
{
	int value = 0;

	if (end - *p < n)
		return -1;
	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		value = value * 10 + (**p - '0');
	}
	return value;
}

/* Two digits and the byte that must follow them; 0: any. */
static bool
pair(const char **p, const char *end, char after, int *value)
{
	if ((*value = digits(p, end, 2)) == -1)
		return false;
	if (after == '\0')
		return true;
	return *p < end && *(*p)++ == after;
}

static bool
fraction(const char **p, const char *end, long *nanoseconds)
{
	long scale = 100000000;

	if (*p == end || (**p != '.' && **p != ','))
		return true;
	(*p)++;
	if (*p == end || **p < '0' || **p > '9')
		return false;
	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
		*nanoseconds += (**p - '0') * scale;
		scale /= 10;
	}
	return true;
}

/* Z, +hh:mm or journalctl's +hhmm; in seconds. */
static bool
zone(const char **p, const char *end, long *offset)
{
	int hours, minutes;
	char sign;

	if (*p == end)
		return false;
	sign = *(*p)++;
	if (sign == 'Z' || sign == 'z')
		return true;
	if ((sign != '+' && sign != '-') || !pair(p, end, '\0', &hours))
		return false;
	if (*p < end && **p == ':')
		(*p)++;
	if (!pair(p, end, '\0', &minutes) || hours > 23 || minutes > 59)
		return false;
	*offset = (hours * 60L + minutes) * 60 * (sign == '+' ? 1 : -1);
	return true;
}

static bool
is_sane(const struct tm *tm)
{
	return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 &&
	    tm->tm_mday <= 31 && tm->tm_hour < 24 && tm->tm_min < 60 &&
	    tm->tm_sec <= 60;
}

static bool
clock_time(const char **p, const char *end, struct tm *tm)
{
	return pair(p, end, ':', &tm->tm_hour) &&
	    pair(p, end, ':', &tm->tm_min) && pair(p, end, '\0', &tm->tm_sec);
}

/* Days since 1970 in the Gregorian calendar. timegm() takes several times as
 * long as the rest of a record's reading. */
static long
days(long year, int month, int day)
{
	long era, of_era, of_year;

	year -= month <= 2;
	era = year / 400;
	of_era = year % 400;
	of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

size_t
log_time(const char *s, size_t size, struct timespec *when)
{
	const char *p = s, *end = s + size;
	struct tm tm = {0};
	long nanoseconds = 0, offset = 0;
	int year = digits(&p, end, 4);

	if (year < 1970 || p == end || *p++ != '-')
		return 0;
	if (!pair(&p, end, '-', &tm.tm_mon) ||
	    !pair(&p, end, '\0', &tm.tm_mday) || p == end)
		return 0;
	tm.tm_mon--;
	if ((*p != 'T' && *p != 't') || !(p++, clock_time(&p, end, &tm)))
		return 0;
	if (!fraction(&p, end, &nanoseconds) || !zone(&p, end, &offset) ||
	    !is_sane(&tm))
		return 0;
	when->tv_sec = days(year, tm.tm_mon + 1, tm.tm_mday) * DAY +
	    tm.tm_hour * 3600L + tm.tm_min * 60L + tm.tm_sec - offset;
	when->tv_nsec = nanoseconds;
	return (size_t)(p - s);
}

/* The latest year in which that is not to come. A leap day is of the last
 * year that had one. */
static time_t
guess_year(const struct tm *read)
{
	time_t now = time(NULL), when;
	struct tm today, tm;

	if (localtime_r(&now, &today) == NULL)
		return 0;
	for (int back = 0; back <= 8; back++) {
		tm = *read;
		tm.tm_year = today.tm_year + 1 - back;
		tm.tm_isdst = -1;
		when = mktime(&tm);
		if (when != -1 && when <= now + DAY &&
		    tm.tm_mday == read->tm_mday)
			return when;
	}
	return 0;
}

/* Nov 28 18:36:17, in the host's own time zone. */
static bool
old_time(struct header *h, struct timespec *when)
{
	struct tm tm = {0};
	const char *p = h->p;

	if (h->end - p < 15 || p[3] != ' ')
		return false;
	tm.tm_mon = log_value(months, p, 3);
	p += 4;
	if (*p == ' ') {
		p++;
		tm.tm_mday = digits(&p, h->end, 1);
	} else {
		tm.tm_mday = digits(&p, h->end, 2);
	}
	if (*p++ != ' ' || !clock_time(&p, h->end, &tm) || !is_sane(&tm))
		return false;
	h->p = p;
	when->tv_sec = guess_year(&tm);
	return true;
}

static bool
any_time(struct header *h, struct timespec *when)
{
	size_t n = log_time(h->p, (size_t)(h->end - h->p), when);

	h->p += n;
	return n > 0 || old_time(h, when);
}

/* One word and the blank behind it. */
static bool
word(struct header *h, const char **start, size_t *size)
{
	const char *space = memchr(h->p, ' ', (size_t)(h->end - h->p));

	if (space == NULL || space == h->p)
		return false;
	*start = h->p;
	*size = (size_t)(space - h->p);
	h->p = space + 1;
	return true;
}

static void
skip_digits(struct header *h)
{
	while (h->p < h->end && *h->p >= '0' && *h->p <= '9')
		h->p++;
}

static bool
priority(struct header *h)
{
	if (!take(h, "<"))
		return true;
	skip_digits(h);
	return take(h, ">");
}

/* gatekeeper[123]: */
static bool
tag(struct header *h)
{
	if (!take(h, TAG))
		return false;
	if (take(h, "[")) {
		skip_digits(h);
		if (!take(h, "]"))
			return false;
	}
	if (!take(h, ":"))
		return false;
	take(h, " ");
	return true;
}

/* What comes before the tag: nothing in what gatekeeper itself sends. */
static bool
host(struct log_room *room, struct header *h, struct log_record *r)
{
	struct header ahead = *h;
	const char *name;
	size_t size;

	if (tag(&ahead))
		return true;
	if (!word(h, &name, &size))
		return false;
	r->host = log_room_copy(room, name, size);
	return true;
}

/* The structured data of RFC 5424: `-`, or [id name="value"]... */
static bool
data(struct header *h)
{
	bool quoted = false;

	if (take(h, "- "))
		return true;
	while (take(h, "[")) {
		for (; h->p < h->end && (quoted || *h->p != ']'); h->p++) {
			if (quoted && *h->p == '\\' && h->p + 1 < h->end)
				h->p++;
			else if (*h->p == '"')
				quoted = !quoted;
		}
		if (!take(h, "]"))
			return false;
	}
	return take(h, " ");
}

/* TIME HOST APP PROCID MSGID DATA MESSAGE, behind the version. */
static bool
new_form(struct log_room *room, struct header *h, struct log_record *r)
{
	const char *name, *app, *ignored;
	size_t size, app_size, n;

	n = log_time(h->p, (size_t)(h->end - h->p), &r->when);
	h->p += n;
	if ((n == 0 && !take(h, "-")) || !take(h, " "))
		return false;
	if (!word(h, &name, &size) || !word(h, &app, &app_size) ||
	    !word(h, &ignored, &n) || !word(h, &ignored, &n) || !data(h))
		return false;
	if (app_size != strlen(TAG) || memcmp(app, TAG, app_size) != 0)
		return false;
	take(h, "\xef\xbb\xbf");
	r->host = log_room_copy(room, name, size);
	return true;
}

size_t
log_header(struct log_room *room, const char *s, size_t size,
    struct log_record *r)
{
	struct header h = {s, s + size};

	if (!priority(&h))
		return 0;
	if (h.p != s && take(&h, "1 "))
		return new_form(room, &h, r) ? (size_t)(h.p - s) : 0;
	if (!any_time(&h, &r->when) || !take(&h, " ") || !host(room, &h, r) ||
	    !tag(&h))
		return 0;
	return (size_t)(h.p - s);
}
