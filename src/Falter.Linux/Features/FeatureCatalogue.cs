namespace Falter.Linux.Features;

/// <summary>Everything that Falter may need from a machine. Adding a feature is adding an entry here and a probe beside it.</summary>
public static class FeatureCatalogue
{
    private const string KernelOption = "use a kernel built with ";

    // Where there is nothing more to say than "a newer kernel", or what to look for on a kernel that is new enough.
    private const string? ByVersion = null;

    public static readonly Feature Root = new("root", "loading eBPF programs, tracing other users' processes", "", Feature.AsRoot,
        Privileges.ProbeRoot, mainJob: true, privilege: true);

    public static readonly Feature CapSysAdmin = Capability("cap-sys-admin", Privileges.CAP_SYS_ADMIN, "2.2", "seccomp filters in targets without no_new_privs, namespaces");
    public static readonly Feature CapBpf = Capability("cap-bpf", Privileges.CAP_BPF, "5.8", "eBPF programs and maps where CAP_SYS_ADMIN is not given");
    public static readonly Feature CapSysPtrace = Capability("cap-sys-ptrace", Privileges.CAP_SYS_PTRACE, "2.2", "attaching to processes of other users");

    public static readonly Feature Libbpf = new("libbpf", "loading the monitor's eBPF program", "", "apt-get install libbpf1", BpfProbes.Libbpf, mainJob: true);

    public static readonly Feature Btf = new("btf", "eBPF programs that fit this kernel without being compiled on it", "5.4",
        KernelOption + "CONFIG_DEBUG_INFO_BTF (Debian's are)", BpfProbes.Btf, mainJob: true);

    public static readonly Feature TpBtf = new("tp-btf", "counting and timing system calls (assess; monitor, which uses ptrace without it)", "5.5", ByVersion, BpfProbes.TpBtf, mainJob: true);

    public static readonly Feature TaskStorage = new("bpf-task-storage", "the entry time of a call that is under way", "5.11", ByVersion, BpfProbes.TaskStorage, mainJob: true);

    public static readonly Feature PerCpuHash = new("bpf-percpu-hash", "counts in the kernel that no two processors share", "4.6", ByVersion, BpfProbes.PerCpuHash, mainJob: true);

    public static readonly Feature AtomicFetch = new("bpf-atomic-fetch", "counters in the kernel that are right also when several threads add", "5.12", ByVersion, BpfProbes.AtomicFetch, mainJob: true);

    public static readonly Feature RingBuffer = new("bpf-ring-buffer", "single events from the kernel", "5.8", ByVersion, BpfProbes.RingBuffer);

    public static readonly Feature BpfSendSignalThread = new("bpf-send-signal-thread", "failing calls of running processes after they were carried out, with no stop for the others", "5.6",
        "find out what forbids it (Falter uses ptrace instead)", BpfProbes.SendSignalThread);

    public static readonly Feature KprobeOverride = new("bpf-kprobe-override", "failing any call of running processes in the kernel", "4.16",
        KernelOption + "CONFIG_BPF_KPROBE_OVERRIDE (Debian's are not; Falter uses ptrace instead)", OverrideProbes.KprobeOverride);

    public static readonly Feature FmodRet = new("bpf-fmod-ret", "failing any call of running processes in the kernel", "5.7",
        KernelOption + "CONFIG_FUNCTION_ERROR_INJECTION (Debian's up to 6.12 are not; Falter uses ptrace instead)", OverrideProbes.FmodRet);

    public static readonly Feature FmodRetSecurity = new("bpf-fmod-ret-security", "failing calls of running processes that pass a security hook, in the kernel", "5.7",
        KernelOption + "CONFIG_SECURITY and CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS (Falter uses ptrace instead)", OverrideProbes.FmodRetSecurity);

    public static readonly Feature BpfLsm = new("lsm-bpf", "the same, where only security modules may be eBPF programs", "5.7",
        KernelOption + "CONFIG_BPF_LSM, and bpf in its lsm= list (Falter uses ptrace instead)", OverrideProbes.Lsm);

    public static readonly Feature SeccompNotify = new("seccomp-notify", "failing calls of launched processes (inject, assess)", "5.5", ByVersion, SeccompProbes.Notify, mainJob: true);

    public static readonly Feature SeccompWaitKillable = new("seccomp-wait-killable", "held calls that signals do not restart", "5.19", ByVersion, SeccompProbes.WaitKillable);

