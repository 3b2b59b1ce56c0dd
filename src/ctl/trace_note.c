/*
 * One call of a traced program: which path it touches, and how. Whatever its
 * arguments point to may change before the kernel looks: this is advice, and
 * no decision rests on it. A call that will fail, since nothing is there or
 * the account may not, is no need.
 */

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "ctl/show.h"
#include "ctl/trace.h"
#include "plan.h"
#include "sandbox/notice.h"

enum { PAGE = 4096 };

/* What a call does to a path. */
enum does {
	OPENS, /* by its flags */
	CREATES, /* as creat(2) */
	TRUNCATES,
	MAKES, /* an entry that is not there */
	PUTS, /* an entry, whether it is there or not */
	REMOVES, /* or moves away, one that is there */
	STARTS
};

/* Which argument is what; -1: none. */
struct path_call {
	const char *name;
	int folder; /* a descriptor; none: the working folder */
	int path;
	int flags;
	enum does does;
};

static const struct path_call path_calls[] = {
    {"open", -1, 0, 1, OPENS},
    {"openat", 0, 1, 2, OPENS},
    {"creat", -1, 0, -1, CREATES},
    {"truncate", -1, 0, -1, TRUNCATES},
    {"mkdir", -1, 0, -1, MAKES},
    {"mkdirat", 0, 1, -1, MAKES},
    {"mknod", -1, 0, -1, MAKES},
    {"mknodat", 0, 1, -1, MAKES},
    {"symlink", -1, 1, -1, MAKES},
    {"symlinkat", 1, 2, -1, MAKES},
    {"link", -1, 0, -1, REMOVES},
    {"link", -1, 1, -1, MAKES},
    {"linkat", 0, 1, -1, REMOVES},
    {"linkat", 2, 3, -1, MAKES},
    {"rename", -1, 0, -1, REMOVES},
    {"rename", -1, 1, -1, PUTS},
    {"renameat", 0, 1, -1, REMOVES},
    {"renameat", 2, 3, -1, PUTS},
    {"renameat2", 0, 1, -1, REMOVES},
    {"renameat2", 2, 3, -1, PUTS},
    {"rmdir", -1, 0, -1, REMOVES},
    {"unlink", -1, 0, -1, REMOVES},
    {"unlinkat", 0, 1, -1, REMOVES},
    {"execve", -1, 0, -1, STARTS},
};

/* --- What the caller has in its memory. --- */

bool
trace_read(const struct notice *notice, uint64_t from, void *to, size_t size)
{
	const struct iovec here = {.iov_base = to, .iov_len = size};
	struct iovec there = {.iov_len = size};

	memcpy(&there.iov_base, &from, sizeof(there.iov_base));
	return process_vm_readv(notice->pid, &here, 1, &there, 1, 0) ==
	    (ssize_t)size;
}

/* Page by page: the one behind the text may not be there. */
static bool
read_text(const struct notice *notice, uint64_t from, char text[PATH_MAX])
{
	size_t n = 0;

	while (n < PATH_MAX) {
		size_t part = PAGE - (from + n) % PAGE;

		if (part > PATH_MAX - n)
			part = PATH_MAX - n;
		if (!trace_read(notice, from + n, text + n, part))
			return false;
		if (memchr(text + n, '\0', part) != NULL)
			return true;
		n += part;
	}
	return false;
}

/* --- Paths as the caller means them. --- */

/* The folder that a relative path begins at; new, or NULL. */
static char *
base_of(const struct notice *notice, int folder)
{
	char link[64], text[PATH_MAX];
	const int fd = folder == -1 ? AT_FDCWD : (int)notice->args[folder];
	ssize_t n;

	if (fd == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/cwd", (int)notice->pid);
	else
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)notice->pid,
		    fd);
	n = readlink(link, text, sizeof(text));
	if (n <= 0 || (size_t)n == sizeof(text) || text[0] != '/')
		return NULL;
	return show_format("%.*s", (int)n, text);
}

