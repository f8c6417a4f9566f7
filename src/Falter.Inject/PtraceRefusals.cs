using Falter.Records;

namespace Falter.Inject;

/// <summary>Which rules full ptrace cannot carry out, and why.</summary>
internal static class PtraceRefusals
{
    private static readonly HashSet<Syscall> s_newPrograms = Named("execve", "execveat"), s_ends = Named("exit", "exit_group", "rt_sigreturn"), s_clones = Named("clone", "clone3");

    /// <summary>Why, with the nearest alternative; null where the rule can be carried out.</summary>
    public static string? Of(SyscallFault rule) => OfPhase(rule) ?? OfShort(rule) ?? OfCalls(rule);

    private static string? OfPhase(SyscallFault rule) => rule switch
    {
        { Phase: FaultPhase.Before, Where.SuccessOnly: true } => "whether a call succeeds is known after it alone; use phase=after",
        { Phase: FaultPhase.After, Effect.DelayEnter: not null } => "a rule with phase=after or success-only decides when the call is over, so it cannot hold it before; use delay_exit=",
        { Phase: FaultPhase.After, Effect.Short: not null } => "what a call is given cannot be changed when it is over; use phase=before",
        _ => null,
    };

    private static string? OfShort(SyscallFault rule) =>
        rule.Effect.Short is not null && rule.Syscalls.FirstOrDefault(c => CallArguments.Of(c).Length is null, None) is { Number: >= 0 } call
            ? $"{call} has no length in its arguments that could be shortened; use read, write, pread64, pwrite64, recvfrom or sendto"
            : null;

    private static string? OfCalls(SyscallFault rule)
    {
        bool replaces = rule.Effect.ReplacesResult, isAfter = rule.Phase == FaultPhase.After;
        foreach (Syscall call in rule.Syscalls)
        {
            if (call == Syscall.Named("restart_syscall")) return "restart_syscall is how the kernel goes on with an interrupted call; name that call (nanosleep, poll, futex)";
            if (s_newPrograms.Contains(call) && (isAfter || rule.Effect.DelayExit is not null && !replaces)) return $"{call} does not return when it succeeds, so nothing can be done afterwards; use phase=before and delay_enter=";
            if (s_ends.Contains(call) && (isAfter || rule.Effect.DelayExit is not null)) return $"{call} never returns, so nothing can be done afterwards; use delay_enter= or signal=";
            if (s_ends.Contains(call) && replaces) return $"{call} never returns: a program for which it did would run on into whatever follows; use delay_enter= or signal=";
            if (s_clones.Contains(call) && isAfter && replaces) return $"what {call} has created would go on with memory that its creator believes to be free; use phase=before";
        }
        return null;
    }

    private static Syscall None => new(-1);

    private static HashSet<Syscall> Named(params string[] calls) => [.. calls.Select(Syscall.Named)];
}
