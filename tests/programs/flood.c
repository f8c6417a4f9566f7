/*
 * flood THREADS CALLS CHILDREN: as many calls as the machine can make, of a number that is known.
 *
 * Waits for a line on its standard input, then all threads at once make CALLS times getppid() (success) and CALLS times close(-1) (EBADF), while CHILDREN times a child, and a
 * thread in it, make one of each. Prints the seconds that the threads took.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long calls;

static void known_calls(long n)
{
	for (long i = 0; i < n; i++) {
		syscall(SYS_getppid);
		syscall(SYS_close, -1);
	}
}

static void *flooding_thread(void *unused)
{
	known_calls(calls);
	return unused;
}

static void *single_thread(void *unused)
{
	known_calls(1);
	return unused;
}

static void child(void)
{
	pthread_t other;
	pid_t pid = fork();

	if (pid == 0) {
		known_calls(1);
		_exit(pthread_create(&other, NULL, single_thread, NULL) || pthread_join(other, NULL));
	}
	int status;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		exit(1);
}

int main(int argc, char **argv)
{
	struct timespec begin, end;
	pthread_t threads[64];
	char line[16];

	if (argc != 4)
		return 2;
	int n = atoi(argv[1]), children = atoi(argv[3]);
	calls = atol(argv[2]);
	printf("%d\n", getpid());
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, flooding_thread, NULL))
			return 1;
	for (int i = 0; i < children; i++)
		child();
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.6f\n", (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9);
	return 0;
}
