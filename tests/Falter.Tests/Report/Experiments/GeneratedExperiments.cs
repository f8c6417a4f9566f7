using Falter.Records;
using Falter.Report;
using Falter.Tests.Faults;

namespace Falter.Tests.Report;

/// <summary>Experiments that do not contradict themselves, with every field that can stand together, out of a seed.</summary>
internal sealed class GeneratedExperiments(int seed)
{
    // Characters that mean something somewhere in YAML.
    private const string Telling = "ab:,\\={}[] -+.@*%é\"'#~!&|>?\n\t$`\u2028\u0085<null";

    private readonly Random _random = new(seed);
    private readonly GeneratedFaults _faults = new(seed);

    public ExperimentDefinition Next()
    {
        bool isAttached = _random.Next(4) == 0;
        ProcessDefinition[] processes = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(i => Process($"role{i}", isAttached, [.. Enumerable.Range(0, i).Select(n => $"role{n}")]))];
        string[] roles = [.. processes.Select(p => p.Role)];
        CheckDefinition[] checks = [.. Enumerable.Range(0, _random.Next(1, 6)).Select(i => Named(Check(roles, isAttached), i))];
        return new ExperimentDefinition
        {
            Name = Pick("web", "a.b-c_d", "7", "null"),
            Description = Maybe(Text) ?? "",
            System = new SystemDefinition
            {
                Network = isAttached ? NetworkLayout.Host : (NetworkLayout)_random.Next(2),
                Prepare = isAttached ? null : Maybe(Text),
                CleanUp = isAttached ? null : Maybe(Text),
                Processes = processes,
            },
            Workloads = [.. Enumerable.Range(0, _random.Next(4)).Select(_ => Workload())],
            Checks = checks,
            Faults = Faults(roles, isAttached),
            // Longer than whatever is generated takes.
            Phases = new PhaseLengths { WarmUp = Time(), Observe = TimeSpan.FromDays(20), Interval = Pace(), Baseline = TimeSpan.FromDays(30), Inject = TimeSpan.FromDays(29), Recover = Time(), Inspect = _random.Next(2) == 0 ? Pace() : null },
            StopRules = [.. Enumerable.Range(0, _random.Next(3)).Select(_ => new StopRule(Pick([.. checks.Select(c => c.Name)]), Pace(), _random.Next(2) == 0))],
            Repetitions = _random.Next(1, 1001),
            Order = (PlanOrder)_random.Next(2),
            Keep = _random.Next(2) == 0,
            Seed = _random.Next(2) == 0 ? (ulong)_random.NextInt64(long.MinValue, long.MaxValue) : null,
            FailOn = (Verdict)_random.Next(1, 7),
        };
    }

    private ProcessDefinition Process(string role, bool isAttached, string[] earlier)
    {
        var process = new ProcessDefinition { Role = role };
        CheckDefinition? ready = Maybe(() => Named(Check([role, .. earlier], isAttached), 0));
        process = process with { Ready = ready, ReadyTimeout = _random.Next(2) == 0 ? process.ReadyTimeout : Pace() };
        if (isAttached) return process with { Attach = Attach() };
        return process with
        {
            Command = [Text(), .. Enumerable.Range(0, _random.Next(4)).Select(_ => Maybe(Text) ?? "")],
            Environment = Enumerable.Range(0, _random.Next(3)).ToDictionary(i => $"{Text().Replace('=', '_')}{i}", _ => Maybe(Text) ?? ""),
            Folder = Maybe(() => "/srv/" + Pick("a", "b c", "#x", "~")),
            After = [.. earlier.Where(_ => _random.Next(2) == 0)],
            Restart = (RestartRule)_random.Next(3),
            StopSignal = new Signal(_random.Next(1, 65)),
            StopGrace = Time(),
        };
    }

    private AttachedProcesses Attach() => _random.Next(4) switch
    {
        0 => new AttachedProcesses(Pid: _random.Next(1, int.MaxValue)),
        1 => new AttachedProcesses(Name: Text()),
        2 => new AttachedProcesses(Cgroup: Text()),
        _ => new AttachedProcesses(Container: Text()),
    };

    private WorkloadDefinition Workload() => _random.Next(3) switch
    {
        0 => new HttpWorkloadDefinition { Urls = [.. Enumerable.Range(0, _random.Next(1, 3)).Select(_ => Url())], RatePerSecond = Math.Max(_random.NextDouble() * 1000, 1e-9), Timeout = Pace() },
        1 => new CommandWorkloadDefinition { Command = Text(), Timeout = Pace(), Pause = Time(), Parallel = _random.Next(1, 100) },
        _ => new RoundWorkloadDefinition { Send = Text(), Wait = Time(), Fetch = Maybe(Text), Validate = Maybe(Text), Pause = Time(), Timeout = Pace() },
    };

    private CheckDefinition Check(string[] roles, bool isAttached)
    {
        TimeSpan interval = _random.Next(2) == 0 ? TimeSpan.FromSeconds(1) : Pace(), timeout = _random.Next(2) == 0 ? TimeSpan.FromSeconds(2) : Pace();
        return _random.Next(7) switch
        {
            0 => new HttpCheckDefinition { Name = "", Interval = interval, Timeout = timeout, Url = Url(), Status = Range(), Body = Maybe(Pattern) },
            1 => new TcpCheckDefinition { Name = "", Interval = interval, Timeout = timeout, Address = Pick("127.0.0.1:80", "[::1]:5432", "db.example:65535", "${address:role0}:1") },
            2 => new CommandCheckDefinition { Name = "", Interval = interval, Timeout = timeout, Command = Text(), ExitCode = _random.Next(256), Output = Maybe(Pattern), Value = _random.Next(2) == 0 ? Range() : null },
            3 => new PrometheusCheckDefinition { Name = "", Interval = interval, Timeout = timeout, Url = Url(), Query = Text(), Value = Range() },
            4 => new LogCheckDefinition { Name = "", Interval = interval, Timeout = timeout, Role = Pick(roles), Pattern = Pattern(), File = isAttached ? "/var/log/x" : Maybe(() => "/var/log/a b"), Lines = Lines() },
            5 => new ProcessCheckDefinition { Name = "", Interval = interval, Timeout = timeout, Role = Pick(roles), Measure = ProcessMeasure.Memory, Value = _random.Next(2) == 0 ? Range() : default },
            _ => new RuntimeCheckDefinition { Name = "", Interval = interval, Timeout = timeout, Role = Pick(roles), Counter = Text(), Value = _random.Next(2) == 0 ? Range() : default },
        };
    }

    private CheckDefinition Named(CheckDefinition check, int number) => check with { Name = $"{Maybe(Text)}{number}" };

    private FaultsDefinition Faults(string[] roles, bool isAttached)
    {
        WrittenPlan[] plans = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(i => new WrittenPlan($"{Maybe(Text)}{i}", [.. roles.Where((_, n) => n == 0 || _random.Next(2) == 0).Select(r => new RoleFault(r, Fault()))]))];
        bool isRandom = _random.Next(3) == 0;
        return new FaultsDefinition
        {
            Natural = isRandom || _random.Next(2) == 0 ? new NaturalFaults([.. roles.Where(_ => _random.Next(2) == 0)], _random.Next(1, 50)) : null,
            Models = Maybe(() => "/srv/models of mine.yaml"),
            Plans = [.. plans, new WrittenPlan("all of them", [new RoleFault(null, Fault())])],
            AtOnce = _random.Next(1, 3),
            MostPlans = _random.Next(1, 1000),
            Strategy = isRandom ? FaultStrategy.Random : FaultStrategy.Realistic,
            FindThresholds = _random.Next(2) == 0,
            Mechanism = Maybe(() => isAttached ? "ptrace" : "seccomp-notify"),
        };
    }

    private Fault Fault()
    {
        Fault fault = _faults.Next();
        while (fault is ContainerFault) fault = _faults.Next();
        return fault is SyscallFault rule ? rule with { Where = rule.Where with { Roles = [] } } : fault;
    }

    private Tolerance Range() => _random.Next(4) switch
    {
        0 => new Tolerance(_random.NextDouble() * 1e9 - 5e8, null),
        1 => new Tolerance(null, _random.Next(-5, 1000)),
        2 => new Tolerance(_random.Next(10), _random.Next(10, 20)),
        _ => new Tolerance(1e-300, 1e300),
    };

    private Tolerance Lines() => _random.Next(3) switch
    {
        0 => new Tolerance(_random.Next(10), null),
        1 => new Tolerance(null, _random.Next(10)),
        _ => new Tolerance(_random.Next(10), _random.Next(10, 20)),
    };

    private TimeSpan Time() => TimeSpan.FromTicks(_random.NextInt64(TimeSpan.TicksPerDay) >> _random.Next(40));

    private TimeSpan Pace() => TimeSpan.FromMilliseconds(10) + Time();

    private string Url() => Pick("http://127.0.0.1:8080/", "https://[::1]/a?b=c#d", "http://${address:role0}:80/x", "HTTP://example.org/é");

    private string Pattern() => Pick("panic|FATAL", @"\Ax[^""']*\d+\z", "#", " a ", "true");

    private string Text() => _random.Next(6) switch
    {
        0 => Pick("true", "null", "~", "5", "1.5e3", "0x1F", "- a", "a: b", "yes", "2026-11-21", "Null", ".5", "''", "\ud83e\udd8b"),
        _ => new([.. Enumerable.Range(0, _random.Next(1, 12)).Select(_ => Telling[_random.Next(Telling.Length)])]),
    };

    private T? Maybe<T>(Func<T> one) where T : class => _random.Next(2) == 0 ? one() : null;

    private string Pick(params string[] texts) => texts[_random.Next(texts.Length)];
}
