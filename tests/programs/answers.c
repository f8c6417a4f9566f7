/*
 * A small HTTP server whose natural error is access:ENOENT: for each request it looks for nine optional files that are never there, and then for one
 * that always is. What it does when that last look fails too is its first argument:
 *   copes        it answers 200 from what it has in memory
 *   degrades     it answers 500
 *   aborts       it ends by abort()
 *   remembers    it answers 500 from then on, for ever
 *   hangs        it waits for a lock that it holds itself, for ever
 *   first-start  as degrades, but it looks for files only the first time that it is started in its folder
 *   worker       as aborts, but a child serves and the parent replaces it
 * Second argument: the port, on 127.0.0.1. Third: its folder. For each request it also reads a link that is never there (readlink:ENOENT).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *manner;
static int looks = 1, broken;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int is(const char *name)
{
	return strcmp(manner, name) == 0;
}

static void wait_for_ever(void)
{
	pthread_mutex_lock(&lock);
	pthread_mutex_lock(&lock);
}

/* Whether the request can be answered as usual. */
static int look(void)
{
	char name[32];

	if (!looks)
		return 1;
	if (readlink("no-link", name, sizeof name) == 0)
		return 0;
	for (int i = 0; i < 9; i++) {
		snprintf(name, sizeof name, "optional-%d", i);
		access(name, F_OK);
	}
	if (access("page", F_OK) == 0)
		return 1;
	if (is("copes"))
		return 1;
	if (is("aborts") || is("worker"))
		abort();
	if (is("hangs"))
		wait_for_ever();
	if (is("remembers"))
		broken = 1;
	return 0;
}

static void serve(int listener)
{
	static const char good[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
	static const char bad[] = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno";

	for (;;) {
		char request[2048];
		int client = accept(listener, NULL, NULL);

		if (client < 0)
			continue;
		if (recv(client, request, sizeof request, 0) > 0) {
			int well = look() && !broken;

			send(client, well ? good : bad, well ? sizeof good - 1 : sizeof bad - 1, MSG_NOSIGNAL);
		}
		close(client);
	}
}

static void keep_a_worker(int listener)
{
	for (;;) {
		pid_t parent = getpid(), child = fork();

		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() == parent)
				serve(listener);
			_exit(0);
		}
		if (child < 0 || waitpid(child, NULL, 0) < 0)
			exit(1);
	}
}

int main(int argc, char **argv)
{
	struct rlimit none = { 0, 0 };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (argc != 4 || chdir(argv[3]) < 0)
		return 2;
	manner = argv[1];
	address.sin_port = htons(atoi(argv[2]));
	/* Its deaths are on purpose. */
	setrlimit(RLIMIT_CORE, &none);
	close(open("page", O_CREAT | O_WRONLY, 0644));
	if (is("first-start")) {
		int mark = open("started", O_CREAT | O_EXCL | O_WRONLY, 0644);

		looks = mark >= 0;
		close(mark);
	}
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 128) < 0) {
		perror("listen");
		return 1;
	}
	if (is("worker"))
		keep_a_worker(listener);
	serve(listener);
}
