/*
 * renames NAME CALLS: takes another command name while it runs.
 *
 * Waits for a line on its standard input, calls itself NAME, prints a line, waits for another, and makes CALLS times getppid().
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char line[16];

	if (argc != 3)
		return 2;
	printf("%d\n", getpid());
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin) || prctl(PR_SET_NAME, argv[1]))
		return 1;
	printf("renamed\n");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	for (long i = atol(argv[2]); i > 0; i--)
		syscall(SYS_getppid);
	return 0;
}
