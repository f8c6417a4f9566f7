using System.Diagnostics;
using System.Globalization;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>Falter is killed with SIGKILL while it injects into a busy program with threads and children: the program must go on as if nothing had been there.</summary>
public sealed class OwnerKilledTests
{
    private const int Rounds = 20;
    private const string Rule = "getppid,read,openat:error=EIO:rate=50%";

    // A launched program is to get through the C library's start: that reads more than a byte, and opens with O_CLOEXEC.
    private static readonly string[] s_ofTheProgramAlone = ["getppid:error=EIO:rate=50%", "read:error=EIO:rate=50%:arg2=1", "openat:error=EIO:rate=50%:arg2=0"];
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    // Law 1 of the design: within a second the target runs as if never touched.
    private static readonly TimeSpan s_allowance = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_launched_target_goes_on_and_its_keeper_ends_with_it()
    {
        var moments = new Random(20_261_121);
        for (int round = 0; round < Rounds; round++)
        {
            using Process falter = Start(["inject", .. s_ofTheProgramAlone, "--", Victims.Path("busy"), "4"]);
            // Falter's own talk is on the same stream; the target holds it open until its end.
            var target = new Transcript(falter.StandardError);
            string[] seen = await target.For(s_limit, "armed ", "(pid ", "failing");
            int keeper = Number(seen[1], "(pid ");
            int pid = ChildrenOf(falter.Id).Single(c => File.ReadAllText($"/proc/{c}/comm") == "busy\n");
            using var cleanUp = new KilledInTheEnd(falter.Id, pid);
            Assert.True(Directory.Exists($"/proc/{keeper}"));
            await KillThenJudge(falter, pid, target, moments.Next(5, 300));
            Assert.True(await Gone(keeper), $"round {round}: the keeper {keeper} did not end with its target");
        }
    }

    [Fact]
    public async Task All_calls_that_a_delay_holds_go_on_when_falter_is_killed()
    {
        const int threads = 50;
        using Process falter = Start("inject", "getppid:delay_enter=1h", "-d", "2h", "--", Victims.Path("held"), "2", $"{threads}");
        var target = new Transcript(falter.StandardError);
        await target.For(s_limit, "armed ");
        int pid = ChildrenOf(falter.Id).Single(c => File.ReadAllText($"/proc/{c}/comm") == "held\n");
        using var cleanUp = new KilledInTheEnd(falter.Id, pid);
        string waits = $"{Syscall.Named("getppid").Number} ";
        Assert.True(SpinWait.SpinUntil(() => Directory.GetDirectories($"/proc/{pid}/task") is { Length: threads } tasks &&
            Array.TrueForAll(tasks, t => File.ReadAllText($"{t}/syscall").StartsWith(waits, StringComparison.Ordinal)), s_limit));
        falter.Kill();
        // Nothing but the keeper can end an hour so soon.
        IReadOnlyList<string> lines = await target.Rest(s_limit);
        Assert.Equal(2 * threads, lines.Count(l => l.StartsWith("call ", StringComparison.Ordinal)));
        Assert.Contains("ended 0", lines);
        Assert.True(await Gone(pid));
    }

    [Fact]
    public async Task A_running_target_goes_on()
    {
        var moments = new Random(20_261_122);
        for (int round = 0; round < Rounds; round++)
        {
            using Process busy = StartProgram(Victims.Path("busy"), "4");
            using var cleanUp = new KilledInTheEnd(busy.Id);
            var target = new Transcript(busy.StandardOutput);
            await target.For(s_limit, "ready");
            using Process falter = Start("inject", Rule, "-p", busy.Id.ToString(CultureInfo.InvariantCulture));
            var talk = new Transcript(falter.StandardError);
            await talk.For(s_limit, "armed ");
            await target.For(s_limit, "failing");
            await KillThenJudge(falter, busy.Id, target, moments.Next(5, 300));
            Assert.True(busy.WaitForExit(s_limit));
            Assert.Equal(0, busy.ExitCode);
        }
    }

    [Fact]
    public async Task A_target_ends_no_sooner_because_falter_ends_in_an_ordinary_way()
    {
        using Process busy = StartProgram(Victims.Path("busy"), "4");
        using var cleanUp = new KilledInTheEnd(busy.Id);
        var target = new Transcript(busy.StandardOutput);
        await target.For(s_limit, "ready");
        using Process falter = Start("inject", Rule, "-p", busy.Id.ToString(CultureInfo.InvariantCulture));
        await target.For(s_limit, "failing");
        Victims.Run("kill", "-INT", falter.Id.ToString(CultureInfo.InvariantCulture));
        string counts = await falter.StandardOutput.ReadToEndAsync();
        Assert.True(falter.WaitForExit(s_limit));
        Assert.Equal((int)ExitCode.Interrupted, falter.ExitCode);
        Assert.Contains("INJECTED", counts);
        long ended = Stopwatch.GetTimestamp();
        await Task.Delay(20);
        Terminate(busy.Id);
        Judge(await target.Rest(s_limit), ended, TimeSpan.Zero);
        Assert.True(busy.WaitForExit(s_limit));
        Assert.Equal(0, busy.ExitCode);
    }

