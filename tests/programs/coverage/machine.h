/* The machine: its names, its facts, and what would change it for everybody. */
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/utsname.h>

static void host_was(const char *name)
{
	require(sethostname(name, strlen(name)) == 0 && setdomainname(name, strlen(name)) == 0, "sethostname");
}

static int host_is(const char *name)
{
	struct utsname now;

	uname(&now);
	return !strcmp(now.nodename, name) || !strcmp(now.domainname, name);
}

FILLS(uname, out)
CALL(sethostname) { host_was("before"); make("renamed", 7L); effect(host_is("renamed")); }
CALL(setdomainname) { host_was("before"); make("domain", 6L); effect(host_is("domain")); }
FILLS(sysinfo, out)
PURE(syslog, 10L /* SYSLOG_ACTION_SIZE_BUFFER */, 0L, 0L)
PURE(sysfs, 3L)
FILLS(getrandom, out, 64L, 0L)
CALL(bpf)
{
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };

	opens();
	make(BPF_MAP_CREATE, &map, sizeof(map));
	opened();
}
CALL(perf_event_open)
{
	struct perf_event_attr clock = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(clock), .config = PERF_COUNT_SW_CPU_CLOCK };

	opens();
	make(&clock, 0L, -1L, -1L, 0L);
	opened();
}
/* Without a terminal it hangs nothing up. */
CALL(vhangup) { setsid(); make(0L); }
/* Writes quotas back where there are any. */
PURE(quotactl, 0x800001L << 8 /* Q_SYNC */, 0L, 0L, 0L)
FAILING(quotactl_fd, "EINVAL: there is no such command") { make(open(".", O_RDONLY), 0xffffffffL, 0L, 0L); }

/* Made with arguments that the kernel refuses, or not at all. */
FAILING(swapon, "ENOENT: there is no such file") { make("missing", 0L); }
FAILING(swapoff, "ENOENT: there is no such file") { make("missing"); }
FAILING(acct, "ENOENT: there is no such file") { make("missing"); }
FAILING(reboot, "EINVAL: without its magic numbers") { make(0L, 0L, 0L, 0L); }
FAILING(init_module, "refused: an empty module") { make(out, 0L, ""); }
FAILING(finit_module, "EBADF: no descriptor") { make(-1L, "", 0L); }
FAILING(delete_module, "ENOENT: there is no such module") { make("no_such_module", O_NONBLOCK); }
FAILING(kexec_load, "EINVAL: too many segments") { make(0L, 1000L, 0L, 0L); }
FAILING(kexec_file_load, "EINVAL: no such flags") { make(-1L, -1L, 0L, 0L, 0xffffffffL); }
LEFT(restart_syscall, "the kernel makes it itself, to go on with a call that a signal interrupted; it is treated as that call");
LEFT(uretprobe, "made by the kernel's own trampolines only; seccomp lets it pass unseen");
LEFT(uprobe, "made by the kernel's own trampolines only; seccomp lets it pass unseen");

RETIRED(uselib)
RETIRED(_sysctl)
RETIRED(create_module)
RETIRED(get_kernel_syms)
RETIRED(query_module)
RETIRED(nfsservctl)
RETIRED(getpmsg)
RETIRED(putpmsg)
RETIRED(afs_syscall)
RETIRED(tuxcall)
RETIRED(security)
RETIRED(set_thread_area)
RETIRED(get_thread_area)
RETIRED(lookup_dcookie)
RETIRED(epoll_ctl_old)
RETIRED(epoll_wait_old)
RETIRED(vserver)
