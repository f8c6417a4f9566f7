using System.Collections.Concurrent;
using System.Diagnostics;
using Falter.Experiment;
using Falter.Linux.Features;
using Falter.Records;

namespace Falter.Linux.Tests.Experiment;

/// <summary>A system made of the program <c>role</c>, and what happened to it.</summary>
internal sealed class TrialSystem : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private SystemInstance? _instance;

    // The tests' own program is no keeper.
    static TrialSystem() => Environment.SetEnvironmentVariable(Seccomp.KeeperProgram.PathVariable, InjectionRun.Falter);

    public TrialSystem(params IEnumerable<Feature> features)
    {
        foreach (Feature feature in features.Prepend(FeatureCatalogue.Root))
        {
            if (feature.WhyNot() is { } reason) Assert.Skip(reason);
        }
    }

    public SystemInstance Instance => _instance!;

    /// <summary>Kind and text of everything that happened, in order.</summary>
    public ConcurrentQueue<(string Kind, string Text)> Events { get; } = new();

    public IReadOnlyList<string> Kinds => [.. Events.Select(e => $"{e.Kind} {e.Text.Split(' ', ':')[0]}")];

    public string Folder => _folder.Path;

    public static ProcessDefinition Role(string name, params string[] arguments) => new() { Role = name, Command = [Victims.Path("role"), .. arguments], Environment = new Dictionary<string, string> { ["NAME"] = name } };

    public static CommandCheckDefinition Command(string command) => new() { Name = command, Command = command, Interval = TimeSpan.FromMilliseconds(50), Timeout = TimeSpan.FromSeconds(5) };

    public static FaultPlan Plan(params IEnumerable<RoleFault> faults) => new() { Number = 0, Name = "plan", Origin = PlanOrigin.Written, Faults = [.. faults] };

    public static RoleFault Fault(string? role, string text) => new(role, FaultParser.Parse([text])[0]);

    public async Task<SystemInstance> StartAsync(SystemDefinition definition, Func<SystemOptions, SystemOptions>? with = null)
    {
        var options = new SystemOptions
        {
            LogFolder = _folder.Path,
            CheckFor = (_, definition) => new CommandCheck((CommandCheckDefinition)definition),
            Now = () => _clock.Elapsed.TotalSeconds,
            Happened = (kind, text) => Events.Enqueue((kind, text)),
        };
        return _instance = await SystemInstance.StartAsync(definition, with?.Invoke(options) ?? options, TestContext.Current.CancellationToken);
    }

    public Task<SystemInstance> StartAsync(params IReadOnlyList<ProcessDefinition> roles) => StartAsync(new SystemDefinition { Processes = roles });

    public string Log(string role) => File.ReadAllText(_folder[$"{role}.log"]);

    /// <summary>The last line that a role has written to its end.</summary>
    public string LastLine(string role) => Log(role).Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "";

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Patience, $"not within {Patience.TotalSeconds} s: {what}");
            await Task.Delay(10);
        }
    }

    public async Task StopAsync()
    {
        if (_instance is { } instance) await instance.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }
}