    public static readonly Feature SeccompSyncWakeUp = new("seccomp-sync-wake-up", "answering a held call in 5 µs instead of 10 to 33", "6.6", ByVersion, SeccompProbes.SyncWakeUp);

    public static readonly Feature SeccompTsyncEsrch = new("seccomp-tsync-esrch", "putting a filter into all threads of a running process (inject --mechanism seccomp-attach)", "5.7", ByVersion, SeccompProbes.SynchroniseThreads);

    public static readonly Feature PtraceSeize = new("ptrace-seize", "launching targets, failing calls of running processes, monitoring without root", "3.4",
        "allow ptrace (in a container: --cap-add SYS_PTRACE; sysctl kernel.yama.ptrace_scope at most 1)", ProcessProbes.PtraceSeize, mainJob: true);

    public static readonly Feature PtraceAttach = new("ptrace-attach", "injecting into or, without root, monitoring targets that are no children of Falter (-p)", "",
        "run falter as root, or: sysctl kernel.yama.ptrace_scope=0", ProcessProbes.PtraceAttach);

    public static readonly Feature PidfdOpen = new("pidfd-open", "handles on processes that are never another's", "5.3", ByVersion, ProcessProbes.PidfdOpen, mainJob: true);
    public static readonly Feature PidfdGetfd = new("pidfd-getfd", "taking a target's seccomp listener", "5.6", ByVersion, ProcessProbes.PidfdGetfd, mainJob: true);
    public static readonly Feature CloseRange = new("close-range", "closing the target's copy of the listener", "5.9", ByVersion, ProcessProbes.CloseRange, mainJob: true);

    public static readonly Feature Cgroup2 = new("cgroup-v2", "targets named by control group", "4.5", "mount -t cgroup2 none /sys/fs/cgroup/unified", CgroupProbes.Version2);
    public static readonly Feature CgroupFreezer = new("cgroup-freezer", "pausing a whole target", "5.2", ByVersion, CgroupProbes.Freezer);

    public static readonly Feature CgroupBpf = new("cgroup-bpf", "failing socket calls of a control group in the kernel", "6.1", KernelOption + "CONFIG_CGROUP_BPF (Falter uses ptrace instead)", CgroupProbes.Programs);

    public static readonly Feature Nftables = new("nftables", "dropping packets, partitions", "3.13", "apt-get install nftables; CONFIG_NF_TABLES", NetworkProbes.Nftables);
    public static readonly Feature Nfqueue = new("nfqueue", "delaying packets", "2.6.14", KernelOption + "CONFIG_NETFILTER_NETLINK_QUEUE, and CONFIG_NFT_QUEUE or CONFIG_NETFILTER_XT_TARGET_NFQUEUE", NetworkProbes.Nfqueue);
    public static readonly Feature NftOwner = new("nft-owner", "packet rules that the kernel removes when Falter is killed", "5.12", "none needed: without it a keeper removes them", NetworkProbes.NftOwner);
    public static readonly Feature Tbf = new("tbf", "limiting the rate of a target's network", "2.4.20", KernelOption + "CONFIG_NET_SCH_TBF; apt-get install iproute2", NetworkProbes.Tbf);
    public static readonly Feature NetworkNamespaces = new("network-namespaces", "networks of a target's own", "2.6.29", KernelOption + "CONFIG_NET_NS", NetworkProbes.Namespaces);

    public static readonly Feature IoUring = new("io-uring", "nothing yet: what a target does through io_uring is neither seen nor failed", "5.1",
        "none needed; without io_uring no call of a target goes unseen", ProcessProbes.IoUring);

    /// <summary>The catalogue in the order in which <c>falter doctor</c> prints it.</summary>
    public static IReadOnlyList<Feature> All { get; } =
    [
        Root, CapSysAdmin, CapBpf, CapSysPtrace, Libbpf, Btf, TpBtf, TaskStorage, PerCpuHash, AtomicFetch, RingBuffer, BpfSendSignalThread, KprobeOverride, FmodRet, FmodRetSecurity, BpfLsm,
        SeccompNotify, SeccompWaitKillable, SeccompSyncWakeUp, SeccompTsyncEsrch, PtraceSeize, PtraceAttach, PidfdOpen, PidfdGetfd, CloseRange,
        Cgroup2, CgroupFreezer, CgroupBpf, Nftables, NftOwner, Nfqueue, Tbf, NetworkNamespaces, IoUring,
    ];

    private static Feature Capability(string name, int number, string since, string neededFor) =>
        new(name, neededFor, since, Feature.AsRoot, () => Privileges.ProbeCapability(number), privilege: true);
}
