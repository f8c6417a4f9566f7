using Falter.Experiment;
using Falter.Records;

namespace Falter.Tests.Experiment;

public class FailingChecksTests
{
    private static readonly StopRule s_plan = new("a", TimeSpan.FromSeconds(2), EndsRun: false), s_run = new("a", TimeSpan.FromSeconds(3), EndsRun: true);

    [Fact]
    public void A_rule_is_due_when_its_check_has_failed_for_long_enough_without_a_pass()
    {
        var failing = new FailingChecks([s_plan, s_run]);
        failing.Add(Probe(1, passed: true));
        failing.Add(Probe(2, passed: false));
        Assert.Null(failing.Due(3.9));
        Assert.Equal(s_plan, failing.Due(4));
        Assert.Equal(s_run, failing.Due(5));
    }

    [Fact]
    public void A_pass_between_begins_anew()
    {
        var failing = new FailingChecks([s_plan]);
        failing.Add(Probe(1, passed: false));
        failing.Add(Probe(2, passed: true));
        failing.Add(Probe(2.5, passed: false));
        Assert.Null(failing.Due(4.4));
        Assert.NotNull(failing.Due(4.5));
    }

    [Fact]
    public void A_probe_that_ends_late_says_nothing_of_the_time_after_it()
    {
        var failing = new FailingChecks([s_plan]);
        failing.Add(Probe(2, passed: true));
        // Began before that pass, and timed out after it.
        failing.Add(Probe(1, passed: false));
        Assert.Null(failing.Due(100));
        failing.Add(Probe(3, passed: false));
        // Began before that failure: it is no pass after it.
        failing.Add(Probe(2.5, passed: true));
        Assert.NotNull(failing.Due(5));
    }

    [Fact]
    public void Another_check_and_another_system_do_not_count()
    {
        var failing = new FailingChecks([s_plan]);
        failing.Add(Probe(1, passed: false) with { Check = "b" });
        Assert.Null(failing.Due(100));
        failing.Add(Probe(1, passed: false));
        failing.Clear();
        Assert.Null(failing.Due(100));
    }

    private static CheckSample Probe(double at, bool passed) => new(at, "a", passed, true, 1, "", RunPhase.Inject);
}
