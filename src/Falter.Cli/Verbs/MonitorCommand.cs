using System.CommandLine;
using System.Diagnostics;
using Falter.Linux.Launch;
using Falter.Linux.Terminals;
using Falter.Observe;
using Falter.Records;
using Spectre.Console;

namespace Falter.Cli;

/// <summary><c>falter monitor</c>: which system calls the target makes, how they end, how long they take.</summary>
internal sealed class MonitorCommand
{
    private static readonly TimeSpan s_shortestInterval = TimeSpan.FromMilliseconds(10);

    // How soon the end of the target is noticed.
    private static readonly TimeSpan s_attention = TimeSpan.FromMilliseconds(100);

    // How soon counting begins again after --idle-detach has ended it.
    private static readonly TimeSpan s_alarm = TimeSpan.FromMilliseconds(5);

    // How long the launched command may take to end by itself when the monitor ends first.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private readonly Option<TimeSpan> _interval = OptionTypes.Duration("--interval", "How often to count up and show", TimeSpan.FromSeconds(1), "-i");
    private readonly Option<TimeSpan?> _duration = OptionTypes.OptionalDuration("--duration", "How long to watch; without it until Ctrl-C or the target's end", "-d");
    private readonly Option<int?> _top = OptionTypes.OptionalCount("--top", "Show only the first N rows in the order of --sort", 20, "-T");
    private readonly Option<string> _sort = OptionTypes.Choice("--sort", "Show the rows with the most of this first", "time", [.. Enum.GetValues<MonitorSort>().Select(Words.Of)]);
    private readonly Option<string> _unit = OptionTypes.Choice("--unit", "Unit of the table's times", "us", "us", "ms");
    private readonly Option<string?> _syscalls = new("--syscalls") { Description = "Show only these calls: names, %file, %network and other classes, /regex; !SET for all others", HelpName = "SET" };
    private readonly Option<bool> _failures = new("--failures", "-x") { Description = "Show only calls that ended in an errno" };
    private readonly Option<string?> _errno = new("--errno", "-e") { Description = "Show only calls that ended in this errno: EIO, -EIO or 5", HelpName = "ERRNO" };
    private readonly Option<bool> _noFollow = new("--no-follow") { Description = "Leave the target's children alone" };
    private readonly Option<bool> _noLatency = new("--no-latency") { Description = "Do not measure how long calls take; watching costs less" };
    private readonly Option<bool> _idleDetach = new("--idle-detach") { Description = "While no process matches, take the counting out of the kernel: it costs nothing then, but the first milliseconds of the next process are missed" };
    private readonly Option<string?> _record = new("--record") { Description = "Record every interval, with all rows, in DIR: samples.jsonl.gz, then samples-2.jsonl.gz, …", HelpName = "DIR" };
    private readonly Option<string> _format = OptionTypes.Choice("--format", "A table, or one JSON document per interval and line; json is the same as jsonl", "text", "text", "jsonl", "json");
    private readonly Option<string> _mechanism = MonitorMechanism.Option();
    private readonly TargetOptions _target;
    private readonly ExportOptions _export;

    private MonitorCommand(Verb verb, CommandLine commandLine)
    {
        _target = new TargetOptions(verb, commandLine, wholeMachine: true);
        foreach (Option option in (Option[])[_interval, _duration, _top, _sort, _unit, _failures, _errno, _syscalls, _noFollow, _noLatency, _idleDetach, _mechanism, _record, _format]) verb.Options.Add(option);
        _export = new ExportOptions(verb);
        verb.SetAction(RunAsync);
    }

