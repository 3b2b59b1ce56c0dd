/* Windows of the week: when a key or a rule may be used. */

#include <stdlib.h>
#include <string.h>

#include "hours.h"
#include "list.h"
#include "why.h"
#include "words.h"

enum { DAYS = 7, MINUTES = 24 * 60, EVERY_DAY = (1 << DAYS) - 1 };

static const char day_names[DAYS][4] = {"Sun", "Mon", "Tue", "Wed", "Thu",
    "Fri", "Sat"};

static int
read_day(const char **text)
{
	for (int day = 0; day < DAYS; day++)
		if (strncmp(*text, day_names[day], 3) == 0) {
			*text += 3;
			return day;
		}
	return -1;
}

/* `Mon` or `Fri-Mon`, which goes over the end of the week. */
static int
read_range(const char **text, unsigned *days)
{
	int first = read_day(text), last = first;

	if (first != -1 && **text == '-') {
		(*text)++;
		last = read_day(text);
	}
	if (first == -1 || last == -1)
		return -1;
	*days |= 1U << first;
	for (int day = first; day != last;) {
		day = (day + 1) % DAYS;
		*days |= 1U << day;
	}
	return 0;
}

static int
read_days(const char *text, unsigned *days)
{
	*days = 0;
	for (;;) {
		if (read_range(&text, days) == -1)
			return -1;
		if (*text == '\0')
			return 0;
		if (*text++ != ',')
			return -1;
	}
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* HH:MM, up to 24:00. */
static int
read_clock(const char *text, unsigned *minutes)
{
	unsigned hour, minute;

	if (!is_digit(text[0]) || !is_digit(text[1]) || text[2] != ':' ||
	    !is_digit(text[3]) || !is_digit(text[4]))
		return -1;
	hour = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
	minute = (unsigned)(text[3] - '0') * 10 + (unsigned)(text[4] - '0');
	*minutes = hour * 60 + minute;
	return minute < 60 && *minutes <= MINUTES ? 0 : -1;
}

static int
read_times(const char *text, struct window *window)
{
	if (strlen(text) != strlen("01:00-05:00") || text[5] != '-' ||
	    read_clock(text, &window->from) == -1 ||
	    read_clock(text + 6, &window->to) == -1)
		return -1;
	return window->from < MINUTES && window->from != window->to ? 0 : -1;
}

static int
add(struct hours *hours, const struct window *window, struct fault *fault)
{
	struct window *v = reallocarray(hours->v, hours->n + 1, sizeof(*v));

	if (v == NULL)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	v[hours->n++] = *window;
	hours->v = v;
	return 0;
}

static int
parse(struct hours *hours, const struct list *words, struct fault *fault)
{
	struct window window = {.days = EVERY_DAY};
	bool open = false; /* days that have no times yet */

	for (size_t i = 0; i < words->n; i++) {
		const char *word = words->v[i];

		if (!open && !is_digit(word[0])) {
			if (read_days(word, &window.days) == -1)
				return fault_set(fault, WHY_POLICY,
				    "%s: write days as Mon, Mon-Fri or "
				    "Sat,Sun",
				    word);
			open = true;
			continue;
		}
		if (read_times(word, &window) == -1)
			return fault_set(fault, WHY_POLICY,
			    "%s: write times as 01:00-05:00, up to 24:00",
			    word);
		if (add(hours, &window, fault) == -1)
			return -1;
		window.days = EVERY_DAY;
		open = false;
	}
	if (open || hours->n == 0)
		return fault_set(fault, WHY_POLICY,
		    "days need times: write Mon-Fri 01:00-05:00");
	return 0;
}

int
hours_parse(struct hours *hours, const char *value, struct fault *fault)
{
	struct list words = {0};
	int ret;

	*hours = (struct hours) {0};
	ret = words_list(&words, value, fault);
	if (ret == 0)
		ret = parse(hours, &words, fault);
	list_free(&words);
	if (ret == -1)
		hours_free(hours);
	return ret;
}

void
hours_free(struct hours *hours)
{
	free(hours->v);
	*hours = (struct hours) {0};
}

/* A window that wraps belongs to the day on which it begins. */
static bool
window_holds(const struct window *w, unsigned day, unsigned minute)
{
	unsigned today = 1U << day, before = 1U << ((day + DAYS - 1) % DAYS);

	if (w->from < w->to)
		return (w->days & today) && minute >= w->from && minute < w->to;
	return ((w->days & today) && minute >= w->from) ||
	    ((w->days & before) && minute < w->to);
}

bool
hours_hold(const struct hours *hours, time_t when)
{
	struct tm tm;

	if (hours->n == 0)
		return true;
	if (localtime_r(&when, &tm) == NULL)
		return false;
	for (size_t i = 0; i < hours->n; i++)
		if (window_holds(&hours->v[i], (unsigned)tm.tm_wday,
			(unsigned)(tm.tm_hour * 60 + tm.tm_min)))
			return true;
	return false;
}
