/* Sockets, on the loopback address and between the two ends of a pair. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct sockaddr_in address;
static socklen_t address_length = sizeof(address);

static int bound(int type)
{
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);

	address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	require(bind(fd, (void *)&address, sizeof(address)) == 0 && getsockname(fd, (void *)&address, &address_length) == 0, "bind");
	return fd;
}

static int listening(void)
{
	int fd = bound(SOCK_STREAM);

	require(listen(fd, 5) == 0, "listen");
	return fd;
}

static int is_readable(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	return poll(&p, 1, 0) == 1;
}

/* A listening socket at which somebody waits. */
static int called_upon(void)
{
	int fd = listening(), caller = socket(AF_INET, SOCK_STREAM, 0);

	require(connect(caller, (void *)&address, sizeof(address)) == 0, "connect");
	return fd;
}

static struct ends connected(const char *text)
{
	int fds[2];

	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0 && write(fds[1], text, strlen(text)) == (ssize_t)strlen(text), "socketpair");
	return (struct ends){ fds[0], fds[1] };
}

static struct iovec outgoing[] = VECTOR("abcd"), incoming[] = VECTOR(out);

#define TO_ADDRESS { .msg_name = &address, .msg_namelen = sizeof(address), .msg_iov = outgoing, .msg_iovlen = 1 }
#define INCOMING { .msg_iov = incoming, .msg_iovlen = 1 }

OPENS(socket, AF_INET, SOCK_STREAM, 0L)
OPENS(socketpair, AF_UNIX, SOCK_STREAM, 0L, out)
CALL(connect)
{
	int to = listening(), fd = socket(AF_INET, SOCK_STREAM, 0);

	make(fd, &address, sizeof(address));
	effect(is_readable(to));
}
CALL(accept) { int fd = called_upon(); make(fd, 0L, 0L); effect(!is_readable(fd)); }
CALL(accept4) { int fd = called_upon(); make(fd, 0L, 0L, 0L); effect(!is_readable(fd)); }
CALL(bind)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	make(fd, &a, sizeof(a));
	getsockname(fd, (void *)&address, &address_length);
	effect(address.sin_port != 0);
}
CALL(listen)
{
	int listens = 0, fd = bound(SOCK_STREAM);
	socklen_t size = sizeof(listens);

	make(fd, 5L);
	getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
	effect(listens);
}
CALL(sendto) { int to = bound(SOCK_DGRAM); make(socket(AF_INET, SOCK_DGRAM, 0), "abcd", 4L, 0L, &address, sizeof(address)); effect(pending(to) == 4); }
CALL(sendmsg) { int to = bound(SOCK_DGRAM); struct msghdr m = TO_ADDRESS; make(socket(AF_INET, SOCK_DGRAM, 0), &m, 0L); effect(pending(to) == 4); }
CALL(sendmmsg) { int to = bound(SOCK_DGRAM); struct mmsghdr m = { TO_ADDRESS, 0 }; make(socket(AF_INET, SOCK_DGRAM, 0), &m, 1L, 0L); effect(pending(to) == 4); }
CALL(recvfrom) { struct ends s = connected("abcd"); make(s.in, out, 4L, 0L, 0L, 0L); effect(pending(s.in) == 0); }
CALL(recvmsg) { struct ends s = connected("abcd"); struct msghdr m = INCOMING; make(s.in, &m, 0L); effect(pending(s.in) == 0); }
CALL(recvmmsg) { struct ends s = connected("abcd"); struct mmsghdr m = { INCOMING, 0 }; make(s.in, &m, 1L, 0L, 0L); effect(pending(s.in) == 0); }
CALL(shutdown) { struct ends s = connected(""); make(s.out, SHUT_WR); effect(read(s.in, out, 1) == 0); }
CALL(getsockname) { int fd = bound(SOCK_STREAM); make(fd, out, &address_length); effect(filled()); }
CALL(getpeername) { struct ends s = connected(""); make(s.in, out, &address_length); effect(filled()); }
CALL(setsockopt)
{
	int keeps = 1, fd = bound(SOCK_STREAM);
	socklen_t size = sizeof(keeps);

	make(fd, SOL_SOCKET, SO_KEEPALIVE, &keeps, sizeof(keeps));
	keeps = 0;
	getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &keeps, &size);
	effect(keeps);
}
CALL(getsockopt) { socklen_t size = sizeof(int); make(bound(SOCK_STREAM), SOL_SOCKET, SO_TYPE, out, &size); effect(filled()); }
