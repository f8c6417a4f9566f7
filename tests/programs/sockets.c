/*
 * sockets WHAT N PORT: prints its process id, waits for a line, makes one kind of call N times on 127.0.0.1 (or ::1), and prints one "errno count" per
 * line; "0 count" is success.
 *
 *   connect, connect6    TCP, a new socket each time
 *   associate            connect of one UDP socket
 *   bind, bind6          to PORT, a new UDP socket each time
 *   sendto, sendmsg, sendmmsg, sendto6   one byte of UDP to PORT
 *   send                 the same on a socket that is connected
 *   socket               TCP
 *   setsockopt           SO_KEEPALIVE of one TCP socket
 *   getsockopt           SO_TYPE of one TCP socket; "answer A" tells whether it was answered although it failed
 *   mixed                sendto and sendmsg by turns
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static long ends[4096];
static struct sockaddr_in to = { .sin_family = AF_INET };
static struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };

static void count(long result)
{
	ends[result < 0 ? errno : 0]++;
}

static int udp(int family)
{
	int s = socket(family, SOCK_DGRAM, 0);

	if (s < 0) {
		perror("socket");
		exit(3);
	}
	return s;
}

static void with_new(int family, int type, int (*call)(int, const struct sockaddr *, socklen_t))
{
	int s = socket(family, type, 0);

	count(family == AF_INET ? call(s, (struct sockaddr *)&to, sizeof(to)) : call(s, (struct sockaddr *)&to6, sizeof(to6)));
	close(s);
}

static int named(const char *what, const char *name)
{
	return !strcmp(what, name);
}

static void make(const char *what, long i, int one, int one6, int tcp)
{
	struct iovec byte = { "x", 1 };
	struct mmsghdr message = { .msg_hdr = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &byte, .msg_iovlen = 1 } };
	int value = 1;
	socklen_t length = sizeof(value);

	if (named(what, "connect"))
		with_new(AF_INET, SOCK_STREAM, connect);
	else if (named(what, "connect6"))
		with_new(AF_INET6, SOCK_STREAM, connect);
	else if (named(what, "bind"))
		with_new(AF_INET, SOCK_DGRAM, bind);
	else if (named(what, "bind6"))
		with_new(AF_INET6, SOCK_DGRAM, bind);
	else if (named(what, "associate"))
		count(connect(one, (struct sockaddr *)&to, sizeof(to)));
	else if (named(what, "sendto") || (named(what, "mixed") && i % 2 == 0))
		count(sendto(one, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)));
	else if (named(what, "sendto6"))
		count(sendto(one6, "x", 1, 0, (struct sockaddr *)&to6, sizeof(to6)));
	else if (named(what, "sendmsg") || named(what, "mixed"))
		count(sendmsg(one, &message.msg_hdr, 0));
	else if (named(what, "sendmmsg"))
		count(sendmmsg(one, &message, 1, 0));
	else if (named(what, "send"))
		count(send(one, "x", 1, 0));
	else if (named(what, "setsockopt"))
		count(setsockopt(tcp, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof(value)));
	else if (named(what, "socket")) {
		int s = socket(AF_INET, SOCK_STREAM, 0);
		count(s);
		if (s >= 0)
			close(s);
	} else if (named(what, "getsockopt")) {
		value = -1;
		count(getsockopt(tcp, SOL_SOCKET, SO_TYPE, &value, &length));
		if (i == 0)
			printf("answer %d\n", value);
	} else
		exit(3);
}

int main(int argc, char **argv)
{
	char line[16];
	long n = argc > 3 ? atol(argv[2]) : 0;

	printf("%d\n", getpid());
	fflush(stdout);
	if (argc < 4 || !fgets(line, sizeof(line), stdin))
		return 3;
	to.sin_port = to6.sin6_port = htons(atoi(argv[3]));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to6.sin6_addr = in6addr_loopback;
	/* Made here, after the line: the kernel takes the control group from the thread that creates a socket. */
	int one = udp(AF_INET), one6 = udp(AF_INET6), tcp = named(argv[1], "socket") ? -1 : socket(AF_INET, SOCK_STREAM, 0);
	if (named(argv[1], "send") && connect(one, (struct sockaddr *)&to, sizeof(to)))
		return 3;
	for (long i = 0; i < n; i++)
		make(argv[1], i, one, one6, tcp);
	for (int e = 0; e < 4096; e++)
		if (ends[e])
			printf("%d %ld\n", e, ends[e]);
	return 0;
}
