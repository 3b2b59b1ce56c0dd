/*
 * Stands in for a permitted program and prints what it was started with, one
 * thing on a line, for a comparison with what `explain` said.
 */

#include <sys/resource.h>
#include <sys/stat.h>

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static void
print_limit(const char *name, __rlimit_resource_t resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) == 0 && limit.rlim_max != RLIM_INFINITY)
		printf("%s %llu\n", name, (unsigned long long)limit.rlim_max);
}

int
main(int argc, char *argv[])
{
	char folder[PATH_MAX], program[PATH_MAX] = "";
	mode_t mask = umask(0);
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	/* Of a dead link or none, nothing: /proc is not everybody's. */
	if (n > 0)
		printf("program %s\n", program);
	for (int i = 0; i < argc; i++)
		printf("argument %s\n", argv[i]);
	for (char **e = environ; *e != NULL; e++)
		printf("environment %s\n", *e);
	if (getcwd(folder, sizeof(folder)) != NULL)
		printf("folder %s\n", folder);
	printf("umask %03o\n", (unsigned)mask);
	print_limit("cpu-time", RLIMIT_CPU);
	print_limit("memory", RLIMIT_AS);
	print_limit("file-size", RLIMIT_FSIZE);
	return 0;
}
