using Falter.Inject;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>
/// Several rules for one call of one thread, and what <see cref="ArmedRules"/> makes of them: what a mechanism must make of them that decides in the kernel.
/// </summary>
internal sealed record SharedCall(IReadOnlyList<(int Rule, long Call)> Acted, IReadOnlyList<InjectionCounts> Counts, IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped)
{
    public const int Calls = 2000;
    public const ulong Seed = 20_261_121;

    // Far above the largest possible number of a thread (4194304).
    private const int Nobody = 5_000_000;

    /// <summary>Of each way to choose calls one, and in the end one for all that are left; each with an errno of its own.</summary>
    public static IReadOnlyList<SyscallFault> Rules(string call, FaultPhase phase)
    {
        CallCondition[] conditions =
        [
            new() { Rate = 0.3, Count = 200 },
            new() { Rate = 0.2, Burst = 5 },
            new() { When = new CallNumbers(3, 900, 7) },
            new() { Rate = 0.5 },
            new() { Count = 100 },
            new() { When = new CallNumbers(1500, null, 1) },
        ];
        return [.. conditions.Select((c, i) => SyscallFault.Error([Syscall.Named(call)], new Errno((short)(i + 1))) with { Condition = c, Phase = phase })];
    }

    /// <summary>What becomes of the calls.</summary>
    /// <param name="rules">Rules that all name the same call.</param>
    /// <param name="first">The first argument of the n-th call. Default: 0.</param>
    public static SharedCall Expected(IReadOnlyList<SyscallFault> rules, Func<int, ulong>? first = null)
    {
        var acted = new List<(int, long)>();
        var armed = new ArmedRules(rules, Seed, new ArmedOptions { Log = c => acted.Add((c.Rule, c.Call)) });
        for (int number = 0; number < Calls; number++)
        {
            if (armed.OnEntry(Nobody, (ulong)rules[0].Syscalls[0].Number, [first?.Invoke(number) ?? 0, 0, 0, 0, 0, 0]).AtExit) armed.OnExit(Nobody, failed: false);
            armed.Answered(Nobody, delivered: true);
        }
        return new SharedCall(acted, armed.Counts, armed.Skipped);
    }

    /// <summary>The same calls by the same rules, the same counts, the same reasons.</summary>
    public void AssertSame(IEnumerable<InjectedCall> log, IReadOnlyList<InjectionCounts> counts, IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> skipped)
    {
        // Every rule acts, or nothing is compared.
        Assert.All(Counts, c => Assert.True(c.Injected > 0));
        Assert.Equal(Acted, log.Select(c => (c.Rule, c.Call)));
        Assert.Equal(Counts, counts);
        Assert.Equal(Skipped.Select(Text), skipped.Select(Text));
    }

    private static string Text(IReadOnlyDictionary<SkipReason, long> skipped) => string.Join(' ', SkipReasons.Words(skipped).Select(s => $"{s.Key} {s.Value}"));
}
