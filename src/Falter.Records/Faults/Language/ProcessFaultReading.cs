using System.Globalization;

namespace Falter.Records;

/// <summary>Faults of processes: <c>process:pause:for=10s</c>.</summary>
internal static class ProcessFaultReading
{
    public const string Example = "process:pause:for=10s";

    // A page of every architecture that Falter runs on: less cannot be limited.
    private const long LeastMemory = 4096;

    // CONFIG_NR_CPUS is at most 8192 on x86-64.
    private const double MostCpus = 8192;

    private static readonly string[] s_actions = ["kill", "signal", "pause", "cpu", "memory"];
    public static readonly string[] Keys = [.. s_actions, "process", .. TimesReading.Keys];

    /// <summary>The fault; null where it has mistakes, which are added.</summary>
    public static ProcessFault? Read(FaultFields fields, ICollection<Finding> mistakes)
    {
        var reading = new FaultReading(fields, Keys, Example, mistakes);
        string? action = ActionReading.Of(reading, s_actions, Example);
        var fault = new ProcessFault
        {
            Written = fields.Written,
            Action = action switch
            {
                "pause" => ProcessAction.Pause,
                "cpu" => ProcessAction.Cpu,
                "memory" => ProcessAction.Memory,
                _ => ProcessAction.Signal,
            },
            Signal = reading.Flag("kill") ? new Signal(9) : reading.Value<Signal>("signal", SyscallRuleReading.TryReadSignal),
            Cpus = reading.Value<double>("cpu", TryReadCpus),
            MemoryBytes = reading.Value<long>("memory", TryReadMemory),
            Processes = reading.List<Glob>("process", Glob.TryParse),
            After = TimesReading.After(reading),
            For = TimesReading.For(reading),
        };
        reading.Flag("pause");
        if (action is "kill" or "signal" && reading.Has("for")) reading.Refuse("for", $"for: {action} happens once and does not last; leave it out, or take process:pause");
        return reading.IsFlawless ? fault : null;
    }

    private static bool TryReadCpus(string text, out double cpus, out string problem)
    {
        bool isPercent = text.EndsWith('%');
        problem = $"'{text}' is no share of processors; expected for example 20% or 0.2 of one, 150% or 1.5 for one and a half";
        if (!double.TryParse(text.AsSpan(0, text.Length - (isPercent ? 1 : 0)), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out cpus)) return false;
        if (isPercent) cpus /= 100;
        if (cpus == 0) problem = $"'{text}': without any time they stand still; write process:pause";
        return cpus is > 0 and <= MostCpus;
    }

    private static bool TryReadMemory(string text, out long bytes, out string problem)
    {
        if (!Sizes.TryParse(text, out bytes, out problem)) return false;
        if (bytes < LeastMemory) problem = $"'{text}' is less than a page of memory ({LeastMemory}B); expected for example 64MiB";
        return bytes >= LeastMemory;
    }
}
