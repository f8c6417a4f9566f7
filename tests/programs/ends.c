/*
 * ends: waits for a line on its standard input, then has three children: one killed by a signal of its own, one that exits with 7, one whose first
 * thread exits before the last one does. Exits with 3.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *late(void *unused)
{
	usleep(20000);
	return unused;
}

static void end_in_manner(int manner)
{
	pthread_t last;

	if (manner == 0)
		raise(SIGKILL);
	if (manner == 1)
		_exit(7);
	if (pthread_create(&last, NULL, late, NULL) == 0)
		pthread_exit(NULL);
	_exit(99);
}

int main(void)
{
	char line[16];

	printf("%d\n", getpid());
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	for (int manner = 0; manner < 3; manner++) {
		pid_t child = fork();

		if (child == 0)
			end_in_manner(manner);
		printf("%d\n", child);
		fflush(stdout);
		if (waitpid(child, NULL, 0) != child)
			return 1;
	}
	return 3;
}
