/*
 * The network: a byte at one of the warden's listeners, by every way that
 * leads to one, or one that the warden sends to a listener made here.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_alg.h>
#include <linux/if_ether.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef AF_SMC
#define AF_SMC 43
#endif
#ifndef TCP_FASTOPEN_CONNECT
#define TCP_FASTOPEN_CONNECT 30
#endif

enum { PATIENCE_MS = 1000, VSOCK_LOCAL = 1 };

/* An address of any kind. */
struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
		struct sockaddr_vm vm;
		struct sockaddr_nl nl;
		struct sockaddr_alg alg;
	} to;
	socklen_t size;
};

static struct address
inet(long port)
{
	return (struct address) {.to.in = {.sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
	    .size = sizeof(struct sockaddr_in)};
}

static struct address
inet6(long port)
{
	return (struct address) {.to.in6 = {.sin6_family = AF_INET6,
				     .sin6_port = htons((uint16_t)port),
				     .sin6_addr = IN6ADDR_LOOPBACK_INIT},
	    .size = sizeof(struct sockaddr_in6)};
}

/* ::ffff:127.0.0.1 */
static struct address
mapped(long port)
{
	return (struct address) {.to.in6 = {.sin6_family = AF_INET6,
				     .sin6_port = htons((uint16_t)port),
				     .sin6_addr.s6_addr =
					 {[10] = 0xff, 0xff, 127, 0, 0, 1}},
	    .size = sizeof(struct sockaddr_in6)};
}

static struct address
local(const char *name)
{
	struct address address = {.to.un.sun_family = AF_UNIX,
	    .size = sizeof(struct sockaddr_un)};

	snprintf(address.to.un.sun_path, sizeof(address.to.un.sun_path),
	    "%s/%s", world.sockets, name);
	return address;
}

static struct address
abstract(void)
{
	struct address address = {.to.un.sun_family = AF_UNIX};

	snprintf(address.to.un.sun_path + 1, sizeof(address.to.un.sun_path) - 1,
	    "%s", world.label);
	address.size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
	    strlen(world.label));
	return address;
}

static enum outcome
finish(int fd, long result)
{
	if (fd != -1)
		close(fd);
	return judge(result);
}

static enum outcome
reach(int domain, int type, int protocol, struct address address)
{
	const int fd = socket(domain, type, protocol);
	long result = -1;

	if (fd != -1 && connect(fd, &address.to.any, address.size) == 0)
		result = send(fd, "x", 1, MSG_NOSIGNAL);
	return finish(fd, result);
}

static enum outcome
send_alone(int fd, int flags, struct address address)
{
	return finish(fd,
	    fd == -1 ? -1 :
		       sendto(fd, "x", 1, flags | MSG_NOSIGNAL, &address.to.any,
			   address.size));
}

/* By a message whose address no filter sees. */
static enum outcome
send_message(int fd, int flags, struct address address)
{
	struct iovec data = {(char[]) {'x'}, 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &address.to,
				      .msg_namelen = address.size,
				      .msg_iov = &data,
				      .msg_iovlen = 1}};
	long result = sendmsg(fd, &message.msg_hdr, flags | MSG_NOSIGNAL);

	if (result == -1)
		result = syscall(SYS_sendmmsg, fd, &message, 1,
		    flags | MSG_NOSIGNAL);
	return finish(fd, result);
}

static enum outcome
tcp_listed(void)
{
	return reach(AF_INET, SOCK_STREAM, 0, inet(world.listed));
}

static enum outcome
tcp_other(void)
{
	return reach(AF_INET, SOCK_STREAM, 0, inet(world.other));
}

static enum outcome
tcp_other6(void)
{
	return reach(AF_INET6, SOCK_STREAM, IPPROTO_TCP, inet6(world.other));
}

static enum outcome
tcp_mapped(void)
{
	return reach(AF_INET6, SOCK_STREAM, 0, mapped(world.other));
}

