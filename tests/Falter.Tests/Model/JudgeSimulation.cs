using System.Collections.Concurrent;
using Falter.Model;
using Falter.Records;

namespace Falter.Tests.Model;

/// <summary>How often the judge says what of simulated systems.</summary>
public static class JudgeSimulation
{
    /// <summary>Systems to which nothing happens, with the name that docs/reference/judging.md gives them.</summary>
    public static IReadOnlyList<(string Name, SimulatedSystem System)> Null =>
    [
        .. Series.Select(s => ($"20 s phases, {s.Name}", s.System)),
        .. Series.Select(s => ($"3 s phases, {s.Name}", s.System with { BaselineSeconds = 3, InjectSeconds = 3, RecoverSeconds = 1 })),
    ];

    /// <summary>Systems that deviate by a known amount.</summary>
    public static IReadOnlyList<(string Name, SimulatedSystem System)> Effects =>
    [
        .. new[] { 0.01, 0.02, 0.05, 0.1, 0.2, 0.5 }.Select(f => ($"{Shares.Format(f)} of answers fail while injected", s_plain with { InjectedFailures = f })),
        .. new[] { 0.1, 0.2, 0.3, 0.5, 1 }.Select(f => ($"{Shares.Format(f)} of answers fail after recovery", s_plain with { LastingFailures = f })),
        .. new[] { 1.25, 1.5, 2, 3 }.Select(f => (FormattableString.Invariant($"answers take {f} times as long while injected"), s_plain with { InjectedSlowdown = f, LatencyMs = 20 })),
    ];

    /// <summary>Systems whose own outages are longer than the promise covers: a baseline that met none does not know of them.</summary>
    public static IReadOnlyList<(string Name, SimulatedSystem System)> Beyond =>
    [
        ("20 s phases, outages of 1 s every 10 s", s_plain with { Outages = 0.1, OutageSeconds = 1 }),
        ("20 s phases, outages of 2 s every 60 s", s_plain with { Outages = 1 / 60.0, OutageSeconds = 2 }),
    ];

    private static readonly SimulatedSystem s_plain = new();

    private static IEnumerable<(string Name, SimulatedSystem System)> Series =>
    [
        ("independent", s_plain),
        ("load of 0.5 s", s_plain with { LoadSpread = 0.5 }),
        ("load of 2 s", s_plain with { LoadSpread = 0.5, LoadSeconds = 2 }),
        ("heavy load of 1 s", s_plain with { LoadSpread = 1, LoadSeconds = 1, OwnSpread = 0.1 }),
        ("1% fail", s_plain with { Failures = 0.01 }),
        ("5% fail", s_plain with { Failures = 0.05 }),
        ("outages of 0.4 s every 10 s", s_plain with { Outages = 0.1 }),
        ("outages of 0.4 s every 60 s", s_plain with { Outages = 1 / 60.0 }),
        ("outages of 0.6 s every 120 s", s_plain with { Outages = 1 / 120.0, OutageSeconds = 0.6 }),
        ("memory grows by 0.5% a second", s_plain with { GrowthPerSecond = 0.5 }),
        ("checks alone, load of 1 s", s_plain with { LoadSpread = 0.7, LoadSeconds = 1, RequestsPerSecond = 0, Checks = 1 }),
    ];

    /// <summary>The verdicts of so many turns, drawn from a seed.</summary>
    public static IReadOnlyDictionary<Verdict, int> Run(SimulatedSystem system, int turns, int seed)
    {
        var counts = new ConcurrentDictionary<Verdict, int>();
        var options = new JudgeOptions();
        Parallel.For(0, turns, i => counts.AddOrUpdate(Judge.Decide(system.Turn(unchecked(seed * 1_000_003 + i)), options).Verdict, 1, (_, n) => n + 1));
        return counts;
    }

    /// <summary>Verdicts that say that something happened.</summary>
    public static int Alarms(IReadOnlyDictionary<Verdict, int> counts) => counts.Where(c => c.Key >= Verdict.Degraded).Sum(c => c.Value);
}