    /// <summary>The verb, for the list in <c>Program</c>.</summary>
    public static Command Create(CommandLine commandLine)
    {
        var verb = new Verb("monitor", "Count the system calls of a process by outcome, with their latencies")
        {
            Details = "RATE% is the outcome's share of the process's invocations of that call. P50, P90, P99 and MAX come from a log-linear histogram: they are right within 12.5 %. " +
                "On a terminal x shows failures only, s changes the order, q ends; columns that find no room are left out; the keys are the monitor's, so a command that is launched with --record has an empty standard input there. Ctrl-C ends with a last print and exit code 0. A command after -- is counted from its first instruction, stopped when the monitor ends, and writes to standard error " +
                "(with --record to DIR/target.log).",
            Example = "sudo falter monitor -x -d 10s -- ls -R /usr/share",
        };
        _ = new MonitorCommand(verb, commandLine);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        TargetChoice target = _target.Read(parsed);
        MonitorOutput output = Output(parsed, target);
        TimeSpan interval = parsed.GetValue(_interval);
        if (interval < s_shortestInterval) throw FalterException.Usage("bad-option", $"--interval: {Durations.Format(interval)} is too short; at least 10ms, for example 1s");
        await using MetricExports? exports = await MetricExports.OpenAsync(_export.Read(parsed), talk => Console.Error.WriteLine($"falter: {talk}"));
        using ISyscallMonitor monitor = MonitorMechanism.Open(parsed.GetValue(_mechanism)!, new SyscallMonitorOptions
        {
            FollowChildren = !parsed.GetValue(_noFollow),
            MeasureLatency = !parsed.GetValue(_noLatency),
            Selection = target.Selection,
            IdleDetach = parsed.GetValue(_idleDetach),
        });
        using SampleRecorder? recorder = parsed.GetValue(_record) is { } folder ? SampleRecorder.Open(folder) : null;
        foreach (int pid in target.Pids) monitor.Follow(pid);
        await using LaunchedProcess? launched = Launch(target, parsed.GetValue(_record), monitor, inheritInput: !output.ReadsKeys);
        if (target.Selection is { Roots: false } standing && monitor.Alive == 0) await Console.Error.WriteLineAsync($"falter: nothing matches {TargetOptions.Describe(standing)} yet; waiting for it");
        await output.RunAsync(stop => WatchAsync(monitor, target.Selection.Roots, interval, parsed.GetValue(_duration), output, recorder, exports, stop), cancel);
        if (launched is not null) await EndAsync(launched);
        return (int)ExitCode.Held;
    }

    /// <summary>Launches the target, which is followed before its first instruction; its own execve is not counted. Null where nothing is to be launched.</summary>
    private static LaunchedProcess? Launch(TargetChoice target, string? folder, ISyscallMonitor monitor, bool inheritInput) =>
        target.Command is not { } command ? null : monitor.Launch(
            new LaunchOptions { Command = command, InheritInput = inheritInput, OutputToError = true, OutputFile = folder is null ? null : Path.Combine(folder, RunFolderFiles.TargetLog) });

    /// <summary>Ends what was launched, where it has not ended by itself, and tells how it did.</summary>
    private static async Task EndAsync(LaunchedProcess launched)
    {
        bool alone = launched.Exited.IsCompleted;
        ExitStatus status = await launched.StopAsync(s_grace);
        await Console.Error.WriteLineAsync($"falter: the command {(alone ? "ended" : "was stopped")}: {status}");
    }

    /// <summary>Shows interval by interval until the time is over, the target has ended, or the user stops it: all three are ordinary ends.</summary>
    private static async Task WatchAsync(ISyscallMonitor monitor, bool endsWithTarget, TimeSpan interval, TimeSpan? duration, MonitorOutput output, SampleRecorder? recorder, MetricExports? exports, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        TimeSpan end = duration ?? TimeSpan.MaxValue, next = interval;
        var told = new HashSet<string>();
        bool over;
        do
        {
            TimeSpan until = next < end ? next : end;
            over = await IsOverAsync(monitor, endsWithTarget, watch, until, cancel) || until == end;
            Step(monitor, output, recorder, exports, told);
            // Readings that came late do not pile up.
            while (next <= watch.Elapsed) next += interval;
        } while (!over);
    }

