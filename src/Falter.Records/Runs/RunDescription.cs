namespace Falter.Records;

/// <summary>What was run, with what, on what: <c>run.json</c>. Written when the run begins; never changed.</summary>
public sealed record RunDescription
{
    /// <summary>The run's name, also its folder's: <c>2026-11-21T091200-nginx</c>.</summary>
    public required string Run { get; init; }

    public required string FalterVersion { get; init; }
    public required DateTimeOffset Started { get; init; }

    /// <summary>Release and machine, as in <c>uname</c>: <c>Linux 6.1.0 x86_64</c>.</summary>
    public required string Kernel { get; init; }

    public required int Processors { get; init; }

    /// <summary>The target's short name: its executable's.</summary>
    public required string Target { get; init; }

    /// <summary>The launched command; empty where the target was attached to.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The processes attached to; empty where the target was launched.</summary>
    public required IReadOnlyList<int> Pids { get; init; }

    public required ulong Seed { get; init; }
    public required IReadOnlyList<string> Checks { get; init; }
    public required IReadOnlyList<string> Workload { get; init; }

    /// <summary>Requests per second offered by the built-in workload; null for a command.</summary>
    public double? WorkloadRate { get; init; }

    public required double ObserveSeconds { get; init; }
    public required double BaselineSeconds { get; init; }
    public required double InjectSeconds { get; init; }
    public required double RecoverSeconds { get; init; }

    /// <summary>Mechanism of observation and of injection.</summary>
    public required string ObserveMechanism { get; init; }
    public required string InjectMechanism { get; init; }

    /// <summary>The experiment's name; null in folders of versions before experiments.</summary>
    public string? Experiment { get; init; }

    /// <summary>What it is for; empty where nobody said so.</summary>
    public string Description { get; init; } = "";

    /// <summary>The system's roles, in the order of the experiment; empty in folders of versions before experiments.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>How often each fault plan is run.</summary>
    public int Repetitions { get; init; } = 1;

    /// <summary>The folder that Falter ran in: what the experiment names by relative paths is found from there.</summary>
    public string? WorkingFolder { get; init; }

    /// <summary>A glob that the names of the plans must match; null: all plans are run.</summary>
    public string? Only { get; init; }

    /// <summary>The command line that repeats the run.</summary>
    public required string CommandLine { get; init; }
}

/// <summary>The phases of a run, in their order.</summary>
public enum RunPhase
{
    Start,
    WarmUp,
    Observe,
    Baseline,
    Inject,
    Recover,
    Inspect,
    Stop,
}

/// <summary>One line of <c>checks.jsonl</c>: one probe of one check.</summary>
/// <param name="AtSeconds">When the probe began, in seconds since the run began.</param>
/// <param name="Check">The check's name: the URL or the command.</param>
/// <param name="Passed">Whether it was within its tolerance.</param>
/// <param name="Answered">Whether there was any answer before the time-out; a refusal is an answer, silence is not.</param>
/// <param name="LatencyMs">From the probe's begin to its end, in milliseconds.</param>
/// <param name="Detail">What was answered: <c>200</c>, <c>exit 1: …</c>, <c>timeout after 2s</c>.</param>
/// <param name="Phase">The phase that the probe began in.</param>
/// <param name="Plan">Number of the fault plan, from 0; null outside of plans.</param>
/// <param name="Value">The number that was measured, in the check's unit; null where it measures none.</param>
public sealed record CheckSample(double AtSeconds, string Check, bool Passed, bool Answered, double LatencyMs, string Detail, RunPhase Phase, int? Plan = null, double? Value = null);

/// <summary>One line of <c>log.jsonl</c>: one line that a role wrote.</summary>
/// <param name="AtSeconds">When it was read, in seconds since the run began: at most 100 ms after it was written.</param>
/// <param name="Role">Who wrote it.</param>
/// <param name="Text">The line, at most 2000 characters of it.</param>
/// <param name="Phase">The phase that it was read in.</param>
/// <param name="Plan">Number of the fault plan, from 0; null outside of plans.</param>
public sealed record LogLine(double AtSeconds, string Role, string Text, RunPhase Phase, int? Plan = null);

/// <summary>One line of <c>load.jsonl</c>: one request of the workload.</summary>
/// <param name="AtSeconds">When it was scheduled, in seconds since the run began.</param>
/// <param name="Request">What was requested: the URL or the command.</param>
/// <param name="Outcome">What came back: the status code, <c>exit 0</c>, or the kind of failure (<c>timeout</c>, <c>refused</c>, <c>reset</c>, <c>error</c>).</param>
/// <param name="LatencyMs">From the scheduled time to the end of the answer, in milliseconds.</param>
/// <param name="LagMs">How much later than scheduled it was sent, in milliseconds.</param>
/// <param name="Phase">The phase that it was scheduled in.</param>
/// <param name="Plan">Number of the fault plan, from 0; null outside of plans.</param>
public sealed record RequestSample(double AtSeconds, string Request, string Outcome, double LatencyMs, double LagMs, RunPhase Phase, int? Plan = null);

