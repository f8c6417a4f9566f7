/*
 * progress SHARED [talk|keep]: makes calls without end, counts its rounds, and checks what the calls did: a call either succeeds, with its effect, or ends in EXDEV, which is what is
 * injected into it; anything else is a mistake. Two threads and a child that comes again and again do the same. SHARED is a file of four numbers of 64 bit: rounds, calls
 * that ended in EXDEV, mistakes, the last mistake's errno. With "talk" each round sends itself a datagram too; one that does not arrive within 10 ms counts as ended in EXDEV.
 * With "keep" it closes nothing but what it has opened itself. Ends with SIGTERM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct { uint64_t rounds, injected, mistakes, mistake; } *shared;

static int talks, keeps;

static void add(uint64_t *number)
{
	__atomic_fetch_add(number, 1, __ATOMIC_SEQ_CST);
}

static void mistake(uint64_t which)
{
	add(&shared->mistakes);
	shared->mistake = which;
}

/* Whether the call succeeded. */
static int checked(long result)
{
	if (result >= 0)
		return 1;
	if (errno == EXDEV)
		add(&shared->injected);
	else
		mistake(errno);
	return 0;
}

static void talk(void)
{
	struct sockaddr_in self = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(self);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd arrives = { .fd = fd, .events = POLLIN };

	if (fd < 0 || bind(fd, (struct sockaddr *)&self, size) || getsockname(fd, (struct sockaddr *)&self, &size)) {
		mistake(errno);
		return;
	}
	/* Netfilter reports a packet that it drops on its way out as EPERM. */
	if (sendto(fd, "x", 1, 0, (struct sockaddr *)&self, size) != 1 || poll(&arrives, 1, 10) != 1)
		add(&shared->injected);
}

/* One round at a time in a process: it closes what another would have open. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void round_of_calls(void)
{
	char byte = 1;

	pthread_mutex_lock(&turn);
	long fd = syscall(SYS_openat, AT_FDCWD, "/dev/zero", O_RDONLY | O_CLOEXEC);

	if (checked(fd)) {
		if (checked(syscall(SYS_read, fd, &byte, 1)) && byte != 0)
			mistake(10000);
		syscall(SYS_close, fd);
	}
	checked(syscall(SYS_getppid));
	if (talks)
		talk();
	/* An open that is failed after the fact leaves a descriptor that nobody knows. */
	if (!keeps)
		syscall(SYS_close_range, 3, ~0U, 0);
	add(&shared->rounds);
	pthread_mutex_unlock(&turn);
}

static void *rounds(void *unused)
{
	struct timespec pause = { 0, 500000 };

	for (;;) {
		round_of_calls();
		nanosleep(&pause, NULL);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int fd = argc >= 2 ? open(argv[1], O_RDWR) : -1;

	talks = argc == 3 && !strcmp(argv[2], "talk");
	keeps = argc == 3 && !strcmp(argv[2], "keep");
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		return 2;
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread, NULL, rounds, NULL))
			return 3;
	for (;;) {
		/* A child has one thread, and could not wait for another's turn to end. */
		pthread_mutex_lock(&turn);
		pid_t child = fork();
		pthread_mutex_unlock(&turn);
		if (child == 0) {
			for (int i = 0; i < 20; i++)
				round_of_calls();
			_exit(0);
		}
		if (child > 0)
			waitpid(child, NULL, 0);
		usleep(5000);
	}
}
