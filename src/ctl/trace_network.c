/* Where a traced program connects to, as far as a rule can say it. */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "ctl/show.h"
#include "ctl/trace.h"
#include "sandbox/notice.h"

enum { KIND = 0xf }; /* without SOCK_CLOEXEC and SOCK_NONBLOCK */

union address {
	struct sockaddr any;
	struct sockaddr_un un;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	char room[128];
};

void
trace_add(struct list *list, char *text)
{
	if (list_has(list, text))
		free(text);
	else
		show_add(list, text);
}

static bool
is_inet(int family)
{
	return family == AF_INET || family == AF_INET6;
}

/* A socket says little before it is connected; but datagrams, raw packets
 * and other families are for `any` alone. */
static void
note_socket(struct trace *trace, const struct notice *notice)
{
	const int family = (int)notice->args[0];
	const int kind = (int)notice->args[1] & KIND;

	if (is_inet(family) && kind == SOCK_DGRAM)
		trace_add(&trace->any,
		    show_format("UDP, or a look-up of names"));
	else if (family != AF_UNIX && !(is_inet(family) && kind == SOCK_STREAM))
		trace_add(&trace->any,
		    show_format("a socket of family %d, kind %d", family,
			kind));
}

static bool
read_address(struct trace *trace, const struct notice *notice, int at,
    union address *address)
{
	size_t size = (size_t)notice->args[at + 1];

	memset(address, 0, sizeof(*address));
	if (size > sizeof(*address) - 1)
		size = sizeof(*address) - 1;
	if (trace_read(notice, notice->args[at], address, size))
		return true;
	trace->unread++;
	return false;
}

static unsigned
port_of(const union address *address)
{
	return ntohs(address->any.sa_family == AF_INET ?
		address->in.sin_port :
		address->in6.sin6_port);
}

/* False: nothing listens there, and the call fails with or without a rule. */
static bool
connect_local(struct trace *trace, const union address *address)
{
	const char *path = address->un.sun_path;
	struct stat st;
	char *real;

	if (path[0] != '/') {
		trace_add(&trace->any,
		    show_format("a local socket without an absolute path"));
		return true;
	}
	real = realpath(path, NULL);
	if (real == NULL || stat(real, &st) == -1 || !S_ISSOCK(st.st_mode)) {
		trace_add(&trace->notes,
		    show_format("%s: a socket that is not there: left out",
			path));
		free(real);
		return false;
	}
	trace_add(&trace->sockets, real);
	return true;
}

static bool
note_connect(struct trace *trace, const struct notice *notice)
{
	union address address;

	if (!read_address(trace, notice, 1, &address))
		return true;
	if (address.any.sa_family == AF_UNIX)
		return connect_local(trace, &address);
	/* To port 0, a datagram socket asks for its own address. */
	if (is_inet(address.any.sa_family) && port_of(&address) != 0)
		trace->connects.has[port_of(&address)] = true;
	return true;
}

static void
note_bind(struct trace *trace, const struct notice *notice)
{
	union address address;

	if (!read_address(trace, notice, 1, &address))
		return;
	if (is_inet(address.any.sa_family) && port_of(&address) != 0)
		trace->binds.has[port_of(&address)] = true;
	else
		trace_add(&trace->any,
		    show_format(is_inet(address.any.sa_family) ?
			    "serves a port of the kernel's choice" :
			    "serves a socket that is no TCP port"));
}

bool
trace_note_network(struct trace *trace, const struct notice *notice)
{
	switch (notice->nr) {
	case SYS_socket:
		note_socket(trace, notice);
		/* One of AF_UNIX counts when it is connected. */
		return notice->args[0] != AF_UNIX;
	case SYS_connect:
		return note_connect(trace, notice);
	case SYS_bind:
		note_bind(trace, notice);
		return true;
	default:
		return true;
	}
}
