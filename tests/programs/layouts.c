/*
 * layouts: prints size and offsets of the kernel's structures as the C compiler lays them out, one "name value" per line.
 * The mirrors in C# are compared with it.
 */
#define _GNU_SOURCE
#include <asm/termbits.h>
#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <time.h>

#define SIZE(type, name) printf(name " %zu\n", sizeof(type))
#define AT(type, name, field) printf(name "." #field " %zu\n", offsetof(type, field))

int main(void)
{
	SIZE(struct user_regs_struct, "user_regs_struct");
	AT(struct user_regs_struct, "user_regs_struct", r15);
	AT(struct user_regs_struct, "user_regs_struct", rax);
	AT(struct user_regs_struct, "user_regs_struct", orig_rax);
	AT(struct user_regs_struct, "user_regs_struct", rip);
	AT(struct user_regs_struct, "user_regs_struct", rsp);
	AT(struct user_regs_struct, "user_regs_struct", gs);
	SIZE(struct ptrace_syscall_info, "ptrace_syscall_info");
	AT(struct ptrace_syscall_info, "ptrace_syscall_info", op);
	AT(struct ptrace_syscall_info, "ptrace_syscall_info", arch);
	AT(struct ptrace_syscall_info, "ptrace_syscall_info", instruction_pointer);
	printf("ptrace_syscall_info.entry_nr %zu\n", offsetof(struct ptrace_syscall_info, entry.nr));
	printf("ptrace_syscall_info.entry_args %zu\n", offsetof(struct ptrace_syscall_info, entry.args));
	printf("ptrace_syscall_info.exit_rval %zu\n", offsetof(struct ptrace_syscall_info, exit.rval));
	printf("ptrace_syscall_info.exit_is_error %zu\n", offsetof(struct ptrace_syscall_info, exit.is_error));
	SIZE(struct seccomp_data, "seccomp_data");
	AT(struct seccomp_data, "seccomp_data", nr);
	AT(struct seccomp_data, "seccomp_data", arch);
	AT(struct seccomp_data, "seccomp_data", args);
	SIZE(struct seccomp_notif, "seccomp_notif");
	AT(struct seccomp_notif, "seccomp_notif", id);
	AT(struct seccomp_notif, "seccomp_notif", pid);
	AT(struct seccomp_notif, "seccomp_notif", data);
	SIZE(struct seccomp_notif_resp, "seccomp_notif_resp");
	AT(struct seccomp_notif_resp, "seccomp_notif_resp", val);
	AT(struct seccomp_notif_resp, "seccomp_notif_resp", error);
	AT(struct seccomp_notif_resp, "seccomp_notif_resp", flags);
	SIZE(struct sock_filter, "sock_filter");
	AT(struct sock_filter, "sock_filter", jf);
	AT(struct sock_filter, "sock_filter", k);
	SIZE(struct sock_fprog, "sock_fprog");
	AT(struct sock_fprog, "sock_fprog", filter);
	SIZE(struct pollfd, "pollfd_t");
	AT(struct pollfd, "pollfd_t", revents);
	SIZE(struct iovec, "iovec_t");
	SIZE(struct sigaction, "sigaction_t");
	AT(struct sigaction, "sigaction_t", sa_mask);
	AT(struct sigaction, "sigaction_t", sa_flags);
	SIZE(struct sigevent, "sigevent_t");
	AT(struct sigevent, "sigevent_t", sigev_signo);
	AT(struct sigevent, "sigevent_t", sigev_notify);
	printf("sigevent_t.sigev_notify_thread_id %zu\n", offsetof(struct sigevent, _sigev_un));
	SIZE(struct itimerspec, "itimerspec_t");
	printf("itimerspec_t.value_sec %zu\n", offsetof(struct itimerspec, it_value));
	SIZE(posix_spawnattr_t, "SizeOf_posix_spawnattr_t");
	SIZE(posix_spawn_file_actions_t, "SizeOf_posix_spawn_file_actions_t");
	SIZE(sigset_t, "SizeOf_sigset_t");
	printf("SECCOMP_IOCTL_NOTIF_RECV %lu\n", (unsigned long)SECCOMP_IOCTL_NOTIF_RECV);
	printf("SECCOMP_IOCTL_NOTIF_SEND %lu\n", (unsigned long)SECCOMP_IOCTL_NOTIF_SEND);
	SIZE(struct termios, "termios_t");
	AT(struct termios, "termios_t", c_lflag);
	AT(struct termios, "termios_t", c_cc);
	SIZE(struct winsize, "winsize_t");
	AT(struct winsize, "winsize_t", ws_col);
	return 0;
}
