using Falter.Experiment;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary>One assessment from the open run folder to the exit code: steps 2, 3 and 10 of the run around <see cref="AssessmentRunner"/>.</summary>
internal sealed class AssessmentRun(Assessment assessment, CommandLine commandLine, string? output, Verdict failOn, bool json, ExportChoice? export = null)
{
    public async Task<ExitCode> RunAsync(CancellationToken cancel)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        string run = $"{started:yyyy-MM-dd'T'HHmmss}-{assessment.TargetName}";
        string path = output ?? Path.Combine("falter-runs", run);
        // 2 probe.
        AssessmentFeatures.Require(assessment);
        await using MetricExports? exports = await MetricExports.OpenAsync(export, talk => Console.Error.WriteLine($"falter: {talk}"));
        // 3 open.
        using RunFolder folder = RunFolder.Create(path);
        folder.WriteWhole(RunFolderFiles.Run, RunDescriptions.Text(RunDescriptions.Describe(assessment, commandLine, run, started)));
        await Console.Error.WriteLineAsync($"run folder {folder.Path}, seed {assessment.Seed}");
        RunVerdict verdict;
        await using (var runner = new AssessmentRunner(assessment, folder, TimeProvider.System))
        using (var progress = new AssessmentProgress(assessment, Console.Error, live: !Console.IsErrorRedirected))
        {
            runner.Happened = progress.Happened;
            AssessmentMetrics? metrics = exports is null ? null : new AssessmentMetrics(exports, runner);
            verdict = await runner.RunAsync(run, models =>
            {
                progress.Chosen(models);
                metrics?.Chosen(models);
            }, cancel);
        }
        // 10 tell.
        folder.WriteWhole(RunFolderFiles.Verdict, VerdictJson.Write(verdict));
        RunData data = RunFolderReader.Read(folder.Path);
        folder.WriteWhole(RunFolderFiles.Report, HtmlReport.Render(data));
        Console.Write(json ? VerdictJson.Write(verdict) + Environment.NewLine : TextReport.Render(data, colour: !Console.IsOutputRedirected));
        if (verdict.Interrupted)
        {
            await Console.Error.WriteLineAsync($"falter: interrupted; nothing is left armed. What was judged until then: {folder.PathOf(RunFolderFiles.Report)}");
            return ExitCode.Interrupted;
        }
        return verdict.Plans.Any(m => m.Verdict >= failOn) ? ExitCode.Broke : ExitCode.Held;
    }
}