/* /proc/self is another folder for each who asks. */
static char *
absolute(const struct notice *notice, int folder, const char *path)
{
	static const char *const selves[] = {"/proc/self", "/proc/thread-self"};
	char *base, *whole;

	for (size_t i = 0; i < 2; i++) {
		size_t len = strlen(selves[i]);

		if (strncmp(path, selves[i], len) == 0 &&
		    (path[len] == '/' || path[len] == '\0'))
			return show_format("/proc/%d%s", (int)notice->pid,
			    path + len);
	}
	if (path[0] == '/')
		return show_need(strdup(path));
	if ((base = base_of(notice, folder)) == NULL)
		return NULL;
	whole = show_format("%s/%s", base, path);
	free(base);
	return whole;
}

/* The folder of an entry, without links; the entry itself may be one, or not
 * be there. new, or NULL. */
static char *
folder_of(const char *path, bool *there)
{
	char *copy = show_need(strdup(path)), *slash, *real;
	size_t len = strlen(copy);
	struct stat st;

	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	*there = lstat(copy, &st) == 0;
	slash = strrchr(copy, '/');
	slash[slash == copy] = '\0';
	real = realpath(copy, NULL);
	free(copy);
	return real;
}

/* --- What was touched. --- */

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct trace_path *)a)->path,
	    ((const struct trace_path *)b)->path);
}

bool
trace_covers(const struct plan *plan, const char *path, unsigned access)
{
	static const unsigned gives[] = {
	    [ACCESS_READ] = ACCESS_READ | ACCESS_EXECUTE | ACCESS_DEVICE,
	    [ACCESS_WRITE] = ACCESS_WRITE | ACCESS_DEVICE,
	    [ACCESS_EXECUTE] = ACCESS_EXECUTE,
	};

	for (size_t i = 0; i < plan->ngrants; i++) {
		const char *outer = plan->grants[i].path;
		size_t len = strlen(outer);

		if ((plan->grants[i].access & gives[access]) != 0 &&
		    strncmp(outer, path, len) == 0 &&
		    (path[len] == '\0' || path[len] == '/' || len == 1))
			return true;
	}
	return false;
}

/* Every program tries these, is denied, and does without. */
const char *
trace_is_noise(const char *path)
{
	if (strncmp(path, "/proc/", strlen("/proc/")) == 0)
		return "of processes and the kernel: programs do without";
	if (strcmp(path, "/etc/locale.alias") == 0)
		return "C.UTF-8 is no alias: programs do without";
	return NULL;
}

/* As the rule is: exec-once starts nothing else, not even itself. */
static bool
is_denied(const struct plan *plan, const char *path, unsigned access)
{
	if (plan->unconfined || trace_is_noise(path) != NULL)
		return false;
	return (access == ACCESS_EXECUTE && plan->once) ||
	    !trace_covers(plan, path, access);
}

/* Takes the path over. */
static void
touch(struct trace *trace, char *path, unsigned access, bool folder)
{
	struct trace_path *one = show_need(calloc(1, sizeof(*one)));
	struct trace_path **found;

	one->path = path;
	found = show_need(tsearch(one, &trace->tree, by_path));
	if (*found != one) {
		free(one->path);
		free(one);
	}
	one = *found;
	one->access |= access;
	if (folder)
		one->folder |= access;
	if (is_denied(trace->plan, one->path, access))
		one->denied |= access;
}

/* An entry is made or removed: its folder is what must be writable. */
static void
touch_entry(struct trace *trace, const char *path, enum does does)
{
	bool there;
	char *folder = folder_of(path, &there);
	bool happens = does == PUTS || there == (does == REMOVES);

	if (folder == NULL)
		return;
	if (happens &&
	    faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0)
		touch(trace, folder, ACCESS_WRITE, true);
	else
		free(folder);
}

