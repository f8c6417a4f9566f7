/*
 * busy THREADS: makes calls without pause from THREADS threads, and now and then a child that does so too, until SIGTERM.
 * By nature none of the calls fails. Then it prints, for each errno met: "errno E count C last NANOSECONDS" (CLOCK_MONOTONIC), and in the end
 * "calls C began NANOSECONDS ended NANOSECONDS". It prints "ready" when it begins, and "failing" when the first call has failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct shared {
	long count[4096], last[4096], calls;
	volatile int stop, failing;
};

static struct shared *shared;

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static long counted(long result)
{
	__atomic_fetch_add(&shared->calls, 1, __ATOMIC_RELAXED);
	if (result < 0) {
		__atomic_fetch_add(&shared->count[errno & 4095], 1, __ATOMIC_RELAXED);
		__atomic_store_n(&shared->last[errno & 4095], now(), __ATOMIC_RELAXED);
		/* Not by stdio, whose lock a forked child may find taken for ever. */
		if (!shared->failing && !__atomic_exchange_n(&shared->failing, 1, __ATOMIC_RELAXED) && write(1, "failing\n", 8) != 8)
			exit(3);
	}
	return result;
}

static void some_calls(int zero)
{
	char byte;

	counted(syscall(SYS_getppid));
	counted(syscall(SYS_read, zero, &byte, 1));
	long fd = counted(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY));

	if (fd >= 0)
		syscall(SYS_close, fd);
}

static void *work(void *unused)
{
	int zero = (int)(long)unused;

	for (long i = 0; !shared->stop; i++) {
		some_calls(zero);
		if (i % 2000 == 1999) {
			pid_t child = fork();

			if (child == 0) {
				for (int k = 0; k < 50; k++)
					some_calls(zero);
				_exit(0);
			}
			if (child > 0)
				waitpid(child, NULL, 0);
		}
	}
	return NULL;
}

static void on_term(int unused)
{
	(void)unused;
	shared->stop = 1;
}

int main(int argc, char **argv)
{
	int threads = argc > 1 ? atoi(argv[1]) : 4;
	pthread_t thread[64];
	struct sigaction action = { .sa_handler = on_term, .sa_flags = SA_RESTART };

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int zero = -1;

	while (zero < 0)
		zero = open("/dev/zero", O_RDONLY);
	sigaction(SIGTERM, &action, NULL);
	long began = now();

	for (int i = 0; i < threads; i++)
		pthread_create(&thread[i], NULL, work, (void *)(long)zero);
	printf("ready\n");
	fflush(stdout);
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	for (int e = 0; e < 4096; e++)
		if (shared->count[e])
			printf("errno %d count %ld last %ld\n", e, shared->count[e], shared->last[e]);
	printf("calls %ld began %ld ended %ld\n", shared->calls, began, now());
	return 0;
}
