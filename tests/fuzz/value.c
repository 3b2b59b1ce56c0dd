/*
 * value.c: the first byte chooses the parser, the rest is its text. What is
 * accepted is in range, and printed again it is what was written.
 */

#include <arpa/inet.h>
#include <assert.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"
#include "why.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_fault(int ret, const struct fault *fault)
{
	assert(ret == 0 || ret == -1);
	if (ret == -1)
		assert(fault->why == WHY_POLICY && fault->text[0] != '\0');
	else
		assert(fault->why == WHY_UNDECIDED);
}

static void
fuzz_words(const char *s)
{
	static const char *const names[] = {"reason", "none", "full", NULL};
	struct fault fault = {0};
	bool flag;
	int choice, ret;

	ret = value_flag(s, &flag, &fault);
	check_fault(ret, &fault);
	if (ret == 0)
		assert(strcmp(s, flag ? "yes" : "no") == 0);
	fault = (struct fault) {0};
	ret = value_choice(s, names, &choice, &fault);
	check_fault(ret, &fault);
	if (ret == 0)
		assert(strcmp(s, names[choice]) == 0);
	if (value_is_name(s))
		assert(strlen(s) <= 64 && *s != '-' && *s != '.' &&
		    strpbrk(s, "/ \t\n$;=[]") == NULL);
}

static void
fuzz_integer(const char *s)
{
	struct fault fault = {0};
	char text[32];
	long n;
	int ret = value_integer(s, LONG_MIN, LONG_MAX, &n, &fault);

	check_fault(ret, &fault);
	if (ret == -1)
		return;
	snprintf(text, sizeof(text), "%ld", n);
	assert(strcmp(s, text) == 0);
	ret = value_integer(s, -20, 19, &n, &fault);
	assert((ret == 0) == (n >= -20 && n <= 19));
}

static void
fuzz_umask(const char *s)
{
	struct fault fault = {0};
	char text[32];
	mode_t mask;
	int ret = value_umask(s, &mask, &fault);

	check_fault(ret, &fault);
	if (ret == -1)
		return;
	snprintf(text, sizeof(text), "%04o", (unsigned)mask);
	assert(strcmp(s, text) == 0 || strcmp(s, text + 1) == 0);
}

static void
fuzz_size(const char *s)
{
	static const char units[] = "KMG";
	struct fault fault = {0};
	char text[32];
	size_t n;
	int ret = value_size(s, 0, SIZE_MAX, &n, &fault);
	bool found = false;

	check_fault(ret, &fault);
	if (ret == -1)
		return;
	snprintf(text, sizeof(text), "%zu", n);
	found = strcmp(s, text) == 0;
	for (int i = 0; i < 3; i++) {
		int shift = 10 * (i + 1);

		snprintf(text, sizeof(text), "%zu%c", n >> shift, units[i]);
		if (strcmp(s, text) == 0 && (n >> shift) << shift == n)
			found = true;
	}
	assert(found);
}

static void
fuzz_when(const char *s)
{
	struct fault fault = {0};
	char text[32];
	struct tm tm;
	time_t from, to;
	int ret;

	setenv("TZ", "UTC0", 1);
	ret = value_when(s, false, &from, &fault);
	check_fault(ret, &fault);
	if (ret == -1)
		return;
	assert(from > 0);
	assert(value_when(s, true, &to, &fault) == 0);
	assert(to == (strlen(s) == 10 ? from + 86400 : from));
	assert(gmtime_r(&from, &tm) != NULL);
	assert(strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 19);
	if (strlen(s) > 10)
		text[10] = s[10] == 'T' ? 'T' : ' ';
	assert(strncmp(s, text, strlen(s)) == 0);
	assert(strlen(s) == 10 || strlen(s) == 16 || strlen(s) == 19);
}

/* An address as bits, or false. */
static bool
read_bits(const char *s, char bits[128])
{
	unsigned char a[16] = {[10] = 0xff, [11] = 0xff};

	if (inet_pton(AF_INET, s, a + 12) != 1 &&
	    inet_pton(AF_INET6, s, a) != 1)
		return false;
	for (int i = 0; i < 128; i++)
		bits[i] = (a[i / 8] >> (7 - i % 8)) & 1;
	return true;
}

/* `net` and `address`, a newline between them. */
static void
fuzz_net(char *s)
{
	char *address = s, *net = strsep(&address, "\n");
	char a[128], b[128], mapped[128];
	struct fault fault = {0};
	struct net parsed;
	bool expected;
	int ret = value_net(net, &parsed, &fault);

	check_fault(ret, &fault);
	if (ret == -1)
		return;
	assert(parsed.bits <= 128);
	net = strsep(&net, "/");
	assert(read_bits(net, a));
	for (unsigned i = parsed.bits; i < 128; i++)
		assert(a[i] == 0);
	if (address == NULL)
		return;
	if (strchr(address, '%') != NULL && strchr(address, ':') != NULL)
		*strchr(address, '%') = '\0';
	expected = read_bits(address, b) && memcmp(a, b, parsed.bits) == 0;
	assert(read_bits("0.0.0.0", mapped));
	if (expected && parsed.bits < 96)
		expected = memcmp(b, mapped, 96) != 0;
	assert(net_holds(&parsed, address) == expected);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s;

	if (size == 0)
		return 0;
	s = strndup((const char *)data + 1, size - 1);
	assert(s != NULL);
	switch (data[0]) {
	case 'w':
		fuzz_words(s);
		break;
	case 'i':
		fuzz_integer(s);
		break;
	case 'u':
		fuzz_umask(s);
		break;
	case 's':
		fuzz_size(s);
		break;
	case 'd':
		fuzz_when(s);
		break;
	case 'n':
		fuzz_net(s);
		break;
	}
	free(s);
	return 0;
}
