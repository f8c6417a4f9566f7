using Falter.Model;
using Falter.Records;

namespace Falter.Tests.Model;

/// <summary>
/// A system whose health is known, because it is drawn by lot: what the judge says of it can be counted. Load rises and falls through time and slows down everything that happens at that moment;
/// failures come alone or as outages in which all fails.
/// </summary>
public sealed record SimulatedSystem
{
    public double BaselineSeconds { get; init; } = 20;
    public double InjectSeconds { get; init; } = 20;
    public double RecoverSeconds { get; init; } = 2;
    public double ProbeSeconds { get; init; } = 0.2;

    /// <summary>Probes of each check in the inspection.</summary>
    public int InspectProbes { get; init; } = 10;

    /// <summary>Poisson arrivals.</summary>
    public double RequestsPerSecond { get; init; } = 50;

    public int Checks { get; init; } = 2;

    /// <summary>Median latency in milliseconds.</summary>
    public double LatencyMs { get; init; } = 10;

    /// <summary>Standard deviation of the logarithm of latency that is each answer's own, and that follows the load.</summary>
    public double OwnSpread { get; init; } = 0.3;
    public double LoadSpread { get; init; }

    /// <summary>How long the load stays what it is: neighbouring probes are correlated by exp(-interval / this).</summary>
    public double LoadSeconds { get; init; } = 0.5;

    /// <summary>Share of answers that fail by themselves, each on its own.</summary>
    public double Failures { get; init; }

    /// <summary>Outages per second, and how long one lasts on average.</summary>
    public double Outages { get; init; }
    public double OutageSeconds { get; init; } = 0.4;

    /// <summary>Share of answers that fail because of the fault, while injected and after recovery.</summary>
    public double InjectedFailures { get; init; }
    public double LastingFailures { get; init; }

    /// <summary>Factor of the latency while injected.</summary>
    public double InjectedSlowdown { get; init; } = 1;

    /// <summary>Memory that a check measures, in MiB, growing by so much a second; null: no such check.</summary>
    public double? GrowthPerSecond { get; init; }

    private const double Step = 0.02;

    /// <summary>One turn of the system.</summary>
    public TurnObservation Turn(int seed)
    {
        var random = new Random(seed);
        double inspect = InspectProbes * ProbeSeconds, end = BaselineSeconds + InjectSeconds + RecoverSeconds + inspect;
        (double[] load, bool[] outage) = Background(random, end);
        var phases = new List<PhaseObservation>();
        double begin = 0;
        foreach ((RunPhase phase, double seconds) in new[] { (RunPhase.Baseline, BaselineSeconds), (RunPhase.Inject, InjectSeconds), (RunPhase.Recover, RecoverSeconds), (RunPhase.Inspect, inspect) })
        {
            phases.Add(Phase(random, phase, begin, begin + seconds - 1e-9, load, outage));
            begin += seconds;
        }
        return new TurnObservation
        {
            Plan = new FaultPlan { Number = 0, Name = "read:EIO", Origin = PlanOrigin.Written, Faults = [new RoleFault(null, SyscallFault.Error([Syscall.Named("read")], Errno.EINTR, 0.05))] },
            Counts = [new FaultCount("read:error=EINTR:rate=5%", "seccomp-notify", 1000, 50)],
            Baseline = phases[0], Inject = phases[1], Recover = phases[2], Inspect = phases[3],
        };
    }

    private (double[] Load, bool[] Outage) Background(Random random, double end)
    {
        int steps = (int)(end / Step) + 2;
        double[] load = new double[steps];
        bool[] outage = new bool[steps];
        double keep = Math.Exp(-Step / LoadSeconds), left = 0;
        load[0] = Normal(random);
        for (int i = 0; i < steps; i++)
        {
            if (i > 0) load[i] = keep * load[i - 1] + Math.Sqrt(1 - keep * keep) * Normal(random);
            if (left <= 0 && random.NextDouble() < Outages * Step) left = -Math.Log(1 - random.NextDouble()) * OutageSeconds;
            outage[i] = left > 0;
            left -= Step;
        }
        return (load, outage);
    }

    private PhaseObservation Phase(Random random, RunPhase phase, double begin, double end, double[] load, bool[] outage)
    {
        double effect = phase == RunPhase.Inject ? InjectedFailures : phase == RunPhase.Inspect ? LastingFailures : 0, slowdown = phase == RunPhase.Inject ? InjectedSlowdown : 1;
        (bool Failed, double Ms) Answer(double at)
        {
            int i = (int)(at / Step);
            return (outage[i] || random.NextDouble() < Failures + effect * (1 - Failures), slowdown * LatencyMs * Math.Exp(LoadSpread * load[i] + OwnSpread * Normal(random)));
        }
        var checks = new List<CheckSample>();
        for (double at = begin; at < end; at += ProbeSeconds)
        {
            for (int c = 0; c < Checks; c++)
            {
                (bool failed, double ms) = Answer(at);
                checks.Add(new CheckSample(at, $"check {c}", !failed, true, ms, failed ? "500" : "200", phase, 0));
            }
            if (GrowthPerSecond is { } growth) checks.Add(new CheckSample(at, "memory", true, true, 1, "", phase, 0, 100 + growth * at + Normal(random)));
        }
        var requests = new List<RequestSample>();
        for (double at = begin; RequestsPerSecond > 0; )
        {
            at -= Math.Log(1 - random.NextDouble()) / RequestsPerSecond;
            if (at >= end) break;
            (bool failed, double ms) = Answer(at);
            requests.Add(new RequestSample(at, "/", failed ? "500" : "200", ms, 0, phase, 0));
        }
        return new PhaseObservation(checks, requests);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
