using Falter.Inject;
using Falter.Linux;
using Falter.Linux.Launch;
using Falter.Linux.Proc;
using Falter.Linux.Ptrace;
using Falter.Model;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>A role that Falter launches, starts again as its rule says, and stops.</summary>
internal sealed class LaunchedRole : RunningRole
{
    // A process that ends right after its start would otherwise keep the machine busy with starting it. What lived for longer is started again at once.
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(50), s_longestPause = TimeSpan.FromSeconds(2), s_longLife = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<string> _command;
    private readonly CancellationTokenSource _stop = new();
    private RoleGroups? _groups;
    private LaunchedProcess? _process;
    private TargetClaim? _claim;
    private Task _supervision = Task.CompletedTask;
    private volatile int _root;
    private int _restarts;
    private long _logStart;

    public LaunchedRole(ProcessDefinition definition, SystemParts parts) : base(definition, parts)
    {
        _command = [.. definition.Command!.Select(parts.Resolve)];
        LogFile = Path.Join(Path.GetFullPath(parts.Options.LogFolder), $"{definition.Role}.log");
        _ = Launcher.Locate(Options);
        if (Rules.Count > 0) Choice = MechanismChoice.For(new InjectionTarget(_command, []), Rules, parts.Options.Mechanism);
    }

    public override IReadOnlyList<int> Roots => _root is var root and not 0 ? [root] : [];

    public override bool Alive => Volatile.Read(ref _process) is { Exited.IsCompleted: false };

    public override int Restarts => Volatile.Read(ref _restarts);

    public override string LogFile { get; }

    public override long LogStart => Volatile.Read(ref _logStart);

    public override FaultTargets Targets => new(new TargetTree(LivingRoots, IsLaunched: true), Parts.Network is null ? _groups?.Unified : null, null)
    {
        Scope = Parts.Network is { } network ? () => Linux.Network.NetworkScope.Whole(network.NamespaceOf(Name)) : null,
    };

    private LaunchOptions Options => new()
    {
        Command = _command,
        WorkingFolder = Definition.Folder is { } folder ? Parts.Resolve(folder) : null,
        Environment = Definition.Environment.ToDictionary(v => v.Key, v => (string?)Parts.Resolve(v.Value), StringComparer.Ordinal),
        OutputFile = LogFile,
        Network = Parts.Network?.NamespaceOf(Name),
    };

    public override async Task StartAsync(CancellationToken cancel)
    {
        // A socket stays in the control group that it was made in: so the role gets one of its own before it makes any, and each of its processes gets the same.
        _groups = RoleGroups.For(Parts.FaultsOf(Name), sharesNetwork: Parts.Network is null, Parts.Journal);
        await Task.Run(Launch, cancel);
        Parts.Happened("target-started", $"{Name} (pid {_root})");
        _supervision = Task.Run(SuperviseAsync, CancellationToken.None);
    }

