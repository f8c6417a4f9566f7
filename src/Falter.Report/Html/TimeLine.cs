using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>
/// One turn in time, its baseline first: check latency, failed checks, requests that ended otherwise than usual, injected calls, deaths. Drawn once for wide screens
/// and once for narrow ones: scaled text would be too small to read on a phone.
/// </summary>
internal sealed class TimeLine
{
    private const double LatencyTop = 22, LatencyBottom = 122, FailLane = 136, BarsBottom = 182, BarsHeight = 30, InjectedBottom = 204, InjectedHeight = 12, Height = 226, PinRadius = 8;

    private readonly double _left, _right, _from, _to;
    private readonly IReadOnlyList<(RunPhase Phase, double From, double To)> _phases;
    private readonly CheckSample[] _checks;
    private readonly RequestSample[] _unusual;
    private readonly RunEvent[] _events;
    private readonly StringBuilder _svg = new();
    private readonly double _lowest, _highest;

    private TimeLine(RunData run, TurnData turn, double width, string sizeClass)
    {
        (_left, _right) = (54, width - 6);
        _checks = [.. turn.Checks];
        _unusual = [.. turn.Unusual(run)];
        _events = [.. turn.Events];
        RunEvent[] starts = [.. _events.Where(e => e.Kind == "phase")];
        _from = starts.Length > 0 ? starts[0].AtSeconds : 0;
        double lastSample = _checks.Length > 0 ? _checks[^1].AtSeconds : _from;
        _to = Math.Max(Math.Max(lastSample, _events.Length > 0 ? _events[^1].AtSeconds : _from), _from + 0.1);
        _phases = [.. starts.Select((s, i) => (s.Phase, s.AtSeconds, i + 1 < starts.Length ? starts[i + 1].AtSeconds : _to))];
        double[] latencies = [.. _checks.Where(c => c.Passed).Select(c => Math.Max(0.05, c.LatencyMs))];
        // Whole decades, so that grid lines are round numbers.
        _lowest = Math.Floor(Math.Log10(latencies.DefaultIfEmpty(1).Min()));
        _highest = Math.Max(_lowest + 1, Math.Ceiling(Math.Log10(latencies.DefaultIfEmpty(10).Max())));
        _svg.Append($"<svg class=\"chart {sizeClass}\" viewBox=\"0 0 {Html.C(width)} {Height}\" role=\"img\" aria-label=\"Time line: {_checks.Count(c => !c.Passed)} of {_checks.Length} checks failed\">");
    }

    /// <summary>Both drawings of a turn; empty where nothing is known of it.</summary>
    public static string Draw(RunData run, TurnData turn) => turn.Events.Count > 0 ? new TimeLine(run, turn, 1100, "wide").Drawn() + new TimeLine(run, turn, 360, "narrow").Drawn() : "";

    private string Drawn()
    {
        DrawPhases();
        DrawLatency();
        DrawFailures();
        DrawBars("unusual", "requests", BarsBottom, BarsHeight, PerSecond(_unusual.Select(r => (r.AtSeconds, 1L))));
        // The count of the second before, and of no moment before the first could be.
        double armed = _phases.Where(p => p.Phase == RunPhase.Inject).Select(p => p.From).FirstOrDefault(_from);
        DrawBars("injected", "injected", InjectedBottom, InjectedHeight, PerSecond(_events.Where(e => e.Kind == "injected").Select(e => (Math.Max(armed, e.AtSeconds - 0.5), e.Value ?? 0))));
        DrawDeaths();
        DrawTimeAxis();
        return _svg.Append("</svg>").ToString();
    }

    private double X(double at) => _left + (at - _from) / (_to - _from) * (_right - _left);

    private double Y(double ms) => LatencyBottom - (Math.Log10(Math.Max(0.05, ms)) - _lowest) / (_highest - _lowest) * (LatencyBottom - LatencyTop);

    private void DrawPhases()
    {
        foreach ((RunPhase phase, double from, double to) in _phases)
        {
            (double x, double width) = (X(from), X(to) - X(from));
            _svg.Append($"<rect x=\"{Html.C(x)}\" y=\"16\" width=\"{Html.C(Math.Max(0, width - 1))}\" height=\"{InjectedBottom - 16}\" class=\"{(phase == RunPhase.Inject ? "inj" : "phase")}\"/>");
            if (width > 44) _svg.Append($"<text x=\"{Html.C(x + 2)}\" y=\"11\" class=\"strong\">{Words.Of(phase)}</text>");
        }
    }

