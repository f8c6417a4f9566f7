/* Processes: birth, end, identity, scheduling, limits. */
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ptrace.h>
#include <sys/resource.h>

/* Whether a process was born, once it has ended. */
static int was_born(void)
{
	births = 0;
	while (wait4(-1, NULL, __WALL, NULL) > 0)
		;
	return shared->born;
}

static pid_t waiting_child(void)
{
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return child;
}

/* A child that has ended and was not waited for. */
static pid_t ended_child(void)
{
	siginfo_t info;
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	require(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0, "waitid");
	return child;
}

static int none_to_wait_for(void)
{
	return wait4(-1, NULL, WNOHANG, NULL) < 0;
}

static int self_descriptor(void)
{
	return syscall(SYS_pidfd_open, getpid(), 0);
}

/* The value of a line of a process's status. */
static long status_line(pid_t pid, const char *name)
{
	char path[64], line[256];
	long value = -1;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	FILE *status = fopen(path, "r");
	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, name, strlen(name)))
			value = atol(line + strlen(name));
	if (status)
		fclose(status);
	return value;
}

CALL(fork) { births = 1; make(0L); effect(was_born()); }
CALL(vfork) { births = 1; make(0L); effect(was_born()); }
CALL(clone) { births = 1; make(SIGCHLD, 0L, 0L, 0L, 0L); effect(was_born()); }
CALL(clone3) { struct clone_args a = { .exit_signal = SIGCHLD }; births = 1; make(&a, sizeof(a)); effect(was_born()); }
ENDING(exit) { make(0L); effect(0); }
ENDING(exit_group) { make(0L); effect(0); }
ENDING(execve) { char *arguments[] = { "/bin/true", NULL }; make("/bin/true", arguments, 0L); effect(0); }
ENDING(execveat) { char *arguments[] = { "/bin/true", NULL }; make(AT_FDCWD, "/bin/true", arguments, 0L, 0L); effect(0); }
CALL(wait4) { make(ended_child(), out, 0L, 0L); effect(none_to_wait_for()); }
CALL(waitid) { make(P_PID, ended_child(), out, WEXITED, 0L); effect(none_to_wait_for()); }
CALL(ptrace)
{
	pid_t child = waiting_child();

	make(0x4206L /* PTRACE_SEIZE */, child, 0L, 0L);
	effect(status_line(child, "TracerPid:") == getpid());
	kill(child, SIGKILL);
}
OPENS(pidfd_open, getpid(), 0L)
CALL(pidfd_getfd) { int self = self_descriptor(), fd = file("f", ""); opens(); make(self, fd, 0L); opened(); }
FAILING(process_mrelease, "EINVAL: the process is not being killed") { make(self_descriptor(), 0L); }
CALL(kcmp) { make(getpid(), getpid(), 1L /* KCMP_VM */, 0L, 0L); }
static ino_t host_name_space(void)
{
	struct stat s = { 0 };

	stat("/proc/self/ns/uts", &s);
	return s.st_ino;
}

CALL(unshare) { ino_t before = host_name_space(); make(CLONE_NEWUTS); effect(host_name_space() != before); }
CALL(setns)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY);

	require(unshare(CLONE_NEWUTS) == 0, "unshare");
	ino_t before = host_name_space();
	make(fd, CLONE_NEWUTS);
	effect(host_name_space() != before);
}

/* Who one is. */
PURE(getpid, 0L)
PURE(gettid, 0L)
PURE(getppid, 0L)
PURE(getpgrp, 0L)
PURE(getpgid, 0L)
PURE(getsid, 0L)
PURE(getuid, 0L)
PURE(geteuid, 0L)
PURE(getgid, 0L)
PURE(getegid, 0L)
FILLS(getresuid, out, out + 4, out + 8)
FILLS(getresgid, out, out + 4, out + 8)
static const gid_t a_group = OWNER;
CALL(getgroups) { require(syscall(SYS_setgroups, 1, &a_group) == 0, "setgroups"); make(64L, out); effect(filled()); }
CALL(setgroups) { gid_t found[64] = { 0 }; make(1L, &a_group); effect(syscall(SYS_getgroups, 64, found) == 1 && found[0] == OWNER); }
CALL(setuid) { make(OWNER); effect(getuid() == OWNER); }
CALL(setgid) { make(OWNER); effect(getgid() == OWNER); }
CALL(setreuid) { make(OWNER, OWNER); effect(getuid() == OWNER); }
CALL(setregid) { make(OWNER, OWNER); effect(getgid() == OWNER); }
CALL(setresuid) { make(OWNER, OWNER, OWNER); effect(getuid() == OWNER); }
CALL(setresgid) { make(OWNER, OWNER, OWNER); effect(getgid() == OWNER); }
CALL(setfsuid) { make(OWNER); effect(syscall(SYS_setfsuid, -1) == OWNER); }
CALL(setfsgid) { make(OWNER); effect(syscall(SYS_setfsgid, -1) == OWNER); }
CALL(setpgid) { make(0L, 0L); effect(getpgrp() == getpid()); }
CALL(setsid) { make(0L); effect(syscall(SYS_getsid, 0) == getpid()); }
static struct __user_cap_header_struct capabilities = { _LINUX_CAPABILITY_VERSION_3, 0 };
FILLS(capget, &capabilities, out)
CALL(capset)
{
	struct __user_cap_data_struct sets[2] = { { 0 } };

	make(&capabilities, sets);
	memset(sets, 1, sizeof(sets));
	syscall(SYS_capget, &capabilities, sets);
	effect(sets[0].effective == 0);
}
CALL(personality) { make(0x0040000L /* ADDR_NO_RANDOMIZE */); effect(syscall(SYS_personality, 0xffffffffUL) == 0x0040000); }
CALL(prctl) { make(PR_SET_NAME, "renamed"); prctl(PR_GET_NAME, out); effect(!strcmp(out, "renamed")); }
FILLS(arch_prctl, 0x1003L /* ARCH_GET_FS */, out)
CALL(set_tid_address) { make(out); }
static long robust_list[3];
CALL(set_robust_list)
{
	long *list = NULL, size;

	make(robust_list, sizeof(robust_list));
	syscall(SYS_get_robust_list, 0, &list, &size);
	effect(list == robust_list);
}
FILLS(get_robust_list, 0L, out, out + 8)
CALL(rseq)
{
	static char area[32] __attribute__((aligned(32)));
	/* The C library has registered its own: the signature is that of x86's abort handlers. */
	extern const ptrdiff_t __rseq_offset __attribute__((weak));

	if (&__rseq_offset)
		syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset, 32, 1 /* RSEQ_FLAG_UNREGISTER */, 0x53053053);
	make(area, 32L, 0L, 0x53053053L);
	effect(syscall(SYS_rseq, area, 32, 0, 0x53053053) < 0 && errno == EBUSY);
}
FILLS(modify_ldt, 2L, out, 64L)
PURE(iopl, 0L)
PURE(ioperm, 0x80L, 1L, 0L)

