using System.CommandLine;
using Falter.Observe;
using Falter.Records;

namespace Falter.Cli;

/// <summary>The options that name a window of a Prometheus.</summary>
internal sealed class PrometheusOptions
{
    private static readonly PrometheusQuery s_standard = new() { Url = new Uri("http://127.0.0.1:9090"), Start = default, End = default };

    private readonly Option<Uri?> _url = OptionTypes.HttpUrl("--prometheus", "Read a window of this Prometheus, which scrapes `falter monitor --listen` or Phoebe's monitor", "http://127.0.0.1:9090");
    private readonly Option<DateTimeOffset?> _start = OptionTypes.Time("--start", "The window's start: unix time in seconds, or RFC 3339, as 2026-11-21T09:00:00Z");
    private readonly Option<DateTimeOffset?> _end = OptionTypes.Time("--end", "The window's end [default: now]");
    private readonly Option<TimeSpan> _step = OptionTypes.Duration("--step", "Distance of the points, which become intervals; not below the scrape interval", s_standard.Step);
    private readonly Option<string?> _match = new("--match") { Description = "Take only series with these labels, as in PromQL: job=\"web\",instance=~\"a.*\"", HelpName = "MATCHERS" };
    private readonly Option<string[]> _by = new("--by") { Description = "Keep processes of the same name apart by this label; may be given several times", HelpName = "LABEL", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _names = OptionTypes.Choice("--metrics", "Whose metrics are read; auto: Falter's where the window has them, else Phoebe's", "auto", "auto", "falter", "phoebe");
    private readonly bool _hasWindow;

    /// <param name="verb">The verb.</param>
    /// <param name="hasWindow">Whether the window is named by --start and --end.</param>
    public PrometheusOptions(Verb verb, bool hasWindow)
    {
        _hasWindow = hasWindow;
        verb.Options.Add(_url);
        foreach (Option option in hasWindow ? (Option[])[_start, _end] : []) verb.Options.Add(option);
        foreach (Option option in (Option[])[_step, _match, _by, _names]) verb.Options.Add(option);
    }

    /// <summary>The window named by --start and --end; null where no Prometheus is asked for.</summary>
    public PrometheusQuery? Read(ParseResult parsed)
    {
        if (parsed.GetValue(_url) is null)
        {
            Option[] strays = [.. verbOptions().Where(o => parsed.GetResult(o) is { Implicit: false })];
            return strays.Length == 0 ? null : throw FalterException.Usage("bad-option", $"{string.Join(", ", strays.Select(o => o.Name))}: only with --prometheus; expected for example --prometheus http://127.0.0.1:9090");
        }
        if (parsed.GetValue(_start) is not { } start) throw FalterException.Usage("bad-option", "--start is missing; expected with --prometheus, for example --start 2026-11-21T09:00:00Z");
        return Query(parsed, start, parsed.GetValue(_end) ?? DateTimeOffset.UtcNow);

        Option[] verbOptions() => [_start, _end, _step, _match, _by, _names];
    }

    /// <summary>A window written as one word, <c>START..END</c>; null where no Prometheus is asked for.</summary>
    public PrometheusQuery? Read(ParseResult parsed, string window)
    {
        if (_hasWindow || parsed.GetValue(_url) is null) return null;
        string[] ends = window.Split("..", 2);
        if (ends.Length != 2) throw FalterException.Usage("bad-option", $"'{window}' is no window; expected with --prometheus START..END, for example 2026-11-21T09:00:00Z..2026-11-21T10:00:00Z");
        DateTimeOffset[] times = [.. ends.Select(e => PointsInTime.TryParse(e, out DateTimeOffset time, out string problem) ? time : throw FalterException.Usage("bad-option", $"window '{window}': {problem}"))];
        return Query(parsed, times[0], times[1]);
    }

    private PrometheusQuery Query(ParseResult parsed, DateTimeOffset start, DateTimeOffset end) => new()
    {
        Url = parsed.GetValue(_url)!,
        Start = start,
        End = end,
        Step = parsed.GetValue(_step),
        Match = parsed.GetValue(_match) ?? "",
        By = parsed.GetValue(_by) ?? [],
        Names = Words.TryParse(parsed.GetValue(_names)!, out PrometheusNames names) ? names : PrometheusNames.Auto,
    };
}