    private void DrawLatency()
    {
        for (double decade = _lowest; decade <= _highest; decade++)
        {
            double y = Y(Math.Pow(10, decade));
            _svg.Append($"<path class=\"grid\" d=\"M{_left} {Html.C(y)}H{Html.C(_right)}\"/><text x=\"{_left - 4}\" y=\"{Html.C(y + 4)}\" text-anchor=\"end\">{Math.Pow(10, decade):0.###}{(decade == _highest ? " ms" : "")}</text>");
        }
        foreach (IGrouping<string, CheckSample> check in _checks.GroupBy(c => c.Check))
        {
            _svg.Append("<path class=\"line\" d=\"");
            string step = "M";
            foreach (CheckSample sample in Thinned.To([.. check], 300))
            {
                // h0: a probe that passed between two that failed is a dot; a path of one point alone would not be drawn.
                if (sample.Passed) _svg.Append($"{step}{Html.C(X(sample.AtSeconds))} {Html.C(Y(sample.LatencyMs))}{(step == "M" ? "h0" : "")}");
                step = sample.Passed ? "L" : "M";
            }
            _svg.Append("\"/>");
        }
    }

    private void DrawFailures()
    {
        _svg.Append($"<text x=\"{_left - 4}\" y=\"{FailLane + 4}\" text-anchor=\"end\">failed</text>");
        foreach (CheckSample failed in Thinned.To([.. _checks.Where(c => !c.Passed)], 300))
        {
            double x = X(failed.AtSeconds);
            _svg.Append($"<path class=\"fail\" d=\"M{Html.C(x - 3)} {FailLane - 3}l6 6m0 -6l-6 6\"/>");
        }
    }

    private static Dictionary<int, long> PerSecond(IEnumerable<(double At, long Count)> happened) =>
        happened.GroupBy(h => (int)h.At).ToDictionary(g => g.Key, g => g.Sum(h => h.Count));

    private void DrawBars(string kind, string name, double bottom, double height, IReadOnlyDictionary<int, long> perSecond)
    {
        long most = perSecond.Count == 0 ? 0 : perSecond.Values.Max();
        _svg.Append($"<text x=\"{_left - 4}\" y=\"{Html.C(bottom - 1)}\" text-anchor=\"end\">{name}</text><path class=\"axis\" d=\"M{_left} {bottom}H{Html.C(_right)}\"/>");
        foreach ((int second, long count) in Thinned.To([.. perSecond.OrderBy(s => s.Key)], 300))
        {
            (double x, double end) = (X(Math.Max(_from, second)), X(Math.Min(_to, second + 1)));
            double tall = Math.Max(1, height * count / most);
            if (count > 0) _svg.Append($"<rect class=\"{kind}\" x=\"{Html.C(x + 0.5)}\" y=\"{Html.C(bottom - tall)}\" width=\"{Html.C(Math.Max(1, end - x - 1))}\" height=\"{Html.C(tall)}\"/>");
        }
        if (most > 0 && height > 20) _svg.Append($"<text x=\"{_left - 4}\" y=\"{Html.C(bottom - height + 9)}\" text-anchor=\"end\" class=\"mu\">{most}/s</text>");
    }

    private void DrawDeaths()
    {
        int number = 0;
        (double last, double row) = (double.NegativeInfinity, 0);
        foreach (RunEvent death in _events.Where(e => e.Kind is "target-died" or "child-died").Take(9))
        {
            double x = X(death.AtSeconds);
            // Pins that would touch stand below one another.
            row = x - last < 2 * PinRadius + 1 ? (row + 1) % 4 : 0;
            last = x;
            double y = LatencyTop + PinRadius + row * (2 * PinRadius + 1);
            _svg.Append($"<circle class=\"pin\" cx=\"{Html.C(x)}\" cy=\"{Html.C(y)}\" r=\"{PinRadius}\"/><text class=\"pin-text\" x=\"{Html.C(x)}\" y=\"{Html.C(y + 4)}\">{++number}</text>");
        }
    }

    private void DrawTimeAxis()
    {
        double length = _to - _from;
        double step = new[] { 1, 2, 5, 10, 20, 30, 60, 120, 300, 600 }.First(s => length / s <= (_right > 500 ? 14 : 6) || s == 600);
        for (double at = 0; at <= length; at += step)
        {
            _svg.Append($"<text x=\"{Html.C(X(_from + at))}\" y=\"{Height - 6}\" text-anchor=\"{(at == 0 ? "start" : at + step > length ? "end" : "middle")}\">{Html.C(_from + at)}{(at == 0 ? " s" : "")}</text>");
        }
    }
}
