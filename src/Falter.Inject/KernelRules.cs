using Falter.Linux.Ebpf;
using Falter.Records;

namespace Falter.Inject;

/// <summary>Which rules kernel programs can carry out by themselves.</summary>
internal static class KernelRules
{
    private const string Nearest = "use --mechanism ptrace";

    /// <summary>Why they cannot carry a rule out, whatever call it is about; null where they can.</summary>
    public static string? RefusalOf(SyscallFault rule)
    {
        SyscallEffect effect = rule.Effect;
        if (effect.Error is null || effect.Short is not null || effect.Signal is not null || effect.DelayEnter is not null || effect.DelayExit is not null)
        {
            return $"in the kernel a call can only be given an error; for other results, delays and signals {Nearest}";
        }
        CallPredicates where = rule.Where;
        string? unread = where.Paths.Count > 0 ? "path" : where.Threads.Count > 0 ? "thread" : where.Processes.Count > 0 ? "process" : where.Roles.Count > 0 ? "role" : null;
        if (unread is not null) return $"{unread}= cannot be decided in the kernel; {Nearest}";
        if (where.Peers.Any(p => p.Path is not null)) return $"peer= of a Unix socket cannot be decided in the kernel; {Nearest}";
        int most = new[] { where.Descriptors.Count, where.Arguments.Count, where.Peers.Count, where.Ports.Count }.Max();
        return most <= RulePrograms.MostPredicates ? null : $"{most} members of one predicate, where the kernel's programs take {RulePrograms.MostPredicates}; make two rules of it";
    }

    /// <summary>Refuses more rules than the programs have room for.</summary>
    /// <exception cref="FalterException"><c>rule-not-supported</c>.</exception>
    public static void RequireRoom(IReadOnlyList<SyscallFault> rules)
    {
        if (rules.Count > RulePrograms.MostRules) throw Refused($"{rules.Count} rules, where the kernel's programs take {RulePrograms.MostRules} at a time");
        if (rules.SelectMany(r => r.Syscalls).CountBy(c => c).FirstOrDefault(c => c.Value > RulePrograms.MostRulesOfACall) is { Value: > 0 } crowded)
        {
            throw Refused($"{crowded.Value} rules name {crowded.Key}, where the kernel's programs ask {RulePrograms.MostRulesOfACall}");
        }
    }

    private static FalterException Refused(string message) => FalterException.Usage("rule-not-supported", $"{message}; {Nearest}, or arm fewer at a time");
}
