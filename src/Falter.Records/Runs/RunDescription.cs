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
public sealed record CheckSample(double AtSeconds, string Check, bool Passed, bool Answered, double LatencyMs, string Detail, RunPhase Phase, int? Plan = null);

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

/// <summary>One line of <c>faults.jsonl</c>: the intent is written before anything is armed.</summary>
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
public sealed record FaultRecord(double AtSeconds, int Plan, string Step, string Rule, string Mechanism, IReadOnlyList<int> Pids, double LimitSeconds, string Undo,
    long? Matched = null, long? Injected = null);
