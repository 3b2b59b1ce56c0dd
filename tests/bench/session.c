/*
 * Times programs side by side: session TABLE, or session listen SOCKET.
 *
 * The table has sections. `= ROUNDS TITLE` starts one; then each line is a
 * case, its fields apart by tabs: NAME, the exit status to expect or `any`, a
 * file to remove first or `-`, how many zero bytes to write to its standard
 * input or `-`, SSH_ORIGINAL_COMMAND or `-`, and the words of argv. Each
 * round runs every case once, so that what the machine does besides meets
 * all of them. The first case of a section is what the others are held to.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CASES_MAX 32
#define ARGS_MAX 32
#define ROUNDS_MAX 1000
#define BLOCK ((size_t)64 * 1024)

struct test {
	char *name;
	int status; /* -1: any */
	const char *remove;
	long long feed; /* -1: nothing, and /dev/null on both sides */
	char *env[4];
	char *argv[ARGS_MAX];
	double seconds[ROUNDS_MAX];
};

struct section {
	char title[80];
	size_t rounds;
	struct test tests[CASES_MAX];
	size_t n;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
open_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd == -1)
		err(1, "/dev/null");
	return fd;
}

static void
make_pipe(int fds[2])
{
	if (pipe2(fds, O_CLOEXEC) == -1)
		err(1, "pipe");
}

/* Standard error is dropped: 200 refusals say no more than one. */
static pid_t
start(const struct test *test, int in, int out)
{
	posix_spawn_file_actions_t actions;
	int null = open_null(), error;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, in, 0) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, out, 1) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, null, 2) != 0)
		errx(1, "posix_spawn: out of memory");
	error = posix_spawn(&pid, test->argv[0], &actions, NULL, test->argv,
	    test->env);
	if (error != 0)
		errx(1, "%s: %s", test->argv[0], strerror(error));
	posix_spawn_file_actions_destroy(&actions);
	close(null);
	return pid;
}

static void
finish(const struct test *test, pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	if (!WIFEXITED(status))
		errx(1, "%s: signal %d", test->name, WTERMSIG(status));
	if (test->status != -1 && WEXITSTATUS(status) != test->status)
		errx(1, "%s: exit status %d, not %d", test->name,
		    WEXITSTATUS(status), test->status);
}

/* In a process of its own, so that neither side waits for the other. */
static pid_t
start_feeding(int fd, long long left)
{
	static const char zeros[BLOCK];
	pid_t pid = fork();
	ssize_t n;

	if (pid == -1)
		err(1, "fork");
	if (pid != 0)
		return pid;
	signal(SIGPIPE, SIG_IGN);
	while (left > 0) {
		n = write(fd, zeros,
		    left < (long long)BLOCK ? (size_t)left : BLOCK);
		if (n <= 0)
			break;
		left -= n;
	}
	_exit(0);
}

