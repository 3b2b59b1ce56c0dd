/* Numbers, times and hostile text in as many columns as there are. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "ctl/fit.h"
#include "ctl/show.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define WIDTH_MIN 60
#define WIDTH_MAX 1000

unsigned
fit_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = {0};
	unsigned long width = 0;

	if (columns != NULL)
		width = strtoul(columns, NULL, 10);
	if (width == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		width = size.ws_col != 0 ? size.ws_col : 80;
	if (width == 0)
		return 0;
	if (width < WIDTH_MIN)
		return WIDTH_MIN;
	return width > WIDTH_MAX ? WIDTH_MAX : (unsigned)width;
}

/* The next character: its bytes and its columns. */
static size_t
step(const char *s, unsigned *columns)
{
	mbstate_t state = {0};
	wchar_t wide = L'\0';
	size_t n = mbrtowc(&wide, s, strlen(s), &state);
	int width;

	*columns = 1;
	if (n == (size_t)-1 || n == (size_t)-2 || n == 0)
		return 1;
	width = wcwidth(wide);
	*columns = width > 0 ? (unsigned)width : 0;
	return n;
}

unsigned
fit_columns(const char *safe)
{
	unsigned sum = 0, columns;

	while (*safe != '\0') {
		safe += step(safe, &columns);
		sum += columns;
	}
	return sum;
}

char *
fit_cut(char *safe, unsigned columns)
{
	unsigned sum = 0, one;
	char *p = safe, *text;

	if (columns < 4 || fit_columns(safe) <= columns)
		return safe;
	for (;;) {
		size_t n = step(p, &one);

		if (sum + one > columns - 3)
			break;
		sum += one;
		p += n;
	}
	text = show_format("%.*s...", (int)(p - safe), safe);
	free(safe);
	return text;
}

char *
fit_text(const char *s, size_t size, unsigned columns)
{
	return fit_cut(show_plain(s, size), columns);
}

char *
fit_pad(char *safe, unsigned columns)
{
	unsigned have = fit_columns(safe);
	char *text = show_format("%s%*s", safe,
	    have < columns ? (int)(columns - have) : 0, "");

	free(safe);
	return text;
}

char *
fit_bytes(unsigned long long n)
{
	static const char units[] = " KMGTPE";
	double value = (double)n;
	size_t unit = 0;

	while (value >= 1024 && unit + 2 < sizeof(units)) {
		value /= 1024;
		unit++;
	}
	if (unit == 0)
		return show_format("%llu", n);
	return show_format(value < 99.95 ? "%.1f%c" : "%.0f%c", value,
	    units[unit]);
}

char *
fit_number(unsigned long long n)
{
	char digits[32], out[48], *to = out;
	int length = snprintf(digits, sizeof(digits), "%llu", n);

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return show_need(strdup(out));
}

char *
fit_duration(long long nanoseconds)
{
	static const struct unit {
		double seconds;
		const char *name;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
	double seconds = (double)nanoseconds / 1e9;

	for (size_t i = 0; i < NELEM(units); i++)
		if (seconds >= units[i].seconds)
			return show_format("%.1f%s", seconds / units[i].seconds,
			    units[i].name);
	return show_format("%.0fms", seconds * 1e3);
}

char *
fit_time(long long when)
{
	time_t seconds = (time_t)when;
	struct tm tm;
	char text[64];

	if (when == 0 || localtime_r(&seconds, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return show_need(strdup("-"));
	return show_need(strdup(text));
}

unsigned
fit_share(unsigned long long n, unsigned long long max, unsigned columns)
{
	double share;

	if (n == 0 || max == 0)
		return 0;
	share = (double)n / (double)max * columns + 0.5;
	if (share < 1)
		return 1;
	return share > columns ? columns : (unsigned)share;
}
