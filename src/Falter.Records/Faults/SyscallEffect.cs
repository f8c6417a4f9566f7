using System.Globalization;

namespace Falter.Records;

/// <summary>What is done to a call: at least one of these, and of <see cref="Error"/>, <see cref="ReturnValue"/> and <see cref="Short"/> at most one.</summary>
public sealed record SyscallEffect
{
    /// <summary>What it reports instead of its result.</summary>
    public Errno? Error { get; init; }

    /// <summary>What it returns instead of its result; from 0 on. A negative one is an <see cref="Error"/>.</summary>
    public long? ReturnValue { get; init; }

    /// <summary>Share of the length asked for that the call is given, at least one byte: a short read or write. Above 0, below 1.</summary>
    public double? Short { get; init; }

    /// <summary>A signal that the calling thread gets: at the call's entry, or with <see cref="FaultPhase.After"/> at its exit.</summary>
    public Signal? Signal { get; init; }

    /// <summary>How long the call is held before it is carried out, or skipped.</summary>
    public Delay? DelayEnter { get; init; }

    /// <summary>How long the thread is held after the call, before it sees the result.</summary>
    public Delay? DelayExit { get; init; }

    /// <summary>Whether the call's result is replaced.</summary>
    public bool ReplacesResult => Error is not null || ReturnValue is not null;

    /// <summary>What the result register holds where the result is replaced: the value, or the negated errno.</summary>
    public long ReplacedResult => ReturnValue ?? -(Error?.Number ?? 0);
}

/// <summary>How long something is held: uniformly between <see cref="Mean"/> - <see cref="Spread"/> and <see cref="Mean"/> + <see cref="Spread"/>.</summary>
/// <param name="Mean">Above 0.</param>
/// <param name="Spread">0 to <paramref name="Mean"/>.</param>
public readonly record struct Delay(TimeSpan Mean, TimeSpan Spread)
{
    /// <summary>The longest that it can be.</summary>
    public TimeSpan Longest => Mean + Spread;

    /// <summary>How long for one lot.</summary>
    /// <param name="lot">0 inclusive to 1 exclusive.</param>
    public TimeSpan At(double lot) => Mean + Spread * (2 * lot - 1);

    /// <summary>Reads <c>50ms</c> or <c>50ms±10ms</c>, also with <c>+-</c>.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="delay">The delay.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TryParse(string text, out Delay delay, out string problem)
    {
        string[] parts = text.Replace("+-", "±", StringComparison.Ordinal).Split('±', 2);
        TimeSpan spread = TimeSpan.Zero;
        delay = default;
        if (!Durations.TryParse(parts[0], out TimeSpan mean, out problem) || parts.Length == 2 && !Durations.TryParse(parts[1], out spread, out problem)) return false;
        if (mean == TimeSpan.Zero) problem = "a delay of nothing does nothing; leave it out";
        else if (spread > mean) problem = $"'{text}': a spread is no more than the delay itself, else it would begin before the call";
        delay = new Delay(mean, spread);
        return problem.Length == 0;
    }

    /// <summary>Reads what strace takes: a number with <c>s</c>, <c>ms</c>, <c>us</c> or <c>ns</c>, and a bare one for microseconds; or what <see cref="TryParse"/> takes.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="delay">The delay.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TryParseOfStrace(string text, out Delay delay, out string problem)
    {
        bool isBare = text.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');
        if (!text.EndsWith("ns", StringComparison.Ordinal) || !long.TryParse(text.AsSpan(0, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out long nanoseconds))
        {
            return TryParse(isBare ? $"{text}us" : text, out delay, out problem);
        }
        delay = new Delay(TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick), TimeSpan.Zero);
        problem = delay.Mean > TimeSpan.Zero ? "" : $"'{text}': delays are held to {TimeSpan.NanosecondsPerTick} ns, which is less than the shortest that can be";
        return problem.Length == 0;
    }

    /// <summary><c>50ms</c> or <c>50ms±10ms</c>.</summary>
    public override string ToString() => Durations.Format(Mean) + (Spread > TimeSpan.Zero ? $"±{Durations.Format(Spread)}" : "");
}
