namespace Falter.Inject;

/// <summary>The names of the mechanisms that act on system calls, as the command line and the records bear them.</summary>
public static class Mechanisms
{
    /// <summary>Launched targets, before: the kernel announces calls that a filter selects and waits for the answer.</summary>
    public const string SeccompNotify = "seccomp-notify";

    /// <summary>Running targets, before: the same filter, put into a process that runs. It stays for the process's life.</summary>
    public const string SeccompAttach = "seccomp-attach";

    /// <summary>Running targets, before and after: every call of the target stops twice.</summary>
    public const string Ptrace = "ptrace";

    /// <summary>Running targets, after: an eBPF program draws the lot, and only calls that are acted on stop.</summary>
    public const string BpfTrigger = "bpf-trigger";

    /// <summary>Running targets, before: an eBPF program replaces the result, where the kernel permits it.</summary>
    public const string BpfOverride = "bpf-override";

    /// <summary>Control groups, before: eBPF programs at the socket calls of a group.</summary>
    public const string CgroupBpf = "cgroup-bpf";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All { get; } = [SeccompNotify, SeccompAttach, Ptrace, BpfTrigger, BpfOverride, CgroupBpf];
}
