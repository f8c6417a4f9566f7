using System.Globalization;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>One run of a small program that an injector was attached to before its first call: how its calls ended by its own account, and what was counted.</summary>
internal sealed record AttachedRun(ExitStatus Status, string Output, IReadOnlyList<InjectionCounts> Counts, IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    private IEnumerable<string[]> Lines => Output.Split('\n').Select(l => l.Split(' '));

    /// <summary>Calls that ended in this errno; 0 for success.</summary>
    public long Ended(int errno) => Lines.Where(w => w.Length == 2 && w[0] == errno.ToString(CultureInfo.InvariantCulture)).Sum(w => long.Parse(w[1], CultureInfo.InvariantCulture));

    /// <summary>The words of the line that begins with this one.</summary>
    public string[] Line(string word) => Assert.Single(Lines, w => w[0] == word);

    /// <summary>The number behind a word.</summary>
    public long Number(string word)
    {
        string[] line = Assert.Single(Lines, w => w.Contains(word));
        return long.Parse(line[Array.IndexOf(line, word) + 1], CultureInfo.InvariantCulture);
    }

    /// <summary>Runs a program of <c>tests/programs</c> with rules armed from before its first call to its end.</summary>
    /// <param name="attach">Attaches the injector.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="options">Of the arming.</param>
    /// <param name="command">The program's name and arguments.</param>
    public static async Task<AttachedRun> Of(Func<int, ISyscallInjector> attach, IReadOnlyList<SyscallFault> rules, ulong seed, ArmedOptions? options, params string[] command)
    {
        using var folder = new TemporaryFolder();
        await using LaunchedProcess launched = Launcher.Launch(new LaunchOptions
        {
            Command = [Victims.Path(command[0]), .. command[1..]],
            OutputFile = folder["out"],
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["GO"] = folder["go"] },
        });
        using ISyscallInjector injector = attach(launched.Pid);
        while (!(await File.ReadAllTextAsync(folder["out"])).Contains("waiting", StringComparison.Ordinal))
        {
            Assert.False(launched.Exited.IsCompleted);
            await Task.Delay(1);
        }
        injector.Arm(rules, seed, options);
        await File.WriteAllTextAsync(folder["go"], "");
        ExitStatus status = await launched.Exited.WaitAsync(s_limit);
        injector.Disarm();
        Assert.Null(injector.Failure);
        return new AttachedRun(status, await File.ReadAllTextAsync(folder["out"]), injector.Counts, injector.Skipped);
    }
}
