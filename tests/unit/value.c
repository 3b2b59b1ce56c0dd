/* value.c: every kind of value, its limits, and what is next to it. */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "value.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* A refusal has its reason and says what to write. */
static void
check_fault(const char *s, int ret, const struct fault *fault)
{
	if (ret != -1)
		fail_msg("accepted: %s", s);
	assert_int_equal(fault->why, WHY_POLICY);
	if (strncmp(fault->text, "write ", 6) != 0 &&
	    strstr(fault->text, ": write ") == NULL)
		fail_msg("%s: %s", s, fault->text);
}

static void
test_flag(void **state)
{
	static const char *const bad[] = {"", "Yes", "yes ", " no", "true", "1",
	    "y", "nope"};
	struct fault fault;
	bool flag = false;

	(void)state;
	assert_int_equal(value_flag("yes", &flag, &fault), 0);
	assert_true(flag);
	assert_int_equal(value_flag("no", &flag, &fault), 0);
	assert_false(flag);
	flag = true;
	for (size_t i = 0; i < NELEM(bad); i++) {
		fault = (struct fault) {0};
		check_fault(bad[i], value_flag(bad[i], &flag, &fault), &fault);
		assert_true(flag);
	}
}

static void
test_choice(void **state)
{
	static const char *const names[] = {"reason", "none", "full", NULL};
	static const char *const bad[] = {"", "Full", "full ", "ful", "none,"};
	struct fault fault;
	int choice = -1;

	(void)state;
	for (int i = 0; names[i] != NULL; i++) {
		assert_int_equal(value_choice(names[i], names, &choice, &fault),
		    0);
		assert_int_equal(choice, i);
	}
	for (size_t i = 0; i < NELEM(bad); i++) {
		fault = (struct fault) {0};
		check_fault(bad[i],
		    value_choice(bad[i], names, &choice, &fault), &fault);
		assert_string_equal(fault.text, "write reason, none or full");
	}
	assert_int_equal(choice, 2);
}

struct integer {
	const char *text;
	long min, max;
	bool ok;
	long number;
};

static const struct integer integers[] = {
    {"0", 0, 9, true, 0}, {"9", 0, 9, true, 9}, {"-20", -20, 19, true, -20},
    {"19", -20, 19, true, 19},
    {"9223372036854775807", LONG_MIN, LONG_MAX, true, LONG_MAX},
    {"-9223372036854775808", LONG_MIN, LONG_MAX, true, LONG_MIN},
    {"9223372036854775808", LONG_MIN, LONG_MAX, false, 0},
    {"-9223372036854775809", LONG_MIN, LONG_MAX, false, 0},
    {"18446744073709551616", LONG_MIN, LONG_MAX, false, 0},
    {"18446744073709551617", LONG_MIN, LONG_MAX, false, 0},
    {"99999999999999999999999", LONG_MIN, LONG_MAX, false, 0},
    {"10", 0, 9, false, 0}, {"-21", -20, 19, false, 0}, {"-1", 0, 9, false, 0},
    {"", -9, 9, false, 0}, {"-", -9, 9, false, 0}, {"--1", -9, 9, false, 0},
    {"-0", -9, 9, false, 0}, {"+1", -9, 9, false, 0}, {" 1", -9, 9, false, 0},
    {"1 ", -9, 9, false, 0}, {"- 1", -9, 9, false, 0}, {"01", -9, 9, false, 0},
    {"00", -9, 9, false, 0}, {"0x1", -9, 9, false, 0}, {"1.0", -9, 9, false, 0},
    {"1e0", -9, 9, false, 0}, {"one", -9, 9, false, 0},
    {"\xd9\xa1", -9, 9, false, 0}, /* a digit of another script */
};

static void
test_integer(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(integers); i++) {
		const struct integer *row = &integers[i];
		struct fault fault = {0};
		long number = 77;
		int ret = value_integer(row->text, row->min, row->max, &number,
		    &fault);

		if (!row->ok) {
			check_fault(row->text, ret, &fault);
			assert_int_equal(number, 77);
			continue;
		}
		if (ret == -1)
			fail_msg("%s: %s", row->text, fault.text);
		assert_true(number == row->number);
	}
}

