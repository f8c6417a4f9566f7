using Falter.Linux.Cgroup;
using Falter.Linux.Network;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Inject;

/// <summary>A network fault in force, and what takes it back, the last thing first.</summary>
internal sealed class ArmedNetworkFault(string mechanism, string undo, UndoJournal journal) : IArmedFault
{
    private readonly Stack<Action> _ends = new();
    private readonly List<Func<long>> _counts = [];
    private PacketDelay? _delay;
    private long? _last;

    /// <inheritdoc/>
    public string Mechanism => mechanism;

    /// <inheritdoc/>
    public string Undo => undo;

    /// <inheritdoc/>
    public long Injected => _last ?? _counts.Sum(c => c());

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Findings => _delay is { Lost: > 0 } delay ? [Finding.Limits("packets-lost", FormattableString.Invariant($"{delay.Lost} packets were lost because too many were delayed at a time"))] : [];

    /// <summary>Puts it in force.</summary>
    public void Begin(NetworkFault fault, NetworkScope scope, bool owned, ulong seed)
    {
        ControlGroup? group = scope.Group;
        if (scope.ToMove.Count > 0)
        {
            // The step is in the journal before the group is there: also where making it fails, it is the journal that takes it back.
            (group, RemoveGroup moved) = scope.MakeGroup(journal);
            _ends.Push(() => journal.Undo(moved));
        }
        if (NetworkFaults.LimitsDevices(fault)) LimitDevices(scope.Namespace, fault.BitsPerSecond!.Value);
        if (fault.Action == NetworkAction.Rate && fault.Direction == NetworkDirection.Out) return;
        ApplyRules(fault, scope.Namespace, group, owned, seed);
    }

    /// <summary>Takes all back.</summary>
    /// <exception cref="FalterException"><c>undo-failed</c>: something refused; it stays in the journal.</exception>
    public void End()
    {
        // Counters go with the rules.
        _last ??= _counts.Sum(c => c());
        var failures = new List<Finding>();
        while (_ends.TryPop(out Action? end))
        {
            try
            {
                end();
            }
            catch (Exception e) when (e is FalterException or Linux.LinuxException or IOException)
            {
                failures.Add(Finding.Limits("undo-failed", $"{mechanism}: {e.Message}; `falter clean` tries again"));
            }
        }
        if (failures.Count > 0) throw new FalterException(failures, ExitCode.Broke);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.Run(End);

    private void ApplyRules(NetworkFault fault, NetworkNamespace place, ControlGroup? group, bool owned, ulong seed)
    {
        string name = OwnedName.New();
        if (!owned)
        {
            var step = new RemovePacketTables(place.Id, name);
            journal.Add(step);
            _ends.Push(() => journal.Undo(step));
        }
        if (fault.Action == NetworkAction.Delay)
        {
            _delay = PacketDelay.Apply(place, name, fault, group, owned, seed);
            _counts.Add(() => _delay.Packets);
            _ends.Push(_delay.Dispose);
            return;
        }
        PacketTable table = PacketTable.Apply(place, name, fault, group, owned);
        _counts.Add(() => table.Packets);
        _ends.Push(table.Dispose);
    }

    private void LimitDevices(NetworkNamespace place, long bitsPerSecond)
    {
        IReadOnlyList<string> devices = DeviceLimit.DevicesOf(place);
        var step = new RemoveDeviceLimit(place.Id, devices);
        journal.Add(step);
        _ends.Push(() => journal.Undo(step));
        DeviceLimit limit = DeviceLimit.Apply(place, devices, bitsPerSecond);
        _counts.Add(() => limit.Packets);
    }
}