/* What one may. */
CALL(seccomp)
{
	struct sock_filter allow = { .code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW };
	struct sock_fprog program = { 1, &allow };
	long filters = status_line(getpid(), "Seccomp_filters:");

	make(SECCOMP_SET_MODE_FILTER, 0L, &program);
	effect(status_line(getpid(), "Seccomp_filters:") == filters + 1);
}
static int ruleset(void)
{
	struct landlock_ruleset_attr reads = { .handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE };

	lacking(EBADF);
	return syscall(SYS_landlock_create_ruleset, &reads, 8, 0);
}
CALL(landlock_create_ruleset)
{
	struct landlock_ruleset_attr reads = { .handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE };

	lacking(EOPNOTSUPP);
	opens();
	make(&reads, 8L, 0L);
	opened();
}
CALL(landlock_add_rule)
{
	struct landlock_path_beneath_attr here = { LANDLOCK_ACCESS_FS_READ_FILE, open(".", O_PATH) };

	make(ruleset(), LANDLOCK_RULE_PATH_BENEATH, &here, 0L);
}
CALL(landlock_restrict_self) { int rules = ruleset(); file("f", ""); make(rules, 0L); effect(open("f", O_RDONLY) < 0); }
FILLS(lsm_list_modules, out, (((unsigned int *)out)[1024] = 4096, out + 4096), 0L)
CALL(lsm_get_self_attr) { unsigned int size = 4096; lacking(EOPNOTSUPP); make(100L /* LSM_ATTR_CURRENT */, out, &size, 0L); effect(filled()); }
FAILING(lsm_set_self_attr, "EINVAL: there is no such attribute") { make(9999L, out, 0L, 0L); }

/* Scheduling and limits. */
static int processors(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	return CPU_COUNT(&set);
}

CALL(sched_setaffinity)
{
	int count = processors();
	cpu_set_t all, one;

	sched_getaffinity(0, sizeof(all), &all);
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &one);
	make(0L, sizeof(one), &one);
	if (count > 1)
		effect(processors() == 1);
}
FILLS(sched_getaffinity, 0L, 128L, out)
PURE(sched_yield, 0L)
CALL(sched_setparam) { int priority = 0; make(0L, &priority); }
FILLS(sched_getparam, 0L, out)
CALL(sched_setscheduler) { int priority = 0; make(0L, SCHED_BATCH, &priority); effect(syscall(SYS_sched_getscheduler, 0) == SCHED_BATCH); }
PURE(sched_getscheduler, 0L)
PURE(sched_get_priority_max, SCHED_FIFO)
PURE(sched_get_priority_min, SCHED_FIFO)
FILLS(sched_rr_get_interval, 0L, out)
CALL(sched_setattr)
{
	unsigned int attributes[12] = { 48, SCHED_BATCH };

	make(0L, attributes, 0L);
	effect(syscall(SYS_sched_getscheduler, 0) == SCHED_BATCH);
}
FILLS(sched_getattr, 0L, out, 48L, 0L)
PURE(getpriority, 0L, 0L)
CALL(setpriority) { make(0L, 0L, 5L); effect(syscall(SYS_getpriority, 0, 0) == 20 - 5); }
CALL(ioprio_set) { make(1L, 0L, 3L << 13); effect(syscall(SYS_ioprio_get, 1, 0) >> 13 == 3); }
PURE(ioprio_get, 1L, 0L)
FILLS(getcpu, out, out + 4, 0L)
FILLS(getrlimit, RLIMIT_NOFILE, out)
static struct rlimit fewer_files = { 500, 500 };
static int has_fewer_files(void)
{
	struct rlimit now;

	return getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == 500;
}
CALL(setrlimit) { make(RLIMIT_NOFILE, &fewer_files); effect(has_fewer_files()); }
CALL(prlimit64) { make(0L, RLIMIT_NOFILE, &fewer_files, 0L); effect(has_fewer_files()); }
FILLS(getrusage, 0L, out)
FILLS(times, out)