static void
touch_file(struct trace *trace, const char *path, int mode)
{
	char *real = realpath(path, NULL);
	struct stat st;

	if (real == NULL || stat(real, &st) == -1 ||
	    faccessat(AT_FDCWD, real, mode, AT_EACCESS) == -1) {
		free(real);
		return;
	}
	if (mode & W_OK)
		touch(trace, show_need(strdup(real)), ACCESS_WRITE,
		    S_ISDIR(st.st_mode));
	if (mode & R_OK)
		touch(trace, show_need(strdup(real)), ACCESS_READ,
		    S_ISDIR(st.st_mode));
	free(real);
}

static void
note_open(struct trace *trace, const char *path, int flags)
{
	static const int modes[] = {R_OK, W_OK, R_OK | W_OK, R_OK | W_OK};
	int mode = modes[flags & O_ACCMODE];
	struct stat st;

	if (flags & O_PATH)
		return;
	if (flags & O_TRUNC)
		mode |= W_OK;
	if ((flags & O_CREAT) && stat(path, &st) == -1 && errno == ENOENT)
		touch_entry(trace, path, MAKES);
	else if (!(flags & O_CREAT) || !(flags & O_EXCL))
		touch_file(trace, path, mode);
}

static void
note_start(struct trace *trace, const char *path)
{
	char *real = realpath(path, NULL);
	struct stat st;

	if (real == NULL || stat(real, &st) == -1 || !S_ISREG(st.st_mode) ||
	    faccessat(AT_FDCWD, real, X_OK, AT_EACCESS) == -1) {
		free(real);
		return;
	}
	trace_add(&trace->programs, show_need(strdup(real)));
	touch(trace, real, ACCESS_EXECUTE, false);
}

static void
note_path(struct trace *trace, const struct notice *notice,
    const struct path_call *call)
{
	const int flags =
	    call->flags == -1 ? 0 : (int)notice->args[call->flags];
	char text[PATH_MAX], *path;

	if (!read_text(notice, notice->args[call->path], text)) {
		trace->unread++;
		return;
	}
	path = text[0] == '\0' ? NULL : absolute(notice, call->folder, text);
	if (path == NULL)
		return;
	if (call->does == OPENS)
		note_open(trace, path, flags);
	else if (call->does == CREATES)
		note_open(trace, path, O_CREAT | O_WRONLY | O_TRUNC);
	else if (call->does == TRUNCATES)
		touch_file(trace, path, W_OK);
	else if (call->does == STARTS)
		note_start(trace, path);
	else
		touch_entry(trace, path, call->does);
	free(path);
}

void
trace_note(struct trace *trace, const struct notice *notice)
{
	char *name = notice_call(notice);

	if (name != NULL && notice->nr <= CALL_NEWEST &&
	    trace_note_network(trace, notice)) {
		trace->used[notice->nr] = true;
		trace->forks |= notice->nr == SYS_clone &&
		    !(notice->args[0] & CLONE_THREAD);
		if (!trace->plan->unconfined &&
		    trace_judge(&trace->present, notice) ==
			(SECCOMP_RET_ERRNO | EPERM))
			trace->denied[notice->nr] = true;
	}
	for (size_t i = 0;
	     name != NULL && i < sizeof(path_calls) / sizeof(path_calls[0]);
	     i++)
		if (strcmp(path_calls[i].name, name) == 0)
			note_path(trace, notice, &path_calls[i]);
	free(name);
}

struct each {
	void (*tell)(const struct trace_path *, void *);
	void *context;
};

static void
visit(const void *node, VISIT order, void *context)
{
	const struct each *each = context;

	if (order == postorder || order == leaf)
		each->tell(*(const struct trace_path *const *)node,
		    each->context);
}

void
trace_each(const struct trace *trace,
    void (*tell)(const struct trace_path *, void *), void *context)
{
	struct each each = {tell, context};

	twalk_r(trace->tree, visit, &each);
}

static void
free_path(void *node)
{
	struct trace_path *path = node;

	free(path->path);
	free(path);
}

void
trace_forget(struct trace *trace)
{
	tdestroy(trace->tree, free_path);
	trace->tree = NULL;
}
