using System.Diagnostics;
using Falter.Inject;
using Falter.Linux.Ebpf;
using Falter.Linux.Features;
using Falter.Records;

namespace Falter.Trial;

/// <summary>
/// Fails each kind of call of <c>tests/programs/overridden.c</c> once by kernel programs, and prints a line for each: how, the errno that arrived, what was counted, whether the call
/// had an effect all the same.
/// </summary>
internal sealed class OverrideTable(string program, SharedRecords records)
{
    // EXFULL: no call gives it by nature.
    private static readonly Errno s_errno = new(54);

    private int _failures;

    /// <returns>The number of lines that are not as they should be.</returns>
    public int Print()
    {
        foreach (Feature way in OverrideHooks.Ways) Console.WriteLine($"WAY | {way.Name} | {way.WhyNot() ?? "found"}");
        string[] calls = OwnCalls();
        Dictionary<string, (int Error, bool Effect)> bare = calls.ToDictionary(c => c, Bare);
        Console.WriteLine("CALL | how | errno | counted | effect without, with injection");
        foreach (string[] some in AtATime([.. calls.Where(c => !IsRefused(c))])) Inject(some, bare);
        Report("shares", Shares());
        Report("owner killed", OwnerKilled());
        Console.WriteLine($"END | {_failures} not as they should be");
        return _failures;
    }

    private string[] OwnCalls()
    {
        using Process list = Process.Start(new ProcessStartInfo(program, ["--list"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string[] calls = list.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        list.WaitForExit();
        return calls;
    }

    private (int Error, bool Effect) Bare(string call)
    {
        using SharedRecords.OverriddenProgram started = records.Start(program, call, 0);
        int error = started.Make();
        return (error, started.HasEffect());
    }

    private static bool IsRefused(string call)
    {
        if (BpfOverrideInjector.RefusalOf(SyscallFault.Error([Syscall.Named(call)], s_errno)) is not { } refusal) return false;
        Console.WriteLine($"CALL {call} | refused | {refusal}");
        return true;
    }

    /// <summary>As many calls together as the programs have places for: what arming takes hardly depends on their number.</summary>
    private static IEnumerable<string[]> AtATime(string[] calls)
    {
        var some = new List<string>();
        var hooks = new HashSet<OverrideHook>();
        foreach (string call in calls)
        {
            IReadOnlyList<OverrideHook> own = OverrideHooks.Of(Syscall.Named(call));
            if (hooks.Union(own).Count() > OverridePrograms.MostHooks)
            {
                yield return [.. some];
                some.Clear();
                hooks.Clear();
            }
            some.Add(call);
            hooks.UnionWith(own);
        }
        if (some.Count > 0) yield return [.. some];
    }

    private void Inject(string[] calls, Dictionary<string, (int Error, bool Effect)> bare)
    {
        SharedRecords.OverriddenProgram[] started = [.. calls.Select((c, i) => records.Start(program, c, i))];
        var log = new List<InjectedCall>();
        int[] errors;
        using (var injector = BpfOverrideInjector.Attach([.. started.Select(s => s.Pid)]))
        {
            var watch = Stopwatch.StartNew();
            injector.Arm([SyscallFault.Error([.. calls.Select(Syscall.Named)], s_errno)], 1, new ArmedOptions { Log = log.Add });
            Console.WriteLine($"ARMED | {calls.Length} calls in {watch.Elapsed.TotalSeconds:0.0} s");
            errors = [.. started.Select(s => s.Make())];
            injector.Disarm();
            if (injector.Counts[0] != new InjectionCounts(calls.Length, calls.Length)) Report("counts", $"{injector.Counts[0]} of {calls.Length}");
        }
        for (int i = 0; i < calls.Length; i++)
        {
            bool effect = started[i].HasEffect();
            int counted = log.Count(c => c.Pid == started[i].Pid && c.Syscall.Name == calls[i]);
            bool well = errors[i] == s_errno.Number && counted == 1 && !effect && bare[calls[i]].Error == 0;
            if (!well) _failures++;
            string without = bare[calls[i]].Error == 0 ? bare[calls[i]].Effect ? "yes" : "none to see" : $"fails with {new Errno((short)bare[calls[i]].Error)}";
            Console.WriteLine($"CALL {calls[i]} | {string.Join(" ", OverrideHooks.Of(Syscall.Named(calls[i])))} | {errors[i]} | {counted} | {without}, {(effect ? "YES" : "no")} | {(well ? "ok" : "NOT AS IT SHOULD BE")}");
            started[i].Dispose();
        }
    }

    /// <summary>A rate of 30 % over 1000 calls: the lots are those of every other mechanism.</summary>
    private string? Shares()
    {
        SyscallFault rule = SyscallFault.Error([Syscall.Named("fcntl")], s_errno, 0.3);
        int expected = Enumerable.Range(0, 1000).Count(i => Decision.Fails(1, 0, 0, i, 0.3));
        using SharedRecords.OverriddenProgram many = records.Start(program, "many", 0);
        using var injector = BpfOverrideInjector.Attach([many.Pid]);
        injector.Arm([rule], 1);
        int failed = many.Make();
        injector.Disarm();
        many.HasEffect();
        return failed == expected && injector.Counts[0] == new InjectionCounts(1000, expected) ? null : $"{failed} of 1000 failed, {injector.Counts[0]}, expected {expected}";
    }

    /// <summary>An owner in a process of its own is killed: what it armed is gone.</summary>
    private string? OwnerKilled()
    {
        using SharedRecords.OverriddenProgram first = records.Start(program, "fcntl", 0), second = records.Start(program, "fcntl", 1);
        using Process owner = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["override", $"{first.Pid},{second.Pid}", $"fcntl:error={s_errno}"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        })!;
        if (owner.StandardOutput.ReadLine() != "armed") return "the owner does not arm";
        int whileArmed = first.Make();
        owner.Kill();
        owner.WaitForExit();
        int afterwards = second.Make();
        first.HasEffect();
        second.HasEffect();
        return whileArmed == s_errno.Number && afterwards == 0 ? null : $"errno {whileArmed} while it lived, {afterwards} afterwards";
    }

    private void Report(string what, string? mistake)
    {
        if (mistake is not null) _failures++;
        Console.WriteLine($"CHECK | {what} | {mistake ?? "ok"}");
    }
}
