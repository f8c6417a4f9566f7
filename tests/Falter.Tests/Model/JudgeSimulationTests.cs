using Falter.Records;

namespace Falter.Tests.Model;

/// <summary>What docs/reference/judging.md promises, on fewer turns than eng/judge-simulation has. Drawn from fixed seeds: the same turns every time.</summary>
public class JudgeSimulationTests
{
    // In all more than 3000. The workload is thinner than in the campaign: a turn is judged in a third of the time.
    private const int TurnsPerSystem = 140;

    [Fact]
    public void Where_nothing_happens_at_most_one_turn_in_a_hundred_is_called_worse_than_resilient()
    {
        int turns = 0, alarms = 0;
        foreach ((string name, SimulatedSystem system) in JudgeSimulation.Null)
        {
            IReadOnlyDictionary<Verdict, int> counts = JudgeSimulation.Run(system with { RequestsPerSecond = Math.Min(system.RequestsPerSecond, 15) }, TurnsPerSystem, seed: 11);
            int own = JudgeSimulation.Alarms(counts);
            // With one in a hundred, more than six of 140 come once in a thousand systems.
            Assert.True(own <= 6, $"{name}: {own} of {TurnsPerSystem} turns raised a false alarm");
            turns += TurnsPerSystem;
            alarms += own;
        }
        Assert.True(turns >= 3000);
        Assert.True(alarms <= turns / 100, $"{alarms} of {turns} turns raised a false alarm");
    }

    [Fact]
    public void What_matters_is_found()
    {
        Assert.InRange(Found(new SimulatedSystem { InjectedFailures = 0.05 }, Verdict.Degraded), 0.95, 1);
        Assert.InRange(Found(new SimulatedSystem { InjectedSlowdown = 2, LatencyMs = 20 }, Verdict.Degraded), 0.95, 1);
        Assert.InRange(Found(new SimulatedSystem { LastingFailures = 0.5 }, Verdict.Corrupted), 0.95, 1);
        Assert.InRange(Found(new SimulatedSystem { LastingFailures = 1, RequestsPerSecond = 0, Checks = 1 }, Verdict.Corrupted), 0.99, 1);
        // Load that rises and falls hides less than it seems.
        Assert.InRange(Found(new SimulatedSystem { InjectedSlowdown = 3, LatencyMs = 20, LoadSpread = 0.5, LoadSeconds = 0.5 }, Verdict.Degraded), 0.8, 1);
        Assert.InRange(Found(new SimulatedSystem { InjectedFailures = 0.3, Outages = 0.1 }, Verdict.Degraded), 0.8, 1);
    }

    [Fact]
    public void Short_phases_find_what_is_large() =>
        Assert.InRange(Found(new SimulatedSystem { BaselineSeconds = 3, InjectSeconds = 3, RecoverSeconds = 1, InjectedFailures = 0.5 }, Verdict.Degraded), 0.95, 1);

    private static double Found(SimulatedSystem system, Verdict verdict)
    {
        const int Turns = 40;
        return JudgeSimulation.Run(system, Turns, seed: 5).GetValueOrDefault(verdict) / (double)Turns;
    }
}