/* Bits above the 32 that the kernel looks at. */
static enum outcome
tcp_high(void)
{
	const struct address to = inet(world.other);
	const int fd = (int)syscall(SYS_socket, AF_INET | UINT64_C(1) << 32,
	    SOCK_STREAM | UINT64_C(1) << 33, UINT64_C(1) << 34);

	if (fd == -1 || connect(fd, &to.to.any, to.size) == -1)
		return finish(fd, -1);
	return finish(fd, write(fd, "x", 1));
}

/* On a socket that was connected before, and is then let go. */
static enum outcome
tcp_again(void)
{
	const struct address first = inet(world.listed);
	const struct address second = inet(world.other);
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, &first.to.any, first.size) == -1 ||
	    connect(fd, &nowhere, sizeof(nowhere)) == -1 ||
	    connect(fd, &second.to.any, second.size) == -1)
		return finish(fd, -1);
	return finish(fd, write(fd, "x", 1));
}

static enum outcome
fast_open(void)
{
	return send_alone(socket(AF_INET, SOCK_STREAM, 0), MSG_FASTOPEN,
	    inet(world.other));
}

static enum outcome
fast_open6(void)
{
	return send_alone(socket(AF_INET6, SOCK_STREAM, 0), MSG_FASTOPEN,
	    inet6(world.other));
}

static enum outcome
fast_message(void)
{
	return send_message(socket(AF_INET, SOCK_STREAM, 0), MSG_FASTOPEN,
	    inet(world.other));
}

static enum outcome
fast_high(void)
{
	const struct address to = inet(world.other);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	return finish(fd,
	    syscall(SYS_sendto, fd, "x", 1, MSG_FASTOPEN | UINT64_C(1) << 32,
		&to.to.any, to.size));
}

static enum outcome
fast_option(void)
{
	const struct address to = inet(world.other);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	const int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on,
		sizeof(on)) == -1 ||
	    connect(fd, &to.to.any, to.size) == -1)
		return finish(fd, -1);
	return finish(fd, write(fd, "x", 1));
}

static enum outcome
multipath(void)
{
	return reach(AF_INET, SOCK_STREAM, IPPROTO_MPTCP, inet(world.other));
}

static enum outcome
shared_memory_channel(void)
{
	return reach(AF_SMC, SOCK_STREAM, 0, inet(world.other));
}

static enum outcome
udp(void)
{
	return send_alone(socket(AF_INET, SOCK_DGRAM, 0), 0, inet(world.udp));
}

static enum outcome
udp_connected(void)
{
	return reach(AF_INET, SOCK_DGRAM, 0, inet(world.udp));
}

static enum outcome
udp_message(void)
{
	return send_message(socket(AF_INET, SOCK_DGRAM, 0), 0, inet(world.udp));
}

static enum outcome
raw(void)
{
	const struct {
		struct udphdr head;
		char text[1];
	} packet = {{.source = htons(1),
			.dest = htons((uint16_t)world.udp),
			.len = htons(sizeof(struct udphdr) + 1)},
	    {'x'}};
	const struct address to = inet(0);
	const int fd = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);

	return finish(fd,
	    sendto(fd, &packet, sizeof(packet.head) + 1, 0, &to.to.any,
		to.size));
}

static enum outcome
packet(void)
{
	const int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	return finish(fd, fd);
}

/* Local sockets, by path and by name. */

static enum outcome
unix_stream(void)
{
	return reach(AF_UNIX, SOCK_STREAM, 0, local("stream"));
}

static enum outcome
unix_packets(void)
{
	return reach(AF_UNIX, SOCK_SEQPACKET, 0, local("packets"));
}

static enum outcome
unix_datagram(void)
{
	return send_alone(socket(AF_UNIX, SOCK_DGRAM, 0), 0, local("datagram"));
}

static enum outcome
unix_abstract(void)
{
	return reach(AF_UNIX, SOCK_STREAM, 0, abstract());
}

/* A pair is no socket(2); its ends can be sent elsewhere all the same. */
static int
end_of_pair(int type)
{
	int fds[2];

	if (socketpair(AF_UNIX, type, 0, fds) == -1)
		return -1;
	close(fds[1]);
	return fds[0];
}

