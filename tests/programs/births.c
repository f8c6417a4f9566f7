/*
 * births: processes and threads are born and end in every way that there is, and each makes a known, prime number of calls: getppid, which succeeds,
 * and close(-1), which ends in EBADF.
 *
 *    2 the first thread            11 a process by clone without an exit signal
 *    3 a child by fork             13 a thread
 *    5 a child by vfork            17 a program that a thread, not its process's first one, executes
 *    7 a child by posix_spawn      23 a child that is stopped by SIGSTOP and continued
 *
 * Together 81 each. Besides, 19 signals to itself (kill) that a handler takes.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char *program;
static volatile int handled, thread_made;

static void known_calls(long n)
{
	for (long i = 0; i < n; i++) {
		syscall(SYS_getppid);
		syscall(SYS_close, -1);
	}
}

static void must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "births: %s\n", what);
	_exit(1);
}

static void wait_for(pid_t child, const char *what)
{
	int status;

	must(child > 0 && waitpid(child, &status, __WALL) == child && status == 0, what);
}

static int cloned(void *unused)
{
	known_calls(11);
	return 0;
}

static void *thread(void *unused)
{
	known_calls(13);
	return unused;
}

static void *executing_thread(void *unused)
{
	/* What the first thread does at the end of pthread_create is to be counted. */
	while (!thread_made)
		;
	execl(program, program, "17", NULL);
	must(0, "execve by a thread");
	return unused;
}

static void handle(int signal)
{
	handled++;
}

int main(int argc, char **argv)
{
	static char stack[65536];
	pthread_t other;
	pid_t child;
	int status;

	program = argv[0];
	if (argc == 2) {
		known_calls(atol(argv[1]));
		return 0;
	}
	known_calls(2);

	child = fork();
	if (child == 0) {
		known_calls(3);
		_exit(0);
	}
	wait_for(child, "fork");

	child = vfork();
	if (child == 0) {
		known_calls(5);
		_exit(0);
	}
	wait_for(child, "vfork");

	must(posix_spawn(&child, program, NULL, NULL, (char *[]){ program, "7", NULL }, environ) == 0, "posix_spawn");
	wait_for(child, "posix_spawn");

	wait_for(clone(cloned, stack + sizeof(stack), 0, NULL), "clone");

	must(pthread_create(&other, NULL, thread, NULL) == 0 && pthread_join(other, NULL) == 0, "thread");

	child = fork();
	if (child == 0) {
		must(pthread_create(&other, NULL, executing_thread, NULL) == 0, "executing thread");
		thread_made = 1;
		for (;;)
			pause();
	}
	wait_for(child, "execve by a thread");

	child = fork();
	if (child == 0) {
		raise(SIGSTOP);
		known_calls(23);
		_exit(0);
	}
	must(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status), "stopped child");
	must(kill(child, SIGCONT) == 0, "continue");
	wait_for(child, "continued child");

	signal(SIGUSR1, handle);
	for (int i = 0; i < 19; i++)
		must(kill(getpid(), SIGUSR1) == 0, "kill");
	must(handled == 19, "handler");
	return 0;
}
