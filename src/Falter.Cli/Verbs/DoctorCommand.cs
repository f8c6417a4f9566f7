using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Falter.Linux.Features;
using Falter.Records;

namespace Falter.Cli;

/// <summary><c>falter doctor</c>: what this machine can do.</summary>
internal static class DoctorCommand
{
    private const string Text = "text", Json = "json";

    public static Command Create(CommandLine commandLine)
    {
        _ = commandLine;
        Option<string> format = OptionTypes.Choice("--format", "A table, or one JSON document", Text, Text, Json);
        var verb = new Verb("doctor", "Say what this machine can do, by trying each feature that Falter may need")
        {
            Details = "Needs no root, but can tell more with it. Exit code 3 where something is missing that `falter assess -- COMMAND` needs.",
            Example = "sudo falter doctor",
        };
        verb.Options.Add(format);
        verb.SetAction(parsed => (int)Run(parsed.GetValue(format) == Json));
        return verb;
    }

    private static ExitCode Run(bool asJson)
    {
        var examined = new Examination(KernelRelease.Running, [.. FeatureCatalogue.All.Select(f => (f, f.Probe()))]);
        Console.Out.Write(asJson ? DoctorJson.Of(examined) : DoctorTable.Of(examined));
        return examined.MissingForMainJob.Any() ? ExitCode.Cannot : ExitCode.Held;
    }
}

/// <summary>Every feature with what its probe found.</summary>
internal sealed record Examination(Version Kernel, IReadOnlyList<(Feature Feature, FeatureResult Result)> Results)
{
    public IEnumerable<Feature> MissingForMainJob => Results.Where(r => r.Feature.NeededByMainJob && r.Result.State != FeatureState.Found).Select(r => r.Feature);
}

/// <summary>What becomes of a target whose Falter is killed, in plain words: the same on every machine.</summary>
internal static class WhenKilled
{
    public const string FalterAlone = "its keeper, or the kernel, takes everything back within a second; the target goes on";

    public const string KeeperToo = "pauses, limits and what was done to containers stay until `sudo falter clean`; rules for packets go with Falter from Linux 5.12 on; " +
        "a target that was launched with a filter, or given one, gets ENOSYS from the calls selected until it is started anew; ptrace and eBPF leave nothing";
}

/// <summary>The examination for people.</summary>
internal static class DoctorTable
{
    public static string Of(Examination examined)
    {
        var text = new StringWriter();
        text.WriteLine($"{"FEATURE",-24}{"STATE",-16}{"SINCE",-8}NEEDED FOR");
        foreach ((Feature feature, FeatureResult result) in examined.Results)
        {
            text.WriteLine($"{feature.Name,-24}{StateWord(result.State),-16}{feature.Since?.ToString() ?? "-",-8}{feature.NeededFor}");
        }
        foreach ((Feature feature, FeatureResult result) in examined.Results.Where(r => r.Result.State != FeatureState.Found))
        {
            text.WriteLine();
            text.WriteLine($"{feature.Name}: {feature.Explain(result, examined.Kernel)}");
            text.WriteLine($"  remedy: {feature.Remedy(result, examined.Kernel)}");
        }
        text.WriteLine();
        text.WriteLine($"kill -9 of Falter: {WhenKilled.FalterAlone}");
        text.WriteLine($"kill -9 of Falter and its keeper: {WhenKilled.KeeperToo}");
        text.WriteLine();
        string[] missing = [.. examined.MissingForMainJob.Select(f => f.Name)];
        text.WriteLine(missing.Length == 0
            ? "falter assess -- COMMAND: everything it needs was found"
            : $"falter assess -- COMMAND cannot work here: {string.Join(", ", missing)}");
        return text.ToString();
    }

    public static string StateWord(FeatureState state) => state == FeatureState.CouldNotTell ? "could not tell" : Words.Of(state);
}

/// <summary>The examination for programs.</summary>
internal static class DoctorJson
{
    // Text as it is: the output is no HTML.
    private static readonly DoctorJsonContext s_context =
        new(new JsonSerializerOptions(DoctorJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static string Of(Examination examined) => JsonSerializer.Serialize(
        new DoctorReport(examined.Kernel.ToString(), !examined.MissingForMainJob.Any(),
        [
            .. examined.Results.Select(r => new DoctorRow(r.Feature.Name, Words.Of(r.Result.State), r.Feature.Since?.ToString(), r.Feature.NeededFor, r.Feature.NeededByMainJob,
                r.Feature.Explain(r.Result, examined.Kernel), r.Result.State == FeatureState.Found ? null : r.Feature.Remedy(r.Result, examined.Kernel))),
        ],
        new DoctorFate(WhenKilled.FalterAlone, WhenKilled.KeeperToo)), s_context.DoctorReport) + "\n";
}

/// <summary>What <c>--format json</c> prints.</summary>
/// <param name="Kernel">The running kernel's version, for example <c>6.1</c>.</param>
/// <param name="MainJob">Whether everything that <c>falter assess -- COMMAND</c> needs was found; the exit code says the same.</param>
/// <param name="Features">One row per feature.</param>
/// <param name="WhenKilled">What becomes of a target.</param>
internal sealed record DoctorReport(string Kernel, bool MainJob, IReadOnlyList<DoctorRow> Features, DoctorFate WhenKilled);

/// <summary>What becomes of a target when Falter is killed with SIGKILL, alone or with its keeper.</summary>
internal sealed record DoctorFate(string FalterAlone, string KeeperToo);

/// <summary>One feature: state <c>found</c>, <c>missing</c> or <c>could-not-tell</c>; remedy only where it was not found.</summary>
internal sealed record DoctorRow(string Name, string State, string? Since, string NeededFor, bool NeededByMainJob, string Detail, string? Remedy);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJsonContext : JsonSerializerContext;