static enum outcome
pair_sendto(void)
{
	return send_alone(end_of_pair(SOCK_DGRAM), 0, local("datagram"));
}

static enum outcome
pair_message(void)
{
	return send_message(end_of_pair(SOCK_DGRAM), 0, local("datagram"));
}

static enum outcome
pair_connect(void)
{
	const struct address to = local("datagram");
	const int fd = end_of_pair(SOCK_DGRAM);

	if (fd == -1 || connect(fd, &to.to.any, to.size) == -1)
		return finish(fd, -1);
	return finish(fd, write(fd, "x", 1));
}

static enum outcome
pair_high(void)
{
	int fds[2];

	if (syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM | UINT64_C(1) << 32, 0,
		fds) == -1)
		return HELD;
	return send_alone(fds[0], 0, local("datagram"));
}

/* Listening: the warden connects to what it is told, and says the secret. */

static enum outcome
accept_one(int fd)
{
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	struct address at = {.size = sizeof(at.to)};
	int got;

	if (getsockname(fd, &at.to.any, &at.size) == -1)
		return finish(fd, -1);
	dprintf(STDOUT_FILENO, "connect %u\n",
	    at.to.any.sa_family == AF_INET6 ? ntohs(at.to.in6.sin6_port) :
					      ntohs(at.to.in.sin_port));
	if (poll(&polled, 1, PATIENCE_MS) != 1)
		return finish(fd, -1);
	got = accept(fd, NULL, NULL);
	close(fd);
	return leak_fd(got);
}

static enum outcome
listen_at(int domain, struct address at)
{
	const int fd = socket(domain, SOCK_STREAM, 0);
	const int on = 1;

	/* What was here a moment ago is no hindrance. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd == -1 || bind(fd, &at.to.any, at.size) == -1 ||
	    listen(fd, 1) == -1)
		return finish(fd, -1);
	return accept_one(fd);
}

static enum outcome
listen_listed(void)
{
	return listen_at(AF_INET, inet(world.free));
}

static enum outcome
listen_other(void)
{
	return listen_at(AF_INET, inet(world.loose));
}

static enum outcome
listen_other6(void)
{
	return listen_at(AF_INET6, mapped(world.loose));
}

static enum outcome
listen_anywhere(void)
{
	return listen_at(AF_INET, inet(0));
}

/* The kernel binds what listens without. */
static enum outcome
listen_unbound(void)
{
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1 || listen(fd, 1) == -1)
		return finish(fd, -1);
	return accept_one(fd);
}

static enum outcome
listen_multipath(void)
{
	const struct address at = inet(world.loose);
	const int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	const int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd == -1 || bind(fd, &at.to.any, at.size) == -1 ||
	    listen(fd, 1) == -1)
		return finish(fd, -1);
	return accept_one(fd);
}

static enum outcome
receive_datagrams(void)
{
	const struct address at = inet(world.loose);
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd == -1)
		return HELD;
	return finish(fd, bind(fd, &at.to.any, at.size));
}

/* The kernel's own families. */

static enum outcome
netlink(int protocol, const void *request, size_t size)
{
	struct address to = {.to.nl = {.nl_family = AF_NETLINK},
	    .size = sizeof(struct sockaddr_nl)};
	struct pollfd polled = {.events = POLLIN};
	char reply[8192];
	long result = -1;
	const int fd = socket(AF_NETLINK, SOCK_RAW, protocol);

	polled.fd = fd;
	if (fd != -1 &&
	    sendto(fd, request, size, 0, &to.to.any, to.size) != -1 &&
	    poll(&polled, 1, PATIENCE_MS) == 1)
		result = recv(fd, reply, sizeof(reply), 0);
	if (result > 0 &&
	    ((struct nlmsghdr *)(void *)reply)->nlmsg_type == NLMSG_ERROR)
		result = -1;
	return finish(fd, result);
}

