using System.Globalization;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>One run of the program <c>effects</c> with rules armed by ptrace from before its first call to its end: what it saw, and what the injector counted.</summary>
internal sealed record EffectRun(ExitStatus Status, IReadOnlyList<string> Lines, IReadOnlyList<InjectionCounts> Counts, IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped,
    IReadOnlyList<InjectedCall> Log)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    /// <summary>The numbers after a line's first word; null where no line begins with it.</summary>
    public long[]? this[string word] => Lines.Select(l => l.Split(' ')).Where(w => w[0] == word).Select(w => w.Skip(1).Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToArray()).FirstOrDefault();

    /// <summary>A rule about one call.</summary>
    public static SyscallFault Rule(string calls, SyscallEffect effect, FaultPhase phase = FaultPhase.Before) =>
        new() { Syscalls = [.. calls.Split(' ').Select(Syscall.Named)], Effect = effect, Phase = phase };

    public static Task<EffectRun> Of(SyscallFault rule, params string[] arguments) => Of([rule], 1, arguments);

    public static async Task<EffectRun> Of(IReadOnlyList<SyscallFault> rules, ulong seed, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var options = new LaunchOptions
        {
            Command = [Victims.Path("effects"), .. arguments],
            OutputFile = folder["out"],
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["GO"] = folder["go"] },
        };
        await using LaunchedProcess launched = Launcher.Launch(options);
        using var injector = PtraceInjector.Attach([launched.Pid]);
        // Not before the loader is done: it makes calls too.
        while (!(await File.ReadAllTextAsync(folder["out"])).Contains("waiting", StringComparison.Ordinal))
        {
            Assert.False(launched.Exited.IsCompleted);
            await Task.Delay(1);
        }
        var log = new List<InjectedCall>();
        injector.Arm(rules, seed, new ArmedOptions { Log = log.Add });
        await File.WriteAllTextAsync(folder["go"], "");
        ExitStatus status = await launched.Exited.WaitAsync(s_limit);
        await injector.Ended.WaitAsync(s_limit);
        return new EffectRun(status, await File.ReadAllLinesAsync(folder["out"]), injector.Counts, injector.Skipped, log);
    }
}
