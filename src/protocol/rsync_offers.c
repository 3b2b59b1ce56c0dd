/*
 * What the installed rsync can be told. The program is root's, opened as the
 * rule will open it, and only searched.
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rsync_offers.h"
#include "trust.h"
#include "why.h"

/* Far more than an rsync has. */
#define PROGRAM_BYTES_MAX ((off_t)64 * 1024 * 1024)

/* The name with the NUL that ends it, as it stands in a table of options: a
 * linker lets it be the tail of a longer one, such as no-drop-D. */
#define HAS(text, size, name) (memmem(text, size, name, sizeof(name)) != NULL)

static void
search(struct rsync_offers *offers, int fd)
{
	struct stat st;
	size_t size;
	void *text;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    st.st_size > PROGRAM_BYTES_MAX)
		return;
	size = (size_t)st.st_size;
	text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return;
	offers->confine_root = HAS(text, size, "confine-root");
	offers->drop_devices = HAS(text, size, "drop-D");
	munmap(text, size);
}

void
rsync_offers_read(struct rsync_offers *offers, const char *program)
{
	struct fault fault;
	char proc[32];
	int path, fd;

	*offers = (struct rsync_offers) {0};
	path = trust_open(program, TRUST_RULE, NULL, &fault);
	if (path == -1)
		return;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", path);
	fd = open(proc, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	close(path);
	if (fd == -1)
		return;
	search(offers, fd);
	close(fd);
}
