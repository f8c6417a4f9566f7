/*
 * calls THREADS CALLS CHILDREN: makes calls whose number and outcome are known, from several threads at once and from children of children.
 *
 * Waits for a line on its standard input, then every thread makes CALLS times:
 *   getppid()                     success
 *   close(-1)                     EBADF
 *   open of a missing file        ENOENT (openat)
 * and CHILDREN times: a child that makes one getppid and one close(-1), whose own child does the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long calls;

static void known_calls(long n)
{
	for (long i = 0; i < n; i++) {
		syscall(SYS_getppid);
		syscall(SYS_close, -1);
		syscall(SYS_openat, AT_FDCWD, "/nonexistent/file", O_RDONLY);
	}
}

static void *thread(void *unused)
{
	known_calls(calls);
	return unused;
}

static void child_of_child(void)
{
	pid_t child = fork();

	if (child == 0) {
		if (fork() == 0) {
			known_calls(1);
			_exit(0);
		}
		known_calls(1);
		if (wait(NULL) < 0)
			_exit(1);
		_exit(0);
	}
	if (child < 0 || waitpid(child, NULL, 0) != child)
		exit(1);
}

int main(int argc, char **argv)
{
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
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, thread, NULL))
			return 1;
	for (int i = 0; i < children; i++)
		child_of_child();
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
