using Falter.Model;
using Falter.Records;

namespace Falter.Tests.Model;

public class JudgeTests
{
    [Fact]
    public void A_fault_that_never_fired_is_not_exercised_however_well_the_target_did() =>
        Assert.Equal(Verdict.NotExercised, Decide(Healthy() with { Counts = Counted(17, 0) }).Verdict);

    [Fact]
    public void A_target_that_shows_no_difference_is_resilient()
    {
        TurnVerdict verdict = Decide(Healthy());
        Assert.Equal(Verdict.Resilient, verdict.Verdict);
        Assert.Contains("40 of 40 checks passed", verdict.Evidence[0].Text);
    }

    [Fact]
    public void One_failed_probe_among_many_is_told_but_no_deviation()
    {
        TurnVerdict verdict = Decide(Healthy() with { Inject = Phase(RunPhase.Inject, passed: 39, failed: 1) });
        Assert.Equal(Verdict.Resilient, verdict.Verdict);
        Assert.Contains("39 of 40", verdict.Evidence[0].Text);
    }

    [Fact]
    public void Checks_that_fail_while_errors_are_injected_and_pass_afterwards_make_degraded()
    {
        TurnVerdict verdict = Decide(Healthy() with { Inject = Phase(RunPhase.Inject, passed: 20, failed: 20) });
        Assert.Equal(Verdict.Degraded, verdict.Verdict);
        Assert.Contains(verdict.Evidence, e => e.Text.Contains("failed 20 of 40 times while errors were injected", StringComparison.Ordinal));
        Assert.Contains(verdict.Evidence, e => e.Text.Contains("Back to the baseline", StringComparison.Ordinal));
    }

    [Fact]
    public void A_target_that_answers_wrongly_after_the_fault_has_ended_is_corrupted() =>
        Assert.Equal(Verdict.Corrupted, Decide(Healthy() with { Inspect = Phase(RunPhase.Inspect, passed: 2, failed: 8) }).Verdict);

    [Fact]
    public void A_target_that_no_longer_answers_is_hung() =>
        Assert.Equal(Verdict.Hung, Decide(Healthy() with { Inspect = Phase(RunPhase.Inspect, passed: 0, failed: 10, answered: false) }).Verdict);

    [Fact]
    public void A_target_that_died_has_crashed_and_the_evidence_says_how()
    {
        TurnVerdict verdict = Decide(Healthy() with { Death = new ProcessDeath(31.5, "web", "killed by SIGSEGV"), Inspect = PhaseObservation.Empty });
        Assert.Equal(Verdict.Crashed, verdict.Verdict);
        Assert.Contains("SIGSEGV", verdict.Evidence[0].Text);
        Assert.Equal(31.5, verdict.Evidence[0].AtSeconds);
    }

    [Fact]
    public void A_death_without_an_injection_proves_nothing() =>
        Assert.Equal(Verdict.Unknown, Decide(Healthy() with { Counts = Counted(3, 0), Death = new ProcessDeath(31.5, "web", "exit code 1") }).Verdict);

    [Fact]
    public void A_worker_that_died_makes_degraded_even_where_no_probe_met_it()
    {
        TurnVerdict verdict = Decide(Healthy() with { ChildDeaths = [new ProcessDeath(33, "web: worker", "killed by SIGSEGV")] });
        Assert.Equal(Verdict.Degraded, verdict.Verdict);
        Assert.Contains(verdict.Evidence, e => e.Text.Contains("web: worker, killed by SIGSEGV", StringComparison.Ordinal));
    }

    [Fact]
    public void A_worker_that_the_same_signal_ended_in_the_baseline_too_is_told_but_no_deviation()
    {
        var idle = new ProcessDeath(12, "pool", "killed by SIGTERM");
        TurnVerdict verdict = Decide(Healthy() with { UsualChildDeaths = [idle], ChildDeaths = [idle with { AtSeconds = 33 }] });
        Assert.Equal(Verdict.Resilient, verdict.Verdict);
        Assert.Contains(verdict.Evidence, e => e.Text.Contains("pool, killed by SIGTERM, as in the baseline", StringComparison.Ordinal));
        Assert.Equal(Verdict.Degraded, Decide(Healthy() with { UsualChildDeaths = [idle], ChildDeaths = [idle with { How = "killed by SIGSEGV" }] }).Verdict);
    }

    [Fact]
    public void Many_deaths_of_a_kind_are_one_line_of_evidence_with_the_first_moment()
    {
        TurnVerdict verdict = Decide(Healthy() with { ChildDeaths = [.. Enumerable.Range(0, 500).Select(i => new ProcessDeath(34 - i * 0.01, "worker", "killed by SIGABRT"))] });
        Evidence deaths = Assert.Single(verdict.Evidence, e => e.Text.Contains("SIGABRT", StringComparison.Ordinal));
        Assert.Contains("500 processes of the target died: worker", deaths.Text);
        Assert.Equal(29.01, deaths.AtSeconds!.Value, 6);
    }

    [Fact]
    public void A_target_that_stays_much_slower_is_not_called_back_and_is_not_called_broken_either()
    {
        TurnObservation slow = Healthy() with { Inspect = Phase(RunPhase.Inspect, passed: 10, failed: 0, latencyMs: 80) };
        TurnVerdict both = Decide(slow with { Inject = Phase(RunPhase.Inject, passed: 40, failed: 0, latencyMs: 80) });
        Assert.Equal(Verdict.Degraded, both.Verdict);
        Assert.Contains(both.Evidence, e => e.Text.Contains("took longer after recovery", StringComparison.Ordinal));
        Assert.DoesNotContain(both.Evidence, e => e.Text.Contains("Back to the baseline", StringComparison.Ordinal));
        // A machine that became busy afterwards shows the same: told, no more.
        TurnVerdict afterwards = Decide(slow);
        Assert.Equal(Verdict.Resilient, afterwards.Verdict);
        Assert.Contains(afterwards.Evidence, e => e.Text.Contains("took longer after recovery", StringComparison.Ordinal));
    }

