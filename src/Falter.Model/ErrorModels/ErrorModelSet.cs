using Falter.Records;

namespace Falter.Model;

/// <summary>Error models with all that is needed to judge where they come from. What <c>falter models</c> writes.</summary>
public sealed record ErrorModelSet
{
    /// <summary>The rule and its constants.</summary>
    public required ErrorModelOptions Options { get; init; }

    /// <summary>What was read, as the user named it: a folder, a file, a Prometheus with its window.</summary>
    public required string Source { get; init; }

    /// <summary>Intervals that were read; 0 where the source does not tell.</summary>
    public required int Intervals { get; init; }

    /// <summary>Intervals that were left out because something was injected in them.</summary>
    public int LeftOut { get; init; }

    /// <summary>Invocations that the observation could not count.</summary>
    public long Lost { get; init; }

    public required IReadOnlyList<ErrorModel> Models { get; init; }

    /// <summary>The models of a window.</summary>
    public static ErrorModelSet Of(ErrorWindow window, string source, ErrorModelOptions options, IReadOnlyDictionary<string, LanguageRuntime>? runtimes = null) => new()
    {
        Options = options,
        Source = source,
        Intervals = window.Intervals,
        LeftOut = window.LeftOut,
        Lost = window.Lost,
        Models = ErrorModelSynthesizer.Synthesize(window, options, runtimes),
    };
}
