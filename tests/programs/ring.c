/*
 * ring EARLY: uses io_uring, with a ring made before (EARLY 1) or after (0) the line on its standard input; exits with 4 where there is none to be had.
 */
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int make_ring(void)
{
	struct io_uring_params parameters;

	memset(&parameters, 0, sizeof(parameters));
	return syscall(SYS_io_uring_setup, 4, &parameters);
}

int main(int argc, char **argv)
{
	char line[16];
	int ring = -1;

	if (argc != 2)
		return 2;
	if (atoi(argv[1]))
		ring = make_ring();
	printf("%d\n", getpid());
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	if (ring < 0)
		ring = make_ring();
	return ring < 0 ? 4 : 0;
}