    public override bool OwnsOrphan(ProcessStat orphan) => Volatile.Read(ref _process) is { } process && process.Started(orphan);

    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        // It may be in the middle of a launch: what comes of that is stopped too.
        await _supervision;
        try
        {
            if (_process is { } process)
            {
                await process.StopAsync(Definition.StopGrace, Definition.StopSignal.Number);
                Parts.Happened("target-stopped", $"{Name}: {await process.Exited}");
            }
        }
        finally
        {
            await EndProcessAsync();
            _groups?.Dispose();
            _stop.Dispose();
        }
    }

    private void Launch()
    {
        LaunchOptions options = Options;
        Volatile.Write(ref _logStart, File.Exists(LogFile) ? new FileInfo(LogFile).Length : 0);
        SyscallMechanism? mechanism = Choice?.Mechanism;
        if (mechanism?.Name == Mechanisms.SeccompNotify)
        {
            var seccomp = SeccompInjector.Prepare(Rules.SelectMany(r => r.Syscalls).ToHashSet());
            try
            {
                Take(Launcher.Launch(options, stopped => AtExec(seccomp, stopped)));
            }
            catch
            {
                Injection.End();
                seccomp.Dispose();
                throw;
            }
            return;
        }
        if (mechanism?.Launch is { } launch)
        {
            (_, LaunchedProcess traced) = launch(options, AtExec);
            Take(traced);
            return;
        }
        Take(Launcher.Launch(options, stopped => AtExec(null, stopped)));
        if (mechanism?.Attach is { } attach) AttachTo(attach);
    }

    /// <summary>Before the process's first instruction.</summary>
    private void AtExec(ISyscallInjector? injector, StoppedTracee stopped)
    {
        _root = stopped.Tid;
        if (injector is not null) Injection.Begin(injector);
        (injector as SeccompInjector)?.AtExec(stopped);
        _groups?.Take(stopped.Tid);
        // Followed last: the calls that install the filter are not the role's own.
        Parts.Options.MonitorOf(Name)?.Follow(stopped.Tid);
    }

    private void Take(LaunchedProcess process)
    {
        Volatile.Write(ref _process, process);
        _root = process.Pid;
        if (Parts.Options.Faults.Count > 0) _claim = TargetClaim.Of([process.Pid]);
    }

    private void AttachTo(Func<InjectionTarget, IReadOnlyList<SyscallFault>, ISyscallInjector> attach)
    {
        try
        {
            Injection.Begin(attach(new InjectionTarget(_command, [_root]), Rules));
        }
        catch (Exception e) when (e is FalterException or LinuxException && !Alive)
        {
            // It ended before anybody could attach; whoever watches it tells so.
        }
    }

    private async Task SuperviseAsync()
    {
        TimeSpan pause = TimeSpan.Zero;
        while (true)
        {
            long begun = Environment.TickCount64;
            (bool succeeded, string how) = await EndAsync();
            if (_stop.IsCancellationRequested) return;
            var death = new ProcessDeath(Parts.Options.Now(), Name, how);
            bool again = Definition.Restart == RestartRule.Always || (Definition.Restart == RestartRule.OnFailure && !succeeded);
            if (!again || !Parts.MayRestart(Name, death))
            {
                Parts.Died(again ? death with { How = $"{how}; it was started again too often already" } : death);
                return;
            }
            pause = Environment.TickCount64 - begun >= s_longLife.TotalMilliseconds ? TimeSpan.Zero : pause == TimeSpan.Zero ? s_firstPause : pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
            if (!await TryRestartAsync(pause)) return;
        }
    }

    /// <returns>False where it was not started: the system is being stopped, or it cannot be.</returns>
    private async Task<bool> TryRestartAsync(TimeSpan pause)
    {
        try
        {
            await EndProcessAsync();
            await Task.Delay(pause, _stop.Token);
            Launch();
        }
        catch (OperationCanceledException)
        {
            return false;
        }
#pragma warning disable CA1031 // Whatever it was: a role that nobody starts again any more is dead, and that must be told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Parts.Died(new ProcessDeath(Parts.Options.Now(), Name, $"it could not be started again: {e.Message}"));
            return false;
        }
        Interlocked.Increment(ref _restarts);
        Parts.Happened("target-restarted", $"{Name} (pid {_root})");
        return true;
    }

    private async Task<(bool Succeeded, string How)> EndAsync()
    {
        try
        {
            ExitStatus status = await _process!.Exited.WaitAsync(_stop.Token);
            return (status.IsSuccess, status.ToString());
        }
        catch (LinuxException e)
        {
            return (false, $"it ended; its exit status could not be read ({e.Message})");
        }
        catch (OperationCanceledException)
        {
            return (true, "");
        }
    }

    /// <summary>Ends all that is left of the process. Its injector afterwards: until then its filter needs somebody to answer.</summary>
    private async Task EndProcessAsync()
    {
        LaunchedProcess? process = Interlocked.Exchange(ref _process, null);
        _root = 0;
        try
        {
            if (process is not null) await process.DisposeAsync();
        }
        finally
        {
            Injection.End();
            _claim?.Dispose();
            _claim = null;
        }
    }
}
