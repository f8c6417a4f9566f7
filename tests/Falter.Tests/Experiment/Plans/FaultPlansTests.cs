using Falter.Experiment;
using Falter.Records;

namespace Falter.Tests.Experiment.Plans;

public class FaultPlansTests
{
    [Fact]
    public void Natural_errors_come_first_then_models_of_a_file_then_what_was_written()
    {
        MadePlans made = FaultPlans.Of(Faults("openat:error=EMFILE:rate=5%") with { Natural = new NaturalFaults([]) }, ["web"], [Model("read", "EIO", 0.1)], [Model("write", "EPIPE", 0.2, "web")]);
        Assert.Equal(["read:EIO", "web:write:EPIPE", "p0"], made.Plans.Select(p => p.Name));
        Assert.Equal([PlanOrigin.Natural, PlanOrigin.Natural, PlanOrigin.Written], made.Plans.Select(p => p.Origin));
        Assert.Equal([0, 1, 2], made.Plans.Select(p => p.Number));
        Assert.Equal([null, "web", null], made.Plans.Select(p => p.Faults[0].Role));
        Assert.Empty(made.Findings);
    }

    [Fact]
    public void A_model_of_a_process_that_is_no_role_asks_for_the_process()
    {
        MadePlans made = FaultPlans.Of(Faults(), ["web"], [], [Model("write", "EPIPE", 0.2, "nginx")]);
        Assert.Equal("write:error=EPIPE:rate=20%:process=nginx", Assert.Single(made.Plans).Faults[0].ToString());
    }

    [Fact]
    public void A_rate_is_calibrated_and_one_that_nature_reaches_alone_is_kept()
    {
        ErrorModel[] models = [Model("read", "EIO", 0.5) with { InjectionProbability = 0.25 }, Model("write", "EIO", 0.5) with { InjectionProbability = 0 }];
        MadePlans made = FaultPlans.Of(Faults() with { Natural = new NaturalFaults([]) }, [], models, []);
        Assert.Equal([0.25, 0.5], made.Plans.Select(p => ((SyscallFault)p.Faults[0].Fault).Condition.Rate));
    }

    [Fact]
    public void Names_are_unique_where_a_file_and_nature_have_the_same_model()
    {
        MadePlans made = FaultPlans.Of(Faults() with { Natural = new NaturalFaults([]) }, [], [Model("read", "EIO", 0.1)], [Model("read", "EIO", 0.2)]);
        Assert.Equal(["read:EIO", "read:EIO#2"], made.Plans.Select(p => p.Name));
    }

    [Fact]
    public void Combinations_are_all_choices_of_two_and_then_of_three()
    {
        MadePlans made = FaultPlans.Of(Faults("read:error=EIO:rate=5%", "write:error=EIO:rate=5%", "fsync:error=EIO:rate=5%") with { AtOnce = 3 }, [], [], []);
        Assert.Equal(["p0", "p1", "p2", "p0 + p1", "p0 + p2", "p1 + p2", "p0 + p1 + p2"], made.Plans.Select(p => p.Name));
        Assert.Equal(3, made.Plans[6].Faults.Count);
        Assert.Equal(PlanOrigin.Combined, made.Plans[6].Origin);
    }

    [Fact]
    public void What_keeps_another_from_acting_is_not_combined_with_it_and_is_told()
    {
        MadePlans made = FaultPlans.Of(Faults("read:error=EIO", "read:error=EINTR", "write:error=EIO") with { AtOnce = 2 }, [], [], []);
        Assert.Equal(["p0", "p1", "p2", "p0 + p2", "p1 + p2"], made.Plans.Select(p => p.Name));
        Assert.Contains("p0 + p1", Assert.Single(made.Findings, f => f.Code == "plans-contradict").Message);
    }

    [Fact]
    public void The_same_call_of_two_roles_does_not_contradict()
    {
        FaultsDefinition faults = new()
        {
            Plans = [new WrittenPlan("a", [new RoleFault("web", Fault("read:error=EIO"))]), new WrittenPlan("b", [new RoleFault("db", Fault("read:error=EINTR"))])],
            AtOnce = 2,
        };
        Assert.Contains("a + b", FaultPlans.Of(faults, ["web", "db"], [], []).Plans.Select(p => p.Name));
    }

    [Fact]
    public void Of_two_models_of_one_call_the_later_is_raised_so_that_each_comes_as_often_as_alone()
    {
        MadePlans made = FaultPlans.Of(Faults() with { Natural = new NaturalFaults([]), AtOnce = 2 }, [], [Model("read", "EIO", 0.2), Model("read", "EINTR", 0.4)], []);
        double[] rates = [.. made.Plans.Single(p => p.Origin == PlanOrigin.Combined).Faults.Select(f => ((SyscallFault)f.Fault).Condition.Rate)];
        Assert.Equal(0.2, rates[0]);
        Assert.Equal(0.4, (1 - rates[0]) * rates[1], 12);
    }

    [Fact]
    public void Too_many_plans_are_cut_and_told_also_where_all_combinations_could_never_be_counted()
    {
        string[] calls = [.. Syscall.All.Where(s => ModelSelection.IsInjectable(s)).Take(200).Select(s => $"{s.Name}:error=EIO:rate=1%")];
        MadePlans made = FaultPlans.Of(Faults(calls) with { AtOnce = 10, MostPlans = 300 }, [], [], []);
        Assert.Equal(300, made.Plans.Count);
        Assert.Contains(made.Findings, f => f.Code == "plans-left-out");
    }

    [Fact]
    public void Only_plans_whose_names_match_are_left_and_numbered_anew()
    {
        IReadOnlyList<FaultPlan> plans = FaultPlans.Of(Faults("read:error=EIO", "write:error=EIO"), [], [], []).Plans;
        FaultPlan left = Assert.Single(OnlyPlans.Of(plans, "*1"));
        Assert.Equal((0, "p1"), (left.Number, left.Name));
    }

    private static FaultsDefinition Faults(params string[] rules) => new() { Plans = [.. rules.Select((r, i) => new WrittenPlan($"p{i}", [new RoleFault(null, Fault(r))]))] };

    private static Fault Fault(string rule) => FaultParser.Parse([rule])[0];

    private static ErrorModel Model(string syscall, string errno, double rate, string process = "")
    {
        Assert.True(Errno.TryParse(errno, out Errno parsed));
        return new ErrorModel
        {
            Process = process,
            Syscall = Syscall.Named(syscall),
            Errno = parsed,
            Class = ErrorModelClass.Steady,
            InjectedRate = rate,
            Weak = false,
            Natural = new NaturalError { Failures = 1000, Invocations = 10_000, Intervals = 10, RateP5 = 0.1, RateMean = 0.1, RateP95 = 0.1, Variance = 0 },
        };
    }
}
