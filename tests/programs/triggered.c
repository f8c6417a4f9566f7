/*
 * triggered WHAT N [FILE]: calls whose results are replaced after they were carried out. Ends are counted and printed as by `injected`: "errno count" per line,
 * "0 count" is success.
 *
 *   pattern N          getppid; prints "pattern 0110..." too: 1 for each that failed
 *   arguments N        lseek(10 to 19, 0, SEEK_CUR) in turn, of /dev/null: descriptor and argument
 *   descriptors N FILE openat(O_CREAT) of FILE.0, FILE.1, ..., and pipe2, socket, socketpair and dup, N times each; prints how many descriptors are open in the end
 *   failing N          close(-1)
 *   blocked N          getppid with SIGWINCH, SIGURG, SIGCHLD and SIGCONT blocked
 *   some-blocked N     getppid with SIGWINCH blocked, and a handler for SIGURG
 *   signals N          getppid, while a child sends SIGWINCH and SIGURG in turn, each when the one before has arrived: "sent S received R kernel K"
 *   alarms N           getppid with a handler that is called every millisecond
 *   usr1 N             getppid; prints how often SIGUSR1 arrived
 *   held N             getpgrp in one thread, getppid in another meanwhile: prints "shortest NANOSECONDS others COUNT"
 *   byvalue N          getppid; prints "value V count" for each value of 1 to 99 that was returned
 *
 * Where the variable GO is set, it prints "waiting", and begins when the file of that name exists.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct shared {
	volatile long received, kernel;
	volatile int stop;
};

static long ends[4096], n;
static volatile long usr1, others, held_threads;

static long count(long result)
{
	ends[result < 0 ? errno : 0]++;
	return result;
}

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void getppids(void)
{
	for (long i = 0; i < n; i++)
		count(syscall(SYS_getppid));
}

static void block(const int *signals, int how_many)
{
	sigset_t set;

	sigemptyset(&set);
	for (int i = 0; i < how_many; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_RESTART | SA_SIGINFO };

	sigaction(signal, &action, NULL);
}

static struct shared *shared;

static void on_real(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (info->si_code > 0)
		shared->kernel++;
	else
		shared->received++;
}

static void on_usr1(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	usr1++;
}

/* Each signal when the one before has arrived, so that none is merged with another; 10 s at most. */
static long send_in_turn(pid_t to)
{
	long sent = 0, limit = now() + 10000000000L;

	while (!shared->stop && now() < limit) {
		kill(to, sent % 2 ? SIGURG : SIGWINCH);
		sent++;
		while (shared->received < sent && now() < limit)
			usleep(200);
		usleep(500);
	}
	return sent;
}

static void real_signals(void)
{
	int sent_by[2];
	long sent = -1;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	handle(SIGWINCH, on_real);
	handle(SIGURG, on_real);
	if (pipe(sent_by) < 0)
		exit(3);
	pid_t parent = getpid(), child = fork();
	if (child == 0) {
		sent = send_in_turn(parent);
		_exit(write(sent_by[1], &sent, sizeof(sent)) == sizeof(sent) ? 0 : 3);
	}
	getppids();
	shared->stop = 1;
	while (read(sent_by[0], &sent, sizeof(sent)) < 0 && errno == EINTR)
		;
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	printf("sent %ld received %ld kernel %ld\n", sent, shared->received, shared->kernel);
}

static void descriptors(const char *file)
{
	int two[2], open_now = 0;
	char name[4096];

	for (long i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s.%ld", file, i);
		count(syscall(SYS_openat, AT_FDCWD, name, O_CREAT | O_WRONLY, 0600));
		count(syscall(SYS_pipe2, two, 0));
		count(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0));
		count(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, two));
		count(syscall(SYS_dup, 0));
	}
	for (int fd = 0; fd < 65536; fd++)
		open_now += fcntl(fd, F_GETFD) >= 0;
	printf("open %d\n", open_now);
}

static void *holds(void *shortest)
{
	for (long i = 0; i < n; i++) {
		long begin = now();

		count(syscall(SYS_getpgrp));
		if (now() - begin < *(long *)shortest)
			*(long *)shortest = now() - begin;
	}
	held_threads = 0;
	return shortest;
}

static void hold(void)
{
	long shortest = 1L << 60;
	pthread_t thread;

	held_threads = 1;
	pthread_create(&thread, NULL, holds, &shortest);
	while (held_threads) {
		syscall(SYS_getppid);
		others++;
	}
	pthread_join(thread, NULL);
	printf("shortest %ld others %ld\n", shortest, others);
}

static void by_value(void)
{
	long values[100] = { 0 };

	for (long i = 0; i < n; i++) {
		long value = count(syscall(SYS_getppid));

		if (value >= 0 && value < 100)
			values[value]++;
	}
	for (int i = 1; i < 100; i++)
		if (values[i])
			printf("value %d %ld\n", i, values[i]);
}

static void pattern(void)
{
	char *text = calloc(n + 1, 1);

	for (long i = 0; i < n; i++)
		text[i] = count(syscall(SYS_getppid)) < 0 ? '1' : '0';
	printf("pattern %s\n", text);
}

int main(int argc, char **argv)
{
	static const int harmless[] = { SIGWINCH, SIGURG, SIGCHLD, SIGCONT };
	const char *what = argc > 1 ? argv[1] : "";

	n = argc > 2 ? atol(argv[2]) : 0;
	if (getenv("GO") && write(1, "waiting\n", 8) != 8)
		return 3;
	while (getenv("GO") && access(getenv("GO"), F_OK) != 0)
		usleep(500);
	if (!strcmp(what, "pattern")) {
		pattern();
	} else if (!strcmp(what, "arguments")) {
		int null = open("/dev/null", O_RDONLY);

		for (int fd = 10; fd < 20; fd++)
			dup2(null, fd);
		for (long i = 0; i < n; i++)
			count(syscall(SYS_lseek, 10 + i % 10, 0, SEEK_CUR));
	} else if (!strcmp(what, "descriptors")) {
		descriptors(argv[3]);
	} else if (!strcmp(what, "failing")) {
		for (long i = 0; i < n; i++)
			count(syscall(SYS_close, -1));
	} else if (!strcmp(what, "blocked")) {
		block(harmless, 4);
		getppids();
	} else if (!strcmp(what, "some-blocked")) {
		block(harmless, 1);
		handle(SIGURG, on_usr1);
		getppids();
		printf("usr1 %ld\n", usr1);
	} else if (!strcmp(what, "signals")) {
		real_signals();
	} else if (!strcmp(what, "alarms")) {
		struct itimerval every = { { 0, 1000 }, { 0, 1000 } };

		handle(SIGALRM, on_usr1);
		setitimer(ITIMER_REAL, &every, NULL);
		getppids();
	} else if (!strcmp(what, "usr1")) {
		handle(SIGUSR1, on_usr1);
		getppids();
		printf("usr1 %ld\n", usr1);
	} else if (!strcmp(what, "held")) {
		hold();
	} else if (!strcmp(what, "byvalue")) {
		by_value();
	} else {
		return 2;
	}
	for (int e = 0; e < 4096; e++)
		if (ends[e])
			printf("%d %ld\n", e, ends[e]);
	return 0;
}