/// <summary>One line of <c>events.jsonl</c>: something that happened at one moment of the run.</summary>
/// <param name="AtSeconds">When, in seconds since the run began.</param>
/// <param name="Kind">
/// <c>phase</c> (a phase began; Text is empty), <c>target-started</c>, <c>target-ready</c>, <c>target-died</c>, <c>target-stopped</c>, <c>injected</c> (Value: calls failed
/// since the last such event of this plan), <c>child-died</c>, <c>log-length</c> (Value: bytes in <c>target.log</c>, at the begin and the end of a plan), <c>finding</c>, <c>note</c>.
/// </param>
/// <param name="Phase">The phase that it happened in (for <c>phase</c>: the one that began).</param>
/// <param name="Plan">Number of the fault plan, from 0; null outside of plans.</param>
/// <param name="Text">For people: <c>exit status 1</c>, <c>signal SIGSEGV</c>.</param>
/// <param name="Value">The number that belongs to it, where it has one.</param>
public sealed record RunEvent(double AtSeconds, string Kind, RunPhase Phase, int? Plan = null, string Text = "", long? Value = null);

/// <summary>One line of <c>faults.jsonl</c>: the intent is written before anything is armed. Lines of single calls are <see cref="InjectedCallRecord"/>s.</summary>
/// <param name="AtSeconds">When, in seconds since the run began.</param>
/// <param name="Plan">Number of the fault plan, from 0.</param>
/// <param name="Step"><c>intent</c>, <c>armed</c>, <c>undone</c>.</param>
/// <param name="Rule">The rule in the rule language.</param>
/// <param name="Mechanism">How the kernel is made to do it.</param>
/// <param name="Pids">The processes that it is armed on.</param>
/// <param name="LimitSeconds">After how long it ends by itself.</param>
/// <param name="Undo">How it is undone, also by hand.</param>
/// <param name="Matched">Calls matched, at <c>undone</c>.</param>
/// <param name="Injected">Calls failed, at <c>undone</c>.</param>
/// <param name="Skipped">Calls that reached the rule and were not acted on, by reason, at <c>undone</c>.</param>
/// <param name="Seed">What its lots are drawn from, at <c>intent</c>.</param>
public sealed record FaultRecord(double AtSeconds, int Plan, string Step, string Rule, string Mechanism, IReadOnlyList<int> Pids, double LimitSeconds, string Undo,
    long? Matched = null, long? Injected = null, IReadOnlyDictionary<string, long>? Skipped = null, ulong? Seed = null);

/// <summary>One line of <c>faults.jsonl</c>: a call that was acted on. What is not known or was not done is left out.</summary>
/// <param name="AtSeconds">When, in seconds since the rules were armed.</param>
/// <param name="Plan">Number of the rule, from 0.</param>
/// <param name="Step"><c>injected</c>.</param>
/// <param name="Pid">The process.</param>
/// <param name="Tid">The thread.</param>
/// <param name="Process">The process's name.</param>
/// <param name="Syscall">The call.</param>
/// <param name="Arguments">Its six arguments, in hexadecimal.</param>
/// <param name="Phase">Whether it was skipped or had been carried out.</param>
/// <param name="Thread">Ordinal of the thread, from 0: the lot depends on it.</param>
/// <param name="Call">Number of the matching call on that thread in that slot, from 0.</param>
/// <param name="Path">The file that it is about.</param>
/// <param name="Peer">The other side of its socket.</param>
/// <param name="Error">What it reported.</param>
/// <param name="ReturnValue">What it returned.</param>
/// <param name="Short">Share of the length that it was given, 0 to 1.</param>
/// <param name="Signal">The signal that the thread got.</param>
/// <param name="DelayMs">How long it was held, in milliseconds.</param>
public sealed record InjectedCallRecord(double AtSeconds, int Plan, string Step, int Pid, int Tid, string Process, Syscall Syscall, IReadOnlyList<string> Arguments, FaultPhase Phase, int Thread, long Call,
    string? Path = null, string? Peer = null, Errno? Error = null, long? ReturnValue = null, double? Short = null, string? Signal = null, double? DelayMs = null)
{
    /// <summary>The line of a call.</summary>
    public static InjectedCallRecord Of(InjectedCall call) => new(Math.Round(call.Milliseconds / 1000, 6), call.Rule, "injected", call.Pid, call.Tid, call.Process, call.Syscall,
        [.. call.Arguments.Select(a => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"0x{a:x}"))], call.Phase, call.ThreadOrdinal, call.Call,
        call.Path, call.Peer, call.Effect.Error, call.Effect.ReturnValue, call.Effect.Short, call.Effect.Signal?.ToString(), call.DelayMilliseconds > 0 ? Math.Round(call.DelayMilliseconds, 3) : null);
}
