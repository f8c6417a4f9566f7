using Falter.Records;

namespace Falter.Experiment;

/// <summary>Error models as fault rules: with their calibrated probabilities, and in runs where they were seen in runs.</summary>
public static class ModelFaults
{
    /// <summary>Share of the calls that must be failed so that, natural errors going on, the model's rate comes about. 0 to 1; 0 where nature alone fails so many.</summary>
    public static double ProbabilityOf(ErrorModel model) => model.InjectionProbability ?? model.InjectedRate;

    /// <summary>
    /// What a plan of this model alone fails, above 0 to 1: its probability, or, where nature alone fails as many, the rate itself: the calls that never failed are among them then, and that is what
    /// the plan asks of the system.
    /// </summary>
    public static double RateOf(ErrorModel model) => ProbabilityOf(model) is var probability and > 0 ? probability : model.InjectedRate;

    /// <summary>The rule of a model for calls of any process.</summary>
    /// <param name="model">The model.</param>
    /// <param name="probability">Share of the calls that it fails, above 0 to 1.</param>
    public static SyscallFault Of(ErrorModel model, double probability) => SyscallFault.Error([model.Syscall], model.Errno, probability) with
    {
        Condition = new CallCondition
        {
            Rate = probability,
            Burst = model.Natural.Bursts is { MeanLength: > 1 and var length } && probability <= Decision.HighestBurstRate(length) ? length : null,
        },
    };

    /// <summary>The rule of a model for calls of the process that it names, where it names one.</summary>
    public static SyscallFault OfProcess(ErrorModel model, double probability) => Of(model, probability) with
    {
        Where = model.Process.Length == 0 ? CallPredicates.Any : new CallPredicates { Processes = [Glob.Literal(model.Process)] },
    };

    /// <summary>
    /// One rule for each model that are armed together, in their order. Of several models of one call a later rule is asked only where no earlier one acted, so its probability is raised by as
    /// much: each model comes as often as it says.
    /// </summary>
    /// <param name="models">The models.</param>
    /// <param name="leftOut">Gets each model that cannot be armed so, with the reason.</param>
    public static IReadOnlyList<(ErrorModel Model, SyscallFault Rule)> Together(IReadOnlyList<ErrorModel> models, Action<ErrorModel, string> leftOut)
    {
        var rules = new List<(ErrorModel, SyscallFault)>();
        var taken = new Dictionary<(string Process, Syscall Syscall), double>();
        foreach (ErrorModel model in models)
        {
            double probability = ProbabilityOf(model);
            double left = 1 - taken.GetValueOrDefault((model.Process, model.Syscall));
            if (probability <= 0) leftOut(model, $"by nature {Shares.Format(model.Natural.OverallRate())} fail, which is not below the rate to inject");
            else if (left <= 0) leftOut(model, "earlier models fail all of these calls");
            else
            {
                rules.Add((model, OfProcess(model, Math.Min(1, probability / left))));
                taken[(model.Process, model.Syscall)] = 1 - left + Math.Min(left, probability);
            }
        }
        return rules;
    }
}
