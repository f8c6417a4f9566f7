namespace Falter.Records;

/// <summary>What one fault of a plan did in a turn.</summary>
/// <param name="Fault">The fault, with its role.</param>
/// <param name="Mechanism">How the kernel was made to do it.</param>
/// <param name="Matched">Calls that met the rule; 0 where that is not counted.</param>
/// <param name="Injected">Calls, packets or processes that it was done to.</param>
/// <param name="Skipped">Calls that reached the rule and were not acted on, by reason.</param>
public sealed record FaultCount(string Fault, string Mechanism, long Matched, long Injected, IReadOnlyDictionary<string, long>? Skipped = null);

/// <summary>How a measure differs from its baseline in one phase.</summary>
/// <param name="Measure">What was measured: <c>check http://127.0.0.1/ failures</c>, <c>check http://127.0.0.1/ latency</c>, <c>check web memory</c> (its value), <c>requests unusual</c>, <c>requests latency</c>, <c>requests goodput</c>.</param>
/// <param name="Unit">Of the centres: <c>share</c>, <c>ms</c>, <c>per s</c>; empty for a number in the check's own unit.</param>
/// <param name="Phase">The phase that is compared with the baseline.</param>
/// <param name="BaselineCount">Samples in the baseline.</param>
/// <param name="Count">Samples in the phase.</param>
/// <param name="BaselineCentre">Share or median in the baseline; of goodput the mean.</param>
/// <param name="Centre">Share or median in the phase; of goodput the mean.</param>
/// <param name="Effect">Size: for shares their difference, for numbers Cliff's delta (-1 to 1; above 0: larger than in the baseline).</param>
/// <param name="EffectLow">Lower end of its 95 % interval.</param>
/// <param name="EffectHigh">Upper end of its 95 % interval.</param>
/// <param name="P">Chance of a difference at least as large where there is none, of the test (Fisher for shares, Mann-Whitney for numbers).</param>
/// <param name="AdjustedP">The same, corrected for the number of comparisons of the turn (Holm).</param>
/// <param name="Deviates">Whether it is a deviation: significant and large enough to matter.</param>
public sealed record MeasureEffect(string Measure, string Unit, RunPhase Phase, int BaselineCount, int Count, double BaselineCentre, double Centre,
    double Effect, double EffectLow, double EffectHigh, double P, double AdjustedP, bool Deviates);

/// <summary>Lines of a role's own log around a moment.</summary>
/// <param name="Role">Who wrote them.</param>
/// <param name="AtSeconds">The moment, in seconds since the run began.</param>
/// <param name="Lines">The lines, as written.</param>
public sealed record LogExcerpt(string Role, double AtSeconds, IReadOnlyList<string> Lines);

/// <summary>What the application did when an errno was injected, and how often it does so by itself.</summary>
/// <param name="Errno">The injected errno.</param>
/// <param name="Kind"><c>log</c>, <c>exception</c>, <c>exit-code</c>, <c>http-status</c> or <c>outcome</c> (of a request that got no status: <c>timeout</c>).</param>
/// <param name="What">The line with its numbers taken out, the exception's name, the status.</param>
/// <param name="Count">How often while the errno was injected.</param>
/// <param name="BaselineCount">How often in the baseline.</param>
public sealed record ErrnoReaction(Errno Errno, string Kind, string What, long Count, long BaselineCount);

/// <summary>The verdict on one turn: one run of one fault plan. A line of <c>turns.jsonl</c>, on the disk before the next turn begins.</summary>
public sealed record TurnVerdict
{
    /// <summary>Number of the turn in the run, from 0.</summary>
    public required int Turn { get; init; }

    /// <summary>Number of the plan.</summary>
    public required int Plan { get; init; }

    /// <summary>Which repetition of the plan, from 0.</summary>
    public required int Repetition { get; init; }

    /// <summary>What its lots are drawn from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>When it began and ended, in seconds since the run began: what other files hold of it lies between. Turns that were cut off have no line, and their samples do not count.</summary>
    public required double BeginSeconds { get; init; }
    public required double EndSeconds { get; init; }

    /// <summary>The factor by which the plan's rates were multiplied: 1 but in a search for a threshold.</summary>
    public double RateFactor { get; init; } = 1;

    public required Verdict Verdict { get; init; }
    public required IReadOnlyList<Evidence> Evidence { get; init; }

    /// <summary>One per fault of the plan, in its order.</summary>
    public required IReadOnlyList<FaultCount> Counts { get; init; }

    public IReadOnlyList<MeasureEffect> Effects { get; init; } = [];

    /// <summary>When the first deviation was seen; null: none.</summary>
    public double? DeviatedSeconds { get; init; }

    /// <summary>When the last was over; null: it was not, or there was none.</summary>
    public double? ReturnedSeconds { get; init; }

    public IReadOnlyList<LogExcerpt> Log { get; init; } = [];
    public IReadOnlyList<ErrnoReaction> Reactions { get; init; } = [];
}

/// <summary>The injected rate at which a plan's verdict changes.</summary>
/// <param name="Rate">The most likely rate that half of the turns do not bear, 0 to 1.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end of its 95 % interval.</param>
/// <param name="Turns">Turns that it rests on.</param>
/// <param name="Bears">Whether the highest rate that was tried was borne: then there is no threshold below <paramref name="High"/>.</param>
public sealed record RateThreshold(double Rate, double Low, double High, int Turns, bool Bears);