struct umask_row {
	const char *text;
	int mask; /* -1: refused */
};

static const struct umask_row umasks[] = {
    {"000", 0},
    {"022", 022},
    {"0027", 027},
    {"777", 0777},
    {"0777", 0777},
    {"", -1},
    {"0", -1},
    {"22", -1},
    {"1777", -1},
    {"00022", -1},
    {"028", -1},
    {"-22", -1},
    {"+22", -1},
    {" 022", -1},
    {"022 ", -1},
    {"0o22", -1},
    {"u=rwx", -1},
};

static void
test_umask(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(umasks); i++) {
		const struct umask_row *row = &umasks[i];
		struct fault fault = {0};
		mode_t mask = 01234;
		int ret = value_umask(row->text, &mask, &fault);

		if (row->mask == -1) {
			check_fault(row->text, ret, &fault);
			assert_int_equal(mask, 01234);
			continue;
		}
		if (ret == -1)
			fail_msg("%s: %s", row->text, fault.text);
		assert_int_equal(mask, row->mask);
	}
}

struct size_row {
	const char *text;
	size_t min, max;
	bool ok;
	size_t size;
};

static const struct size_row sizes[] = {
    {"256", 256, 131072, true, 256},
    {"8K", 256, 131072, true, 8192},
    {"128K", 256, 131072, true, 131072},
    {"2M", 0, SIZE_MAX, true, 2097152},
    {"3G", 0, SIZE_MAX, true, 3221225472},
    {"0", 0, 1, true, 0},
    {"0K", 0, 1, true, 0},
    {"18446744073709551615", 0, SIZE_MAX, true, SIZE_MAX},
    {"17179869183G", 0, SIZE_MAX, true, (size_t)17179869183 << 30},
    {"17179869184G", 0, SIZE_MAX, false, 0},
    {"18446744073709551616", 0, SIZE_MAX, false, 0},
    {"18014398509481984K", 0, SIZE_MAX, false, 0},
    {"255", 256, 131072, false, 0},
    {"129K", 256, 131072, false, 0},
    {"131073", 256, 131072, false, 0},
    {"", 0, SIZE_MAX, false, 0},
    {"K", 0, SIZE_MAX, false, 0},
    {"8k", 0, SIZE_MAX, false, 0},
    {"8KB", 0, SIZE_MAX, false, 0},
    {"8KK", 0, SIZE_MAX, false, 0},
    {"8 K", 0, SIZE_MAX, false, 0},
    {"8K ", 0, SIZE_MAX, false, 0},
    {"8T", 0, SIZE_MAX, true, (size_t)8 << 40},
    {"16777216T", 0, SIZE_MAX, false, 0},
    {"8P", 0, SIZE_MAX, false, 0},
    {"08K", 0, SIZE_MAX, false, 0},
    {"-8K", 0, SIZE_MAX, false, 0},
    {"+8K", 0, SIZE_MAX, false, 0},
    {"1.5M", 0, SIZE_MAX, false, 0},
};

static void
test_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(sizes); i++) {
		const struct size_row *row = &sizes[i];
		struct fault fault = {0};
		size_t size = 77;
		int ret =
		    value_size(row->text, row->min, row->max, &size, &fault);

		if (!row->ok) {
			check_fault(row->text, ret, &fault);
			assert_int_equal(size, 77);
			continue;
		}
		if (ret == -1)
			fail_msg("%s: %s", row->text, fault.text);
		assert_true(size == row->size);
	}
}

static void
set_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

/* Midnight is skipped when this zone's summer begins. */
#define NO_MIDNIGHT "<-03>3<-02>,M10.3.0/0,M2.3.0/0"
/* And here 00:00 to 01:00 comes twice when it ends. */
#define TWO_MIDNIGHTS "CST5CDT,M3.2.0/0,M11.1.0/1"
#define CENTRAL_EUROPE "CET-1CEST,M3.5.0,M10.5.0/3"

struct when {
	const char *zone;
	const char *text;
	bool end;
	time_t when; /* 0: refused */
};

