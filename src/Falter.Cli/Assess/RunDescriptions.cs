using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Falter.Experiment;
using Falter.Linux.Features;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What is written about a run when it begins.</summary>
internal static class RunDescriptions
{
    public static RunDescription Describe(Assessment assessment, CommandLine commandLine, string run, DateTimeOffset started) => new()
    {
        Run = run,
        FalterVersion = Version,
        Started = started,
        Kernel = $"Linux {KernelRelease.Text} {(RuntimeInformation.OSArchitecture == Architecture.X64 ? "x86_64" : RuntimeInformation.OSArchitecture)}",
        Processors = Environment.ProcessorCount,
        Target = assessment.TargetName,
        Command = assessment.Command ?? [],
        Pids = assessment.Pids,
        Seed = assessment.Seed,
        Checks = [.. assessment.Checks.Select(c => c.Name)],
        Workload = assessment.Workload?.Requests ?? [],
        WorkloadRate = assessment.Workload?.Rate,
        ObserveSeconds = assessment.Observe.TotalSeconds,
        BaselineSeconds = assessment.Baseline.TotalSeconds,
        InjectSeconds = assessment.Inject.TotalSeconds,
        RecoverSeconds = assessment.Recover.TotalSeconds,
        ObserveMechanism = "ebpf-tracepoints",
        InjectMechanism = assessment.Command is null ? "ptrace" : "seccomp-notify",
        CommandLine = Repeat(commandLine, assessment.Seed),
    };

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
