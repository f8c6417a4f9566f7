using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

/// <summary>A run as it could have been, the same for the same seed: six plans and one that never fired, every verdict once, deaths, findings, a log.</summary>
internal static class SampleRun
{
    public const string Page = "http://127.0.0.1:8080/", Missing = "http://127.0.0.1:8080/missing";
    private const double ObserveEnds = 34, BaselineEnds = 60, PlanLength = 32;

    private static readonly (string Call, string Errno, ErrorModelClass Class, double Natural, double Injected, Verdict Verdict)[] s_plans =
    [
        ("openat", "ENOENT", ErrorModelClass.Steady, 0.412, 0.52, Verdict.Resilient),
        ("accept4", "EAGAIN", ErrorModelClass.Steady, 0.5, 0.6, Verdict.Degraded),
        ("recvfrom", "EAGAIN", ErrorModelClass.Fluctuating, 0.034, 0.11, Verdict.Corrupted),
        ("epoll_wait", "EINTR", ErrorModelClass.Sporadic, 0.00021, 0.05, Verdict.Hung),
        ("connect", "EINPROGRESS", ErrorModelClass.Steady, 1, 1, Verdict.Crashed),
        ("unlink", "ENOENT", ErrorModelClass.Sporadic, 0.0031, 0.05, Verdict.NotExercised),
        ("writev", "EPIPE", ErrorModelClass.Sporadic, 0.0004, 0.05, Verdict.Unknown),
    ];

    /// <summary>The whole run.</summary>
    /// <param name="probesPerPlan">Probes of the check in each plan, spread over its phases.</param>
    /// <param name="requestsPerPlan">Requests of the workload in each plan.</param>
    /// <param name="seed">What the latencies depend on.</param>
    public static RunData Build(int probesPerPlan = 150, int requestsPerPlan = 600, int seed = 1)
    {
        var chance = new Random(seed);
        List<CheckSample> checks = [.. Enumerable.Range(0, 100).Select(i => Probe(chance, ObserveEnds + i * 0.26, true, RunPhase.Baseline, null))];
        List<RequestSample> requests = [.. Enumerable.Range(0, 400).Select(i => Request(chance, ObserveEnds + i * 0.065, i, false, RunPhase.Baseline, null))];
        List<RunEvent> events = [new(0, "phase", RunPhase.Start, null), new(0.4, "target-started", RunPhase.Start, null), new(ObserveEnds, "phase", RunPhase.Baseline, null)];
        List<FaultRecord> faults = [];
        for (int plan = 0; plan < s_plans.Length; plan++)
        {
            double from = BaselineEnds + plan * PlanLength;
            AppendPlan(events, faults, plan, from);
            checks.AddRange(Enumerable.Range(0, probesPerPlan).Select(i => from + i * PlanLength / probesPerPlan).Select(at => Probe(chance, at, Passes(chance, plan, at - from), PhaseAt(at - from), plan)));
            requests.AddRange(Enumerable.Range(0, requestsPerPlan).Select(i => (i, At: from + i * PlanLength / requestsPerPlan))
                .Select(r => Request(chance, r.At, r.i, !Passes(chance, plan, r.At - from), PhaseAt(r.At - from), plan)));
        }
        return new RunData
        {
            Folder = "/var/tmp/falter-runs/2026-11-21T091200-nginx",
            Run = Description(),
            Verdict = Verdicts(),
            Samples = [.. Enumerable.Range(0, 30).Select(i => Sample(chance, i))],
            Events = events,
            Faults = faults,
            Checks = checks,
            Requests = requests,
            TargetLog = Enumerable.Range(0, 7).ToDictionary(plan => plan, _ => (IReadOnlyList<string>)
                [.. Enumerable.Range(0, 40).Select(i => $"2026/11/21 09:13:{i % 60:00} [error] 4711#0: *{i} open() \"/srv/www/missing\" failed (2: No such file or directory), client: 127.0.0.1")]),
        };
    }

