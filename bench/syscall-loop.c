// syscall-loop KIND CALLS [wait]: makes CALLS system calls and prints what one cost.
//   KIND   getppid: the emptiest call; openat: of a path that does not exist
//   wait   say "ready", then wait for a line on standard input, so that a tool can attach first; at its end there is no run
// Prints "loop KIND NS FAILED ERRNO": nanoseconds per call, calls that failed, errno of the last failure (0: none).
#define _GNU_SOURCE
#include <errno.h>
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
	clock_gettime(CLOCK_MONOTONIC, &t); // in the vdso: no system call
	return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv)
{
	long calls = argc >= 3 ? atol(argv[2]) : 0, failed = 0, last = 0;
	int empty = argc >= 2 && !strcmp(argv[1], "getppid");
	if (calls <= 0 || (!empty && strcmp(argv[1], "openat"))) {
		fprintf(stderr, "usage: loop getppid|openat CALLS [wait]\n");
		return 2;
	}
	if (argc >= 4) {
		char line[16];
		puts("ready");
		fflush(stdout);
		if (!fgets(line, sizeof line, stdin))
			return 0;
	}
	double begin = now_ns();
	for (long i = 0; i < calls; i++) {
		long result = empty ? syscall(SYS_getppid) : syscall(SYS_openat, AT_FDCWD, "/nonexistent/x", O_RDONLY);
		if (result < 0) {
			failed++;
			last = errno;
		}
	}
	double end = now_ns();
	printf("loop %s %.1f %ld %ld\n", argv[1], (end - begin) / calls, failed, last);
	return 0;
}
