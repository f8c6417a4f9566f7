using System.CommandLine;
using System.Net;
using Falter.Records;

namespace Falter.Cli;

/// <summary>Where metrics go.</summary>
/// <param name="Listen">Where Prometheus may ask for them; null for nowhere.</param>
/// <param name="PhoebeNames">Whether they are told under Phoebe's names too.</param>
/// <param name="Otlp">The OpenTelemetry receiver that they are sent to; null for none.</param>
/// <param name="MaxSeries">The most series.</param>
internal sealed record ExportChoice(IPEndPoint? Listen, bool PhoebeNames, Uri? Otlp, int MaxSeries);

/// <summary>The options of verbs that publish metrics: <c>--listen</c>, <c>--otlp</c> and what belongs to them.</summary>
internal sealed class ExportOptions
{
    private readonly Option<string?> _listen = new("--listen") { Description = "Serve metrics for Prometheus at http://ADDR:PORT/metrics; :PORT is this machine alone", HelpName = "ADDR:PORT" };
    private readonly Option<bool> _phoebeNames = new("--phoebe-names") { Description = "With --listen: serve Phoebe's four metrics too, for dashboards made for them" };

    private readonly Option<string?> _otlp = new("--otlp")
    {
        Description = "Send metrics to an OpenTelemetry receiver, every 10s (OTEL_METRIC_EXPORT_INTERVAL); port 4318 or a path /v1/metrics takes HTTP, all else gRPC",
        HelpName = "URL",
    };

    private readonly Option<int> _maxSeries = OptionTypes.Count("--max-series", "The most time series that are published; what is beyond is counted as dropped", 10_000);

    public ExportOptions(Command verb)
    {
        foreach (Option option in new Option[] { _listen, _phoebeNames, _otlp, _maxSeries }) verb.Options.Add(option);
    }

    /// <summary>What was chosen; null where nothing is published.</summary>
    /// <exception cref="FalterException"><c>bad-option</c>, all mistakes at once.</exception>
    public ExportChoice? Read(ParseResult parsed)
    {
        List<Finding> mistakes = [];
        IPEndPoint? listen = Listen(parsed.GetValue(_listen), mistakes);
        Uri? otlp = Otlp(parsed.GetValue(_otlp), mistakes);
        bool phoebeNames = parsed.GetValue(_phoebeNames);
        if (phoebeNames && parsed.GetValue(_listen) is null) mistakes.Add(Finding.Refusal("bad-option", "--phoebe-names: nothing serves them; add for example --listen :9435"));
        if (mistakes.Count > 0) throw new FalterException(mistakes, ExitCode.Usage);
        return listen is null && otlp is null ? null : new ExportChoice(listen, phoebeNames, otlp, parsed.GetValue(_maxSeries));
    }

    private static IPEndPoint? Listen(string? text, List<Finding> mistakes)
    {
        if (text is null) return null;
        if (ListenAddress.TryParse(text, out IPEndPoint endPoint, out string problem)) return endPoint;
        mistakes.Add(Finding.Refusal("bad-option", $"--listen: {problem}"));
        return null;
    }

    private static Uri? Otlp(string? text, List<Finding> mistakes)
    {
        if (text is null) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps) && url.Host.Length > 0) return url;
        mistakes.Add(Finding.Refusal("bad-option", $"--otlp: '{text}' is no http or https URL; expected for example http://127.0.0.1:4318"));
        return null;
    }
}
