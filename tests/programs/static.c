/* static: built without a C library: its calls are exactly those below, from its first instruction on: 7 getppid, 5 close(-1), then exit with 9. */
#include <sys/syscall.h>

static long call(long nr, long argument)
{
	long result;

	asm volatile("syscall" : "=a"(result) : "a"(nr), "D"(argument) : "rcx", "r11", "memory");
	return result;
}

void _start(void)
{
	for (int i = 0; i < 7; i++)
		call(SYS_getppid, 0);
	for (int i = 0; i < 5; i++)
		call(SYS_close, -1);
	call(SYS_exit_group, 9);
	__builtin_unreachable();
}
