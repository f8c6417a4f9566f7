using Falter.Inject;
using Falter.Linux;
using Falter.Linux.Proc;
using Falter.Model;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>A role whose processes run already: they are taken hold of, and let go again.</summary>
internal sealed class AttachedRole : RunningRole
{
    private static readonly TimeSpan s_attention = TimeSpan.FromMilliseconds(50);

    // How long the container of a role may be without a process while a fault restarts it: engines take 10 s to stop one alone.
    private static readonly TimeSpan s_absence = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private InjectionTarget _target;
    private TargetClaim? _claim;
    private Task _watch = Task.CompletedTask;
    private int _restarts;
    private volatile bool _gone;

    public AttachedRole(ProcessDefinition definition, SystemParts parts) : base(definition, parts)
    {
        _target = RunningTarget.Find(definition.Attach!, $"role {definition.Role}");
        if (Rules.Count > 0) Choice = MechanismChoice.For(_target, Rules, parts.Options.Mechanism);
    }

    public override IReadOnlyList<int> Roots => Volatile.Read(ref _target).Pids;

    public override bool Alive => !_gone;

    public override int Restarts => Volatile.Read(ref _restarts);

    public override FaultTargets Targets => new(new TargetTree(LivingRoots, IsLaunched: false), _target.Group, _target.Container);

    public override async Task StartAsync(CancellationToken cancel)
    {
        await Task.Run(TakeHold, cancel);
        Parts.Happened("target-started", $"{Name} (attached to {string.Join(", ", Roots)})");
        _watch = Task.Run(WatchAsync, CancellationToken.None);
    }

    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watch;
        LetGo();
        _stop.Dispose();
    }

    private void TakeHold()
    {
        if (Parts.Options.Faults.Count > 0) _claim = TargetClaim.Of(Roots);
        foreach (int pid in Roots) Parts.Options.MonitorOf(Name)?.Follow(pid);
        if (Choice?.Mechanism.Attach is { } attach) Injection.Begin(attach(_target, Rules));
    }

    private void LetGo()
    {
        Injection.End();
        _claim?.Dispose();
        _claim = null;
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(s_attention);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                int ended = Roots.FirstOrDefault(p => ProcessStat.Read(p) is null or { HasEnded: true });
                if (ended == 0) continue;
                _gone = true;
                var death = new ProcessDeath(Parts.Options.Now(), Name, $"process {ended} ended; its exit status belongs to its parent");
                if (await TryFollowContainerAsync(death)) continue;
                Parts.Died(death);
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // Let go.
        }
    }

    /// <summary>A container that a fault has killed or restarted has other processes afterwards.</summary>
    private async Task<bool> TryFollowContainerAsync(ProcessDeath death)
    {
        if (_target.Container is null || !Parts.FaultsOf(Name).Any(f => f is ContainerFault) || !Parts.MayRestart(Name, death)) return false;
        LetGo();
        long deadline = Environment.TickCount64 + (long)s_absence.TotalMilliseconds;
        while (Environment.TickCount64 < deadline)
        {
            await Task.Delay(s_attention, _stop.Token);
            try
            {
                Volatile.Write(ref _target, RunningTarget.Find(Definition.Attach!, $"role {Name}"));
                TakeHold();
            }
            catch (Exception e) when (e is FalterException or LinuxException)
            {
                LetGo();
                continue;
            }
            _gone = false;
            Interlocked.Increment(ref _restarts);
            Parts.Happened("target-restarted", $"{Name} ({string.Join(", ", Roots)})");
            return true;
        }
        return false;
    }
}
