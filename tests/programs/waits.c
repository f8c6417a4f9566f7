/*
 * waits KIND...: waits in the kernel in different ways, the first kind on the first thread, every other on a thread of its own, until SIGTERM. Each thread makes
 * getppid after each wait. A wait that ends otherwise than it must is printed, "KIND: what". In the end it prints "unexpected N" and for each errno that getppid
 * met "errno E count C".
 *
 * Without end: epoll, read, pause (first only), cond (never first: no signal ends it). For 10 ms, again and again: epoll10, poll, sleep, cond10, sigwait. And spin: sums without any call.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int stop;
static int ends[2], epoll;
static long unexpected, counts[4096];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void on_term(int unused)
{
	(void)unused;
	stop = 1;
}

static void expect(int as_expected, const char *kind)
{
	if (as_expected || stop)
		return;
	printf("%s: errno %d\n", kind, errno);
	__atomic_fetch_add(&unexpected, 1, __ATOMIC_RELAXED);
}

static double sum(double x)
{
	volatile double y = x;

	for (int i = 0; i < 100000; i++)
		y = y * 1.0000001 + 0.5;
	return y;
}

static void wait_for(const char *kind)
{
	struct timespec ms10 = { 0, 10000000 }, until;
	struct epoll_event event;
	sigset_t none;
	char byte;
	int r;

	if (!strcmp(kind, "epoll")) {
		r = epoll_wait(epoll, &event, 1, -1);
		expect(r == 1, kind);
	} else if (!strcmp(kind, "epoll10")) {
		r = epoll_wait(epoll, &event, 1, 10);
		expect(r == 0, kind);
	} else if (!strcmp(kind, "read")) {
		r = read(ends[0], &byte, 1);
		expect(r == 1, kind);
	} else if (!strcmp(kind, "poll")) {
		r = poll(NULL, 0, 10);
		expect(r == 0, kind);
	} else if (!strcmp(kind, "sleep")) {
		r = nanosleep(&ms10, NULL);
		expect(r == 0, kind);
	} else if (!strcmp(kind, "sigwait")) {
		sigemptyset(&none);
		r = sigtimedwait(&none, NULL, &ms10);
		expect(r < 0 && errno == EAGAIN, kind);
	} else if (!strcmp(kind, "pause")) {
		pause();
		expect(0, kind);
	} else if (!strncmp(kind, "cond", 4)) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 10000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_mutex_lock(&mutex);
		if (!stop)
			errno = kind[4] ? pthread_cond_timedwait(&cond, &mutex, &until) : pthread_cond_wait(&cond, &mutex);
		expect(errno == (kind[4] ? ETIMEDOUT : 0), kind);
		pthread_mutex_unlock(&mutex);
	} else if (!strcmp(kind, "spin")) {
		static double first;
		double now = sum(1);

		if (first == 0)
			first = now;
		expect(now == first, kind);
	} else {
		exit(2);
	}
}

static void *thread(void *kind)
{
	while (!stop) {
		wait_for(kind);
		long r = syscall(SYS_getppid);

		__atomic_fetch_add(&counts[r < 0 ? errno : 0], 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_term };
	struct epoll_event event = { .events = EPOLLIN };
	pthread_t threads[64];
	sigset_t term;

	if (argc < 2 || argc > 60 || pipe(ends) < 0)
		return 2;
	epoll = epoll_create1(0);
	epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
	sigaction(SIGTERM, &action, NULL);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	/* SIGTERM is the first thread's. */
	pthread_sigmask(SIG_BLOCK, &term, NULL);
	for (int i = 2; i < argc; i++)
		pthread_create(&threads[i], NULL, thread, argv[i]);
	pthread_sigmask(SIG_UNBLOCK, &term, NULL);
	printf("ready\n");
	fflush(stdout);
	thread(argv[1]);
	for (int i = 0; i < argc; i++)
		if (write(ends[1], "stop", 4) != 4)
			return 3;
	pthread_mutex_lock(&mutex);
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
	for (int i = 2; i < argc; i++)
		pthread_join(threads[i], NULL);
	printf("unexpected %ld\n", unexpected);
	for (int e = 0; e < 4096; e++)
		if (counts[e])
			printf("errno %d count %ld\n", e, counts[e]);
	return 0;
}
