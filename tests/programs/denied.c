/*
 * denied CALLS: waits for a line on its standard input, then forbids itself getppid (EPERM by a seccomp filter) and calls it CALLS times, between calls
 * of getpgid that succeed; then calls the 32-bit table's getppid once, and a number that is in no table.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <errno.h>

static int forbid_getppid(void)
{
	struct sock_filter instructions[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = sizeof(instructions) / sizeof(*instructions), .filter = instructions };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

int main(int argc, char **argv)
{
	char line[16];
	long result;

	printf("%d\n", getpid());
	fflush(stdout);
	if (argc != 2 || !fgets(line, sizeof(line), stdin) || forbid_getppid())
		return 1;
	for (long i = 0; i < atol(argv[1]); i++) {
		if (syscall(SYS_getppid) != -1 || errno != EPERM)
			return 1;
		syscall(SYS_getpgid, 0);
	}
	/* 20: getpid in the 32-bit table, writev in the 64-bit one. */
	asm volatile("int $0x80" : "=a"(result) : "a"(20) : "r8", "r9", "r10", "r11", "memory");
	syscall(70000);
	return result == getpid() ? 0 : 4;
}
