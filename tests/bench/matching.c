/*
 * How the cost of a decision grows with the rules and with the command:
 * matching DIR [NAME]. DIR is an empty folder that only this account can
 * write. Each cell is the median of a few decisions, in processor time.
 */

#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "grid.h"

#define RULES_MIN ((size_t)125)
#define RULES_STEPS 4 /* 125, 250, 500, 1000 */
#define BYTES_MIN ((size_t)8 * 1024)
#define BYTES_STEPS 5 /* 8, 16, 32, 64, 128 KiB */
#define REPEATS 7
/* A cell is repeated until it has taken this long; cells with a neighbour
 * that took longer than the other are left out. Seconds. */
#define ENOUGH 0.15
#define TOO_MUCH 2.5
#define FOLDER_FILES 64

static const char *folder;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The median; of what takes long, the first. */
static double
measure(const struct policy *policy, const char *command)
{
	double v[REPEATS], total = 0, start;
	size_t n = 0;

	do {
		start = now();
		if (!grid_refuses(policy, command))
			errx(1, "%.40s: not refused", command);
		v[n] = now() - start;
		total += v[n++];
	} while (n < REPEATS && total < ENOUGH);
	qsort(v, n, sizeof(v[0]), by_size);
	return v[n / 2];
}

/* Left out when the smaller neighbours say that it would take too long. */
static bool
is_affordable(double grid[RULES_STEPS][BYTES_STEPS], size_t r, size_t b)
{
	double left = b > 0 ? grid[r][b - 1] : 0;
	double above = r > 0 ? grid[r - 1][b] : 0;

	if ((b > 0 && left == 0) || (r > 0 && above == 0))
		return false;
	return left < TOO_MUCH && above < TOO_MUCH;
}

static size_t
rules_of(const struct row *row, size_t r)
{
	return (row->rules != 0 ? row->rules : RULES_MIN) << r;
}

/* Returns what it took to load the policy. */
static double
fill_row(const struct row *row, size_t r, double grid[RULES_STEPS][BYTES_STEPS])
{
	double start = now(), load;
	struct policy policy;
	char *command;

	grid_parse(&policy, row, folder, rules_of(row, r));
	load = now() - start;
	for (size_t b = 0; b < BYTES_STEPS; b++) {
		if (!is_affordable(grid, r, b))
			continue;
		command = grid_command(row, BYTES_MIN << b);
		grid[r][b] = measure(&policy, command);
		free(command);
	}
	policy_free(&policy);
	return load;
}

static void
print_ratio(double small, double large)
{
	if (small == 0 || large == 0)
		printf("     -");
	else
		printf(" %5.2f", large / small);
}

/* Per doubling, along the last row and the last column that are there. */
static void
print_growth(const struct row *row, double grid[RULES_STEPS][BYTES_STEPS],
    double load)
{
	size_t r = RULES_STEPS - 1, b = BYTES_STEPS - 1;

	while (b > 0 && grid[0][b] == 0)
		b--;
	while (r > 0 && grid[r][0] == 0)
		r--;
	printf("%-24s", row->name);
	for (size_t i = 1; i < RULES_STEPS; i++)
		print_ratio(grid[i - 1][b], grid[i][b]);
	printf("  |");
	for (size_t i = 1; i < BYTES_STEPS; i++)
		print_ratio(grid[r][i - 1], grid[r][i]);
	for (b = BYTES_STEPS - 1; grid[r][b] == 0;)
		b--;
	printf("  | %4zu x %3zuK %9.2f ms, load %.2f\n", rules_of(row, r),
	    (BYTES_MIN << b) / 1024, grid[r][b] * 1e3, load * 1e3);
	fflush(stdout);
}

static void
make_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd == -1)
		err(1, "%s", name);
	close(fd);
}

/* What paths and globs of clients look at: long names, alike. */
static void
make_folder(void)
{
	char name[256];

	if (chdir(folder) == -1 || (mkdir("in", 0755) == -1) ||
	    chdir("in") == -1)
		err(1, "%s", folder);
	make_file("f");
	for (int i = 0; i < FOLDER_FILES; i++) {
		memset(name, 'a', 200);
		snprintf(name + 200, sizeof(name) - 200, "%d", i);
		make_file(name);
	}
	if (chdir("/") == -1)
		err(1, "/");
}

int
main(int argc, char *argv[])
{
	if (argc < 2 || argc > 3 || argv[1][0] != '/')
		errx(2, "usage: matching DIR [NAME]");
	folder = argv[1];
	make_folder();
	printf("%-24s %-17s  | %-23s  | largest measured\n", "", "rules x2",
	    "bytes x2, to 128 KiB");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double grid[RULES_STEPS][BYTES_STEPS] = {{0}}, load = 0;

		if (argc == 3 && strstr(rows[i].name, argv[2]) == NULL)
			continue;
		for (size_t r = 0; r < RULES_STEPS; r++)
			load = fill_row(&rows[i], r, grid);
		print_growth(&rows[i], grid, load);
	}
	return 0;
}
