using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Falter.Linux.Features;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Cli;

/// <summary><c>falter clean</c>: undoes what Falters that were killed, with their keepers, have left behind.</summary>
internal static class CleanCommand
{
    private const string Text = "text", Json = "json";

    public static Command Create(CommandLine commandLine)
    {
        _ = commandLine;
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what was found and change nothing" };
        Option<string> format = OptionTypes.Choice("--format", "Lines, or one JSON document", Text, Text, Json);
        var verb = new Verb("clean", "Undo what was left behind where Falter and its keeper were both killed")
        {
            Details = "Finds journals that nobody is left to carry out, keepers that have nothing to keep, and things that bear Falter's name and whose owner is gone. Whatever belongs to a Falter that runs is left " +
                "alone. Needs root. Exit code 1 where something could not be undone.",
            Example = "sudo falter clean --dry-run",
        };
        verb.Options.Add(dryRun);
        verb.Options.Add(format);
        verb.SetAction(parsed => (int)Run(parsed.GetValue(dryRun), parsed.GetValue(format) == Json));
        return verb;
    }

    private static ExitCode Run(bool dryRun, bool asJson)
    {
        FeatureCatalogue.Root.Require();
        CleanedLeftover[] cleaned = [.. Leftovers.Find().Select(leftover => CleanedLeftover.Of(leftover, dryRun))];
        Console.Out.Write(asJson ? CleanJson.Write(new CleanReport(dryRun, cleaned)) : Lines(cleaned));
        return cleaned.Any(c => c.Outcome == CleanOutcome.Failed) ? ExitCode.Broke : ExitCode.Held;
    }

    private static string Lines(CleanedLeftover[] cleaned)
    {
        if (cleaned.Length == 0) return "nothing is left behind\n";
        var text = new StringBuilder();
        foreach (CleanedLeftover one in cleaned)
        {
            text.Append(one.Outcome switch
            {
                CleanOutcome.Found => $"found: {one.What}; by hand: {one.ByHand}\n",
                CleanOutcome.Undone => $"undone: {one.What}\n",
                _ => $"not undone: {one.What}: {one.Reason}; by hand: {one.ByHand}\n",
            });
        }
        return text.ToString();
    }
}

/// <summary>What became of a leftover.</summary>
internal enum CleanOutcome
{
    /// <summary>Nothing was done: a dry run.</summary>
    Found,

    Undone,
    Failed,
}

/// <summary>What <c>falter clean --format json</c> prints.</summary>
internal sealed record CleanReport(bool DryRun, IReadOnlyList<CleanedLeftover> Leftovers);

/// <summary>One leftover; the reason only where it could not be undone.</summary>
internal sealed record CleanedLeftover(string Kind, string What, string ByHand, CleanOutcome Outcome, string? Reason)
{
    public static CleanedLeftover Of(Leftover leftover, bool dryRun)
    {
        string? reason = dryRun ? null : Linux.Undo.Leftovers.Remove(leftover);
        return new CleanedLeftover(leftover.Kind, leftover.What, leftover.ByHand, dryRun ? CleanOutcome.Found : reason is null ? CleanOutcome.Undone : CleanOutcome.Failed, reason);
    }
}

/// <summary>The JSON form of <see cref="CleanReport"/>.</summary>
internal static class CleanJson
{
    // Text as it is: the output is no HTML.
    private static readonly CleanJsonContext s_context =
        new(new JsonSerializerOptions(CleanJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static string Write(CleanReport report) => JsonSerializer.Serialize(report, s_context.CleanReport) + "\n";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true,
    Converters = [typeof(WordJsonConverter<CleanOutcome>)])]
[JsonSerializable(typeof(CleanReport))]
internal sealed partial class CleanJsonContext : JsonSerializerContext;
