using System.Runtime.ExceptionServices;
using Falter.Load;
using Falter.Observe;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>
/// A system that runs, with its checks, its workload and the reading of its logs: built together and taken down together. Disposed of, nothing of it is left.
/// </summary>
internal sealed class DrivenSystem : IAsyncDisposable
{
    private readonly RunJournal _journal;
    private readonly CancellationTokenSource _driving = new();
    private readonly List<Task> _drivers = [];
    private readonly List<(CheckDefinition Definition, ICheck Check)> _checks = [];
    private readonly List<LogFollower> _logs = [];
    private readonly HashSet<int> _roots = [];
    private bool _disposed;

    private DrivenSystem(RunJournal journal) => _journal = journal;

    public SystemInstance System { get; private set; } = null!;

    /// <summary>The checks with what was asked for.</summary>
    public IReadOnlyList<(CheckDefinition Definition, ICheck Check)> Checks => _checks;

    public IReadOnlyList<IWorkload> Workloads { get; private set; } = [];

    /// <summary>The first processes of roles, also of those that were started again since: their deaths are told by the system.</summary>
    public IReadOnlySet<int> RootsSeen
    {
        get
        {
            lock (_roots)
            {
                _roots.UnionWith(System?.Roots ?? []);
                return new HashSet<int>(_roots);
            }
        }
    }

    /// <summary>Builds the system and waits until it is ready, then lets the checks and the workload begin.</summary>
    /// <param name="definition">The experiment.</param>
    /// <param name="parts">What it needs of the run.</param>
    /// <param name="ending">Is cancelled where a check or the workload cannot go on: without them, silence would be taken for health.</param>
    /// <exception cref="FalterException">As <see cref="SystemInstance.StartAsync"/>.</exception>
    public static async Task<DrivenSystem> StartAsync(ExperimentDefinition definition, DrivenSystemParts parts, CancellationTokenSource ending)
    {
        var driven = new DrivenSystem(parts.Journal);
        try
        {
            driven.ReadLogs(definition.System, parts);
            driven.System = await SystemInstance.StartAsync(definition.System, new SystemOptions
            {
                LogFolder = parts.LogFolder,
                CheckFor = (system, check) => Experiment.Checks.Of(check, system.StateOf, parts.Time),
                Now = () => parts.Journal.Now,
                MonitorOf = parts.MonitorOf,
                Faults = parts.Faults,
                Mechanism = definition.Faults.Mechanism,
                Checks = definition.Checks,
                Happened = (kind, text) =>
                {
                    parts.Journal.Event(kind, text);
                    if (kind == "target-restarted") _ = driven.RootsSeen;
                },
            }, ending.Token);
            driven.Drive(definition, parts, ending);
            return driven;
        }
        catch
        {
            await driven.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends checks and workload, then the system, then the reading of its logs.</summary>
    /// <exception cref="FalterException"><c>undo-failed</c>, or what a check or the workload has failed of.</exception>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        try
        {
            await _driving.CancelAsync();
            await Task.WhenAll(_drivers);
        }
        finally
        {
            try
            {
                await Experiment.Checks.EndAsync(_checks.Select(c => c.Check));
                if (System is not null) await System.DisposeAsync();
            }
            finally
            {
                await EndLogsAsync();
                _driving.Dispose();
            }
        }
    }

    private void ReadLogs(SystemDefinition system, DrivenSystemParts parts)
    {
        // What is written while a role starts is read too: its file is known before it is there.
        foreach (string role in system.Processes.Where(p => p.Command is not null).Select(p => p.Role))
        {
            _logs.Add(LogFollower.Follow(role, Path.Join(parts.LogFolder, $"{role}.log"), _journal.Log, () => parts.Journal.Now));
        }
    }

    private async Task EndLogsAsync()
    {
        foreach (LogFollower log in _logs) await log.DisposeAsync();
        long lines = _logs.Sum(l => l.Dropped), bytes = _logs.Sum(l => l.SkippedBytes);
        if (lines + bytes > 0) _journal.Event("note", $"{lines} lines and {bytes} bytes of logs came too fast to be kept in {RunFolderFiles.Log}; they are in {RunFolderFiles.Logs}");
        if (_logs.Select(l => l.Failure).FirstOrDefault(f => f is not null) is { } failure) ExceptionDispatchInfo.Throw(failure);
    }

    private void Drive(ExperimentDefinition definition, DrivenSystemParts parts, CancellationTokenSource ending)
    {
        foreach (CheckDefinition check in definition.Checks) _checks.Add((check, Experiment.Checks.Of(System.Resolve(check), System.StateOf, parts.Time)));
        Workloads = [.. definition.Workloads.Select((w, i) => Load.Workloads.Of(WorkloadAddresses.Resolve(w, System.Resolve), parts.Seed + (ulong)i, parts.Time))];
        foreach ((_, ICheck probe) in _checks) _drivers.Add(EndRunWithAsync(new CheckLoop(probe, parts.Time, _journal.Probe).RunAsync(_driving.Token), ending));
        foreach (IWorkload workload in Workloads) _drivers.Add(EndRunWithAsync(workload.RunAsync(_journal.Request, _driving.Token), ending));
    }

    private static async Task EndRunWithAsync(Task driver, CancellationTokenSource ending)
    {
        try
        {
            await driver;
        }
        catch
        {
            await ending.CancelAsync();
            throw;
        }
    }
}

/// <summary>What a driven system needs of the run.</summary>
/// <param name="Journal">Where everything is written.</param>
/// <param name="LogFolder">Where roles' logs are.</param>
/// <param name="Time">The clock.</param>
/// <param name="Seed">What the workload's choices are drawn from.</param>
/// <param name="Faults">All faults that may be armed while it runs.</param>
/// <param name="MonitorOf">What follows a role's processes.</param>
internal sealed record DrivenSystemParts(RunJournal Journal, string LogFolder, TimeProvider Time, ulong Seed, IReadOnlyList<RoleFault> Faults, Func<string, SyscallMonitor?> MonitorOf);
