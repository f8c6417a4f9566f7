/*
 * role wait                   waits.
 * role serve PORT             answers each connection with its number.
 * role ask ADDRESS PORT       connects every 20 ms, for 300 ms at most, and prints "reached" or "unreached" whenever that changes.
 * role read FILE              opens the file every 2 ms; prints "open: ERRNO" where that fails, and ends with status 3.
 * role daemon                 starts a process in a session of its own whose parent ends, and waits; that one prints "daemon PID" and waits.
 * role stubborn               ignores SIGTERM, and waits.
 *
 * All begin with "begun NAME": the variable NAME. SIGTERM ends with "stopping" and status 0, SIGUSR1 with "asked" and status 0.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void stop(int signal)
{
	const char *text = signal == SIGTERM ? "stopping\n" : "asked\n";

	_exit(write(1, text, strlen(text)) < 0);
}

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

static struct sockaddr_in address(const char *host, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port)) };

	inet_pton(AF_INET, host, &a.sin_addr);
	return a;
}

static int serve(const char *port)
{
	struct sockaddr_in a = address("0.0.0.0", port);
	int yes = 1, s = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(s, (struct sockaddr *)&a, sizeof a) < 0 || listen(s, 64) < 0) {
		perror("listen");
		return 1;
	}
	for (long n = 1;; n++) {
		int c = accept(s, NULL, NULL);

		if (c < 0)
			continue;
		dprintf(c, "%ld\n", n);
		close(c);
	}
}

/* Whether a connection was made and answered. */
static int reach(const struct sockaddr_in *a)
{
	int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), reached = 0;
	struct pollfd fd = { .fd = s, .events = POLLIN };
	char byte;

	if (connect(s, (const struct sockaddr *)a, sizeof *a) == 0 || errno == EINPROGRESS)
		reached = poll(&fd, 1, 300) == 1 && read(s, &byte, 1) == 1;
	close(s);
	return reached;
}

static void ask(const char *host, const char *port)
{
	struct sockaddr_in a = address(host, port);
	int last = -1;

	for (;;) {
		int now = reach(&a);

		if (now != last)
			printf("%s\n", now ? "reached" : "unreached");
		last = now;
		usleep(20000);
	}
}

static int read_again(const char *file)
{
	for (;;) {
		int fd = open(file, O_RDONLY);

		if (fd < 0) {
			printf("open: %d\n", errno);
			return 3;
		}
		close(fd);
		usleep(2000);
	}
}

static void make_daemon(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		printf("daemon %d\n", getpid());
		wait_for_ever();
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "wait", *name = getenv("NAME");

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGTERM, strcmp(what, "stubborn") == 0 ? SIG_IGN : stop);
	signal(SIGUSR1, stop);
	printf("begun %s\n", name ? name : "");
	if (strcmp(what, "serve") == 0)
		return serve(argv[2]);
	if (strcmp(what, "ask") == 0)
		ask(argv[2], argv[3]);
	if (strcmp(what, "read") == 0)
		return read_again(argv[2]);
	if (strcmp(what, "daemon") == 0)
		make_daemon();
	wait_for_ever();
}