    public static RunDescription Description(string target = "nginx") => new()
    {
        Run = $"2026-11-21T091200-{target}",
        FalterVersion = "0.1.0+abcdef",
        Started = new DateTimeOffset(2026, 11, 21, 9, 12, 0, TimeSpan.Zero),
        Kernel = "Linux 6.1.0-28-amd64 x64",
        Processors = 4,
        Target = target,
        Command = [target, "-g", "daemon off;"],
        Pids = [],
        Seed = 7,
        Checks = [Page],
        Workload = [Page, Missing],
        WorkloadRate = 200,
        ObserveSeconds = 30,
        BaselineSeconds = 26,
        InjectSeconds = 20,
        RecoverSeconds = 10,
        ObserveMechanism = "ebpf-tracepoints",
        InjectMechanism = "seccomp-notify",
        CommandLine = $"falter assess --check {Page} --workload {Page} --workload {Missing} --seed 7 -- {target} -g 'daemon off;'",
    };

    public static RunVerdict Verdicts() => new()
    {
        Run = "2026-11-21T091200-nginx",
        Target = "nginx",
        Seed = 7,
        Plans = [.. s_plans.Select((_, plan) => VerdictOf(plan))],
        LostEvents = 12,
        Findings =
        [
            Finding.Note("models-left-out", "3 further models were found; the 7 with the most natural failures were tried. Raise --max-models to try them."),
            Finding.Limits("few-samples", "writev:EPIPE was seen 2 times in 1 interval: its rate is hardly known."),
            Finding.Limits("fault-not-fired", "unlink:ENOENT was armed for 20 s and never injected: the target made no such call."),
            Finding.Blocks("events-lost", "12 calls could not be counted."),
        ],
    };

    public static ErrorModel Model(int plan)
    {
        (string call, string errno, ErrorModelClass kind, double natural, double injected, _) = s_plans[plan];
        Assert.True(Errno.TryParse(errno, out Errno number));
        return new ErrorModel
        {
            Syscall = Syscall.Named(call),
            Errno = number,
            Class = kind,
            InjectedRate = injected,
            Weak = s_plans[plan].Verdict == Verdict.Unknown,
            Natural = new NaturalError { Failures = (long)(natural * 12000), Invocations = 12000, Intervals = 30, RateP5 = natural * 0.8, RateMean = natural, RateP95 = Math.Min(1, natural * 1.2), Variance = 0.0001 },
        };
    }

    private static PlanVerdict VerdictOf(int plan)
    {
        Verdict verdict = s_plans[plan].Verdict;
        double from = BaselineEnds + plan * PlanLength;
        Evidence[] evidence = verdict switch
        {
            Verdict.Resilient => [new(null, "94 of 94 checks passed and 375 of 375 requests as usual while 1204 of 2401 calls were failed.")],
            Verdict.Degraded => [new(from + 2.1, $"Check {Page} failed 31 of 94 times while errors were injected (baseline 0 of 100; p < 0.0001); first: refused."), new(from + 21.2, "Back to the baseline 1.2 s after the injection had ended.")],
            Verdict.Corrupted => [new(from + 30.5, $"12 of 38 requests ended otherwise than usual after recovery, with nothing injected (baseline 0 of 400; p < 0.0001): 12 × {Page} gave 500 instead of 200.")],
            Verdict.Hung => [new(from + 4, $"Check {Page} failed 10 of 10 times after recovery, with nothing injected (baseline 0 of 100; p < 0.0001); first: timeout after 2s.")],
            Verdict.Crashed => [new(from + 3.4, "The target died: killed by SIGSEGV, after 17 of 17 calls of connect had been failed with EINPROGRESS."), new(from + 1.4, "A process of the target died: nginx, exit code 1.")],
            Verdict.NotExercised => [new(null, "Nothing was injected: 0 calls of unlink while armed. Nothing was learned.")],
            _ => [new(null, $"Check {Page} was probed 2 times in the inspection; at least 5 are needed.")],
        };
        var counts = new InjectionCounts(verdict == Verdict.NotExercised ? 0 : 2401, verdict == Verdict.NotExercised ? 0 : 1204);
        ErrorModel model = Model(plan);
        SyscallFault fault = SyscallFault.Error([model.Syscall], model.Errno, model.InjectedRate);
        return new PlanVerdict
        {
            Plan = new FaultPlan { Number = plan, Name = model.Name, Origin = PlanOrigin.Natural, Faults = [new RoleFault(null, fault)], Models = [model] },
            Turns =
            [
                new TurnVerdict
                {
                    Turn = plan, Plan = plan, Repetition = 0, Seed = (ulong)plan, BeginSeconds = from, EndSeconds = from + PlanLength, Verdict = verdict, Evidence = evidence,
                    Counts = [new FaultCount(fault.ToString(), "seccomp-notify", counts.Matched, counts.Injected)],
                },
            ],
        };
    }