static const struct when whens[] = {
    {"UTC0", "2026-11-20", false, 1795132800},
    {"UTC0", "2026-11-20", true, 1795219200},
    {"UTC0", "2026-11-20 22:11", false, 1795212660},
    {"UTC0", "2026-11-20T22:11", false, 1795212660},
    {"UTC0", "2026-11-20 22:11:03", false, 1795212663},
    {"UTC0", "2026-11-20T22:11:03", true, 1795212663},
    {"UTC0", "2028-02-29", false, 1835395200},
    {"UTC0", "1970-01-01 00:00:01", false, 1},
    {"UTC0", "1970-01-01", true, 86400},
    {"UTC0", "9999-12-31", true, 253402300800},
    {"UTC0", "2026-12-31", true, 1798761600},
    {CENTRAL_EUROPE, "2026-07-01", false, 1782856800},
    {CENTRAL_EUROPE, "2026-12-01", false, 1796079600},
    /* Days of 23 and of 25 hours. */
    {CENTRAL_EUROPE, "2026-03-29", false, 1774738800},
    {CENTRAL_EUROPE, "2026-03-29", true, 1774738800 + 23 * 3600},
    {CENTRAL_EUROPE, "2026-10-25", false, 1792879200},
    {CENTRAL_EUROPE, "2026-10-25", true, 1792879200 + 25 * 3600},
    /* 02:30 comes twice: the first, whatever was asked before. */
    {CENTRAL_EUROPE, "2026-10-25 02:30", false, 1792888200},
    {CENTRAL_EUROPE, "2026-12-01", false, 1796079600},
    {CENTRAL_EUROPE, "2026-10-25 02:30", false, 1792888200},
    /* 02:30 is skipped: 03:30 it is. */
    {CENTRAL_EUROPE, "2026-03-29 02:30", false, 1774747800},
    {NO_MIDNIGHT, "2026-10-18", false, 1792292400},
    {NO_MIDNIGHT, "2026-10-17", true, 1792292400},
    {TWO_MIDNIGHTS, "2026-11-01", false, 1793505600},
    {TWO_MIDNIGHTS, "2026-10-31", true, 1793505600},
    /* Zero and less could be taken for "no limit". */
    {"UTC0", "1970-01-01", false, 0},
    {"UTC0", "1970-01-01 00:00", true, 0},
    {CENTRAL_EUROPE, "1970-01-01", false, 0},
    /* No such day or time. */
    {"UTC0", "2026-02-29", false, 0},
    {"UTC0", "2026-02-30", false, 0},
    {"UTC0", "2026-04-31", false, 0},
    {"UTC0", "2100-02-29", false, 0},
    {"UTC0", "2026-00-10", false, 0},
    {"UTC0", "2026-13-01", false, 0},
    {"UTC0", "2026-01-00", false, 0},
    {"UTC0", "2026-01-32", false, 0},
    {"UTC0", "1969-12-31", false, 0},
    {"UTC0", "1969-12-31", true, 0},
    {NO_MIDNIGHT, "1969-12-31 23:00", false, 0},
    {"UTC0", "0000-01-01", false, 0},
    {"UTC0", "2026-11-20 24:00", false, 0},
    {"UTC0", "2026-11-20 23:60", false, 0},
    {"UTC0", "2026-11-20 22:11:60", false, 0},
    {"UTC0", "2026-11-20 23:59:60", false, 0},
    /* Not the form. */
    {"UTC0", "", false, 0},
    {"UTC0", "2026", false, 0},
    {"UTC0", "2026-11", false, 0},
    {"UTC0", "2026-11-2", false, 0},
    {"UTC0", "26-11-20", false, 0},
    {"UTC0", "12026-11-20", false, 0},
    {"UTC0", "2026/11/20", false, 0},
    {"UTC0", "2026-11-20 ", false, 0},
    {"UTC0", "2026-11-20T", false, 0},
    {"UTC0", " 2026-11-20", false, 0},
    {"UTC0", "2026-11-20 22", false, 0},
    {"UTC0", "2026-11-20 2:11", false, 0},
    {"UTC0", "2026-11-20 22:11:", false, 0},
    {"UTC0", "2026-11-20 22:11:3", false, 0},
    {"UTC0", "2026-11-20  22:11", false, 0},
    {"UTC0", "2026-11-20t22:11", false, 0},
    {"UTC0", "2026-11-20 22T11", false, 0},
    {"UTC0", "2026-11-20 22:11Z", false, 0},
    {"UTC0", "2026-11-20 22:11:03 ", false, 0},
    {"UTC0", "2026-11-+2", false, 0},
    {"UTC0", "-026-11-20", false, 0},
    {"UTC0", "dddd-dd-dd", false, 0},
};

