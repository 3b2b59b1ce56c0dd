/*
 * Values of policy files, one strict parser each. Nothing is passed over and
 * no locale decides: what is not written exactly as expected is refused.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"
#include "why.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int
value_flag(const char *s, bool *flag, struct fault *fault)
{
	bool yes = strcmp(s, "yes") == 0;

	if (!yes && strcmp(s, "no") != 0)
		return fault_set(fault, WHY_POLICY, "write yes or no");
	*flag = yes;
	return 0;
}

static int
refuse_choice(const char *const *names, struct fault *fault)
{
	char text[sizeof(fault->text)] = "";
	size_t used = 0;

	for (size_t i = 0; names[i] != NULL && used < sizeof(text); i++) {
		const char *join = names[i + 1] != NULL ? ", " : " or ";

		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s%s", i == 0 ? "" : join, names[i]);
	}
	return fault_set(fault, WHY_POLICY, "write %s", text);
}

int
value_choice(const char *s, const char *const *names, int *choice,
    struct fault *fault)
{
	for (int i = 0; names[i] != NULL; i++) {
		if (strcmp(s, names[i]) == 0) {
			*choice = i;
			return 0;
		}
	}
	return refuse_choice(names, fault);
}

/* The digits at the start, written as a number is: no zero before others.
 * Returns what follows them, NULL when it is no number or too large. */
static const char *
read_number(const char *s, size_t *number)
{
	size_t n = 0;

	if (!is_digit(*s) || (*s == '0' && is_digit(s[1])))
		return NULL;
	for (; is_digit(*s); s++)
		if (__builtin_mul_overflow(n, (size_t)10, &n) ||
		    __builtin_add_overflow(n, (size_t)(*s - '0'), &n))
			return NULL;
	*number = n;
	return s;
}

int
value_integer(const char *s, long min, long max, long *number,
    struct fault *fault)
{
	bool negative = *s == '-';
	const char *end;
	size_t n;
	long v;

	end = read_number(s + negative, &n);
	if (end == NULL || *end != '\0' || (negative && n == 0) ||
	    __builtin_mul_overflow(n, negative ? -1 : 1, &v) || v < min ||
	    v > max)
		return fault_set(fault, WHY_POLICY,
		    "write a whole number from %ld to %ld", min, max);
	*number = v;
	return 0;
}

int
value_duration(const char *value, unsigned long *seconds, struct fault *fault)
{
	size_t digits = strspn(value, "0123456789");
	unsigned long n = strtoul(value, NULL, 10), unit = 0;

	if (strcmp(value + digits, "s") == 0)
		unit = 1;
	else if (strcmp(value + digits, "m") == 0)
		unit = 60;
	else if (strcmp(value + digits, "h") == 0)
		unit = 3600;
	if (digits == 0 || value[0] == '0' || unit == 0)
		return fault_set(fault, WHY_POLICY,
		    "write a time such as 90s, 5m or 2h; there is no unit but "
		    "s, m and h");
	if (digits > 6)
		return fault_set(fault, WHY_POLICY,
		    "write no more than 999999s, 999999m or 999999h");
	*seconds = n * unit;
	return 0;
}

int
value_umask(const char *s, mode_t *mask, struct fault *fault)
{
	size_t n = strspn(s, "01234567");
	mode_t m = 0;

	if (s[n] != '\0' || (n != 3 && n != 4) || (n == 4 && s[0] != '0'))
		return fault_set(fault, WHY_POLICY,
		    "write a umask of three octal digits, such as 027");
	for (; *s != '\0'; s++)
		m = m * 8 + (mode_t)(*s - '0');
	*mask = m;
	return 0;
}

int
value_size(const char *s, size_t min, size_t max, size_t *size,
    struct fault *fault)
{
	static const char units[] = "KMGT";
	const char *end, *unit;
	size_t n;

	end = read_number(s, &n);
	if (end != NULL && *end != '\0') {
		unit = strchr(units, *end++);
		if (unit == NULL || *end != '\0' ||
		    __builtin_mul_overflow(n,
			(size_t)1024 << (10 * (unit - units)), &n))
			end = NULL;
	}
	if (end == NULL || n < min || n > max)
		return fault_set(fault, WHY_POLICY,
		    "write a size from %zu to %zu bytes, such as 8K or 2M", min,
		    max);
	*size = n;
	return 0;
}

/* Reads digits as the form shows them with `d`; every other character of it
 * stands for itself, and a blank also for T. */
static const char *
read_form(const char *s, const char *form, int *fields)
{
	*fields = 0;
	for (; *form != '\0'; form++, s++) {
		if (*form == 'd' && is_digit(*s))
			*fields = *fields * 10 + (*s - '0');
		else if (*form != 'd' &&
		    (*s == *form || (*form == ' ' && *s == 'T')))
			*++fields = 0;
		else
			return NULL;
	}
	return s;
}

/* The calendar alone, without a time zone: is there such a day? */
static bool
is_day(const struct tm *asked)
{
	struct tm tm = *asked;

	return timegm(&tm) != -1 && tm.tm_mday == asked->tm_mday &&
	    tm.tm_mon == asked->tm_mon;
}

