/* The processes below this one, read from /proc. What it says is the
 * kernel's, but may be old by the time it is read. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tree.h"

enum below { UNKNOWN = 0, YES, NO };

struct process {
	pid_t pid;
	pid_t parent;
	pid_t group;
	char state;
	enum below below;
};

struct processes {
	struct process *v;
	size_t n;
};

/* `PID (NAME) STATE PARENT GROUP …`: the name may hold anything. */
static bool
parse(char *text, struct process *p)
{
	char *rest = strrchr(text, ')');

	if (rest == NULL || strlen(rest) < strlen(") S 1"))
		return false;
	p->state = rest[strlen(") ")];
	p->parent = (pid_t)strtol(rest + strlen(") S"), &rest, 10);
	p->group = (pid_t)strtol(rest, NULL, 10);
	return true;
}

static bool
read_process(int proc, const char *name, struct process *p)
{
	char path[32], text[512];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%.20s/stat", name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	p->pid = (pid_t)strtol(name, NULL, 10);
	return parse(text, p);
}

static int
add(struct processes *all, const struct process *p)
{
	struct process *v = reallocarray(all->v, all->n + 1, sizeof(*v));

	if (v == NULL)
		return -1;
	all->v = v;
	v[all->n++] = *p;
	return 0;
}

static int
read_all(struct processes *all)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int ret = 0;

	if (proc == NULL)
		return -1;
	while (ret == 0 && (entry = readdir(proc)) != NULL) {
		struct process p = {0};

		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    read_process(dirfd(proc), entry->d_name, &p))
			ret = add(all, &p);
	}
	closedir(proc);
	return ret;
}

static int
compare(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static struct process *
find(const struct processes *all, pid_t pid)
{
	const struct process key = {.pid = pid};

	return bsearch(&key, all->v, all->n, sizeof(key), compare);
}

/* Up from one process until it is clear, then down again. The steps are
 * counted: of numbers that were used again, a circle could be read. */
static enum below
judge(const struct processes *all, struct process *p, size_t steps)
{
	struct process *parent;

	if (p->below != UNKNOWN)
		return p->below;
	if (p->parent == getpid())
		return p->below = YES;
	parent = steps > 0 ? find(all, p->parent) : NULL;
	return p->below = parent != NULL ? judge(all, parent, steps - 1) : NO;
}

/* A group goes at once, however fast it forks: but never our own. */
static void
end(const struct process *p, int sig)
{
	if (sig == SIGKILL && p->group > 1 && p->group != getpgrp())
		kill(-p->group, sig);
	kill(p->pid, sig);
	/* What is stopped takes no other signal. */
	if (sig != SIGKILL)
		kill(p->pid, SIGCONT);
}

/* What has ended waits for its parent alone. */
static bool
lives(const struct process *p)
{
	return p->state != 'Z' && p->state != 'X';
}

enum { GENERATIONS = 4096 };

int
tree_signal(int sig)
{
	struct processes all = {0};
	int n = read_all(&all);

	if (n == 0 && all.n > 0)
		qsort(all.v, all.n, sizeof(*all.v), compare);
	for (size_t i = 0; n != -1 && i < all.n; i++) {
		if (!lives(&all.v[i]) ||
		    judge(&all, &all.v[i], GENERATIONS) != YES)
			continue;
		end(&all.v[i], sig);
		n++;
	}
	free(all.v);
	return n;
}
