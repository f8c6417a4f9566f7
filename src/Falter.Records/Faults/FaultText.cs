using System.Globalization;

namespace Falter.Records;

/// <summary>Faults in the rule language, in one canonical order of fields: <see cref="FaultRuleParser"/> reads it back to the same meaning.</summary>
internal static class FaultText
{
    public static string Of(SyscallFault fault)
    {
        List<string> fields = [fault.SyscallsText ?? string.Join(',', fault.Syscalls)];
        AddEffect(fields, fault.Effect);
        AddCondition(fields, fault.Condition);
        AddTimes(fields, fault);
        AddPredicates(fields, fault.Where);
        if (fault.Phase == FaultPhase.After) fields.Add("phase=after");
        return string.Join(':', fields);
    }

    public static string Of(ProcessFault fault)
    {
        List<string> fields =
        [
            "process",
            fault.Action switch
            {
                ProcessAction.Pause => "pause",
                ProcessAction.Cpu => $"cpu={Share(fault.Cpus ?? 0)}",
                ProcessAction.Memory => $"memory={fault.MemoryBytes}",
                _ => fault.Signal == new Signal(9) ? "kill" : $"signal={fault.Signal}",
            },
        ];
        AddList(fields, "process", fault.Processes.Select(p => p.ToString()));
        AddTimes(fields, fault);
        return string.Join(':', fields);
    }

    public static string Of(NetworkFault fault)
    {
        List<string> fields =
        [
            "network",
            fault.Action switch
            {
                NetworkAction.Drop => fault.Share < 1 ? $"drop={Share(fault.Share)}" : "partition",
                NetworkAction.Delay => $"delay={fault.Delay}",
                NetworkAction.Rate => FormattableString.Invariant($"rate={fault.BitsPerSecond}bit"),
                _ => Words.Of(fault.Action),
            },
        ];
        if (fault.Direction != NetworkDirection.Both) fields.Add($"direction={Words.Of(fault.Direction)}");
        AddList(fields, "peer", fault.Peers.Select(p => p.ToString()));
        AddList(fields, "port", fault.Ports.Select(p => p.ToString()));
        if (fault.Protocol is { } protocol) fields.Add($"protocol={protocol}");
        AddTimes(fields, fault);
        return string.Join(':', fields);
    }

    public static string Of(ContainerFault fault)
    {
        List<string> fields = ["container", Words.Of(fault.Action) + (fault.Network is { } network ? $"={network}" : "")];
        AddTimes(fields, fault);
        return string.Join(':', fields);
    }

    private static void AddTimes(List<string> fields, Fault fault)
    {
        if (fault.After > TimeSpan.Zero) fields.Add($"after={Durations.Format(fault.After)}");
        if (fault.For is { } length) fields.Add($"for={Durations.Format(length)}");
    }

    private static void AddEffect(List<string> fields, SyscallEffect effect)
    {
        if (effect.Error is { } errno) fields.Add($"error={errno}");
        if (effect.ReturnValue is { } value) fields.Add(FormattableString.Invariant($"retval={value}"));
        if (effect.Short is { } share) fields.Add($"short={Share(share)}");
        if (effect.Signal is { } signal) fields.Add($"signal={signal}");
        if (effect.DelayEnter is { } enter) fields.Add($"delay_enter={enter}");
        if (effect.DelayExit is { } exit) fields.Add($"delay_exit={exit}");
    }

    private static void AddCondition(List<string> fields, CallCondition condition)
    {
        if (condition.Rate < 1) fields.Add($"rate={Share(condition.Rate)}");
        if (condition.Burst is { } burst) fields.Add(FormattableString.Invariant($"burst={burst}"));
        if (condition.When is { } when) fields.Add($"when={when}");
        if (condition.Count is { } count) fields.Add(FormattableString.Invariant($"count={count}"));
    }

    private static void AddPredicates(List<string> fields, CallPredicates where)
    {
        AddList(fields, "path", where.Paths.Select(p => p.ToString()));
        AddList(fields, "fd", where.Descriptors.Select(d => d.ToString(CultureInfo.InvariantCulture)));
        AddList(fields, "peer", where.Peers.Select(p => p.ToString()));
        AddList(fields, "port", where.Ports.Select(p => p.ToString()));
        foreach (ArgumentPredicate argument in where.Arguments) fields.Add(Of(argument));
        AddList(fields, "thread", where.Threads.Select(t => t.ToString()));
        AddList(fields, "process", where.Processes.Select(p => p.ToString()));
        AddList(fields, "role", where.Roles);
        if (where.SuccessOnly) fields.Add("success-only");
    }

    private static string Of(ArgumentPredicate argument)
    {
        string comparison = argument.Comparison switch
        {
            Comparison.Equal => "=",
            Comparison.NotEqual => "!=",
            Comparison.Less => "<",
            Comparison.AtMost => "<=",
            Comparison.Greater => ">",
            Comparison.AtLeast => ">=",
            _ => "&",
        };
        return FormattableString.Invariant($"arg{argument.Index}{comparison}{argument.Value}");
    }

    /// <summary>In percent where that says it exactly.</summary>
    private static string Share(double share)
    {
        string percent = Shares.Format(share);
        return Shares.TryParse(percent, out double read, out _) && read == share ? percent : share.ToString("R", CultureInfo.InvariantCulture);
    }

    private static void AddList(List<string> fields, string key, IEnumerable<string> values)
    {
        string list = string.Join(',', values);
        if (list.Length > 0) fields.Add($"{key}={list.Replace(":", "\\:", StringComparison.Ordinal)}");
    }
}
