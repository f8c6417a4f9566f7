using Falter.Records;

namespace Falter.Experiment;

/// <summary>From what an experiment says of its faults to the plans of a run: those of natural errors first, then those of a file of models, then those that were written, then combinations.</summary>
public static class FaultPlans
{
    /// <summary>Makes the plans. The same arguments give the same plans.</summary>
    /// <param name="faults">What the experiment says.</param>
    /// <param name="roles">The system's roles: a model of a file whose process is one of them is a model of that role.</param>
    /// <param name="natural">Models of the observation, best first; the process of a model is a role, or empty for all roles together.</param>
    /// <param name="file">Models of the experiment's file of models, in its order.</param>
    public static MadePlans Of(FaultsDefinition faults, IReadOnlyList<string> roles, IReadOnlyList<ErrorModel> natural, IReadOnlyList<ErrorModel> file)
    {
        var findings = new List<Finding>();
        var singles = new List<FaultPlan>();
        foreach (ErrorModel model in Natural(faults, natural, findings)) Add(singles, ModelPlan(model, Role(model)), faults.Plans);
        foreach (ErrorModel model in Injectable(file, findings)) Add(singles, ModelPlan(model, roles.Contains(model.Process) ? model.Process : null), faults.Plans);
        singles.AddRange(faults.Plans.Select(p => new FaultPlan { Number = 0, Name = p.Name, Origin = PlanOrigin.Written, Faults = p.Faults }));
        return Numbered(singles, faults, findings);
    }

    /// <summary>Numbers plans from 0, combines them where the experiment says so, and leaves out what is too many.</summary>
    public static MadePlans Numbered(IReadOnlyList<FaultPlan> singles, FaultsDefinition faults, List<Finding> findings)
    {
        var contradictions = new List<string>();
        // One more than are wanted: then it is known that some were left out.
        List<FaultPlan> all = [.. singles.Concat(PlanCombinations.Of(singles, faults.AtOnce, contradictions)).Take(faults.MostPlans + 1)];
        if (contradictions.Count > 0)
        {
            findings.Add(Finding.Limits("plans-contradict", $"{contradictions.Count} combinations were left out, because one part would keep another from acting: {Some(contradictions)}."));
        }
        if (all.Count > faults.MostPlans)
        {
            all.RemoveAt(faults.MostPlans);
            findings.Add(Finding.Limits("plans-left-out", $"More than {faults.MostPlans} plans can be made of {singles.Count} faults, up to {faults.AtOnce} at once; the first {faults.MostPlans} are run (max_plans)."));
        }
        return new MadePlans([.. all.Select((plan, number) => plan with { Number = number })], findings);
    }

    private static IEnumerable<ErrorModel> Natural(FaultsDefinition faults, IReadOnlyList<ErrorModel> natural, List<Finding> findings)
    {
        if (faults.Natural is not { } wanted) return [];
        IReadOnlyList<ErrorModel> found = Injectable(natural, findings), models = [.. found.Take(wanted.MaxModels)];
        int weak = models.Count(m => m.Weak);
        if (weak > 0) findings.Add(Finding.Limits("few-samples", $"{weak} of {models.Count} models rest on few natural errors (marked weak); observe for longer to know their rates."));
        if (found.Count > models.Count)
        {
            findings.Add(Finding.Limits("models-left-out", $"{found.Count - models.Count} of {found.Count} models were left out: {string.Join(", ", found.Skip(models.Count).Select(m => m.Name))}."));
        }
        return models;
    }

    private static IReadOnlyList<ErrorModel> Injectable(IReadOnlyList<ErrorModel> models, List<Finding> findings)
    {
        (IReadOnlyList<ErrorModel> reachable, IReadOnlyList<ErrorModel> untouchable) = ModelSelection.Injectable(models);
        if (untouchable.Count > 0)
        {
            findings.Add(Finding.Limits("rule-not-supported", $"No mechanism can fail these calls, so their models were left out: {string.Join(", ", untouchable.Select(m => m.Name))}."));
        }
        return reachable;
    }

    private static string? Role(ErrorModel model) => model.Process.Length == 0 ? null : model.Process;

    private static FaultPlan ModelPlan(ErrorModel model, string? role)
    {
        double probability = ModelFaults.RateOf(model);
        return new FaultPlan
        {
            Number = 0,
            Name = model.Process.Length == 0 ? model.Name : $"{model.Process}:{model.Name}",
            Origin = PlanOrigin.Natural,
            Faults = [new RoleFault(role, role is null ? ModelFaults.OfProcess(model, probability) : ModelFaults.Of(model, probability))],
            Models = [model],
        };
    }

    /// <summary>A model's plan gives way where the file has a plan of its name, or two sources have the same model: names are unique in a run.</summary>
    private static void Add(List<FaultPlan> plans, FaultPlan plan, IReadOnlyList<WrittenPlan> written)
    {
        string name = plan.Name;
        for (int n = 2; plans.Exists(p => p.Name == name) || written.Any(w => w.Name == name); n++) name = $"{plan.Name}#{n}";
        plans.Add(plan with { Name = name });
    }

    private static string Some(List<string> names) => string.Join(", ", names.Take(5)) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");
}
