/* Runs a fuzz target over the files named: the corpora, as tests. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
replay(const char *path)
{
	static uint8_t buf[1 << 20];
	FILE *f = fopen(path, "rbe");
	uint8_t *exact;
	size_t n;

	if (f == NULL) {
		perror(path);
		return -1;
	}
	n = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	/* A block of its own, so that a read past the end is caught. */
	exact = malloc(n > 0 ? n : 1);
	if (exact == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		exact[i] = buf[i];
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 0;
}

int
main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		if (replay(argv[i]) == -1)
			return 1;
	printf("%d passed, 0 failed, 0 skipped\n", argc - 1);
	return argc > 1 ? 0 : 1;
}
