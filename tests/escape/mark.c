/* The other program: that it ran is seen by its mark. */

#include <unistd.h>

int
main(void)
{
	static const char mark[] = "mark\n";

	return write(STDOUT_FILENO, mark, sizeof(mark) - 1) ==
		sizeof(mark) - 1 ?
	    0 :
	    1;
}
