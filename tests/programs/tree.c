/*
 * tree FILE CHILDREN spin|tick: a process and its children, each of which counts in its own place of the shared file: without pause, or once a
 * millisecond. It prints its pid when all count, then obeys lines on its standard input and answers each with one line:
 *   fork      one more child           "forked PID"
 *   storm     a child that makes children without pause, each of which ends at once   "forked PID"
 *   eat N     a child that takes N MiB of memory and ends   "eaten exit 0" or "eaten signal 9"
 * At the end of its input it kills its children and ends. Children are named worker-1, worker-2 …
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLACES 64

static volatile long *places;
static int tick, children;
static pid_t pids[PLACES];

static void *count(void *place)
{
	for (;;) {
		++*(volatile long *)place;
		if (tick)
			usleep(1000);
	}
	return NULL;
}

static pid_t start(int storm)
{
	int number = ++children;
	pid_t parent = getpid(), child = number < PLACES ? fork() : -1;

	if (child)
		return pids[number] = child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);

	char name[32];

	snprintf(name, sizeof name, "worker-%d", number);
	prctl(PR_SET_NAME, name);
	if (!storm)
		count((void *)&places[number]);
	for (;;) {
		pid_t grandchild = fork();

		if (!grandchild)
			_exit(0);
		places[number]++;
		waitpid(grandchild, NULL, 0);
	}
}

static void eat(long mebibytes)
{
	pid_t child = fork();
	int status = 0;

	if (!child) {
		size_t size = (size_t)mebibytes << 20;
		char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		memset(memory, 1, size);
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		printf("eaten signal %d\n", WTERMSIG(status));
	else
		printf("eaten exit %d\n", WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	pthread_t thread;
	char line[64];

	if (argc != 4)
		return 2;
	int file = open(argv[1], O_RDWR | O_CREAT, 0600);

	if (file < 0 || ftruncate(file, PLACES * sizeof *places))
		return 1;
	places = mmap(NULL, PLACES * sizeof *places, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	tick = !strcmp(argv[3], "tick");
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int wanted = atoi(argv[2]); children < wanted;)
		start(0);
	pthread_create(&thread, NULL, count, (void *)&places[0]);
	for (int i = 0; i <= children; i++)
		while (!places[i])
			usleep(1000);
	printf("%d\n", getpid());
	while (fgets(line, sizeof line, stdin)) {
		if (!strncmp(line, "eat ", 4))
			eat(atol(line + 4));
		else
			printf("forked %d\n", start(!strncmp(line, "storm", 5)));
	}
	for (int i = 1; i <= children; i++)
		kill(pids[i], SIGKILL);
	return 0;
}
