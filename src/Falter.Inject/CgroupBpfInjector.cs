using Falter.Linux.Cgroup;
using Falter.Linux.Ebpf;
using Falter.Linux.Features;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Fails socket calls of all processes of a control group (version 2), by kernel programs at the group: <c>connect</c>, <c>bind</c>, sending datagrams to an address,
/// <c>socket</c>, <c>setsockopt</c> before they are carried out, <c>getsockopt</c> after. Nothing stops, and all other calls run at full speed.
/// </summary>
/// <remarks>
/// The kernel asks the group of the thread that created the socket. A socket that a process of the group was given by another is not reached; one that it gave away is.
/// The hooks are those of IPv4 and IPv6 but for the options', which are every socket's.
/// </remarks>
public sealed class CgroupBpfInjector : BpfInjector
{
    private static readonly Syscall s_getsockopt = Syscall.Named("getsockopt");
    private static readonly Syscall[] s_sends = [Syscall.Named("sendto"), Syscall.Named("sendmsg"), Syscall.Named("sendmmsg")];

    private readonly ControlGroup _group;

    private CgroupBpfInjector(ControlGroup group) => _group = group;

    /// <inheritdoc/>
    public override string Mechanism => Mechanisms.CgroupBpf;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Pids => _group.AllProcesses;

    /// <summary>Prepares to inject into a group and those below it.</summary>
    /// <exception cref="FalterException">
    /// <c>target-refused</c>: not a group of version 2, or one that Falter itself is in. <c>feature-missing</c>, <c>not-root</c>: the kernel does not permit it.
    /// </exception>
    public static CgroupBpfInjector Attach(ControlGroup group)
    {
        if (group.Hierarchy != ControlGroupHierarchy.Unified)
        {
            throw FalterException.Usage("target-refused",
                $"--cgroup {group.Path} is a group of version 1 ({group.Hierarchy}), and kernel programs are attached to groups of version 2 only; use --mechanism ptrace, or a group below {ControlGroup.Mount ?? "a cgroup2 mount"}");
        }
        if (group.Holds(Environment.ProcessId)) throw FalterException.Usage("target-refused", $"--cgroup {group.Path}: Falter itself (pid {Environment.ProcessId}) is in that group; start Falter from elsewhere");
        FeatureCatalogue.CgroupBpf.Require();
        return new CgroupBpfInjector(group);
    }

    /// <summary>Why this mechanism cannot carry a rule out; null where it can.</summary>
    public static string? RefusalOf(SyscallFault rule)
    {
        Syscall[] unknown = [.. rule.Syscalls.Except(CgroupPrograms.Calls)];
        if (unknown.Length > 0) return $"{string.Join(", ", unknown)}: control groups have no hook there, only in {string.Join(", ", CgroupPrograms.Calls)}; use --mechanism ptrace";
        return PhaseRefusal(rule) ?? KernelRules.RefusalOf(rule) ?? PredicateRefusal(rule) ?? TogetherRefusal(rule);
    }

    /// <summary>What the mechanism does not reach of a rule that it carries out; null where nothing.</summary>
    public static string? WarningOf(SyscallFault rule)
    {
        if (rule.Syscalls.Any(s_sends.Contains)) return $"{string.Join(", ", rule.Syscalls.Intersect(s_sends))}: only UDP datagrams that name an address pass the hook; sends of TCP and of connected sockets are not reached";
        // With a network's address or port asked for, a Unix socket could not match anyway.
        return rule.Where.Peers.Count + rule.Where.Ports.Count == 0 && rule.Syscalls.Any(c => c.Name is "connect" or "bind" or "socket") ? "only sockets of IPv4 and IPv6 pass the hook; Unix sockets are not reached" : null;
    }

    private protected override string? Refusal(SyscallFault rule) => RefusalOf(rule);

    private protected override RulePrograms Load(IReadOnlyList<SyscallFault> rules, ulong seed, bool log) => CgroupPrograms.Attach(_group, rules, seed, log);

    private static string? PhaseRefusal(SyscallFault rule)
    {
        bool asksOptions = rule.Syscalls.Contains(s_getsockopt);
        if (asksOptions && rule.Phase == FaultPhase.Before) return "the hook of getsockopt is passed when the kernel has answered; write phase=after, or use --mechanism ptrace";
        if (rule.Phase == FaultPhase.After && rule.Syscalls.FirstOrDefault(c => c != s_getsockopt) is { Number: > 0 } call) return $"the hook of {call} is passed before it is carried out; write phase=before, or use --mechanism ptrace";
        return null;
    }

    private static string? PredicateRefusal(SyscallFault rule)
    {
        CallPredicates where = rule.Where;
        if (where.Peers.Count > 0 && rule.Syscalls.FirstOrDefault(c => c.Name is "bind" or "socket") is { Number: > 0 } without) return $"{without} has no peer{(without.Name == "bind" ? "; for the port that it asks for write port=" : "")}";
        if (where.Ports.Count > 0 && rule.Syscalls.Any(c => c.Name == "socket")) return "socket has no port yet; name connect or bind instead";
        return where.Descriptors.Count + where.Arguments.Count > 0 && !CgroupPrograms.KnowsCalls
            ? "on this kernel the programs of control groups do not see arguments (they do from about Linux 6.16 on); use --mechanism ptrace" : null;
    }

    /// <summary>Kernels before about 6.16 do not tell in the hook which of the three sends it is.</summary>
    private static string? TogetherRefusal(SyscallFault rule)
    {
        Syscall[] missing = [.. s_sends.Except(rule.Syscalls)];
        return missing.Length is 0 or 3 || CgroupPrograms.KnowsCalls ? null
            : $"this kernel does not tell the three sends apart in the hook; name {string.Join(", ", missing)} too, or use --mechanism ptrace";
    }
}