/*
 * The first moment at which the local clock is not before the time asked
 * for. A clock time can come twice in autumn; in spring midnight itself can
 * be missing, and mktime(3) then may answer with an hour of the day before.
 */
static bool
to_time(const struct tm *asked, time_t *when)
{
	struct tm wall = *asked;
	time_t target = timegm(&wall);
	time_t best = 0;

	for (int dst = -1; dst <= 1; dst++) {
		struct tm tm = *asked;
		time_t t;

		tm.tm_isdst = dst;
		t = mktime(&tm);
		if (t <= 0 || timegm(&tm) < target || (best != 0 && t > best))
			continue;
		best = t;
	}
	if (best == 0)
		return false;
	*when = best;
	return true;
}

static bool
read_when(const char *s, struct tm *tm, bool *bare)
{
	int date[3], clock[4] = {0};
	const char *end = read_form(s, "dddd-dd-dd", date);

	if (end == NULL)
		return false;
	*bare = *end == '\0';
	if (!*bare) {
		s = read_form(end, " dd:dd:dd", clock);
		end = s != NULL ? s : read_form(end, " dd:dd", clock);
	}
	*tm = (struct tm) {.tm_year = date[0] - 1900,
	    .tm_mon = date[1] - 1,
	    .tm_mday = date[2],
	    .tm_hour = clock[1],
	    .tm_min = clock[2],
	    .tm_sec = clock[3]};
	return end != NULL && *end == '\0' && date[0] >= 1970 &&
	    clock[1] < 24 && clock[2] < 60 && clock[3] < 60 && is_day(tm);
}

int
value_when(const char *s, bool end, time_t *when, struct fault *fault)
{
	struct tm tm;
	bool bare;
	time_t t;

	if (!read_when(s, &tm, &bare))
		return fault_set(fault, WHY_POLICY,
		    "write a date, YYYY-MM-DD, or a date and time, "
		    "YYYY-MM-DD HH:MM");
	if (bare && end)
		tm.tm_mday++;
	if (!to_time(&tm, &t))
		return fault_set(fault, WHY_POLICY,
		    "write a date after 1970-01-01");
	*when = t;
	return 0;
}

static bool
is_mapped(const unsigned char address[16])
{
	static const unsigned char prefix[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(address, prefix, sizeof(prefix)) == 0;
}

/* n bytes of text to 16 of address; *bits is the width as written. */
static bool
read_address(const char *s, size_t n, unsigned char address[16], unsigned *bits)
{
	unsigned char parsed[16] = {[10] = 0xff, [11] = 0xff};
	char text[INET6_ADDRSTRLEN];

	if (n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	*bits = 32;
	if (inet_pton(AF_INET, text, parsed + 12) != 1) {
		*bits = 128;
		if (inet_pton(AF_INET6, text, parsed) != 1)
			return false;
	}
	memcpy(address, parsed, sizeof(parsed));
	return true;
}

/* Whether the first bits are the same; bits is at most 128. */
static bool
same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static bool
has_host_bits(const struct net *net)
{
	unsigned char block[16] = {0};
	unsigned whole = net->bits / 8, rest = net->bits % 8;

	memcpy(block, net->address, whole);
	if (rest != 0)
		block[whole] = net->address[whole] & (0xff << (8 - rest));
	return memcmp(block, net->address, sizeof(block)) != 0;
}

int
value_net(const char *s, struct net *net, struct fault *fault)
{
	size_t n = strcspn(s, "/"), prefix;
	const char *end = s + n;
	struct net parsed;
	unsigned width;

	if (!read_address(s, n, parsed.address, &width))
		return fault_set(fault, WHY_POLICY,
		    "write an address or a block, such as 192.0.2.0/24 or "
		    "2001:db8::/32");
	prefix = width;
	if (*end == '/')
		end = read_number(end + 1, &prefix);
	if (end == NULL || *end != '\0' || prefix > width)
		return fault_set(fault, WHY_POLICY,
		    "write a prefix length from 0 to %u after the /", width);
	parsed.bits = (unsigned)prefix + (128 - width);
	if (has_host_bits(&parsed))
		return fault_set(fault, WHY_POLICY,
		    "the address has bits beyond its prefix length: write "
		    "the block's first address, or leave the / out");
	*net = parsed;
	return 0;
}

bool
net_holds(const struct net *net, const char *text)
{
	unsigned char address[16];
	size_t n = strcspn(text, "%");
	unsigned width;

	if (!read_address(text, n, address, &width))
		return false;
	/* Only IPv6 has zones. */
	if (text[n] == '%' && width == 32)
		return false;
	if (net->bits < 96 && is_mapped(address))
		return false;
	return same_bits(net->address, address, net->bits);
}

bool
value_is_name(const char *s)
{
	size_t n = strspn(s,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789._-");

	return s[n] == '\0' && n >= 1 && n <= 64 && *s != '.' && *s != '-';
}
