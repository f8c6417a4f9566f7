/*
 * runs THREADS ROUNDS: errors in runs of known number and length.
 *
 * Waits for a line on its standard input, then each thread makes ROUNDS times: three close(-1), two getppid() in between which change nothing of
 * close's runs, one good close, two close(-1), one good close. So close has ROUNDS * 2 runs of EBADF per thread, of five errors in two runs.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static long rounds;

static void good_close(void)
{
	syscall(SYS_close, syscall(SYS_dup, 0));
}

static void *thread(void *unused)
{
	for (long i = 0; i < rounds; i++) {
		syscall(SYS_close, -1);
		syscall(SYS_getppid);
		syscall(SYS_close, -1);
		syscall(SYS_getppid);
		syscall(SYS_close, -1);
		good_close();
		syscall(SYS_close, -1);
		syscall(SYS_close, -1);
		good_close();
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t threads[64];
	char line[16];

	if (argc != 3)
		return 2;
	int n = atoi(argv[1]);
	rounds = atol(argv[2]);
	printf("%d\n", getpid());
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, thread, NULL))
			return 1;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