static void
test_when(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(whens); i++) {
		const struct when *row = &whens[i];
		struct fault fault = {0};
		time_t when = 77;
		int ret;

		set_zone(row->zone);
		ret = value_when(row->text, row->end, &when, &fault);
		if (row->when == 0) {
			check_fault(row->text, ret, &fault);
			assert_int_equal(when, 77);
			continue;
		}
		if (ret == -1)
			fail_msg("%s: %s", row->text, fault.text);
		if (when != row->when)
			fail_msg("%s: %lld, not %lld", row->text,
			    (long long)when, (long long)row->when);
	}
}

struct block {
	const char *net;
	const char *address;
	bool holds;
};

static const struct block blocks[] = {
    {"192.0.2.7", "192.0.2.7", true},
    {"192.0.2.7", "192.0.2.6", false},
    {"192.0.2.7/32", "192.0.2.7", true},
    {"192.0.2.0/24", "192.0.2.0", true},
    {"192.0.2.0/24", "192.0.2.255", true},
    {"192.0.2.0/24", "192.0.3.0", false},
    {"192.0.2.0/24", "192.0.1.255", false},
    {"192.0.2.128/25", "192.0.2.127", false},
    {"192.0.2.128/25", "192.0.2.128", true},
    {"192.0.2.4/31", "192.0.2.5", true},
    {"192.0.2.4/31", "192.0.2.6", false},
    {"0.0.0.0/0", "203.0.113.9", true},
    {"0.0.0.0/0", "::ffff:203.0.113.9", true},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"0.0.0.0/0", "::1", false},
    /* IPv4 is IPv4 however it is written. */
    {"192.0.2.0/24", "::ffff:192.0.2.9", true},
    {"192.0.2.0/24", "::FFFF:c000:0209", true},
    {"::ffff:192.0.2.0/120", "192.0.2.9", true},
    {"::ffff:192.0.2.0/120", "192.0.3.9", false},
    {"::ffff:192.0.2.7", "192.0.2.7", true},
    {"::ffff:0:0/96", "203.0.113.9", true},
    {"192.0.2.0/24", "::192.0.2.9", false},
    {"192.0.2.0/24", "2002:c000:209::1", false},
    /* IPv6. */
    {"2001:db8::/32", "2001:db8:ffff::1", true},
    {"2001:db8::/32", "2001:db9::1", false},
    {"2001:db8::1", "2001:DB8:0:0:0:0:0:1", true},
    {"2001:db8::1/128", "2001:db8::2", false},
    {"fe80::/10", "fe80::1%eth0", true},
    {"fe80::/10", "febf::1", true},
    {"fe80::/10", "fec0::1", false},
    {"fe80::1", "fe80::1%2", true},
    {"::/0", "2001:db8::1", true},
    {"::/0", "::1", true},
    /* A block of IPv6 never lets IPv4 in unsaid. */
    {"::/0", "192.0.2.7", false},
    {"::/0", "::ffff:192.0.2.7", false},
    {"::/64", "::ffff:192.0.2.7", false},
    {"::fffe:0:0/95", "::ffff:192.0.2.7", false},
    {"::fffe:0:0/95", "::fffe:0:1", true},
    {"2000::/3", "192.0.2.7", false},
    /* What is no address is in no block. */
    {"0.0.0.0/0", "", false},
    {"0.0.0.0/0", "UNKNOWN", false},
    {"0.0.0.0/0", "192.0.2", false},
    {"0.0.0.0/0", "192.0.2.07", false},
    {"0.0.0.0/0", "192.0.2.256", false},
    {"0.0.0.0/0", "0xc0.0.2.7", false},
    {"0.0.0.0/0", "3221225991", false},
    {"0.0.0.0/0", " 192.0.2.7", false},
    {"0.0.0.0/0", "192.0.2.7 ", false},
    {"0.0.0.0/0", "192.0.2.7%eth0", false},
    {"0.0.0.0/0", "192.0.2.7/32", false},
    {"::/0", "%eth0", false},
    {"::/0", "[2001:db8::1]", false},
    {"::/0", "2001:db8::1::", false},
    {"::/0", "0000000000000000000000000000000000000000000000000000001", false},
};

