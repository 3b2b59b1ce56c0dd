#ifndef GK_ACCESS_H
#define GK_ACCESS_H

/* What a rule may grant on a path: the words of gatekeeper.ini(5). */
enum {
	ACCESS_READ = 1,
	ACCESS_WRITE = 2,
	ACCESS_EXECUTE = 4,
	/* A device such as /dev/null: read and written, never created. */
	ACCESS_DEVICE = 8
};

enum network { NETWORK_NONE = 0, NETWORK_ANY };

#endif
