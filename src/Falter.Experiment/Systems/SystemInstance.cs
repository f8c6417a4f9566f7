using System.Collections.Concurrent;
using Falter.Linux.Network;
using Falter.Linux.Proc;
using Falter.Linux.Seccomp;
using Falter.Linux.Undo;
using Falter.Model;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>
/// A system under test while it runs: its roles launched in their order, or attached to; watched, started again by their rules, and broken by fault plans. Disposed of, launched roles are stopped in
/// reverse order and running ones let go, and nothing that was made for them is left. Members may be called from any thread; one plan is armed at a time.
/// </summary>
public sealed class SystemInstance : IAsyncDisposable
{
    private readonly SystemDefinition _definition;
    private readonly SystemOptions _options;
    private readonly CancellationTokenSource _dead = new();
    private readonly ConcurrentQueue<ProcessDeath> _restartedDeaths = new();
    private readonly Lock _telling = new();
    private readonly UndoJournal? _ownJournal;
    private readonly PrivateNetwork? _network;
    private readonly IReadOnlyList<RunningRole> _roles;
    private readonly RoleTree _tree;
    private readonly ConcurrentDictionary<string, int> _restarts = new(StringComparer.Ordinal);
    private readonly Stack<RunningRole> _started = new();
    private ProcessDeath? _death;
    private ArmedPlan? _armed;
    private Exception? _untold;
    private bool _begun, _disposed;

    private SystemInstance(SystemDefinition definition, SystemOptions options)
    {
        (_definition, _options) = (definition, options);
        IReadOnlyList<ProcessDefinition> order = StartOrder.Of(definition.Processes);
        RequireLaunched(definition);
        Journal = options.Journal ?? (_ownJournal = NeedsJournal ? UndoJournal.Open(KeeperProgram.Find()) : null);
        try
        {
            _network = definition.Network == NetworkLayout.Private ? PrivateNetwork.Make([.. definition.Processes.Select(p => p.Role)], Journal!) : null;
            var parts = new SystemParts { Options = options, Resolve = Resolve, Journal = Journal, Network = _network, Happened = Tell, Died = Die, MayRestart = MayRestart };
            _roles = [.. order.Select(p => (RunningRole)(p.Attach is null ? new LaunchedRole(p, parts) : new AttachedRole(p, parts)))];
            _tree = new RoleTree(_roles);
        }
        catch
        {
            _network?.Dispose();
            _ownJournal?.Dispose();
            throw;
        }
    }

    /// <summary>The names of all roles, in the order in which they are started.</summary>
    public IReadOnlyList<string> Roles => [.. _roles.Select(r => r.Name)];

    /// <summary>The first processes of all roles that live now.</summary>
    public IReadOnlyList<int> Roots => [.. _roles.SelectMany(r => r.Roots)];

    /// <summary>How a process died that is not started again; null while the system lives.</summary>
    public ProcessDeath? Death => Volatile.Read(ref _death);

    /// <summary>The mechanism of system call rules by role; roles without rules are not among them.</summary>
    public IReadOnlyDictionary<string, string> Mechanisms => _roles.Where(r => r.Choice is not null).ToDictionary(r => r.Name, r => r.Choice!.Mechanism.Name, StringComparer.Ordinal);

    /// <summary>What should be known of how the system is run. Default: nothing.</summary>
    public IReadOnlyList<Finding> Findings => _network?.Findings ?? [];

    internal UndoJournal? Journal { get; }

    private bool NeedsJournal => _definition.Network == NetworkLayout.Private || _options.Faults.Any(f => f.Fault is not SyscallFault);