    /// <summary>Waits for a time on the watch.</summary>
    /// <returns>Whether the target ended (where that ends the watch: processes that match may come later) or the user stopped the monitor before.</returns>
    private static async Task<bool> IsOverAsync(ISyscallMonitor monitor, bool endsWithTarget, Stopwatch watch, TimeSpan until, CancellationToken cancel)
    {
        while (watch.Elapsed < until)
        {
            if (cancel.IsCancellationRequested || (endsWithTarget && monitor.Alive == 0)) return true;
            monitor.LookAgain();
            TimeSpan left = until - watch.Elapsed, pause = monitor.IsIdle ? s_alarm : s_attention;
            await Task.Delay(left < pause ? TimeSpan.FromTicks(Math.Max(1, left.Ticks)) : pause, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return false;
    }

    private static void Step(ISyscallMonitor monitor, MonitorOutput output, SampleRecorder? recorder, MetricExports? exports, HashSet<string> told)
    {
        IntervalSample sample = monitor.Read(TimeProvider.System.GetLocalNow());
        recorder?.Write(sample);
        if (exports?.Add(sample) is { } dropped) output.Show(dropped);
        foreach (Finding finding in NewFindings(monitor, told)) output.Show(finding);
        foreach (ProcessEnd end in monitor.TakeEnds().Where(end => end.Signal is not null)) output.Show(end);
        if (sample.Lost > 0) output.Show(Finding.Limits("events-lost", $"{sample.Lost} calls were not counted in this interval, {monitor.Lost} in all: the monitor's maps are full"));
        output.Show(sample);
    }

    /// <summary>What limits the counts, each once.</summary>
    private static IEnumerable<Finding> NewFindings(ISyscallMonitor monitor, HashSet<string> told)
    {
        if (monitor.Resumptions > 0 && told.Add($"start {monitor.Resumptions}"))
        {
            yield return Finding.Limits("start-missed", $"a process began while nothing was counted (--idle-detach); up to {Durations.Format(s_alarm * 2)} of its calls are missing");
        }
        foreach (string user in monitor.RingUsers.Where(u => told.Add($"ring {u}")))
        {
            yield return Finding.Limits("io-uring-in-use", $"{MonitorTable.Printable(user)} uses io_uring; what it does through it is no system call and is not counted");
        }
    }

    private MonitorOutput Output(ParseResult parsed, TargetChoice target)
    {
        MonitorFilter filter = Filter(parsed);
        if (parsed.GetValue(_format) != "text") return new MonitorJsonOutput(filter);
        var table = new MonitorTable(parsed.GetValue(_unit)!);
        Capabilities terminal = AnsiConsole.Profile.Capabilities;
        if (Console.IsOutputRedirected || !terminal.Ansi || !TerminalScreen.IsInForeground) return new MonitorPlainOutput(filter, table, MonitorTable.PipedWidth);
        // A table that is drawn anew needs the terminal for itself.
        bool targetWrites = target.Command is not null && parsed.GetValue(_record) is null && !Console.IsErrorRedirected;
        return targetWrites ? new MonitorPlainOutput(filter, table, TerminalScreen.Size.Columns) : new MonitorLiveOutput(filter, table, colours: terminal.ColorSystem != ColorSystem.NoColors);
    }

    private MonitorFilter Filter(ParseResult parsed)
    {
        var mistakes = new List<Finding>();
        Errno? errno = null;
        if (parsed.GetValue(_errno) is { } text)
        {
            if (Errno.TryParse(text, out Errno value)) errno = value;
            else mistakes.Add(Finding.Refusal("unknown-errno", $"--errno: no errno '{text}'{(NearestNames.Hint(text, Errno.Names) is { Length: > 0 } hint ? hint : "; expected for example EIO, -EIO or 5")}"));
        }
        SyscallSet syscalls = parsed.GetValue(_syscalls) is { } set ? SyscallSet.Parse(set, "--syscalls", mistakes) : SyscallSet.All;
        if (mistakes.Count > 0) throw new FalterException(mistakes, ExitCode.Usage);
        _ = Words.TryParse(parsed.GetValue(_sort)!, out MonitorSort sort);
        return new MonitorFilter { Top = parsed.GetValue(_top), FailuresOnly = parsed.GetValue(_failures), Errno = errno, Syscalls = syscalls, Sort = sort };
    }
}
