namespace Falter.Records;

/// <summary>Rules about system calls: strace's <c>inject=</c> with all that Falter adds.</summary>
internal static class SyscallRuleReading
{
    public const string Example = "openat:error=ENOENT:rate=5%";

    private static readonly string[] s_effects = ["error", "retval", "short", "signal", "delay", "delay_enter", "delay_exit"];

    // What strace has and Falter does not.
    private static readonly (string Key, string Reason)[] s_unsupported =
    [
        ("poke_enter", "Falter writes nothing into the memory of a target; short=50% takes away a part of what is written"),
        ("poke_exit", "Falter writes nothing into the memory of a target; short=50% takes away a part of what is read"),
        ("syscall", "Falter carries out no other call instead; error= and retval= skip the call"),
    ];

    public static readonly string[] Keys = [.. s_effects, .. ConditionReading.Keys, "phase", .. TimesReading.Keys, .. PredicatesReading.Keys, .. s_unsupported.Select(u => u.Key)];

    /// <summary>The rule; null where it has mistakes, which are added.</summary>
    public static SyscallFault? Read(FaultFields fields, ICollection<Finding> mistakes)
    {
        (string calls, bool isStraceFault) = WithoutPrefix(fields.Head);
        var reading = new FaultReading(fields, Keys, Example, mistakes);
        foreach ((string key, string reason) in s_unsupported.Where(u => reading.Has(u.Key))) reading.Refuse(key, $"{key} is strace's: {reason}");
        IReadOnlyList<Syscall> syscalls = RuleSyscalls.Read(calls, fields.Place, mistakes);
        SyscallEffect effect = Effect(reading, isStraceFault);
        FaultPhase phase = reading.Word<FaultPhase>("phase") ?? FaultPhase.Before;
        var fault = new SyscallFault
        {
            Syscalls = syscalls,
            SyscallsText = calls,
            Written = fields.Written,
            Effect = WithDelay(reading, effect, phase),
            Where = PredicatesReading.Read(reading),
            Condition = ConditionReading.Read(reading),
            Phase = phase,
            After = TimesReading.After(reading),
            For = TimesReading.For(reading),
        };
        if (reading.AnyOf(s_effects) is null && !isStraceFault && !s_unsupported.Any(u => reading.Has(u.Key)))
        {
            reading.Refuse($"no effect is given, so the rule does nothing; expected one of {string.Join(", ", s_effects)}, for example {Example}");
        }
        if (reading.IsFlawless) SyscallRuleContradictions.Add(fault, reading);
        return reading.IsFlawless ? fault : null;
    }

    // Copied from strace's command line: -e inject=SET:… or -e fault=SET, which fails calls with ENOSYS where it says nothing else.
    private static (string Calls, bool IsStraceFault) WithoutPrefix(string head)
    {
        string[] parts = head.Split('=', 2);
        return parts is ["inject" or "fault", var calls] ? (calls, parts[0] == "fault") : (head, false);
    }

    private static SyscallEffect Effect(FaultReading reading, bool isStraceFault) => new()
    {
        Error = reading.Value<Errno>("error", TryReadErrno, "unknown-errno") ?? (isStraceFault && !reading.Has("retval") ? Errno.ENOSYS : null),
        ReturnValue = reading.Value<long>("retval", TryReadReturnValue),
        Short = reading.Value<double>("short", TryReadShort),
        Signal = reading.Value<Signal>("signal", TryReadSignal),
        DelayEnter = reading.Value<Delay>("delay_enter", Delay.TryParseOfStrace),
        DelayExit = reading.Value<Delay>("delay_exit", Delay.TryParseOfStrace),
    };

    private static SyscallEffect WithDelay(FaultReading reading, SyscallEffect effect, FaultPhase phase)
    {
        if (reading.Value<Delay>("delay", Delay.TryParse) is not { } delay) return effect;
        string same = phase == FaultPhase.Before ? "delay_enter" : "delay_exit";
        if (reading.Has(same)) reading.Refuse("delay", $"delay and {same} are the same with phase={Words.Of(phase)}; leave one out");
        return phase == FaultPhase.Before ? effect with { DelayEnter = delay } : effect with { DelayExit = delay };
    }

    private static bool TryReadErrno(string text, out Errno errno, out string problem)
    {
        problem = "";
        if (Errno.TryParse(text, out errno)) return true;
        problem = $"'{text}' is no errno{NearestNames.Hint(text, Errno.Names)}{(text.Length == 0 ? "; expected for example error=EIO" : "")}";
        return false;
    }

    private static bool TryReadReturnValue(string text, out long value, out string problem)
    {
        value = 0;
        if (!Numbers.TryParse(text, out ulong register, out problem)) return false;
        value = (long)register;
        if (value < 0) problem = $"'{text}': a negative result is an error; write error={(value > -4096 ? new Errno((short)-value).Name : "EIO")}";
        return value >= 0;
    }

    private static bool TryReadShort(string text, out double share, out string problem)
    {
        if (!Shares.TryParse(text, out share, out problem)) return false;
        if (share is > 0 and < 1) return true;
        problem = share == 0 ? "at least one byte is always given, else it would be the end of the file; expected for example 50%" : "all of what was asked for is no short call; expected for example 50%";
        return false;
    }

    internal static bool TryReadSignal(string text, out Signal signal, out string problem)
    {
        problem = "";
        if (Signal.TryParse(text, out signal)) return true;
        problem = $"'{text}' is no signal{NearestNames.Hint(text, Signal.Names)}; expected a name such as SIGUSR1, or 1 to 64";
        return false;
    }
}
