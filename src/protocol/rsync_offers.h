#ifndef GK_PROTOCOL_RSYNC_OFFERS_H
#define GK_PROTOCOL_RSYNC_OFFERS_H

#include <stdbool.h>

/*
 * Which of the options by which rsync holds itself back the program at this
 * path has, found without running it: by their names in the file. What
 * cannot be read offers nothing: they are a second hold, the kernel's is the
 * first.
 */
struct rsync_offers {
	bool confine_root; /* --confine-root=DIR */
	bool drop_devices; /* --drop-D */
};

void rsync_offers_read(struct rsync_offers *, const char *program);

#endif
