/* What words each type takes. The words are hostile bytes: all tests are
 * pure and linear in the word, those of glob and regex with a factor that
 * the policy sets and a limit bounds. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "shape.h"
#include "type_glob.h"
#include "type_regex.h"

#define HOSTNAME_MAX 253
#define LABEL_MAX 63

/* The bytes of each type; the locale has no say. */

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(unsigned char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_alnum(unsigned char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_hostname(unsigned char c)
{
	return is_alnum(c) || c == '-' || c == '.';
}

static bool
is_ip(unsigned char c)
{
	return is_hex(c) || c == ':' || c == '.';
}

static bool
is_name(unsigned char c)
{
	return is_hostname(c) || c == '_';
}

static bool
is_word(unsigned char c)
{
	return c > 0x20 && c < 0x7f;
}

static bool
is_date(unsigned char c)
{
	return is_digit(c) || c == '-';
}

static bool
is_path(unsigned char c)
{
	return c >= 0x20 && c != 0x7f;
}

/* Canonical decimal digits of 64 bits: no leading zero, nothing lost. */
bool
shape_read_number(const char *s, size_t len, uint64_t *number)
{
	uint64_t n = 0, digit;

	if (len == 0 || (len > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_digit((unsigned char)s[i]))
			return false;
		digit = (uint64_t)(s[i] - '0');
		if (n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*number = n;
	return true;
}

/* The shapes: what the bytes alone do not say. */

static bool
integer_shape(const struct type *type, const char *s, size_t len)
{
	uint64_t n;

	return shape_read_number(s, len, &n) && n >= type->min &&
	    n <= type->max;
}

static bool
hex_shape(const struct type *type, const char *s, size_t len)
{
	(void)s;
	return len >= type->min && len <= type->max;
}

/*
 * Would the resolver take a name with this last label for an address, as
 * inet_aton(3) takes 1.2.3.4, 127.1 and 0x7f000001?
 */
static bool
numeric_label(const char *s, size_t len)
{
	bool (*byte)(unsigned char) = is_digit;

	if (len >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		byte = is_hex;
		s += 2;
		len -= 2;
	}
	while (len > 0 && byte((unsigned char)s[len - 1]))
		len--;
	return len == 0;
}

static bool
hostname_shape(const struct type *type, const char *s, size_t len)
{
	size_t start = 0, label;

	(void)type;
	if (s[len - 1] == '.')
		len--;
	if (len == 0 || len > HOSTNAME_MAX)
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && s[i] != '.')
			continue;
		label = i - start;
		if (label == 0 || label > LABEL_MAX || s[start] == '-' ||
		    s[i - 1] == '-')
			return false;
		if (i < len)
			start = i + 1;
	}
	return !numeric_label(s + start, len - start);
}

static bool
ip_shape(const struct type *type, const char *s, size_t len)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	(void)type;
	if (len >= sizeof(text))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	return inet_pton(AF_INET, text, &address) == 1 ||
	    inet_pton(AF_INET6, text, &address) == 1;
}

static bool
name_shape(const struct type *type, const char *s, size_t len)
{
	(void)type;
	(void)len;
	return s[0] != '.';
}

static unsigned
month_days(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30,
	    31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static unsigned
digits(const char *s, size_t n)
{
	unsigned value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (unsigned)(s[i] - '0');
	return value;
}

static bool
date_shape(const struct type *type, const char *s, size_t len)
{
	unsigned year, month, day;

	(void)type;
	if (len != 10)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((s[i] == '-') != (i == 4 || i == 7))
			return false;
	year = digits(s, 4);
	month = digits(s + 5, 2);
	day = digits(s + 8, 2);
	return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
	    day <= month_days(year, month);
}

static bool
any_shape(const struct type *type, const char *s, size_t len)
{
	(void)type;
	(void)s;
	(void)len;
	return true;
}

/* Whether a component of the path is `.` or `..`. */
bool
shape_has_dots(const char *s, size_t len)
{
	size_t start = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && s[i] != '/')
			continue;
		if (i > start && i - start <= 2 &&
		    memcmp(s + start, "..", i - start) == 0)
			return true;
		start = i + 1;
	}
	return false;
}

/* A star would take `..` too, and lead out of the folder before it. */
static bool
glob_shape(const struct type *type, const char *s, size_t len)
{
	return !shape_has_dots(s, len) && type_glob_accepts(type->glob, s, len);
}

static bool
regex_shape(const struct type *type, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_path((unsigned char)s[i]))
			return false;
	return len > 0 && type_regex_accepts(type->regex, s, len);
}

static bool
one_of_shape(const struct type *type, const char *s, size_t len)
{
	for (size_t i = 0; i < type->values.n; i++)
		if (strlen(type->values.v[i]) == len &&
		    memcmp(type->values.v[i], s, len) == 0)
			return true;
	return false;
}

/* A byte and a shape for each. */

const struct shape shape_integer = {is_digit, integer_shape};
const struct shape shape_hostname = {is_hostname, hostname_shape};
const struct shape shape_ip = {is_ip, ip_shape};
const struct shape shape_name = {is_name, name_shape};
const struct shape shape_word = {is_word, any_shape};
const struct shape shape_date = {is_date, date_shape};
const struct shape shape_hex = {is_hex, hex_shape};
const struct shape shape_one_of = {NULL, one_of_shape};
const struct shape shape_glob = {is_path, glob_shape};
const struct shape shape_regex = {NULL, regex_shape};
const struct shape shape_path = {is_path, any_shape};