    /// <summary>Launches or attaches to all roles in their order, and waits until each is ready.</summary>
    /// <exception cref="FalterException">
    /// <c>target-not-found</c>, <c>target-refused</c>, <c>rule-not-supported</c> and others: nothing was started. <c>prepare-failed</c>; <c>target-exited</c>, <c>check-never-healthy</c>: a role did not
    /// become ready; what had been started is stopped again.
    /// </exception>
    public static async Task<SystemInstance> StartAsync(SystemDefinition definition, SystemOptions options, CancellationToken cancel)
    {
        Directory.CreateDirectory(options.LogFolder);
        SystemInstance instance = await Task.Run(() => new SystemInstance(definition, options), cancel);
        try
        {
            await instance.BeginAsync(cancel);
            return instance;
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a role is at this moment; its processes are those of at most 100 ms ago.</summary>
    /// <exception cref="FalterException"><c>bad-option</c>: there is no such role.</exception>
    public RoleState StateOf(string role)
    {
        RunningRole found = RoleNamed(role);
        return new RoleState(role, _tree.PidsOf(role), found.Alive, found.Restarts, found.LogFile, found.LogStart);
    }

    /// <summary>The role of a process, by its ancestors; null where it has none.</summary>
    public string? RoleOf(int pid) => _tree.RoleOf(pid);

    /// <summary>Deaths of processes that were started again, since this was asked last. Asking begins a new count of restarts.</summary>
    public IReadOnlyList<ProcessDeath> TakeRestartedDeaths()
    {
        var taken = new List<ProcessDeath>();
        while (_restartedDeaths.TryDequeue(out ProcessDeath? death)) taken.Add(death);
        _restarts.Clear();
        return taken;
    }

    /// <summary>Waits; returns at once when the system dies.</summary>
    public async Task StayAliveAsync(TimeSpan duration, CancellationToken cancel)
    {
        if (Volatile.Read(ref _untold) is { } untold) throw new IOException(untold.Message, untold);
        if (duration <= TimeSpan.Zero || Death is not null) return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _dead.Token);
        try
        {
            await Task.Delay(duration, either.Token);
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Arms a plan: all of its faults, or none.</summary>
    /// <param name="plan">Its faults must be among <see cref="SystemOptions.Faults"/>, but for their rates.</param>
    /// <param name="seed">The same seed and the same calls give the same choices.</param>
    /// <param name="rateFactor">Rates and shares are multiplied by it, up to 1. Above 0.</param>
    /// <param name="limit">When it ends by itself at the latest.</param>
    /// <param name="cancel">Gives up; what is armed by then is undone.</param>
    /// <param name="called">
    /// Is told of every call that was acted on, with the fault's place in the plan as its rule, on an injector's thread, while the target waits: it must not block. Default: nobody.
    /// </param>
    /// <exception cref="FalterException"><c>rule-not-supported</c> and others: a fault cannot be armed; nothing is then.</exception>
    public async Task<ArmedPlan> ArmAsync(FaultPlan plan, ulong seed, double rateFactor, TimeSpan limit, CancellationToken cancel, Action<InjectedCall>? called = null)
    {
        if (_armed is { IsOver: false }) throw new InvalidOperationException("a plan is armed already");
        return _armed = await ArmedPlan.ArmAsync(this, plan, new ArmedPlanOptions(seed, rateFactor, limit, called), cancel);
    }

    /// <summary>Fills in <c>${address:ROLE}</c>: the role's address where checks, workload and other roles reach it. <c>127.0.0.1</c> in the host's network.</summary>
    /// <exception cref="FalterException"><c>bad-option</c>: there is no such role.</exception>
    public string Resolve(string text) => SystemAddresses.Resolve(text, role =>
        _definition.Processes.Any(p => p.Role == role) ? _network?.AddressOf(role).ToString() ?? "127.0.0.1" : throw NoSuchRole(role));

    /// <summary>Fills addresses in wherever a check may hold them.</summary>
    public CheckDefinition Resolve(CheckDefinition check) => SystemAddresses.Resolve(check, Resolve);

    /// <summary>Stops the system. What is armed is undone first.</summary>
    /// <exception cref="FalterException"><c>undo-failed</c>: something could not be stopped or taken back; all else was.</exception>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        var failures = new List<Finding>();
        if (_armed is { IsOver: false } armed) await TryAsync(() => armed.DisposeAsync().AsTask(), failures);
        while (_started.TryPop(out RunningRole? role)) await TryAsync(() => role.DisposeAsync().AsTask(), failures);
        if (_begun && _definition.CleanUp is { } cleanUp) await TryAsync(() => SystemCommand.RunAsync("clean_up", Resolve(cleanUp), CancellationToken.None), failures);
        await TryAsync(() => Task.Run(() => _network?.Dispose()), failures);
        await TryAsync(() => Task.Run(() => _ownJournal?.Dispose()), failures);
        _dead.Dispose();
        if (failures.Count > 0) throw new FalterException(failures, ExitCode.Broke);
    }

    internal IReadOnlyList<RunningRole> RolesOf(RoleFault fault) => fault.Role is { } role ? [RoleNamed(role)] : _roles;

    private static async Task TryAsync(Func<Task> action, List<Finding> failures)
    {
        try
        {
            await action();
        }
        catch (FalterException e)
        {
            failures.AddRange(e.Findings);
        }
        catch (Exception e) when (e is Linux.LinuxException or TimeoutException or IOException)
        {
            failures.Add(Finding.Limits("undo-failed", e.Message));
        }
    }

    private async Task BeginAsync(CancellationToken cancel)
    {
        RequireApart();
        _begun = true;
        if (_definition.Prepare is { } prepare) await SystemCommand.RunAsync("prepare", Resolve(prepare), cancel);
        var readiness = new SystemReadiness(this, _options);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var ready = new Dictionary<string, Task>(StringComparer.Ordinal);
        try
        {
            foreach (RunningRole role in _roles)
            {
                await Task.WhenAll(role.Definition.After.Select(name => ready[name]));
                _started.Push(role);
                await role.StartAsync(cancel);
                ready[role.Name] = readiness.WaitAsync(role, failed.Token);
            }
            await Task.WhenAll(ready.Values);
            await readiness.WaitForAllAsync(_roles, cancel);
        }
        finally
        {
            await failed.CancelAsync();
            await Task.WhenAll(ready.Values).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>A process that runs already is in a network already.</summary>
    private static void RequireLaunched(SystemDefinition definition)
    {
        string[] attached = [.. definition.Processes.Where(p => p.Attach is not null).Select(p => p.Role)];
        if (definition.Network != NetworkLayout.Private || attached.Length == 0) return;
        throw FalterException.Usage("target-refused", $"network: private is for roles that Falter launches, and {string.Join(", ", attached)} run already; give their commands, or take network: host");
    }

    /// <summary>A process that two roles claim would be injected into twice, and counted for one of them.</summary>
    private void RequireApart()
    {
        var owners = new Dictionary<int, string>();
        foreach (RunningRole role in _roles)
        {
            foreach (ProcessStat process in ProcessTable.WithDescendants([.. role.Roots]).DistinctBy(p => p.Pid))
            {
                if (owners.TryGetValue(process.Pid, out string? other)) throw FalterException.Usage("target-refused", $"process {process.Pid} ({process.Name}) belongs to role {other} and to role {role.Name}; give each role processes of its own");
                owners.Add(process.Pid, role.Name);
            }
        }
    }

    internal void Tell(string kind, string text)
    {
        try
        {
            lock (_telling) _options.Happened(kind, text);
        }
#pragma warning disable CA1031 // A journal that cannot be written must not keep a role from being watched; StayAliveAsync tells it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Volatile.Write(ref _untold, e);
        }
    }

    private void Die(ProcessDeath death)
    {
        Tell("target-died", $"{death.Process}: {death.How}");
        _ = Interlocked.CompareExchange(ref _death, death, null);
        _dead.Cancel();
    }

    private bool MayRestart(string role, ProcessDeath death)
    {
        if (_restarts.AddOrUpdate(role, 1, (_, count) => count + 1) > _options.MostRestarts) return false;
        _restartedDeaths.Enqueue(death);
        Tell("target-died", $"{death.Process}: {death.How}");
        return true;
    }

    internal RunningRole RoleNamed(string role) => _roles.FirstOrDefault(r => r.Name == role) ?? throw NoSuchRole(role);

    private FalterException NoSuchRole(string role) => FalterException.Usage("bad-option", $"there is no role {role}; expected one of {string.Join(", ", _definition.Processes.Select(p => p.Role))}");
}
