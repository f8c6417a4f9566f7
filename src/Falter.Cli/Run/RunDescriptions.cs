using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Falter.Inject;
using Falter.Linux.Features;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What is written about a run when it begins.</summary>
internal static class RunDescriptions
{
    public static RunDescription Describe(ExperimentDefinition definition, CommandLine commandLine, string run, DateTimeOffset started)
    {
        HttpWorkloadDefinition? http = definition.Workloads.OfType<HttpWorkloadDefinition>().FirstOrDefault();
        return new RunDescription
        {
            Run = run,
            FalterVersion = Version,
            Started = started,
            Kernel = $"Linux {KernelRelease.Text} {(RuntimeInformation.OSArchitecture == Architecture.X64 ? "x86_64" : RuntimeInformation.OSArchitecture)}",
            Processors = Environment.ProcessorCount,
            Target = definition.Name,
            Command = definition.System.Processes.Select(p => p.Command).FirstOrDefault(c => c is not null) ?? [],
            Pids = [.. definition.System.Processes.Select(p => p.Attach?.Pid).OfType<int>()],
            Seed = definition.Seed!.Value,
            Checks = [.. definition.Checks.Select(c => c.Name)],
            Workload = [.. definition.Workloads.SelectMany(ExperimentText.Requests)],
            WorkloadRate = http?.RatePerSecond,
            ObserveSeconds = definition.Phases.Observe.TotalSeconds,
            BaselineSeconds = definition.Phases.Baseline.TotalSeconds,
            InjectSeconds = definition.Phases.Inject.TotalSeconds,
            RecoverSeconds = definition.Phases.Recover.TotalSeconds,
            ObserveMechanism = "ebpf-tracepoints",
            InjectMechanism = definition.Faults.Mechanism ?? (definition.System.Processes.Any(p => p.Attach is not null) ? "chosen for each role" : Mechanisms.SeccompNotify),
            Experiment = definition.Name,
            Description = definition.Description,
            Roles = [.. definition.System.Processes.Select(p => p.Role)],
            Repetitions = definition.Repetitions,
            WorkingFolder = Environment.CurrentDirectory,
            CommandLine = Repeat(commandLine, definition.Seed.Value),
        };
    }

    /// <summary>The description as <c>run.json</c>.</summary>
    public static string Text(RunDescription description) => JsonSerializer.Serialize(description, RecordsFormat.Indented.RunDescription) + Environment.NewLine;

    private static string Version =>
        typeof(RunDescriptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    // The same command with the seed that was drawn, so that the lots fall the same way again.
    private static string Repeat(CommandLine commandLine, ulong seed)
    {
        IEnumerable<string> own = commandLine.OwnArguments.Contains("--seed") ? commandLine.OwnArguments : [.. commandLine.OwnArguments, "--seed", seed.ToString()];
        IEnumerable<string> launch = commandLine.LaunchCommand is { } command ? ["--", .. command] : [];
        return "falter " + ShellWords.Join([.. own, .. launch]);
    }
}
