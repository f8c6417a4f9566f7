using System.Globalization;
using Falter.Records;

namespace Falter.Report;

/// <summary>Whether two runs can be compared, and what stands against it.</summary>
internal static class ComparedRuns
{
    private const int MostNames = 5;

    public static IReadOnlyList<Finding> Findings(RunData a, RunData b, IReadOnlyList<PlanDifference> plans)
    {
        var findings = new List<Finding>();
        (string first, string second) = (Experiment(a.Run), Experiment(b.Run));
        if (first != second)
        {
            findings.Add(Finding.Limits("experiments-differ", $"A is a run of {first}, B of {second}: plans are compared by their names alone, and one name may stand for different things."));
        }
        string[] conditions = [.. Conditions(a.Run, b.Run)];
        if (conditions.Length > 0) findings.Add(Finding.Limits("experiments-differ", $"A and B differ in {string.Join(", ", conditions)}; that may be why plans differ."));
        string[] faults = [.. plans.Where(p => p.FaultsDiffer).Select(p => p.Name)];
        if (faults.Length > 0)
        {
            string more = faults.Length > MostNames ? $" and {faults.Length - MostNames} more" : "";
            findings.Add(Finding.Limits("experiments-differ", $"The faults of these plans are not the same in A and B: {string.Join(", ", faults.Take(MostNames))}{more}."));
        }
        foreach ((string name, RunData run) in new[] { ("A", a), ("B", b) })
        {
            if (run.IsCutOff) findings.Add(Finding.Limits("interrupted", $"{name} was cut off, or goes on still: only its finished turns are compared."));
            else if (run.Verdict!.Interrupted) findings.Add(Finding.Limits("interrupted", $"{name} was interrupted: only its finished turns are compared."));
        }
        return findings;
    }

    private static string Experiment(RunDescription run) => run.Experiment ?? run.Target;

    private static IEnumerable<string> Conditions(RunDescription a, RunDescription b)
    {
        if (!a.Checks.SequenceEqual(b.Checks, StringComparer.Ordinal)) yield return "their checks";
        if (!a.Workload.SequenceEqual(b.Workload, StringComparer.Ordinal)) yield return "their workloads";
        foreach ((string what, double first, double second) in new[]
        {
            ("offered requests per second", a.WorkloadRate ?? 0, b.WorkloadRate ?? 0), ("seconds of baseline", a.BaselineSeconds, b.BaselineSeconds), ("seconds of injection", a.InjectSeconds, b.InjectSeconds),
            ("seconds of recovery", a.RecoverSeconds, b.RecoverSeconds), ("processors", a.Processors, b.Processors),
        })
        {
            if (first != second) yield return string.Create(CultureInfo.InvariantCulture, $"{what} ({first}, {second})");
        }
        if (a.Kernel != b.Kernel) yield return $"the kernel ({a.Kernel}, {b.Kernel})";
    }
}