    [Fact]
    public void An_injector_that_gave_up_proves_nothing()
    {
        TurnVerdict verdict = Decide(Healthy() with { InjectorFailure = "ioctl: EPERM" });
        Assert.Equal(Verdict.Unknown, verdict.Verdict);
        Assert.Contains("ioctl: EPERM", verdict.Evidence[0].Text);
        Assert.Equal(Verdict.Crashed, Decide(Healthy() with { InjectorFailure = "ioctl: EPERM", Death = new ProcessDeath(31, "web", "exit code 1") }).Verdict);
    }

    [Fact]
    public void Without_enough_probes_the_verdict_is_unknown()
    {
        Assert.Equal(Verdict.Unknown, Decide(Healthy() with { Baseline = Phase(RunPhase.Baseline, passed: 3, failed: 0) }).Verdict);
        Assert.Equal(Verdict.Unknown, Decide(Healthy() with { Inspect = Phase(RunPhase.Inspect, passed: 3, failed: 0) }).Verdict);
        Assert.Equal(Verdict.Unknown, Decide(Healthy() with { Inspect = PhaseObservation.Empty }).Verdict);
        Assert.Equal(Verdict.Unknown, Decide(Healthy() with { Baseline = Phase(RunPhase.Baseline, passed: 10, failed: 30) }).Verdict);
    }

    [Fact]
    public void A_page_that_is_missing_by_nature_is_no_failure_but_another_answer_is()
    {
        PhaseObservation usual = Healthy().Baseline with { Requests = Requests(RunPhase.Baseline, ("/", "200", 200), ("/missing", "404", 200)) };
        PhaseObservation same = Healthy().Inject with { Requests = Requests(RunPhase.Inject, ("/", "200", 200), ("/missing", "404", 200)) };
        PhaseObservation other = Healthy().Inject with { Requests = Requests(RunPhase.Inject, ("/", "200", 150), ("/", "500", 50), ("/missing", "404", 200)) };
        Assert.Equal(Verdict.Resilient, Decide(Healthy() with { Baseline = usual, Inject = same }).Verdict);
        TurnVerdict verdict = Decide(Healthy() with { Baseline = usual, Inject = other });
        Assert.Equal(Verdict.Degraded, verdict.Verdict);
        Assert.Contains(verdict.Evidence, e => e.Text.Contains("50 × / gave 500 instead of 200", StringComparison.Ordinal));
    }

    [Fact]
    public void Answers_that_take_much_longer_are_a_deviation_and_a_little_longer_are_none()
    {
        Assert.Equal(Verdict.Degraded, Decide(Healthy() with { Inject = Phase(RunPhase.Inject, passed: 40, failed: 0, latencyMs: 80) }).Verdict);
        Assert.Equal(Verdict.Resilient, Decide(Healthy() with { Inject = Phase(RunPhase.Inject, passed: 40, failed: 0, latencyMs: 5) }).Verdict);
    }

    private static TurnVerdict Decide(TurnObservation seen) => Judge.Decide(seen, new JudgeOptions());

    private static FaultCount[] Counted(long matched, long injected) => [new("openat:error=ENOENT", "seccomp-notify", matched, injected)];

    private static TurnObservation Healthy() => new()
    {
        Plan = new FaultPlan
        {
            Number = 0, Name = "openat:ENOENT", Origin = PlanOrigin.Natural, Faults = [new RoleFault(null, SyscallFault.Error([Syscall.Named("openat")], Errno.ENOENT, 0.12))],
            Models = [ErrorModelSynthesizer.Model(Syscall.Named("openat"), Errno.ENOENT, 100, 1000, [0.1, 0.1, 0.1], new ErrorModelOptions())],
        },
        Counts = Counted(400, 48),
        Baseline = Phase(RunPhase.Baseline, passed: 40, failed: 0),
        Inject = Phase(RunPhase.Inject, passed: 40, failed: 0),
        Recover = Phase(RunPhase.Recover, passed: 15, failed: 0),
        Inspect = Phase(RunPhase.Inspect, passed: 10, failed: 0),
    };

    // Latencies vary a little, as all do, in a fixed pattern.
    private static PhaseObservation Phase(RunPhase phase, int passed, int failed, bool answered = true, double latencyMs = 2)
    {
        double start = (int)phase * 10;
        return new PhaseObservation(
        [
            .. Enumerable.Range(0, passed + failed).Select(i => new CheckSample(start + i * 0.2, "GET /", i >= failed, i >= failed || answered,
                latencyMs + i * 7 % 5 * 0.1, i >= failed ? "200" : answered ? "500" : "timeout after 2s", phase, 0)),
        ], []);
    }

    // Spread over the phase, as a workload spreads them.
    private static IReadOnlyList<RequestSample> Requests(RunPhase phase, params (string Request, string Outcome, int Count)[] groups) =>
        [.. groups.SelectMany(g => Enumerable.Range(0, g.Count).Select(i => new RequestSample((int)phase * 10 + i * 8.0 / g.Count, g.Request, g.Outcome, 2 + i % 3 * 0.1, 0, phase, 0))).OrderBy(r => r.AtSeconds)];
}
