using Falter.Records;

namespace Falter.Model;

/// <summary>What a request usually gives is its own measure: a page that is missing by nature answers 404 and has not failed.</summary>
internal sealed class RequestOutcomes(PhaseObservation baseline)
{
    private readonly Dictionary<string, string> _usual = baseline.Requests.GroupBy(r => r.Request)
        .ToDictionary(g => g.Key, g => g.GroupBy(r => r.Outcome).MaxBy(o => o.Count())!.Key, StringComparer.Ordinal);

    /// <summary>What most of the same request gave in the baseline.</summary>
    public string Usual(RequestSample request) => _usual[request.Request];

    /// <summary>Whether a request ended otherwise than usual; one that the baseline never saw cannot be told.</summary>
    public bool IsUnusual(RequestSample request) => _usual.TryGetValue(request.Request, out string? usual) && request.Outcome != usual;
}
