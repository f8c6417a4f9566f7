using Falter.Records;

namespace Falter.Report;

/// <summary>What the report's words mean.</summary>
internal static class Reading
{
    public static readonly IReadOnlyList<(Verdict Verdict, string Meaning)> Verdicts =
    [
        (Verdict.Resilient, "No check and no request deviated from the baseline."),
        (Verdict.Degraded, "Something deviated while errors were injected, and came back after they had ended."),
        (Verdict.Corrupted, "The target answered, but did not come back to the baseline after the injection had ended."),
        (Verdict.Hung, "The target was alive and no longer answered."),
        (Verdict.Crashed, "The target died."),
        (Verdict.NotExercised, "The fault never fired; nothing was learned, and it does not count as survived."),
        (Verdict.Unknown, "The question could not be answered; the evidence says why."),
    ];

    public static readonly IReadOnlyList<(string Word, string Meaning)> Terms =
    [
        ("Natural rate", "Share of a system call's invocations that ended in this errno while the target was only observed."),
        ("p5, mean, p95", "Percentiles and mean of that share, taken per interval, over the intervals in which the error occurred at all: what the models are made of."),
        ("Injected rate", "Probability with which a call was failed: the natural error's 95th percentile, amplified by its class."),
        ("Sporadic", "95th percentile below the floor (5 %): injected at the floor."),
        ("Fluctuating", "95th percentile more than 10 times the 5th: injected at the 95th percentile."),
        ("Steady", "Everything else: injected at 1.2 times the 95th percentile."),
        ("Weak", "Too few natural errors to know their rate."),
        ("Normal outcome", "An errno of ordinary operation (EAGAIN, EINTR, EINPROGRESS, ETIMEDOUT)."),
        ("Before", "The failed call was skipped: nothing happened."),
        ("Deviation", "Less probable than 1 % by chance: Fisher's exact test on failures; Mann-Whitney's on latency, and half as much again, and 5 ms more."),
    ];
}
