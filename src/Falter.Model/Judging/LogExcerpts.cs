using Falter.Records;

namespace Falter.Model;

/// <summary>What the system's processes wrote around a moment.</summary>
internal static class LogExcerpts
{
    // A line is read at most 100 ms after it was written, and what follows from a failure is written within a second; what led to it shortly before.
    private const double SecondsBefore = 1, SecondsAfter = 2;

    // Moments that are nearer to each other than that show the same lines.
    private const double SameMoment = 0.5;

    private const int MostBefore = 5, MostAfter = 10;

    /// <summary>The lines around each moment, by role; roles that wrote nothing then have none.</summary>
    public static IReadOnlyList<LogExcerpt> Around(TurnObservation seen, IEnumerable<double?> moments)
    {
        LogLine[] lines = [.. seen.Inject.Log, .. seen.Recover.Log, .. seen.Inspect.Log];
        var excerpts = new List<LogExcerpt>();
        foreach (double moment in Apart(moments))
        {
            foreach (IGrouping<string, LogLine> role in lines.Where(l => l.AtSeconds >= moment - SecondsBefore && l.AtSeconds <= moment + SecondsAfter).GroupBy(l => l.Role))
            {
                string[] before = [.. role.Where(l => l.AtSeconds < moment).Select(l => l.Text).TakeLast(MostBefore)], after = [.. role.Where(l => l.AtSeconds >= moment).Select(l => l.Text).Take(MostAfter)];
                excerpts.Add(new LogExcerpt(role.Key, moment, [.. before, .. after]));
            }
        }
        return excerpts;
    }

    private static List<double> Apart(IEnumerable<double?> moments)
    {
        var apart = new List<double>();
        foreach (double moment in moments.OfType<double>().Order())
        {
            if (apart.Count == 0 || moment - apart[^1] > SameMoment) apart.Add(moment);
        }
        return apart;
    }
}