static void
test_net(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(blocks); i++) {
		const struct block *row = &blocks[i];
		struct fault fault = {0};
		struct net net;

		if (value_net(row->net, &net, &fault) == -1)
			fail_msg("%s: %s", row->net, fault.text);
		if (net_holds(&net, row->address) != row->holds)
			fail_msg("%s: %s", row->net, row->address);
	}
}

/* One block, however it is written, is the same value. */
static void
test_net_mapped(void **state)
{
	struct fault fault;
	struct net a, b;

	(void)state;
	assert_int_equal(value_net("192.0.2.0/24", &a, &fault), 0);
	assert_int_equal(value_net("::ffff:192.0.2.0/120", &b, &fault), 0);
	assert_memory_equal(a.address, b.address, sizeof(a.address));
	assert_int_equal(a.bits, 120);
	assert_int_equal(b.bits, 120);
}

static void
test_net_refused(void **state)
{
	static const char *const bad[] = {"", "/", "/24", "UNKNOWN", "any", "*",
	    "192.0.2.*", "192.0.2", "192.0.2.0/", "192.0.2.0/33",
	    "192.0.2.0/-1", "192.0.2.0/+24", "192.0.2.0/024", "192.0.2.0/24 ",
	    " 192.0.2.0/24", "192.0.2.0/24/24", "192.0.2.0/2x",
	    "192.0.2.0/0x18", "192.0.2.0/255.255.255.0",
	    "192.0.2.0/99999999999999999999", "192.0.2.0/4294967320",
	    "192.0.2.7/24", "192.0.2.1/31", "1.0.0.0/0", "010.0.0.1",
	    "2001:db8::/129", "2001:db8::1/64", "2001:db8::/", "::1/0",
	    "::ffff:0:0/95", "::ffff:192.0.2.0/24", "fe80::1%eth0",
	    "fe80::%eth0/10", "[::1]", "!192.0.2.7", "web1.example.org",
	    "192.0.2.0-192.0.2.9", "192.0.2.7,192.0.2.8",
	    "0000000000000000000000000000000000000000000000000::1"};

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++) {
		struct fault fault = {0};
		struct net net = {.bits = 77};

		check_fault(bad[i], value_net(bad[i], &net, &fault), &fault);
		assert_int_equal(net.bits, 77);
	}
}

#define X8 "xxxxxxxx"
#define X64 X8 X8 X8 X8 X8 X8 X8 X8

static void
test_name(void **state)
{
	static const char *const good[] = {"a", "Z", "0", "_", "web1.example",
	    "a-b_c.d", "a..", "_-", X64};
	static const char *const bad[] = {"", ".", "..", ".a", "-", "-a", "a b",
	    "a/b", "a\n", "a\xc3\xa9", "a;b", "$a", X64 "x"};

	(void)state;
	for (size_t i = 0; i < NELEM(good); i++)
		if (!value_is_name(good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < NELEM(bad); i++)
		if (value_is_name(bad[i]))
			fail_msg("accepted: %s", bad[i]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_flag),
	    cmocka_unit_test(test_choice),
	    cmocka_unit_test(test_integer),
	    cmocka_unit_test(test_umask),
	    cmocka_unit_test(test_size),
	    cmocka_unit_test(test_when),
	    cmocka_unit_test(test_net),
	    cmocka_unit_test(test_net_mapped),
	    cmocka_unit_test(test_net_refused),
	    cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
