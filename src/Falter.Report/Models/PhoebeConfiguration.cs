using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Falter.Model;
using Falter.Records;

namespace Falter.Report;

/// <summary>Phoebe's configuration of its injector, <c>fi_experiments_config.json</c>: for its own tools, and to compare with what it published.</summary>
public static class PhoebeConfiguration
{
    /// <summary>Phoebe's own duration of each experiment.</summary>
    public static readonly TimeSpan StandardDuration = TimeSpan.FromSeconds(300);

    /// <summary>All models, weak ones too: the format has no marks. The failure rate is the injected rate, as Phoebe does not calibrate.</summary>
    /// <param name="set">The models.</param>
    /// <param name="duration">How long each experiment takes.</param>
    public static string Write(ErrorModelSet set, TimeSpan duration) =>
        JsonSerializer.Serialize(new PhoebeDocument("Syscall Fault Injection Experiments", $"Error models of {set.Source}, {ModelsTable.RuleLine(set.Options)}",
            [.. set.Models.Select(m => PhoebeExperiment.Of(m, duration))]), s_format.PhoebeDocument);

    private static readonly PhoebeFormatContext s_format =
        new(new JsonSerializerOptions(PhoebeFormatContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true });
}

internal sealed record PhoebeDocument(string ExperimentName, string ExperimentDescription, IReadOnlyList<PhoebeExperiment> Experiments);

internal sealed record PhoebeExperiment(string SyscallName, string ErrorCode, double FailureRate, double OriginalMinRate, double OriginalMeanRate, double OriginalMaxRate, double ExperimentDuration)
{
    // Phoebe's minimum and maximum are the 5th and the 95th percentile; its injector expects the minus sign.
    public static PhoebeExperiment Of(ErrorModel m, TimeSpan duration) =>
        new(m.Syscall.Name, $"-{m.Errno}", m.InjectedRate, m.Natural.RateP5, m.Natural.RateMean, m.Natural.RateP95, duration.TotalSeconds);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PhoebeDocument))]
internal sealed partial class PhoebeFormatContext : JsonSerializerContext;
