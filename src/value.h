#ifndef GK_VALUE_H
#define GK_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct fault;

/* Values of policy files, one parser each. All return 0, or -1 with
 * WHY_POLICY and a text that says what to write. */

int value_flag(const char *, bool *, struct fault *);
/* One of the NULL-ended names: its index. */
int value_choice(const char *, const char *const *names, int *, struct fault *);
int value_integer(const char *, long min, long max, long *, struct fault *);
/* 022, 0027: three or four octal digits, no more than 0777. */
int value_umask(const char *, mode_t *, struct fault *);
/* 8K, 2M, 1G or plain bytes. */
int value_size(const char *, size_t min, size_t max, size_t *, struct fault *);

/* 90s, 5m, 2h: from 1 to 999999 of a unit; in seconds. */
int value_duration(const char *, unsigned long *, struct fault *);

/*
 * YYYY-MM-DD or YYYY-MM-DD HH:MM[:SS] (also with a T), in local time. A bare
 * date is its first second, or with `end` the first second after it, so
 * that `now < *` reads as an inclusive date. Of a clock time that comes
 * twice, the first. Never 0 or less, which could read as "no limit".
 */
int value_when(const char *, bool end, time_t *, struct fault *);

/*
 * An address or CIDR block, IPv4 held as IPv4-mapped IPv6. A block of less
 * than 96 bits, such as ::/0, is IPv6 alone: it holds no IPv4 address, which
 * ::/0 would otherwise let in unsaid. 0.0.0.0/0 is all of IPv4.
 */
struct net {
	unsigned char address[16];
	unsigned bits; /* of 128 */
};
/* Host bits must be zero: 192.0.2.7/24 is a slip. */
int value_net(const char *, struct net *, struct fault *);
/* Whether text is an address (IPv4, IPv6, IPv4-mapped, a zone is cut off)
 * inside the block. What is no address is in no block. */
bool net_holds(const struct net *, const char *address);

/* A name of KEY, ROLE or rule: 1-64 of A-Z a-z 0-9 . _ -, not starting with
 * `.` or `-`. */
bool value_is_name(const char *);

#endif
