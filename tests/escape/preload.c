/* A library that a hostile variable, or the loader, is asked to load. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const int gk_preloaded = 1;

/* The loader was started with it: that alone was the attack. As a variable,
 * the program itself says whether it came along. */
__attribute__((constructor)) static void
leave_mark(void)
{
	static const char mark[] = "mark\n";

	if (getenv("LD_PRELOAD") == NULL)
		_exit(write(STDOUT_FILENO, mark, strlen(mark)) == -1);
}
