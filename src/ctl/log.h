#ifndef GK_CTL_LOG_H
#define GK_CTL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/*
 * Records read back: bytes of a log go in, records come out. A line may be
 *
 *   - a record as JSON, of the file of `[audit] file`;
 *   - a record as JSON or as text behind the header of syslog, as rsyslog
 *     writes it: RFC 3164, RFC 5424, or a date of RFC 3339 in the first's
 *     place; the tag must be gatekeeper;
 *   - an object of `journalctl -o json`, whose SYSLOG_IDENTIFIER must be
 *     gatekeeper, with a record as JSON or as text in MESSAGE.
 *
 * Any other line, and any damaged one, is counted by what is wrong with it,
 * and is otherwise as if it were not there: nothing in a log is an error.
 * Memory is bounded by LOG_LINE_MAX, whatever the length of line and log.
 */

enum { LOG_LINE_MAX = 1024 * 1024 };

enum log_action {
	LOG_REQUEST, /* before anything runs */
	LOG_END,
	LOG_VIOLATION, /* a system call was denied */
	LOG_ON_SUCCESS /* the program that follows has ended */
};
enum log_verdict { LOG_REFUSE = 0, LOG_PERMIT, LOG_OBSERVE };
enum log_kind { LOG_COMMAND, LOG_SFTP, LOG_SHELL };

/* By value: request, permit, command and so on. */
extern const char *const log_actions[];
extern const char *const log_verdicts[];
extern const char *const log_kinds[];

/*
 * One record. Strings end in NUL and have no other; NULL: the record does not
 * say. Numbers are -1 where it does not say. Every string is hostile, but for
 * its encoding nothing was checked: show() is the way to a terminal. Valid,
 * strings and lists alike, until the handler returns.
 *
 * `command` is what the client sent, byte for byte, whichever form the record
 * has: `command_size` bytes that are here, of the `command_bytes` that were
 * sent. More were sent than kept where the latter is the larger.
 *
 * A record as text lacks host, uid, args, policy_file and outcome's details;
 * its time is the header's, which is the logging host's local one when it is
 * of RFC 3164, and then without a year: the latest that is not to come.
 * The verdict of an `end` as text is LOG_PERMIT: it does not tell.
 */
struct log_record {
	struct timespec when; /* tv_sec 0: unknown */
	enum log_action action;
	enum log_verdict verdict;
	enum log_kind kind;
	bool text; /* the form that it was read from */
	bool failed; /* a refusal, a violation, an end by failure */
	const char *session;
	const char *host;
	const char *key;
	const char *fingerprint;
	const char *rule;
	const char *account;
	const char *uid;
	const char *address; /* an IP address, unless address_is_name */
	bool address_is_name;
	long long port;
	const char *reason; /* of a refusal; why_name()'s words */
	const char *detail;
	const char *command;
	size_t command_size;
	long long command_bytes;
	long long pid;
	const char *executable;
	char *const *args; /* NULL-ended; NULL: none */
	long long args_count; /* how many there were, where some are left out */
	const char *sandbox;
	long long exit_code;
	const char *signal; /* SIGTERM */
	long long duration; /* nanoseconds */
	long long cpu_time; /* nanoseconds */
	long long memory_peak; /* bytes */
	long long bytes_in;
	long long bytes_out;
	const char *ended_by; /* what ended it, if not itself: timeout */
	const char *transcript; /* kept, cut, lost */
	const char *call; /* of a violation: the name, or the number */
	char *const *call_args; /* six, as 0x2; NULL-ended */
	long long count; /* violations that this record stands for */
	const char *policy_file;
};

/* What is wrong with a line that was skipped. */
enum log_fault {
	LOG_FOREIGN, /* whole, but of another program, or of none known */
	LOG_CUT, /* the end of a record is missing */
	LOG_MALFORMED, /* two in one, zeros, and all that is no record */
	LOG_NOT_UTF8,
	LOG_TOO_LONG, /* more than LOG_LINE_MAX */
	LOG_FAULTS
};
/* One line each, as a plural: "lines cut short". */
extern const char *const log_fault_texts[];

struct log_counts {
	unsigned long long bytes;
	unsigned long long lines;
	unsigned long long records; /* given to the handler */
	unsigned long long faults[LOG_FAULTS];
};

struct log;

/* Ends the program when out of memory, as all in this tool. */
struct log *log_new(void (*)(const struct log_record *, void *), void *);
/* The next bytes, in pieces of any size; a record may be handed over from a
 * call, which must not read on meanwhile. */
void log_bytes(struct log *, const char *, size_t);
/* The input has ended, and with it the last line. The next log_bytes() begins
 * another. */
void log_end(struct log *);
const struct log_counts *log_counts(const struct log *);
void log_free(struct log *);

#endif
