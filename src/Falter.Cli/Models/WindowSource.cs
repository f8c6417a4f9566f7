using Falter.Model;
using Falter.Observe;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary>Where natural errors come from: a recording, a Prometheus, Phoebe's saved query, a models file. What limits them is told on standard error.</summary>
internal static class WindowSource
{
    /// <summary>The natural errors of a window of a Prometheus.</summary>
    public static async Task<ErrorWindow> OfAsync(PrometheusQuery query, bool byProcess, CancellationToken cancel)
    {
        PrometheusObservation found = await PrometheusReader.ReadAsync(query, cancel);
        ErrorWindow window = found.Window ?? ErrorWindows.Of(found.Samples, byProcess) with { LeftOut = found.LeftOut };
        if (found.Window is not null && !byProcess) window = ErrorWindows.Together(window);
        return Checked(window, query.Source);
    }

    /// <summary>The natural errors of a file or folder.</summary>
    /// <param name="path">A run folder, a recording, or Phoebe's <c>query_results.json</c>.</param>
    /// <param name="byProcess">Whether processes are kept apart.</param>
    /// <param name="modelsToo">Whether a models file is taken, too: it has the counts, but no rates of intervals.</param>
    public static ErrorWindow Of(string path, bool byProcess, bool modelsToo)
    {
        if (IsPhoebes(path)) return Checked(PhoebeQueryFile.Read(path), path);
        if (!IsModels(path)) return Checked(ErrorWindows.Of(SampleReader.Read(path, f => Talk(f)), byProcess), path);
        if (!modelsToo) throw FalterException.Usage("run-not-readable", $"{path}: looks like a models file; models are derived from a recording, a run folder or Phoebe's query_results.json");
        ErrorWindow window = Counts(ModelsFile.Read(path));
        return byProcess ? window : ErrorWindows.Together(window);
    }

    /// <summary>One line on standard error.</summary>
    public static void Talk(Finding finding) => Console.Error.WriteLine($"falter: {finding}");

    private static ErrorWindow Checked(ErrorWindow window, string source)
    {
        if (window.Intervals == 0 && window.Series.Count == 0)
        {
            throw FalterException.Usage("no-samples", window.LeftOut > 0 ? $"{source}: something was injected in every interval ({window.LeftOut}), and what is injected is not natural; observe without injecting"
                : $"{source}: no interval in it; observe for longer");
        }
        if (window.LeftOut > 0) Talk(Finding.Note("injections-left-out", $"{source}: {window.LeftOut} intervals with injected errors were left out, {window.Intervals} were read"));
        if (window.Lost > 0) Talk(Finding.Limits("events-lost", $"{source}: {window.Lost} calls could not be counted, so counts are too low"));
        return window;
    }

    private static ErrorWindow Counts(ErrorModelSet set) => new()
    {
        Series =
        [
            .. set.Models.Where(m => m.Natural.Failures > 0).Select(m => new ErrorSeries
            {
                Process = m.Process,
                Syscall = m.Syscall,
                Errno = m.Errno,
                Failures = m.Natural.Failures,
                Invocations = m.Natural.Invocations,
                Rates = [new IntervalRate(m.Natural.OverallRate(), m.Natural.Invocations)],
            }),
        ],
        Invocations = set.Models.GroupBy(m => (m.Process, m.Syscall)).ToDictionary(g => g.Key, g => g.Max(m => m.Natural.Invocations)),
        Intervals = set.Intervals,
        LeftOut = set.LeftOut,
        Lost = set.Lost,
    };

    private static bool IsModels(string path) => Path.GetExtension(path) is ".yaml" or ".yml" or ".json" && File.Exists(path);

    /// <summary>Phoebe's file is a list; the lines of a recording are objects.</summary>
    private static bool IsPhoebes(string path)
    {
        if (Directory.Exists(path) || !File.Exists(path)) return false;
        try
        {
            using StreamReader reader = File.OpenText(path);
            int character = reader.Read();
            // A file of blanks is none; nobody writes so many before a list.
            for (int blanks = 0; blanks < 4096 && character >= 0 && char.IsWhiteSpace((char)character); blanks++) character = reader.Read();
            return character == '[';
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The reader that follows says why.
            return false;
        }
    }
}