static enum outcome
netlink_route(void)
{
	const struct {
		struct nlmsghdr head;
		struct rtgenmsg body;
	} request = {{.nlmsg_len = sizeof(request),
			 .nlmsg_type = RTM_GETLINK,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	    {AF_UNSPEC}};

	return netlink(NETLINK_ROUTE, &request, sizeof(request));
}

/* Who is connected with whom, on all of the host. */
static enum outcome
netlink_diagnosis(void)
{
	const struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} request = {{.nlmsg_len = sizeof(request),
			 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	    {.sdiag_family = AF_INET,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = UINT32_MAX}};

	return netlink(NETLINK_SOCK_DIAG, &request, sizeof(request));
}

static enum outcome
netlink_other(int protocol)
{
	struct address at = {.to.nl = {.nl_family = AF_NETLINK},
	    .size = sizeof(struct sockaddr_nl)};
	const int fd = socket(AF_NETLINK, SOCK_RAW, protocol);

	return finish(fd, fd == -1 ? -1 : bind(fd, &at.to.any, at.size));
}

static enum outcome
netlink_generic(void)
{
	return netlink_other(NETLINK_GENERIC);
}

static enum outcome
netlink_events(void)
{
	return netlink_other(NETLINK_KOBJECT_UEVENT);
}

static enum outcome
netlink_filter(void)
{
	return netlink_other(NETLINK_NETFILTER);
}

/* To the host of a virtual machine; here, only to itself. */
static enum outcome
virtual_socket(void)
{
	const struct address at = {.to.vm = {.svm_family = AF_VSOCK,
				       .svm_cid = VSOCK_LOCAL,
				       .svm_port = VMADDR_PORT_ANY},
	    .size = sizeof(struct sockaddr_vm)};
	const int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	return finish(fd, fd == -1 ? -1 : bind(fd, &at.to.any, at.size));
}

static enum outcome
cipher(void)
{
	const struct address at = {.to.alg = {.salg_family = AF_ALG,
				       .salg_type = "hash",
				       .salg_name = "sha1"},
	    .size = sizeof(struct sockaddr_alg)};
	const int fd = socket(AF_ALG, SOCK_SEQPACKET, 0);

	return finish(fd, fd == -1 ? -1 : bind(fd, &at.to.any, at.size));
}

const struct attack network_attacks[] = {
    {"network-tcp-listed", tcp_listed, false},
    {"network-tcp-other", tcp_other, false},
    {"network-tcp6", tcp_other6, false},
    {"network-tcp-mapped", tcp_mapped, false},
    {"network-tcp-high-bits", tcp_high, false},
    {"network-tcp-again", tcp_again, false},
    {"network-fast-open", fast_open, false},
    {"network-fast-open6", fast_open6, false},
    {"network-fast-message", fast_message, false},
    {"network-fast-high-bits", fast_high, false},
    {"network-fast-option", fast_option, false},
    {"network-multipath", multipath, false},
    {"network-smc", shared_memory_channel, false},
    {"network-udp", udp, false},
    {"network-udp-connected", udp_connected, false},
    {"network-udp-message", udp_message, false},
    {"network-udp-bind", receive_datagrams, false},
    {"network-raw", raw, false},
    {"network-packet", packet, false},
    {"network-unix-stream", unix_stream, false},
    {"network-unix-packets", unix_packets, false},
    {"network-unix-datagram", unix_datagram, false},
    {"network-unix-abstract", unix_abstract, false},
    {"network-pair-sendto", pair_sendto, false},
    {"network-pair-message", pair_message, false},
    {"network-pair-connect", pair_connect, false},
    {"network-pair-high-bits", pair_high, false},
    {"network-listen-listed", listen_listed, false},
    {"network-listen-other", listen_other, false},
    {"network-listen-mapped", listen_other6, false},
    {"network-listen-anywhere", listen_anywhere, false},
    {"network-listen-unbound", listen_unbound, false},
    {"network-listen-multipath", listen_multipath, false},
    {"network-netlink-route", netlink_route, false},
    {"network-netlink-diagnosis", netlink_diagnosis, false},
    {"network-netlink-generic", netlink_generic, false},
    {"network-netlink-events", netlink_events, false},
    {"network-netlink-filter", netlink_filter, false},
    {"network-vsock", virtual_socket, false},
    {"network-cipher", cipher, false},
    {NULL, NULL, false},
};
