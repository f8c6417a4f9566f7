using System.Globalization;

namespace Falter.Records;

/// <summary>Faults in the rule language, in one canonical order of fields: <see cref="FaultParser"/> reads it back to the same meaning.</summary>
internal static class FaultText
{
    public static string Of(SyscallFault fault)
    {
        List<string> fields = [fault.SyscallsText is { } written && RuleSyscalls.Means(written, fault.Syscalls) ? written : RuleSyscalls.Write(fault.Syscalls)];
        AddEffect(fields, fault.Effect);
        AddCondition(fields, fault.Condition);
        AddTimes(fields, fault);
        AddPredicates(fields, fault.Where);
        if (fault.Phase == FaultPhase.After) fields.Add("phase=after");
        return FaultFields.Join(fields);
    }

    public static string Of(CallPredicates where)
    {
        List<string> fields = [];
        AddPredicates(fields, where);
        return FaultFields.Join(fields);
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
                ProcessAction.Memory => $"memory={Sizes.Format(fault.MemoryBytes ?? 0)}",
                _ => fault.Signal == new Signal(9) ? "kill" : $"signal={Name(fault.Signal)}",
            },
        ];
        AddList(fields, "process", fault.Processes);
        AddTimes(fields, fault);
        return FaultFields.Join(fields);
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
                NetworkAction.Rate => $"rate={BitRates.Format(fault.BitsPerSecond ?? 0)}",
                _ => Words.Of(fault.Action),
            },
        ];
        if (fault.Direction != NetworkDirection.Both) fields.Add($"direction={Words.Of(fault.Direction)}");
        AddList(fields, "peer", fault.Peers);
        AddList(fields, "port", fault.Ports);
        if (fault.Protocol is { } protocol) fields.Add($"protocol={protocol}");
        AddTimes(fields, fault);
        return FaultFields.Join(fields);
    }

    public static string Of(ContainerFault fault)
    {
        List<string> fields = ["container", Words.Of(fault.Action) + (fault.Network is { } network ? $"={network}" : "")];
        AddTimes(fields, fault);
        return FaultFields.Join(fields);
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
        if (effect.Signal is { } signal) fields.Add($"signal={Name(signal)}");
        if (effect.DelayEnter is { } enter) fields.Add($"delay_enter={enter}");
        if (effect.DelayExit is { } exit) fields.Add($"delay_exit={exit}");
    }

    private static void AddCondition(List<string> fields, CallCondition condition)
    {
        // Runs are asked for with their rate only.
        if (condition.Rate < 1 || condition.Burst is not null) fields.Add($"rate={Share(condition.Rate)}");
        if (condition.Burst is { } burst) fields.Add($"burst={Number(burst)}");
        if (condition.When is { } when) fields.Add($"when={when}");
        if (condition.Count is { } count) fields.Add(FormattableString.Invariant($"count={count}"));
    }

    private static void AddPredicates(List<string> fields, CallPredicates where)
    {
        AddList(fields, "path", where.Paths);
        AddList(fields, "fd", where.Descriptors);
        AddList(fields, "peer", where.Peers);
        AddList(fields, "port", where.Ports);
        foreach (ArgumentPredicate argument in where.Arguments.OrderBy(a => a.Index)) fields.Add(argument.ToString());
        AddList(fields, "thread", where.Threads);
        AddList(fields, "process", where.Processes);
        AddList(fields, "role", where.Roles);
        if (where.SuccessOnly) fields.Add("success-only");
    }

    private static string Name(Signal? signal) => signal is { Number: var number } named && !named.HasName ? number.ToString(CultureInfo.InvariantCulture) : $"{signal}";

    /// <summary>In percent where that says it exactly.</summary>
    private static string Share(double share)
    {
        string percent = Shares.Format(share);
        return double.TryParse(percent[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double read) && read / 100 == share ? percent : Number(share);
    }

    // The shortest form that reads back as the same number, never with an exponent, which the language does not have.
    private static string Number(double value)
    {
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        if (shortest.Split('E') is not [var digits, var exponent]) return shortest;
        int decimals = Math.Max(0, digits.Length - 2 - int.Parse(exponent, CultureInfo.InvariantCulture));
        return value.ToString($"F{decimals}", CultureInfo.InvariantCulture);
    }

    private static void AddList<T>(List<string> fields, string key, IReadOnlyList<T> values)
    {
        if (values.Count > 0) fields.Add($"{key}={FaultField.OfList(key, values.Select(v => $"{v}"), "").Value}");
    }
}
