using Falter.Experiment;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary>One run of an experiment from the open run folder to the exit code: steps 2, 3 and 10 of the run around <see cref="ExperimentRunner"/>.</summary>
/// <param name="choice">What the command line says beside the experiment.</param>
internal sealed class ExperimentExecution(RunChoice choice)
{
    /// <summary>A new run.</summary>
    /// <param name="definition">The experiment, with its seed.</param>
    /// <param name="only">A glob over plans' names; null: all plans.</param>
    /// <param name="commandLine">What repeats the run.</param>
    /// <param name="cancel">Ends it early.</param>
    public async Task<ExitCode> RunAsync(ExperimentDefinition definition, string? only, CommandLine commandLine, CancellationToken cancel)
    {
        IReadOnlyList<ErrorModel> models = ModelsOf(definition);
        RequirePlans(definition, models, only);
        if (choice.DryRun)
        {
            ExperimentText.Write(definition, models, Console.Out);
            return ExitCode.Held;
        }
        DateTimeOffset started = DateTimeOffset.UtcNow;
        string run = $"{started:yyyy-MM-dd'T'HHmmss}-{definition.Name}";
        // 2 probe.
        ExperimentFeatures.Require(definition);
        await using MetricExports? exports = await OpenExportsAsync();
        // 3 open. The description comes last: a folder that has one has all that a run needs to go on after an interruption.
        using RunFolder folder = RunFolder.Create(choice.Output ?? Path.Combine("falter-runs", run));
        folder.WriteWhole(RunFolderFiles.Experiment, ExperimentYaml.Of(definition));
        RunDescription description = RunDescriptions.Describe(definition, commandLine, run, started) with { Only = only };
        folder.WriteWhole(RunFolderFiles.Run, RunDescriptions.Text(description));
        return await RunAsync(definition, models, folder, description, null, exports, cancel);
    }

    /// <summary>Goes on with a run that was cut off; one that was not tells what it said.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="cancel">Ends it early.</param>
    public async Task<ExitCode> ResumeAsync(string path, CancellationToken cancel)
    {
        string full = Path.GetFullPath(path);
        RunDescription description = RunFolderReader.ReadDescription(full);
        string file = Path.Combine(full, RunFolderFiles.Experiment);
        if (!File.Exists(file)) throw FalterException.Usage("run-not-readable", $"--resume {path}: it has no {RunFolderFiles.Experiment}; a version of Falter wrote it whose runs cannot go on");
        ExperimentDefinition definition = ExperimentFile.Read(file);
        string verdict = Path.Combine(full, RunFolderFiles.Verdict);
        if (File.Exists(verdict) && RunFolderReader.Read(full).Verdict is { Interrupted: false } finished)
        {
            await Console.Error.WriteLineAsync($"falter: the run {finished.Run} is finished already; nothing was run");
            return Tell(RunFolderReader.Read(full), definition, finished);
        }
        ExperimentFeatures.Require(definition);
        await using MetricExports? exports = await OpenExportsAsync();
        using RunFolder folder = RunFolder.Reopen(full);
        UnfinishedRun unfinished = UnfinishedRun.Read(full);
        // What the experiment names by relative paths is where it was when the run began.
        if (description.WorkingFolder is { } working && Directory.Exists(working)) Directory.SetCurrentDirectory(working);
        IReadOnlyList<ErrorModel> models = unfinished.Plans is null ? ModelsOf(definition) : [];
        return await RunAsync(definition, models, folder, description, unfinished, exports, cancel);
    }

    /// <summary>Before anything is written or started: an address that cannot be had is a mistake of the command line.</summary>
    private Task<MetricExports?> OpenExportsAsync() => MetricExports.OpenAsync(choice.Export, talk => Console.Error.WriteLine($"falter: {talk}"));

    private async Task<ExitCode> RunAsync(ExperimentDefinition definition, IReadOnlyList<ErrorModel> models, RunFolder folder, RunDescription description, UnfinishedRun? unfinished, MetricExports? exports, CancellationToken cancel)
    {
        await Console.Error.WriteLineAsync($"run folder {folder.Path}, seed {definition.Seed}");
        RunVerdict verdict;
        await using (var runner = new ExperimentRunner(definition, models, folder, TimeProvider.System, unfinished) { Only = description.Only })
        using (var progress = new ExperimentProgress(definition, Console.Error, live: !Console.IsErrorRedirected))
        {
            runner.Happened = progress.Happened;
            runner.PlansMade = progress.PlansMade;
            runner.TurnBegins = progress.TurnBegins;
            if (exports is not null) _ = new ExperimentMetrics(exports, runner);
            verdict = await runner.RunAsync(description.Run, definition.Name, cancel);
        }
        // 10 tell.
        folder.WriteWhole(RunFolderFiles.Verdict, VerdictJson.Write(verdict));
        RunData data = RunFolderReader.Read(folder.Path);
        folder.WriteWhole(RunFolderFiles.Report, HtmlReport.Render(data));
        ExitCode exit = Tell(data, definition, verdict);
        if (verdict.Interrupted) await Console.Error.WriteLineAsync($"falter: interrupted; nothing is left armed. What was judged until then: {folder.PathOf(RunFolderFiles.Report)}");
        return exit;
    }

    private ExitCode Tell(RunData data, ExperimentDefinition definition, RunVerdict verdict)
    {
        Console.Write(choice.Json ? VerdictJson.Write(verdict) + Environment.NewLine : TextReport.Render(data, colour: !Console.IsOutputRedirected));
        if (choice.JUnit is { } file) OutputFile.Write(file, JUnitReport.Write(data, definition.FailOn), "--junit");
        if (verdict.Interrupted) return ExitCode.Interrupted;
        return verdict.Plans.Any(p => p.Verdict >= definition.FailOn) || verdict.Findings.Any(f => f.Code is "baseline-invalid" or "undo-failed") ? ExitCode.Broke : ExitCode.Held;
    }

    private static IReadOnlyList<ErrorModel> ModelsOf(ExperimentDefinition definition) => definition.Faults.Models is { } file ? ModelsFile.Read(file).Models : [];

    /// <summary>Where all plans are known by now, a glob that none of them meets is a mistake, and not a run without plans.</summary>
    private static void RequirePlans(ExperimentDefinition definition, IReadOnlyList<ErrorModel> models, string? only)
    {
        if (only is null || definition.Faults.Natural is not null || definition.Faults.AtOnce > 1) return;
        IReadOnlyList<FaultPlan> plans = FaultPlans.Of(definition.Faults, [.. definition.System.Processes.Select(p => p.Role)], [], models).Plans;
        if (OnlyPlans.Of(plans, only).Count > 0) return;
        throw FalterException.Usage("bad-option", $"--only {only}: no plan has such a name{NearestNames.Hint(only, plans.Select(p => p.Name))}; the plans are {string.Join(", ", plans.Select(p => p.Name))}");
    }
}