    private static async Task KillThenJudge(Process falter, int pid, Transcript target, int afterMilliseconds)
    {
        await Task.Delay(afterMilliseconds);
        falter.Kill();
        long killed = Stopwatch.GetTimestamp();
        Assert.True(falter.WaitForExit(s_limit));
        await Task.Delay(s_allowance + TimeSpan.FromMilliseconds(50));
        Terminate(pid);
        Judge(await target.Rest(s_limit), killed, s_allowance);
        Assert.True(await Gone(pid));
    }

    /// <summary>Only injected errors, none of them later than allowed, and calls until the end. .NET's Stopwatch and the program read the same clock.</summary>
    private static void Judge(IReadOnlyList<string> lines, long killed, TimeSpan allowance)
    {
        long lastAllowed = killed + (long)allowance.TotalNanoseconds;
        string all = string.Join('\n', lines);
        string[][] errors = [.. lines.Select(l => l.Split(' ')).Where(w => w[0] == "errno")];
        Assert.True(errors is [["errno", "5", ..]], all);
        Assert.True(long.Parse(errors[0][5], CultureInfo.InvariantCulture) < lastAllowed, $"an error {killed} + {allowance}: {all}");
        string[] calls = Assert.Single(lines.Select(l => l.Split(' ')), w => w[0] == "calls");
        Assert.True(long.Parse(calls[5], CultureInfo.InvariantCulture) > lastAllowed, all);
    }

    private static Process Start(params string[] arguments) => StartProgram(InjectionRun.Falter, arguments);

    private static Process StartProgram(string file, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;

    private static void Terminate(int pid) => Victims.Run("kill", "-TERM", pid.ToString(CultureInfo.InvariantCulture));

    private static int Number(string line, string before)
    {
        int at = line.IndexOf(before, StringComparison.Ordinal) + before.Length;
        return int.Parse(line.AsSpan(at, line.AsSpan(at).IndexOfAnyExceptInRange('0', '9')), NumberStyles.None);
    }

    private static IEnumerable<int> ChildrenOf(int pid) =>
        Directory.EnumerateDirectories($"/proc/{pid}/task").SelectMany(t => File.ReadAllText($"{t}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(c => int.Parse(c, NumberStyles.None));

    private static async Task<bool> Gone(int pid)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(5); await Task.Delay(5))
        {
            // An orphan is waited for by pid 1, in its own time.
            try
            {
                if (File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal)) return true;
            }
            catch (IOException)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Leaves nothing behind where a test fails half-way.</summary>
    private sealed class KilledInTheEnd(params int[] pids) : IDisposable
    {
        private readonly (int Pid, string? Start)[] _processes = [.. pids.Select(p => (p, StartOf(p)))];

        public void Dispose()
        {
            foreach ((int pid, string? start) in _processes)
            {
                if (start is not null && StartOf(pid) == start) Victims.Run("sh", "-c", $"kill -KILL {pid} 2>/dev/null; true");
            }
        }

        /// <summary>When it started: a number that another process got since is another's.</summary>
        private static string? StartOf(int pid)
        {
            try
            {
                string text = File.ReadAllText($"/proc/{pid}/stat");
                return text[(text.LastIndexOf(')') + 2)..].Split(' ')[19];
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    /// <summary>The lines of a stream, as they come.</summary>
    private sealed class Transcript(StreamReader stream)
    {
        /// <summary>Reads until each text was in some line, and gives those lines.</summary>
        public async Task<string[]> For(TimeSpan limit, params string[] texts)
        {
            using var cancel = new CancellationTokenSource(limit);
            string?[] found = new string?[texts.Length];
            while (await stream.ReadLineAsync(cancel.Token) is { } line)
            {
                for (int i = 0; i < texts.Length; i++) found[i] ??= line.Contains(texts[i], StringComparison.Ordinal) ? line : null;
                if (!found.Contains(null)) return found!;
            }
            throw new Xunit.Sdk.XunitException($"the stream ended without {string.Join(" or ", texts)}");
        }

        public async Task<IReadOnlyList<string>> Rest(TimeSpan limit)
        {
            using var cancel = new CancellationTokenSource(limit);
            return (await stream.ReadToEndAsync(cancel.Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
    }
}
