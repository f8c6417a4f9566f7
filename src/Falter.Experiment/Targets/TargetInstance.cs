using Falter.Inject;
using Falter.Linux;
using Falter.Linux.Launch;
using Falter.Linux.Proc;
using Falter.Linux.Ptrace;
using Falter.Model;
using Falter.Observe;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>
/// The target while it lives: launched, or running before. Followed by the monitor from its first instruction; with an injector where calls are to be
/// failed. Disposed of, it is as it was before: a launched target is stopped, a running one let go.
/// </summary>
internal sealed class TargetInstance : IAsyncDisposable
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private readonly LaunchedProcess? _launched;
    private readonly CancellationTokenSource _dead = new();
    private readonly CancellationTokenSource _released = new();
    private ProcessDeath? _death;

    private TargetInstance(IReadOnlyList<int> pids, LaunchedProcess? launched, ISyscallInjector? injector)
    {
        Pids = pids;
        _launched = launched;
        Injector = injector;
    }

    /// <summary>The processes that make the target: its life is theirs.</summary>
    public IReadOnlyList<int> Pids { get; }

    /// <summary>Null where the target is only observed.</summary>
    public ISyscallInjector? Injector { get; }

    /// <summary>How and when it died by itself; null while it lives.</summary>
    public ProcessDeath? Death => Volatile.Read(ref _death);

    public bool Alive => Death is null;

    /// <summary>Launches the command.</summary>
    /// <param name="command">The command with its arguments.</param>
    /// <param name="log">File that its output is appended to.</param>
    /// <param name="monitor">Follows it.</param>
    /// <param name="selectable">Calls that can be failed later; null where none need to.</param>
    /// <param name="died">Called once with how it died, when it does so by itself.</param>
    /// <param name="now">Seconds since the run began.</param>
    public static TargetInstance Launch(IReadOnlyList<string> command, string log, SyscallMonitor monitor, IReadOnlySet<Syscall>? selectable,
        Action<ProcessDeath> died, Func<double> now)
    {
        SeccompInjector? injector = selectable is null ? null : SeccompInjector.Prepare(selectable);
        try
        {
            LaunchedProcess launched = Launcher.Launch(new LaunchOptions { Command = command, OutputFile = log },
                // Followed last: the calls that install the filter are not the target's own.
                [.. injector is null ? Array.Empty<Action<StoppedTracee>>() : [injector.AtExec], stopped => monitor.Follow(stopped.Tid)]);
            var instance = new TargetInstance([launched.Pid], launched, injector);
            _ = instance.AwaitDeathAsync(launched, Path.GetFileName(command[0]), died, now);
            return instance;
        }
        catch
        {
            injector?.Dispose();
            throw;
        }
    }

    /// <summary>Attaches to running processes.</summary>
    public static TargetInstance Attach(IReadOnlyList<int> pids, SyscallMonitor monitor, bool inject, Action<ProcessDeath> died, Func<double> now)
    {
        foreach (int pid in pids) monitor.Follow(pid);
        var instance = new TargetInstance(pids, null, inject ? PtraceInjector.Attach(pids) : null);
        _ = instance.PollForDeathAsync(died, now);
        return instance;
    }

    /// <summary>Waits; returns at once when the target dies.</summary>
    public async Task StayAliveAsync(TimeSpan duration, CancellationToken cancel)
    {
        if (duration <= TimeSpan.Zero || !Alive) return;
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

    public async ValueTask DisposeAsync()
    {
        await _released.CancelAsync();
        if (_launched is not null)
        {
            await _launched.StopAsync(s_grace);
            _launched.Dispose();
        }
        // After the end of a launched target: until then its filter needs somebody to answer.
        Injector?.Dispose();
        _dead.Dispose();
        _released.Dispose();
    }

    private async Task AwaitDeathAsync(LaunchedProcess launched, string name, Action<ProcessDeath> died, Func<double> now)
    {
        string how;
        try
        {
            how = (await launched.Exited).ToString();
        }
        catch (LinuxException e)
        {
            how = $"it ended; its exit status could not be read ({e.Message})";
        }
        Die(new ProcessDeath(now(), name, how), died);
    }

    private async Task PollForDeathAsync(Action<ProcessDeath> died, Func<double> now)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            while (await timer.WaitForNextTickAsync(_released.Token))
            {
                foreach (int pid in Pids)
                {
                    if (ProcessStat.Read(pid) is not (null or { HasEnded: true })) continue;
                    Die(new ProcessDeath(now(), $"pid {pid}", "it ended; its exit status belongs to its parent"), died);
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Let go.
        }
    }

    private void Die(ProcessDeath death, Action<ProcessDeath> died)
    {
        if (_released.IsCancellationRequested) return;
        Volatile.Write(ref _death, death);
        try
        {
            died(death);
        }
        finally
        {
            _dead.Cancel();
        }
    }
}
