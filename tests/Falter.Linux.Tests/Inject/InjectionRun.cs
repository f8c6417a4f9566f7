using System.Globalization;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Linux.Tests;

/// <summary>One run of the program <c>injected</c> under injection: how its calls ended by its own account, and what the injector counted.</summary>
internal sealed record InjectionRun(ExitStatus Status, IReadOnlyDictionary<int, long> Ends, IReadOnlyList<InjectionCounts> Counts, string Output)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    /// <summary>Calls that ended in this errno; 0 for success.</summary>
    public long Ended(int errno) => Ends.GetValueOrDefault(errno);

    /// <summary>The built command line program.</summary>
    public static string Falter { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Falter.Cli",
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "falter"));

    public static KeeperProgram Keeper => new(Falter, []);

    /// <summary>Runs it with rules armed from before its first call to its end.</summary>
    /// <param name="mechanism"><c>seccomp</c>, <c>seccomp-interruptible</c> (as on kernels before 5.19), or <c>ptrace</c>.</param>
    /// <param name="rule">Rules, parted by blanks.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="arguments">Of the program.</param>
    public static async Task<InjectionRun> Of(string mechanism, string rule, ulong seed, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<SyscallFault> rules = FaultRuleParser.Parse(rule.Split(' '));
        using SeccompInjector? seccomp = mechanism == "ptrace" ? null
            : SeccompInjector.Prepare(rules.SelectMany(r => r.Syscalls).ToHashSet(), Keeper, waitKillable: mechanism == "seccomp");
        var options = new LaunchOptions
        {
            Command = [Victims.Path("injected"), .. arguments],
            OutputFile = folder["out"],
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["GO"] = folder["go"] },
        };
        await using LaunchedProcess launched = seccomp is null ? Launcher.Launch(options) : Launcher.Launch(options, seccomp.AtExec);
        using PtraceInjector? ptrace = seccomp is null ? PtraceInjector.Attach([launched.Pid]) : null;
        ISyscallInjector injector = seccomp ?? (ISyscallInjector)ptrace!;
        // Not before the loader is done: it makes calls too.
        while (!(await File.ReadAllTextAsync(folder["out"])).Contains("waiting", StringComparison.Ordinal))
        {
            Assert.False(launched.Exited.IsCompleted);
            await Task.Delay(1);
        }
        injector.Arm(rules, seed);
        await File.WriteAllTextAsync(folder["go"], "");
        ExitStatus status = await launched.Exited.WaitAsync(s_limit);
        string output = await File.ReadAllTextAsync(folder["out"]);
        var ends = output.Split('\n').Select(l => l.Split(' ')).Where(w => w.Length == 2 && int.TryParse(w[0], out _))
            .ToDictionary(w => int.Parse(w[0], CultureInfo.InvariantCulture), w => long.Parse(w[1], CultureInfo.InvariantCulture));
        return new InjectionRun(status, ends, injector.Counts, output);
    }
}
