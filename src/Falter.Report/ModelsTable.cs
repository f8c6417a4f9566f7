using System.Globalization;
using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>Error models for the terminal.</summary>
public static class ModelsTable
{
    public static string Render(IReadOnlyList<ErrorModel> models)
    {
        if (models.Count == 0) return "no system call failed in this recording: no models" + Environment.NewLine;
        var text = new StringBuilder();
        int name = Math.Max(13, models.Max(m => m.Name.Length));
        text.AppendLine(CultureInfo.InvariantCulture, $"{"SYSCALL:ERRNO".PadRight(name)}  CLASS        INJECT    FAILURES      CALLS  INTERVALS      P5    MEAN     P95");
        foreach (ErrorModel m in models)
        {
            NaturalError n = m.Natural;
            string marks = string.Join(", ", new[] { (m.Weak, "weak"), (m.NormalOutcome, "normal outcome") }.Where(k => k.Item1).Select(k => k.Item2));
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{m.Name.PadRight(name)}  {Words.Of(m.Class),-11} {Shares.Format(m.InjectedRate),7} {n.Failures,11} {n.Invocations,10} {n.Intervals,10} {Shares.Format(n.RateP5),7} {Shares.Format(n.RateMean),7} {Shares.Format(n.RateP95),7}{(marks.Length > 0 ? $"  {marks}" : "")}");
        }
        return text.ToString();
    }

}
