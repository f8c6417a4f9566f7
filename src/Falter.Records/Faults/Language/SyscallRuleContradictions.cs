namespace Falter.Records;

/// <summary>Fields of one rule that cannot stand together, or cannot come true for the rule's calls.</summary>
internal static class SyscallRuleContradictions
{
    public static void Add(SyscallFault fault, FaultReading reading)
    {
        AddResults(fault.Effect, reading);
        AddPhase(fault, reading);
        AddShort(fault, reading);
        AddPredicates(fault, reading);
    }

    private static void AddResults(SyscallEffect effect, FaultReading reading)
    {
        if (effect is { Error: not null, ReturnValue: not null }) reading.Refuse("retval", "error and retval: a call has one result; leave one of them out");
        if (effect is { ReplacesResult: true, Short: not null }) reading.Refuse("short", $"short and {(effect.Error is null ? "retval" : "error")}: a short call has its own result; leave one of them out");
    }

    private static void AddPhase(SyscallFault fault, FaultReading reading)
    {
        if (fault is { Phase: FaultPhase.After, Effect.DelayEnter: not null })
        {
            reading.Refuse("delay_enter", "delay_enter with phase=after: which calls are acted on is decided when they are done, so none can be held before; write delay_exit, or phase=before");
        }
        if (fault is { Phase: FaultPhase.After, Effect.Short: not null }) reading.Refuse("short", "short with phase=after: a call that is done cannot be shortened any more; leave phase=after out");
        if (fault is { Phase: FaultPhase.Before, Where.SuccessOnly: true }) reading.Refuse("success-only", "success-only: whether a call succeeds is known when it is done; write phase=after too");
    }

    private static void AddShort(SyscallFault fault, FaultReading reading)
    {
        if (fault.Effect.Short is null || fault.Syscalls.All(HasLength)) return;
        Syscall[] without = [.. fault.Syscalls.Where(c => !HasLength(c))];
        reading.Refuse("short", $"short: {Listed(without)} {(without.Length == 1 ? "says" : "say")} no length that could be shortened in one argument; those that do are {string.Join(", ", Syscall.All.Where(HasLength))}");
    }

    private static void AddPredicates(SyscallFault fault, FaultReading reading)
    {
        Require("path", a => a.Paths.Count + a.Descriptors.Count > 0, "neither a path nor a descriptor");
        Require("fd", a => a.Descriptors.Count > 0 || a.Paths.Any(p => p.Folder is not null), "no descriptor");
        Require("peer", IsOfSocket, "no socket");
        Require("port", IsOfSocket, "no socket");

        // One call that can match is enough: a rule for a whole class names others too.
        void Require(string key, Func<CallArguments, bool> canMatch, string lacking)
        {
            if (!reading.Has(key) || fault.Syscalls.Any(c => canMatch(CallArguments.Of(c)))) return;
            reading.Refuse(key, $"{key}: {Listed(fault.Syscalls)} {(fault.Syscalls.Count == 1 ? "has" : "have")} {lacking} among {(fault.Syscalls.Count == 1 ? "its" : "their")} arguments, so the rule would never match");
        }
    }

    private static bool HasLength(Syscall call) => CallArguments.Of(call).Length is not null;

    private static bool IsOfSocket(CallArguments arguments) => arguments.Descriptors.Count > 0 || arguments.Address is not null;

    private static string Listed(IReadOnlyList<Syscall> calls) => string.Join(", ", calls.Take(5)) + (calls.Count > 5 ? $" and {calls.Count - 5} more" : "");
}