    private static void AppendPlan(List<RunEvent> events, List<FaultRecord> faults, int plan, double from)
    {
        string rule = $"{s_plans[plan].Call}:error={s_plans[plan].Errno}:rate=5%";
        events.AddRange([new(from, "phase", RunPhase.Inject, plan), new(from + 20, "phase", RunPhase.Recover, plan), new(from + 30, "phase", RunPhase.Inspect, plan)]);
        if (s_plans[plan].Verdict != Verdict.NotExercised) events.AddRange(Enumerable.Range(1, 19).Select(s => new RunEvent(from + s, "injected", RunPhase.Inject, plan, Value: 40 + s % 7)));
        if (s_plans[plan].Verdict == Verdict.Crashed)
        {
            events.Add(new(from + 1.4, "child-died", RunPhase.Inject, plan, "nginx, exit code 1"));
            events.Add(new(from + 3.4, "target-died", RunPhase.Inject, plan, "killed by SIGSEGV"));
        }
        foreach ((string step, double at) in new[] { ("intent", from - 0.02), ("armed", from), ("undone", from + 20) })
        {
            faults.Add(new FaultRecord(at, plan, step, rule, "seccomp-notify", [4711], 60, "Disarming ends it; when Falter is killed, a keeper process lets every call go on until the target ends.", 2401, 1204));
        }
    }

    private static RunPhase PhaseAt(double sincePlan) => sincePlan < 20 ? RunPhase.Inject : sincePlan < 30 ? RunPhase.Recover : RunPhase.Inspect;

    private static bool Passes(Random chance, int plan, double sincePlan) => s_plans[plan].Verdict switch
    {
        Verdict.Degraded => sincePlan > 21 || chance.NextDouble() > 0.33,
        Verdict.Corrupted => chance.NextDouble() > 0.3,
        Verdict.Hung => sincePlan < 4,
        Verdict.Crashed => sincePlan < 3.4,
        _ => true,
    };

    private static CheckSample Probe(Random chance, double at, bool passed, RunPhase phase, int? plan) =>
        new(at, Page, passed, passed, passed ? 0.4 + chance.NextDouble() * (phase == RunPhase.Inject ? 9 : 0.8) : 2000, passed ? "200" : "timeout after 2s", phase, plan);

    private static RequestSample Request(Random chance, double at, int number, bool fails, RunPhase phase, int? plan) =>
        new(at, number % 2 == 0 ? Page : Missing, fails ? "refused" : number % 2 == 0 ? "200" : "404", 0.3 + chance.NextDouble(), 0.05, phase, plan);

    private static IntervalSample Sample(Random chance, int second) => new()
    {
        Time = new DateTimeOffset(2026, 11, 21, 9, 12, 4 + second, TimeSpan.Zero),
        IntervalSeconds = 1,
        Rows = [.. s_plans.SelectMany((_, plan) => Rows(chance, plan))],
    };

    private static IEnumerable<SyscallRow> Rows(Random chance, int plan)
    {
        ErrorModel model = Model(plan);
        long failures = (long)(model.Natural.RateMean * 400 * (0.9 + chance.NextDouble() * 0.2));
        yield return new SyscallRow { Process = "nginx", Syscall = model.Syscall, Outcome = Outcome.Success, Count = 400 - Math.Min(400, failures), TotalNs = 400_000, Latency = new LatencyHistogram(20, [400]) };
        if (failures > 0) yield return new SyscallRow { Process = "nginx", Syscall = model.Syscall, Outcome = new Outcome(model.Errno.Number), Count = Math.Min(400, failures), TotalNs = 200_000, Latency = new LatencyHistogram(20, [failures]) };
    }
}
