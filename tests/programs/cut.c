/*
 * cut CHILDREN: children and threads that are killed as soon as they are born: CHILDREN times a child whose parent kills it at once, and as often a child that has just
 * made a thread when it kills itself.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *thread(void *unused)
{
	for (;;)
		getppid();
	return unused;
}

static void wait_for_killed(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		exit(1);
}

int main(int argc, char **argv)
{
	for (int i = 0; argc == 2 && i < atoi(argv[1]); i++) {
		pid_t child = fork();

		if (child == 0)
			for (;;)
				getppid();
		kill(child, SIGKILL);
		wait_for_killed(child);

		child = fork();
		if (child == 0) {
			pthread_t other;

			pthread_create(&other, NULL, thread, NULL);
			kill(getpid(), SIGKILL);
		}
		wait_for_killed(child);
	}
	return argc != 2;
}
