/*
 * Stands in for a permitted program, and does what it is told by standard
 * input: lines `NAME VALUE`, which say where things are, and lines `!ATTACK`,
 * each answered by `done OUTCOME REASON`. Standard output is also where other
 * programs leave their mark, once one of them runs.
 */

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* As a loader that has not been able to load. */
enum { QUIET = 127 };

struct world world;

static const char *reason;

static const struct attack *const groups[] = {start_attacks, file_attacks,
    mode_attacks, abi_attacks, process_attacks, network_attacks, memory_attacks,
    environment_attacks, watcher_attacks};

enum outcome
untried(const char *text)
{
	reason = text;
	return UNTRIED;
}

enum outcome
judge(long result)
{
	return result == -1 ? HELD : SUCCEEDED;
}

char *
join(const char *folder, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) == -1)
		abort();
	return path;
}

char *
inside(const char *name)
{
	return join(world.in, name);
}

char *
outside(const char *name)
{
	return join(world.out, name);
}

enum outcome
leak(const void *bytes, size_t size)
{
	if (size == 0)
		return HELD;
	dprintf(STDOUT_FILENO, "leak %.*s\n", (int)size, (const char *)bytes);
	return SUCCEEDED;
}

enum outcome
leak_fd(int fd)
{
	char text[256];
	ssize_t n;

	if (fd == -1)
		return HELD;
	n = pread(fd, text, sizeof(text), 0);
	if (n == -1)
		n = read(fd, text, sizeof(text));
	close(fd);
	return n <= 0 ? HELD : leak(text, (size_t)n);
}

enum outcome
leak_path(const char *path)
{
	return leak_fd(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

int
put(const char *path, const void *bytes, size_t size, mode_t mode)
{
	const int fd =
	    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = write(fd, bytes, size);
	close(fd);
	return n == (ssize_t)size ? 0 : -1;
}

enum outcome
await(pid_t pid)
{
	int status;

	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		return HELD;
	return WIFEXITED(status) && WEXITSTATUS(status) == SUCCEEDED ?
	    SUCCEEDED :
	    HELD;
}

enum outcome in_child(enum outcome (*run)(void))
{
	const pid_t pid = fork();

	if (pid == 0)
		_exit((int)run());
	return await(pid);
}

struct task {
	enum outcome (*run)(void);
	enum outcome outcome;
};

static void *
thread_main(void *argument)
{
	struct task *task = argument;

	task->outcome = task->run();
	return NULL;
}

enum outcome in_thread(enum outcome (*run)(void))
{
	struct task task = {run, HELD};
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_main, &task) != 0)
		return HELD;
	pthread_join(thread, NULL);
	return task.outcome;
}

/* One line without its end; NULL at the end of input. */
static char *
read_line(void)
{
	static char line[4096];
	size_t n = 0;

	while (n < sizeof(line) - 1 && read(STDIN_FILENO, &line[n], 1) == 1) {
		if (line[n] == '\n') {
			line[n] = '\0';
			return line;
		}
		n++;
	}
	return NULL;
}

static const struct {
	const char *name;
	char **text;
	long *number;
} facts[] = {
    {"in", &world.in, NULL},
    {"shown", &world.shown, NULL},
    {"out", &world.out, NULL},
    {"policy", &world.policy, NULL},
    {"records", &world.records, NULL},
    {"self", &world.self, NULL},
    {"tool", &world.tool, NULL},
    {"mark", &world.mark, NULL},
    {"sockets", &world.sockets, NULL},
    {"label", &world.label, NULL},
    {"device", &world.device, NULL},
    {"listed", NULL, &world.listed},
    {"other", NULL, &world.other},
    {"udp", NULL, &world.udp},
    {"free", NULL, &world.free},
    {"loose", NULL, &world.loose},
    {"victim", NULL, &world.victim},
    {"watcher", NULL, &world.watcher},
    {"address", NULL, &world.address},
    {"victim-fd", NULL, &world.victim_fd},
    {"shm", NULL, &world.shm},
    {"msg", NULL, &world.msg},
    {"sem", NULL, &world.sem},
    {"key", NULL, &world.key},
};

static void
learn(char *line)
{
	char *value = strchr(line, ' ');

	if (value == NULL)
		return;
	*value++ = '\0';
	for (size_t i = 0; i < NELEM(facts); i++) {
		if (strcmp(facts[i].name, line) != 0)
			continue;
		if (facts[i].text != NULL)
			*facts[i].text = strdup(value);
		else
			*facts[i].number = strtol(value, NULL, 10);
	}
}

static const struct attack *
find(const char *name)
{
	for (size_t i = 0; i < NELEM(groups); i++)
		for (const struct attack *a = groups[i]; a->name != NULL; a++)
			if (strcmp(a->name, name) == 0)
				return a;
	return NULL;
}

static void
list(void)
{
	for (size_t i = 0; i < NELEM(groups); i++)
		for (const struct attack *a = groups[i]; a->name != NULL; a++)
			dprintf(STDOUT_FILENO, "%s\n", a->name);
}

static void
attempt(const char *name)
{
	const struct attack *attack = find(name);
	enum outcome outcome;

	reason = "";
	errno = 0;
	outcome = attack == NULL ? untried("no such attack") : attack->run();
	if (outcome == HELD && errno != 0)
		reason = strerror(errno);
	if (attack != NULL && attack->ends)
		dprintf(STDOUT_FILENO, "ending\n");
	dprintf(STDOUT_FILENO, "done %d %s\n", (int)outcome, reason);
	if (attack != NULL && attack->ends)
		_exit(0);
}

int
main(int argc, char *argv[])
{
	char *line;

	/* Started with something in front that should have left a mark. */
	if (argc > 1 && strcmp(argv[1], "quiet") == 0)
		return QUIET;
	/* Started once more, by itself: that alone was the attack. */
	if (argc > 1 && strcmp(argv[1], "mark") == 0) {
		dprintf(STDOUT_FILENO, "mark\n");
		return 0;
	}
	while ((line = read_line()) != NULL) {
		if (strcmp(line, "list") == 0)
			list();
		else if (strcmp(line, "alone") == 0)
			alone();
		else if (*line == '!')
			attempt(line + 1);
		else
			learn(line);
	}
	return 0;
}
