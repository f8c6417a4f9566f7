using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

/// <summary>A run of written plans as it could have been: faults of calls, processes and packets, several turns, a threshold, reactions by errno, a plan that was not run.</summary>
internal static class WrittenRun
{
    public static readonly Errno NoSpace = Number("ENOSPC"), TooMany = Number("EMFILE");

    public static RunData Build() => SampleRun.Build() with
    {
        Run = SampleRun.Description("shop") with { Experiment = "shop", Roles = ["web", "db"], Repetitions = 5 },
        Verdict = Verdicts(
            Plan(0, "disk full", ["db: write:error=ENOSPC:rate=20%"], [Verdict.Corrupted, Verdict.Corrupted, Verdict.Resilient, Verdict.Corrupted, Verdict.Degraded], reactions: [new(NoSpace, "http-status", "500", 24, 0), new(NoSpace, "log", "cannot write #", 7, 1)]),
            Plan(1, "database pauses", ["db: process:pause:for=3s"], [Verdict.Degraded, Verdict.Degraded, Verdict.Degraded, Verdict.Degraded, Verdict.Degraded]),
            Plan(2, "a third of all packets between the web server and its database is lost", ["web: network:drop=30%:port=5432"], [Verdict.Resilient, Verdict.Resilient, Verdict.Resilient, Verdict.Resilient, Verdict.Resilient]),
            Plan(3, "openat:EMFILE", ["web: openat:error=EMFILE:rate=5%"], [Verdict.Resilient, Verdict.Resilient, Verdict.Resilient, Verdict.Resilient, Verdict.Resilient], new RateThreshold(0.12, 0.09, 0.16, 14, false)),
            Plan(4, "never", ["web: unlink:error=EIO:rate=5%"], [Verdict.NotExercised]),
            Plan(5, "not run", ["web: unlink:error=EIO:rate=5%"], [])),
        Checks = [.. Enumerable.Range(0, 40).Select(i => new CheckSample(i, SampleRun.Page, i % 4 != 0, i % 4 != 0, 1, "200", RunPhase.Inject, 0))],
    };

    public static RunVerdict Verdicts(params PlanVerdict[] plans) => new() { Run = "2026-11-21T091200-shop", Target = "shop", Seed = 7, Plans = plans, LostEvents = 0, Findings = [] };

    /// <summary>A plan with one turn per verdict, of 30 s each; of 300 requests in each, this share ended as usual while its faults were armed (null: nothing was compared).</summary>
    public static PlanVerdict Plan(int number, string name, string[] faults, Verdict[] verdicts, RateThreshold? threshold = null, IReadOnlyList<ErrnoReaction>? reactions = null, double? usual = null) => new()
    {
        Plan = new FaultPlan { Number = number, Name = name, Origin = PlanOrigin.Written, Faults = [.. faults.Select(Fault)] },
        NotRun = verdicts.Length == 0 ? "The run ended before it." : null,
        Threshold = threshold,
        Turns = [.. verdicts.Select((v, i) => new TurnVerdict
        {
            Turn = number * 10 + i, Plan = number, Repetition = i, Seed = 7, BeginSeconds = 1000 + (number * 10 + i) * 30, EndSeconds = 1030 + (number * 10 + i) * 30, Verdict = v,
            Evidence = [new Evidence(1004.5, $"Check {SampleRun.Page} failed {i + 3} of 94 times.")],
            Counts = [.. faults.Select(f => new FaultCount(f, "seccomp-notify", 200, v == Verdict.NotExercised ? 0 : 41))],
            Reactions = reactions ?? [],
            Log = [new LogExcerpt("db", 1004.6, ["cannot write 17"])],
            Effects = usual is { } share ? [new MeasureEffect("requests unusual", "share", RunPhase.Inject, 300, 300, 0, 1 - share, 1 - share, 1 - share - 0.05, 1 - share + 0.05, 0.5, 0.5, false)] : [],
        })],
    };

    private static RoleFault Fault(string text)
    {
        var mistakes = new List<Finding>();
        string[] parts = text.Split(": ", 2);
        Fault? fault = FaultParser.Read(parts[1], null, mistakes);
        Assert.Empty(mistakes);
        return new RoleFault(parts[0], fault!);
    }

    private static Errno Number(string name)
    {
        Assert.True(Errno.TryParse(name, out Errno errno));
        return errno;
    }
}
