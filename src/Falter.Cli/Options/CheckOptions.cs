using System.CommandLine;
using Falter.Records;

namespace Falter.Cli;

/// <summary>How health is told and what drives the target: <c>--check</c>, <c>--workload</c> and what belongs to them.</summary>
internal sealed class CheckOptions
{
    private readonly Option<string[]> _check = new("--check")
    {
        Description = "A URL that must answer 200 to 399, or a command that must end with 0; probed all the time (may be given several times)",
        HelpName = "URL|COMMAND",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> _workload = new("--workload")
    {
        Description = "What drives the target: URLs, requested at --rate, or one command, run again and again",
        HelpName = "URL|COMMAND",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<double> _rate = OptionTypes.PerSecond("--rate", "Requests per second of a workload of URLs", 200);
    private readonly Option<TimeSpan> _timeout = OptionTypes.Duration("--timeout", "A probe or request without an answer for this long has failed", TimeSpan.FromSeconds(2));

    public CheckOptions(Command verb)
    {
        foreach (Option option in new Option[] { _check, _workload, _rate, _timeout }) verb.Options.Add(option);
    }

    /// <summary>The checks, at least one; the mistakes of all are added to <paramref name="mistakes"/>.</summary>
    public IReadOnlyList<CheckDefinition> ReadChecks(ParseResult parsed, TimeSpan interval, List<Finding> mistakes)
    {
        string[] texts = parsed.GetValue(_check) ?? [];
        if (texts.Length == 0)
        {
            mistakes.Add(Finding.Refusal("no-check", "no check; give at least one: --check http://127.0.0.1:8080/ or --check 'redis-cli ping'"));
        }
        TimeSpan timeout = parsed.GetValue(_timeout);
        // Given twice, it is the same check: names tell checks apart.
        return [.. texts.Distinct(StringComparer.Ordinal).Select(text => Check("--check", text, interval, timeout, mistakes)).OfType<CheckDefinition>()];
    }

    /// <summary>A check of an option's text: a URL or a command. Null where it is neither, with the mistake added.</summary>
    public static CheckDefinition? Check(string option, string text, TimeSpan interval, TimeSpan timeout, List<Finding> mistakes)
    {
        if (!LooksLikeUrl(text)) return new CommandCheckDefinition { Name = text, Command = text, Interval = interval, Timeout = timeout };
        return Url(option, text, mistakes) is not null ? new HttpCheckDefinition { Name = text, Url = text, Interval = interval, Timeout = timeout } : null;
    }

    /// <summary>The workload; null where none was given.</summary>
    public WorkloadDefinition? ReadWorkload(ParseResult parsed, List<Finding> mistakes)
    {
        string[] texts = parsed.GetValue(_workload) ?? [];
        if (texts.Length == 0) return null;
        TimeSpan timeout = parsed.GetValue(_timeout);
        if (texts is [var command] && !LooksLikeUrl(command)) return new CommandWorkloadDefinition { Command = command, Timeout = TimeSpan.FromTicks(timeout.Ticks * 5) };
        if (!texts.All(LooksLikeUrl))
        {
            mistakes.Add(Finding.Refusal("bad-option", "--workload: either URLs or one command; put several commands into one: --workload 'a; b'"));
            return null;
        }
        string[] urls = [.. texts.Where(t => Url("--workload", t, mistakes) is not null)];
        return urls.Length == texts.Length ? new HttpWorkloadDefinition { Urls = urls, RatePerSecond = parsed.GetValue(_rate), Timeout = timeout } : null;
    }

    private static bool LooksLikeUrl(string text) =>
        text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static Uri? Url(string option, string text, List<Finding> mistakes)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url)) return url;
        mistakes.Add(Finding.Refusal("bad-option", $"{option}: '{text}' is no URL; expected for example http://127.0.0.1:8080/"));
        return null;
    }
}
