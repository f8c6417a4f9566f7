namespace Falter.Records;

/// <summary>
/// What the 53 bits of a lot are compared with, so that a side that has whole numbers only (an eBPF program) decides exactly as <see cref="Decision"/>: a lot is
/// below a share where its bits are below the share of 2^53, rounded up. A call is acted on where its bits are below the threshold.
/// </summary>
/// <param name="First">For a thread's first call in a slot.</param>
/// <param name="AfterActed">After a call that was acted on.</param>
/// <param name="AfterLetGo">After one that was not.</param>
public readonly record struct LotThresholds(ulong First, ulong AfterActed, ulong AfterLetGo)
{
    /// <summary>Above every lot.</summary>
    public const ulong Always = 1UL << 53;

    /// <summary>Those of a condition. Without a burst the three are equal.</summary>
    public static LotThresholds Of(CallCondition condition)
    {
        ulong rate = Of(condition.Rate);
        // As in Decision.NextInBurst.
        return condition is not { Burst: { } burst, Rate: < 1 } ? new LotThresholds(rate, rate, rate)
            : new LotThresholds(rate, Of(1 - 1 / burst), Of(condition.Rate / (burst * (1 - condition.Rate))));
    }

    // Scaling by a power of 2 is exact, and a whole number is below x where it is below x rounded up.
    private static ulong Of(double share) => share >= 1 ? Always : (ulong)Math.Ceiling(share * Always);
}
