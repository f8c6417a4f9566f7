/*
 * injected WHAT N [...]: makes one kind of call N times, counts how each ended, and prints one "errno count" per line; "0 count" is success.
 *
 *   getppid N          getppid (raw), which by nature never fails
 *   threads N T        the same, N times in each of T threads and in one child process of each
 *   create N FILE      openat(O_CREAT) of FILE.0, FILE.1, ...; the caller looks which files exist
 *   read N FILE        reads one byte at a time from FILE and prints in the end "position P"
 *   signals N          getppid and read of 1 byte of /dev/zero with a timer signal every 5 ms
 *   nature N K FILE    openat of FILE, but of a file that is missing for one call of K by chance: natural errors at a known rate
 *   choices N T        getppid, N times in each of T threads, which make their first calls one after the other: prints for each thread "thread I" and for each of its
 *                      calls 0 or 1, whether it failed
 *   time N             getppid, getuid: prints nanoseconds per call of each instead
 *   exec N             as "getppid N", from a thread that executes this program again
 *
 * Where the variable GO is set, it prints "waiting", and begins when the file of that name exists.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long ends[4096];
static long n;
static char *self;

/* glibc reports the errno and keeps the sign out of it; a raw return of -1 with errno 0 cannot happen. */
static void count(long result)
{
	__atomic_fetch_add(&ends[result < 0 ? errno : 0], 1, __ATOMIC_RELAXED);
}

static void getppids(void)
{
	for (long i = 0; i < n; i++)
		count(syscall(SYS_getppid));
}

static void report(void)
{
	for (int e = 0; e < 4096; e++)
		if (ends[e])
			printf("%d %ld\n", e, ends[e]);
	fflush(stdout);
}

/* The child tells its counts through a pipe, so that they add up in one place. */
static void *thread(void *unused)
{
	int ends_of_child[2];
	long of_child[4096];

	getppids();
	if (pipe(ends_of_child) < 0)
		exit(3);
	pid_t child = fork();
	if (child == 0) {
		memset(ends, 0, sizeof(ends));
		getppids();
		for (size_t done = 0; done < sizeof(ends);) {
			ssize_t w = write(ends_of_child[1], (char *)ends + done, sizeof(ends) - done);
			if (w <= 0)
				_exit(3);
			done += w;
		}
		_exit(0);
	}
	close(ends_of_child[1]);
	for (size_t done = 0; done < sizeof(of_child);) {
		ssize_t r = read(ends_of_child[0], (char *)of_child + done, sizeof(of_child) - done);
		if (r <= 0)
			exit(3);
		done += r;
	}
	close(ends_of_child[0]);
	waitpid(child, NULL, 0);
	for (int e = 0; e < 4096; e++)
		__atomic_fetch_add(&ends[e], of_child[e], __ATOMIC_RELAXED);
	return unused;
}

static sem_t made_first;

static void *chooses(void *text)
{
	for (long i = 0; i < n; i++) {
		((char *)text)[i] = syscall(SYS_getppid) < 0 ? '1' : '0';
		if (i == 0)
			sem_post(&made_first);
	}
	return NULL;
}

static void choices(int count)
{
	pthread_t threads[64];
	char *texts[64];

	sem_init(&made_first, 0, 0);
	for (int i = 0; i < count; i++) {
		texts[i] = calloc(1, n + 1);
		pthread_create(&threads[i], NULL, chooses, texts[i]);
		while (sem_wait(&made_first) < 0)
			;
	}
	for (int i = 0; i < count; i++) {
		pthread_join(threads[i], NULL);
		printf("thread %d %s\n", i, texts[i]);
	}
}

static void nature(long one_of, const char *file)
{
	/* Knuth's 64-bit congruential generator: the same choices in every run. */
	unsigned long long state = 1;

	for (long i = 0; i < n; i++) {
		state = state * 6364136223846793005ULL + 1442695040888963407ULL;
		long fd = syscall(SYS_openat, AT_FDCWD, (state >> 33) % one_of == 0 ? "/nonexistent/file" : file, O_RDONLY);
		count(fd);
		if (fd >= 0)
			close(fd);
	}
}

static void *executes(void *unused)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", n);
	execl(self, self, "getppid", text, NULL);
	exit(3);
	return unused;
}

static void on_alarm(int unused)
{
	(void)unused;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	self = argv[0];
	n = argc > 2 ? atol(argv[2]) : 0;
	if (getenv("GO") && write(1, "waiting\n", 8) != 8)
		return 3;
	while (getenv("GO") && access(getenv("GO"), F_OK) != 0)
		usleep(500);
	if (!strcmp(what, "getppid")) {
		getppids();
	} else if (!strcmp(what, "threads")) {
		int t = atoi(argv[3]);
		pthread_t threads[64];

		for (int i = 0; i < t; i++)
			pthread_create(&threads[i], NULL, thread, NULL);
		for (int i = 0; i < t; i++)
			pthread_join(threads[i], NULL);
	} else if (!strcmp(what, "exec")) {
		pthread_t t;

		pthread_create(&t, NULL, executes, NULL);
		pthread_join(t, NULL);
	} else if (!strcmp(what, "create")) {
		char name[4096];

		for (long i = 0; i < n; i++) {
			snprintf(name, sizeof(name), "%s.%ld", argv[3], i);
			count(syscall(SYS_openat, AT_FDCWD, name, O_CREAT | O_WRONLY, 0600));
		}
	} else if (!strcmp(what, "read")) {
		int fd = open(argv[3], O_RDONLY);
		char byte;

		for (long i = 0; i < n; i++)
			count(syscall(SYS_read, fd, &byte, 1));
		printf("position %ld\n", (long)lseek(fd, 0, SEEK_CUR));
	} else if (!strcmp(what, "nature")) {
		nature(atol(argv[3]), argv[4]);
	} else if (!strcmp(what, "choices")) {
		choices(atoi(argv[3]));
	} else if (!strcmp(what, "signals")) {
		struct itimerval every = { { 0, 5000 }, { 0, 5000 } };
		struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
		int zero = open("/dev/zero", O_RDONLY);
		char byte;

		sigaction(SIGALRM, &action, NULL);
		setitimer(ITIMER_REAL, &every, NULL);
		for (long i = 0; i < n; i++) {
			count(syscall(SYS_getppid));
			count(syscall(SYS_read, zero, &byte, 1));
		}
	} else if (!strcmp(what, "time")) {
		double start = now();

		for (long i = 0; i < n; i++)
			syscall(SYS_getppid);
		double middle = now();

		for (long i = 0; i < n; i++)
			syscall(SYS_getuid);
		printf("getppid %.1f\ngetuid %.1f\n", (middle - start) / n, (now() - middle) / n);
		return 0;
	} else {
		return 2;
	}
	report();
	return 0;
}