static void
run_fed(const struct test *test)
{
	static char block[BLOCK];
	int in[2], out[2];
	pid_t feeder, pid;

	make_pipe(in);
	make_pipe(out);
	pid = start(test, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	feeder = start_feeding(in[1], test->feed);
	close(in[1]);
	while (read(out[0], block, sizeof(block)) > 0)
		continue;
	close(out[0]);
	finish(test, pid);
	waitpid(feeder, NULL, 0);
}

static double
run(const struct test *test)
{
	int null;
	double began;

	if (test->remove != NULL)
		unlink(test->remove);
	null = open_null();
	began = now();
	if (test->feed == -1)
		finish(test, start(test, null, null));
	else
		run_fed(test);
	close(null);
	return now() - began;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
report(struct section *s)
{
	double base = 0;

	printf("\n%-34s %8s  %8s  %8s  %6s\n", s->title, "quartile", "median",
	    "quartile", "ratio");
	for (size_t i = 0; i < s->n; i++) {
		struct test *test = &s->tests[i];
		double *v = test->seconds;

		qsort(v, s->rounds, sizeof(v[0]), by_size);
		if (i == 0)
			base = v[s->rounds / 2];
		printf("%-34s %8.2f  %8.2f  %8.2f  %6.2f\n", test->name,
		    v[s->rounds / 4] * 1e3, v[s->rounds / 2] * 1e3,
		    v[s->rounds * 3 / 4] * 1e3, v[s->rounds / 2] / base);
	}
	fflush(stdout);
}

/* The first round warms caches, and does not count. */
static void
run_section(struct section *s)
{
	if (s->n == 0)
		return;
	for (size_t i = 0; i < s->n; i++)
		run(&s->tests[i]);
	for (size_t round = 0; round < s->rounds; round++)
		for (size_t i = 0; i < s->n; i++) {
			struct test *test = &s->tests[(i + round) % s->n];

			test->seconds[round] = run(test);
		}
	report(s);
	s->n = 0;
}

static char *
field(char **rest)
{
	char *text = strsep(rest, "\t");

	if (text == NULL || *text == '\0')
		errx(1, "the table has a line with too few fields");
	return text;
}

static bool
is_none(const char *text)
{
	return strcmp(text, "-") == 0;
}

/* The line lives as long as the program. */
static void
read_test(struct test *test, char *line)
{
	static char path[] = "PATH=/usr/bin:/bin",
		    address[] = "SSH_CONNECTION=127.0.0.1 1 127.0.0.1 22";
	char *text;
	size_t n = 0;

	*test = (struct test) {.status = -1, .feed = -1};
	test->name = field(&line);
	text = field(&line);
	if (strcmp(text, "any") != 0)
		test->status = (int)strtol(text, NULL, 10);
	text = field(&line);
	test->remove = is_none(text) ? NULL : text;
	text = field(&line);
	if (!is_none(text))
		test->feed = strtoll(text, NULL, 10);
	test->env[0] = path;
	test->env[1] = address;
	text = field(&line);
	if (!is_none(text) &&
	    asprintf(&test->env[2], "SSH_ORIGINAL_COMMAND=%s", text) == -1)
		err(1, "asprintf");
	while ((text = strsep(&line, " ")) != NULL && n < ARGS_MAX - 1)
		test->argv[n++] = text;
}

static void
read_section(struct section *s, const char *line)
{
	char *title;

	s->rounds = strtoul(line + 1, &title, 10);
	if (s->rounds == 0 || s->rounds > ROUNDS_MAX)
		errx(1, "%s: 1 to %d rounds", line, ROUNDS_MAX);
	snprintf(s->title, sizeof(s->title), "%s", title + strspn(title, " "));
}

static void
run_table(const char *table)
{
	static struct section section;
	FILE *f = fopen(table, "re");
	char *line = NULL;
	size_t size = 0;

	if (f == NULL)
		err(1, "%s", table);
	while (getline(&line, &size, f) != -1) {
		line[strcspn(line, "\n")] = '\0';
		if (*line == '=') {
			run_section(&section);
			read_section(&section, line);
			continue;
		}
		if (section.n == CASES_MAX)
			errx(1, "%s: too many cases", table);
		read_test(&section.tests[section.n++], line);
		line = NULL; /* the case has taken it over */
		size = 0;
	}
	run_section(&section);
	free(line);
	fclose(f);
}

/* What syslogd does first: takes each line. */
static void
take_lines(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	static char line[BLOCK];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		errx(1, "%s: too long", path);
	strcpy(address.sun_path, path);
	if (fd == -1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
	    chmod(path, 0666) == -1)
		err(1, "%s", path);
	while (recv(fd, line, sizeof(line), 0) != -1)
		continue;
	err(1, "%s", path);
}

int
main(int argc, char *argv[])
{
	if (argc == 3 && strcmp(argv[1], "listen") == 0)
		take_lines(argv[2]);
	if (argc != 2)
		errx(2, "usage: session TABLE | session listen SOCKET");
	run_table(argv[1]);
	return 0;
}
