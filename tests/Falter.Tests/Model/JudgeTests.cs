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

    [Fact]
    public void A_process_that_died_and_was_started_again_has_crashed_and_the_evidence_says_that_it_came_back()
    {
        var death = new ProcessDeath(33, "web", "exit code 3");
        TurnVerdict verdict = Decide(Healthy() with { RestartedDeaths = [death] });
        Assert.Equal(Verdict.Crashed, verdict.Verdict);
        Assert.Contains("its restart rule started it again", verdict.Evidence[0].Text);
        Assert.Contains(verdict.Evidence, e => e.Text.StartsWith("Back to the baseline", StringComparison.Ordinal));
        Assert.Equal(33, verdict.DeviatedSeconds);
        Assert.NotNull(verdict.ReturnedSeconds);
        Assert.Equal(Verdict.Resilient, Decide(Healthy() with { RestartedDeaths = [death], UsualRestartedDeaths = [death with { AtSeconds = 15 }] }).Verdict);
        TurnVerdict broken = Decide(Healthy() with { RestartedDeaths = [death], Inspect = Phase(RunPhase.Inspect, passed: 0, failed: 10) });
        Assert.Equal(Verdict.Crashed, broken.Verdict);
        Assert.Null(broken.ReturnedSeconds);
        Assert.DoesNotContain(broken.Evidence, e => e.Text.StartsWith("Back to the baseline", StringComparison.Ordinal));
    }

    [Fact]
    public void A_process_that_the_plan_itself_killed_has_not_crashed()
    {
        TurnObservation seen = Healthy() with { RestartedDeaths = [new ProcessDeath(33, "web", "killed by SIGKILL")] };
        seen = seen with { Plan = seen.Plan with { Faults = [new RoleFault(null, new ProcessFault { Action = ProcessAction.Signal, Signal = new Signal(9) })] } };
        Assert.Equal(Verdict.Resilient, Decide(seen).Verdict);
        Assert.Equal(Verdict.Degraded, Decide(seen with { Inject = Phase(RunPhase.Inject, passed: 20, failed: 20) }).Verdict);
        Assert.Equal(Verdict.Crashed, Decide(seen with { RestartedDeaths = [new ProcessDeath(33, "web", "killed by SIGSEGV")] }).Verdict);
    }

    [Fact]
    public void Lost_events_make_what_looks_well_unknown_and_harm_stays_harm()
    {
        Assert.Equal(Verdict.Unknown, Decide(Healthy() with { LostEvents = 3 }).Verdict);
        Assert.Equal(Verdict.Unknown, Decide(Healthy() with { LostEvents = 3, Counts = Counted(0, 0) }).Verdict);
        TurnVerdict harmed = Decide(Healthy() with { LostEvents = 3, Inspect = Phase(RunPhase.Inspect, passed: 0, failed: 10) });
        Assert.Equal(Verdict.Corrupted, harmed.Verdict);
        Assert.Contains(harmed.Evidence, e => e.Text.Contains("3 events were lost", StringComparison.Ordinal));
    }

    [Fact]
    public void A_check_that_is_missing_in_a_phase_makes_unknown_and_what_deviates_is_told()
    {
        TurnObservation seen = Healthy();
        seen = seen with { Baseline = seen.Baseline with { Checks = [.. seen.Baseline.Checks, .. seen.Baseline.Checks.Select(c => c with { Check = "GET /other" })] }, Inject = Phase(RunPhase.Inject, passed: 0, failed: 40) };
        TurnVerdict verdict = Decide(seen);
        Assert.Equal(Verdict.Unknown, verdict.Verdict);
        Assert.Contains("GET /other", verdict.Evidence[0].Text);
        Assert.Contains(verdict.Evidence, e => e.Text.Contains("failed 40 of 40 times", StringComparison.Ordinal));
    }

    [Fact]
    public void So_few_probes_that_not_even_the_failure_of_all_could_be_told_make_unknown()
    {
        TurnVerdict verdict = Decide(Healthy() with { Baseline = Phase(RunPhase.Baseline, passed: 6, failed: 0), Inspect = Phase(RunPhase.Inspect, passed: 5, failed: 0) });
        Assert.Equal(Verdict.Unknown, verdict.Verdict);
        Assert.Contains("not even the failure of all would be told from chance", verdict.Evidence[0].Text);
    }

    [Fact]
    public void One_role_that_is_silent_hangs_although_others_answer()
    {
        TurnObservation seen = Healthy();
        PhaseObservation Both(PhaseObservation phase, bool answers) => phase with { Checks = [.. phase.Checks, .. phase.Checks.Select(c => c with { Check = "tcp db", Passed = answers, Answered = answers })] };
        Assert.Equal(Verdict.Hung, Decide(seen with { Baseline = Both(seen.Baseline, true), Inject = Both(seen.Inject, true), Recover = Both(seen.Recover, false), Inspect = Both(seen.Inspect, false) }).Verdict);
    }

    [Fact]
    public void Content_that_stays_wrong_is_corrupted_by_few_rounds_and_one_wrong_round_is_none()
    {
        TurnObservation Rounds(int wrongWhileInjected, int wrongAfter) => Healthy() with
        {
            Baseline = Healthy().Baseline with { Requests = Requests(RunPhase.Baseline, ("round", "success", 20)) },
            Inject = Healthy().Inject with { Requests = Requests(RunPhase.Inject, ("round", "success", 20 - wrongWhileInjected), ("round", "validation-failed", wrongWhileInjected)) },
            Inspect = Healthy().Inspect with { Requests = Requests(RunPhase.Inspect, ("round", "success", 5 - wrongAfter), ("round", "validation-failed", wrongAfter)) },
        };
        Assert.Equal(Verdict.Resilient, Decide(Rounds(0, 0)).Verdict);
        Assert.Equal(Verdict.Resilient, Decide(Rounds(0, 1)).Verdict);
        Assert.Equal(Verdict.Corrupted, Decide(Rounds(1, 1)).Verdict);
        TurnVerdict verdict = Decide(Rounds(0, 2));
        Assert.Equal(Verdict.Corrupted, verdict.Verdict);
        Assert.Contains(verdict.Evidence, e => e.Text.Contains("Validation failed in 2 of 5 rounds", StringComparison.Ordinal));
    }

    [Fact]
    public void A_workload_that_came_to_a_standstill_hangs()
    {
        TurnObservation seen = Healthy();
        IReadOnlyList<RequestSample> until(double seconds) => [.. Requests(RunPhase.Inject, ("tx", "exit 0", 80)).Where(r => r.AtSeconds < (int)RunPhase.Inject * 10 + seconds)];
        seen = seen with { Baseline = seen.Baseline with { Requests = Requests(RunPhase.Baseline, ("tx", "exit 0", 80)) } };
        TurnVerdict verdict = Decide(seen with { Inject = seen.Inject with { Requests = until(3) } });
        Assert.Equal(Verdict.Hung, verdict.Verdict);
        Assert.Contains(verdict.Evidence, e => e.Text.Contains("the workload makes no progress", StringComparison.Ordinal));
        // One that goes on until the injection ends may have been stopped with it.
        Assert.NotEqual(Verdict.Hung, Decide(seen with { Inject = seen.Inject with { Requests = until(8) } }).Verdict);
    }

    [Fact]
    public void A_stop_rule_that_ended_the_injection_is_a_deviation()
    {
        TurnVerdict verdict = Decide(Healthy() with { Inject = Phase(RunPhase.Inject, passed: 0, failed: 3), Stopped = new StopRule("GET /", TimeSpan.FromSeconds(5), EndsRun: false) });
        Assert.Equal(Verdict.Degraded, verdict.Verdict);
        Assert.Contains(verdict.Evidence, e => e.Text.Contains("stop rule", StringComparison.Ordinal));
    }

    [Fact]
    public void Values_deviate_where_they_leave_what_the_baseline_had_by_much()
    {
        PhaseObservation Memory(PhaseObservation phase, double value) => phase with { Checks = [.. phase.Checks, .. phase.Checks.Select((c, i) => c with { Check = "memory", Passed = true, Answered = true, Value = value + i * 7 % 5 })] };
        TurnObservation Of(double value) => Healthy() with { Baseline = Memory(Healthy().Baseline, 100), Inject = Memory(Healthy().Inject, value), Inspect = Memory(Healthy().Inspect, 100) };
        Assert.Equal(Verdict.Resilient, Decide(Of(110)).Verdict);
        TurnVerdict verdict = Decide(Of(200));
        Assert.Equal(Verdict.Degraded, verdict.Verdict);
        Assert.Contains(verdict.Evidence, e => e.Text.Contains("Check memory measured more", StringComparison.Ordinal) && e.Text.Contains("Cliff's delta 1", StringComparison.Ordinal));
        Assert.Equal(Verdict.Degraded, Decide(Of(20)).Verdict);
        Assert.Equal(Verdict.Unknown, Decide(Of(20) with { Inspect = Healthy().Inspect }).Verdict);
    }

    [Fact]
    public void Every_comparison_is_kept_with_its_size_interval_and_corrected_p()
    {
        TurnVerdict verdict = Decide(Healthy() with { Inject = Phase(RunPhase.Inject, passed: 20, failed: 20) });
        Assert.Equal(["check GET / failures", "check GET / latency"], verdict.Effects.Where(e => e.Phase == RunPhase.Inject).Select(e => e.Measure));
        Assert.Equal(2, verdict.Effects.Count(e => e.Phase == RunPhase.Inspect));
        MeasureEffect failures = verdict.Effects[0];
        Assert.Equal((40, 40, 0.0, 0.5, 0.5, true), (failures.BaselineCount, failures.Count, failures.BaselineCentre, failures.Centre, failures.Effect, failures.Deviates));
        Assert.InRange(failures.EffectLow, 0.2, 0.45);
        Assert.InRange(failures.EffectHigh, 0.55, 0.75);
        Assert.All(verdict.Effects, e => Assert.True(e.AdjustedP >= e.P && e.AdjustedP <= 1 && e.EffectLow <= e.Effect && e.Effect <= e.EffectHigh));
        Assert.Single(verdict.Effects, e => e.Deviates);
    }

    [Fact]
    public void The_times_of_the_first_deviation_and_of_the_return_come_with_what_the_system_wrote_then()
    {
        TurnObservation seen = Healthy();
        // Probes of the injection from its third to its fifth second fail, and the first two of the recovery.
        PhaseObservation Failing(PhaseObservation phase, double from, double to) => phase with { Checks = [.. phase.Checks.Select(c => c with { Passed = c.AtSeconds < from || c.AtSeconds >= to })] };
        double begin = (int)RunPhase.Inject * 10, recover = (int)RunPhase.Recover * 10;
        LogLine[] log = [new(begin + 1, "web", "long before", RunPhase.Inject), new(begin + 2.9, "web", "about to fail", RunPhase.Inject), new(begin + 3.1, "web", "failed", RunPhase.Inject)];
        TurnVerdict verdict = Decide(seen with { Inject = Failing(seen.Inject, begin + 3, begin + 6) with { Log = log }, Recover = Failing(seen.Recover, recover, recover + 0.3) });
        Assert.Equal(Verdict.Degraded, verdict.Verdict);
        Assert.Equal(begin + 3, verdict.DeviatedSeconds!.Value, 6);
        Assert.Equal(recover + 0.2, verdict.ReturnedSeconds!.Value, 6);
        Assert.Contains(verdict.Evidence, e => e.Text.Contains("Back to the baseline 0.2 s after", StringComparison.Ordinal));
        Assert.Equal(["about to fail", "failed"], Assert.Single(verdict.Log).Lines);
        TurnVerdict unharmed = Decide(seen);
        Assert.Null(unharmed.DeviatedSeconds);
        Assert.Null(unharmed.ReturnedSeconds);
        Assert.Empty(unharmed.Log);
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
