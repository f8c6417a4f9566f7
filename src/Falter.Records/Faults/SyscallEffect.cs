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

    /// <summary><c>50ms</c> or <c>50ms±10ms</c>.</summary>
    public override string ToString() => Durations.Format(Mean) + (Spread > TimeSpan.Zero ? $"±{Durations.Format(Spread)}" : "");
}
