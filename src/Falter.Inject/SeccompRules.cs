using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Inject;

/// <summary>Which rules and calls seccomp user notification can carry out, for launched and for running targets alike.</summary>
internal static class SeccompRules
{
    /// <summary>Why a rule cannot be carried out, and by what it could be; null where it can.</summary>
    public static string? RefusalOf(SyscallFault rule)
    {
        if (rule.Phase == FaultPhase.After)
        {
            return "the seccomp mechanism decides a call before it is carried out, so nothing can be done after it; use phase=before, or ptrace (--mechanism ptrace, or -p PID for a running target)";
        }
        if (rule.NeedsSuccess) return "whether a call succeeds is known only after it; use ptrace with phase=after (--mechanism ptrace)";
        if (rule.Effect.Short is not null) return "the seccomp mechanism cannot change a call's arguments, so it cannot shorten it; use ptrace (--mechanism ptrace)";
        if (rule.Effect is { DelayExit: not null, ReplacesResult: false })
        {
            return "the seccomp mechanism does not see a call return, so delay_exit works only together with error or retval; use delay_enter, or ptrace (--mechanism ptrace)";
        }
        Syscall[] refused = [.. rule.Syscalls.Where(SeccompInstallation.NotSelectable.Contains)];
        return refused.Length == 0 ? null : $"{string.Join(", ", refused)} cannot be announced by the seccomp mechanism; leave it out, or use ptrace (--mechanism ptrace)";
    }

    /// <summary>As <see cref="RefusalOf(SyscallFault)"/>, for a target whose filter announces these calls.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="selectable">What the filter announces.</param>
    /// <param name="since">When that was chosen: <c>launched</c>, <c>attached to</c>.</param>
    public static string? RefusalOf(SyscallFault rule, IReadOnlySet<Syscall> selectable, string since)
    {
        if (RefusalOf(rule) is { } refusal) return refusal;
        Syscall[] missing = [.. rule.Syscalls.Where(s => !selectable.Contains(s))];
        return missing.Length == 0 ? null
            : $"{string.Join(", ", missing)} was not selected when the target was {since}; its filter announces {string.Join(", ", selectable.OrderBy(s => s.Number))}";
    }

    /// <summary>Refuses calls that cannot be announced.</summary>
    /// <exception cref="FalterException"><c>rule-not-supported</c>.</exception>
    public static void RequireSelectable(IEnumerable<Syscall> calls)
    {
        Syscall[] refused = [.. calls.Where(SeccompInstallation.NotSelectable.Contains).Distinct()];
        if (refused.Length == 0) return;
        throw FalterException.Usage("rule-not-supported",
            $"{string.Join(", ", refused)}: the seccomp mechanism cannot announce these calls; leave them out, or attach to the running target (-p PID), which uses ptrace");
    }
}
