/*
 * loop KIND CALLS ROUNDS [wait]: what one system call costs. Prints the nanoseconds per call of the fastest and of the median round.
 * KIND is getppid (an empty call), read1 (one byte of /dev/zero) or enoent (open of a missing file). With `wait` it prints its process id and begins
 * at a line on its standard input, so that something can be attached to it before.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double round_ns(const char *kind, long calls, int zero)
{
	char byte;
	double begin = now_ns();

	if (!strcmp(kind, "getppid"))
		for (long i = 0; i < calls; i++)
			syscall(SYS_getppid);
	else if (!strcmp(kind, "read1"))
		for (long i = 0; i < calls; i++)
			syscall(SYS_read, zero, &byte, 1);
	else
		for (long i = 0; i < calls; i++)
			syscall(SYS_openat, AT_FDCWD, "/nonexistent/file", O_RDONLY);
	return (now_ns() - begin) / calls;
}

int main(int argc, char **argv)
{
	double rounds[1000];
	char line[16];

	if (argc < 4)
		return 2;
	long calls = atol(argv[2]);
	int count = atoi(argv[3]), zero = open("/dev/zero", O_RDONLY);
	if (count < 1 || count > 1000 || zero < 0)
		return 2;
	if (argc > 4) {
		printf("%d\n", getpid());
		fflush(stdout);
		if (!fgets(line, sizeof(line), stdin))
			return 1;
	}
	for (int i = 0; i < count; i++)
		rounds[i] = round_ns(argv[1], calls, zero);
	qsort(rounds, count, sizeof(*rounds), compare);
	printf("%s min %.1f median %.1f ns\n", argv[1], rounds[0], rounds[count / 2]);
	return 0;
}
