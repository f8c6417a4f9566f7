using Falter.Model;
using Falter.Records;

namespace Falter.Report;

/// <summary>
/// Reads what <see cref="ModelsYaml"/> and <see cref="ModelsJson"/> write, after people have edited it. Only <c>version</c>, <c>models</c> and of each model <c>syscall</c>, <c>errno</c> and
/// <c>injected_rate</c> are required. Whatever is not understood is a mistake with line and column; all are told at once.
/// </summary>
public static class ModelsFile
{
    private const string Code = "models-not-readable";

    // More would bury the first, which often is the cause of the others.
    private const int MostMistakes = 20;

    private static readonly string[] s_keys = ["version", "rule", "constants", "source", "intervals", "left_out_intervals", "lost", "models"];
    private static readonly string[] s_constants = ["floor", "ratio", "variance", "factor", "minimum_intervals", "minimum_failures", "minimum_invocations"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="FalterException"><c>models-not-readable</c>: no such file, or mistakes in it.</exception>
    public static ErrorModelSet Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FalterException.Usage(Code, $"{path}: {(File.Exists(path) ? e.Message.TrimEnd('.') : "no such file")}; `falter models RECORDING -o models.yaml` writes one");
        }
    }

    /// <summary>Reads a document.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="FalterException"><c>models-not-readable</c>.</exception>
    public static ErrorModelSet Parse(string text, string source)
    {
        var mistakes = new List<StrictMistake>();
        StrictNode? root = StrictYaml.Parse(text, mistakes);
        ErrorModelSet? set = null;
        if (root is StrictMap map) set = Document(map, source, mistakes);
        else if (root is not null) mistakes.Add(new StrictMistake(root.Line, root.Column, "expected version: 1 and models: …, as `falter models -o models.yaml` writes them"));
        if (set is not null && mistakes.Count == 0) return set;
        IEnumerable<Finding> told = mistakes.OrderBy(m => m.Line).ThenBy(m => m.Column).Take(MostMistakes).Select(m => Finding.Refusal(Code, $"{source}, line {m.Line}, column {m.Column}: {m.Message}"));
        if (mistakes.Count > MostMistakes) told = told.Append(Finding.Refusal(Code, $"{source}: {mistakes.Count - MostMistakes} more mistakes"));
        throw new FalterException([.. told], ExitCode.Usage);
    }

    private static ErrorModelSet? Document(StrictMap map, string source, List<StrictMistake> mistakes)
    {
        var reading = new StrictReading(map, "a models file", s_keys, mistakes);
        if (reading.Require("version", "1") && reading.Whole("version") is { } version && version != ModelsDocument.CurrentVersion)
        {
            reading.Add(reading.Place("version"), $"version {version}; this version of Falter reads version {ModelsDocument.CurrentVersion}");
        }
        var models = new List<ErrorModel>();
        var places = new Dictionary<(string, Syscall, Errno), long>();
        foreach (StrictNode item in reading.Require("models", "[]") && reading.List("models") is { } list ? list.Items : [])
        {
            if (item is not StrictMap entry) mistakes.Add(new StrictMistake(item.Line, item.Column, "models: expected a model with syscall, errno and injected_rate"));
            else if (ModelReading.Read(entry, mistakes) is not { } model) continue;
            else if (!places.TryAdd((model.Process, model.Syscall, model.Errno), entry.Line)) reading.Add(entry, $"{model.Name} of the same process is given twice, first in line {places[(model.Process, model.Syscall, model.Errno)]}");
            else models.Add(model);
        }
        return new ErrorModelSet
        {
            Options = Options(reading, mistakes),
            Source = reading.Text("source") ?? source,
            Intervals = (int)Math.Min(reading.Whole("intervals") ?? 0, int.MaxValue),
            LeftOut = (int)Math.Min(reading.Whole("left_out_intervals") ?? 0, int.MaxValue),
            Lost = reading.Whole("lost") ?? 0,
            Models = models,
        };
    }

    private static ErrorModelOptions Options(StrictReading reading, List<StrictMistake> mistakes)
    {
        var standard = new ErrorModelOptions();
        ErrorModelOptions options = standard with { Rule = reading.Word<ErrorModelRule>("rule") ?? standard.Rule };
        if (reading.Map("constants") is not { } map) return options;
        var constants = new StrictReading(map, "the constants", s_constants, mistakes);
        return options with
        {
            Floor = constants.Share("floor") ?? options.Floor,
            Ratio = constants.Number("ratio", 1) ?? options.Ratio,
            Variance = constants.Number("variance", 0) ?? options.Variance,
            Factor = constants.Number("factor", 1) ?? options.Factor,
            MinimumIntervals = (int)Math.Min(constants.Whole("minimum_intervals") ?? options.MinimumIntervals, int.MaxValue),
            MinimumFailures = constants.Whole("minimum_failures") ?? options.MinimumFailures,
            MinimumInvocations = constants.Whole("minimum_invocations") ?? options.MinimumInvocations,
        };
    }
}
