/*
 * held N THREADS [signals]: each thread calls getppid N times and prints for each call "call RESULT MILLISECONDS USR1", where RESULT is the value or the negated
 * errno, and USR1 how many SIGUSR1 the thread had got when the call returned; then "thread done". In the end "ended SIGNALS".
 * With "signals" a timer signal comes every 5 ms meanwhile; SIGNALS counts them.
 *
 * Where the variable GO is set, it prints "waiting", and begins when the file of that name exists.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long n;
static volatile long alarms;
static __thread volatile long usr1;

static void on_alarm(int unused)
{
	(void)unused;
	__atomic_fetch_add(&alarms, 1, __ATOMIC_RELAXED);
}

static void on_usr1(int unused)
{
	(void)unused;
	usr1++;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void *thread(void *unused)
{
	for (long i = 0; i < n; i++) {
		double start = now();
		long result = syscall(SYS_getppid);
		long ended = result < 0 ? -errno : result;

		printf("call %ld %.3f %ld\n", ended, now() - start, usr1);
	}
	printf("thread done\n");
	fflush(stdout);
	return unused;
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? atol(argv[2]) : 1;
	pthread_t *threads = calloc(count, sizeof(*threads));
	struct sigaction alarm = { .sa_handler = on_alarm, .sa_flags = SA_RESTART }, user = { .sa_handler = on_usr1, .sa_flags = SA_RESTART };
	struct itimerval every = { { 0, 5000 }, { 0, 5000 } };
	pthread_attr_t small;

	n = argc > 1 ? atol(argv[1]) : 1;
	if (getenv("GO") && write(1, "waiting\n", 8) != 8)
		return 3;
	while (getenv("GO") && access(getenv("GO"), F_OK) != 0)
		usleep(500);
	sigaction(SIGALRM, &alarm, NULL);
	sigaction(SIGUSR1, &user, NULL);
	if (argc > 3 && !strcmp(argv[3], "signals"))
		setitimer(ITIMER_REAL, &every, NULL);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (long i = 0; i < count - 1; i++)
		if (pthread_create(&threads[i], &small, thread, NULL) != 0)
			return 4;
	/* The process's signals go to its first thread as long as that takes them: it must make calls, too. */
	thread(NULL);
	for (long i = 0; i < count - 1; i++)
		pthread_join(threads[i], NULL);
	printf("ended %ld\n", alarms);
	return 0;
}
