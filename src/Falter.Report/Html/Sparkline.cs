using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>A turn's check latency in the size of a word, injection shaded, failed checks as strokes below.</summary>
internal static class Sparkline
{
    private const double Width = 132, Height = 26;

    public static string Draw(TurnData? turn)
    {
        CheckSample[] checks = [.. turn?.Checks.Where(c => c.Phase != RunPhase.Baseline) ?? []];
        if (checks.Length < 2) return "–";
        (double from, double to) = (checks[0].AtSeconds, Math.Max(checks[^1].AtSeconds, checks[0].AtSeconds + 0.001));
        double X(double at) => 1 + (at - from) / (to - from) * (Width - 2);
        double lowest = Math.Log(Math.Max(0.01, checks.Min(c => c.LatencyMs))), highest = Math.Max(lowest + 1, Math.Log(Math.Max(0.01, checks.Max(c => c.LatencyMs))));
        double Y(double ms) => 18 - (Math.Log(Math.Max(0.01, ms)) - lowest) / (highest - lowest) * 16;
        double injectionEnds = checks.Where(c => c.Phase == RunPhase.Inject).Select(c => c.AtSeconds).DefaultIfEmpty(from).Max();
        var svg = new StringBuilder();
        svg.Append($"<svg width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{checks.Count(c => !c.Passed)} of {checks.Length} checks failed\">");
        svg.Append($"<rect x=\"1\" y=\"0\" width=\"{Html.C(X(injectionEnds) - 1)}\" height=\"20\" class=\"inj\"/><path class=\"line\" d=\"");
        string step = "M";
        foreach (CheckSample check in Thinned.To(checks, 120))
        {
            // A failed check has no latency to speak of: the line is broken there.
            if (!check.Passed)
            {
                step = "M";
                continue;
            }
            svg.Append($"{step}{Html.C(X(check.AtSeconds))} {Html.C(Y(check.LatencyMs))}{(step == "M" ? "h0" : "")}");
            step = "L";
        }
        svg.Append("\"/>");
        foreach (CheckSample failed in Thinned.To([.. checks.Where(c => !c.Passed)], 120)) svg.Append($"<path class=\"fail\" d=\"M{Html.C(X(failed.AtSeconds))} 21v4\"/>");
        return svg.Append("</svg>").ToString();
    }
}

/// <summary>At most so many of a series, evenly chosen, so that a report stays small however long a run was.</summary>
internal static class Thinned
{
    public static IEnumerable<T> To<T>(IReadOnlyList<T> series, int most)
    {
        if (series.Count <= most) return series;
        return Enumerable.Range(0, most).Select(i => series[(int)((long)i * series.Count / most)]);
    }
}
