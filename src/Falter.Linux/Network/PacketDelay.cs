using Falter.Linux.Cgroup;
using Falter.Records;

namespace Falter.Linux.Network;

/// <summary>
/// Delayed packets: a table of nft selects and marks them, a second one hands marked packets to a queue, which holds them, and the first takes the mark
/// off. All three end with this process; the first to go stops the delay.
/// </summary>
public sealed class PacketDelay : IDisposable
{
    private readonly NetworkNamespace _place;
    private readonly PacketQueue _queue;
    private readonly QueueTable _handing;
    private readonly PacketTable _selection;
    private long _lost;
    private bool _disposed;

    private PacketDelay(NetworkNamespace place, PacketQueue queue, QueueTable handing, PacketTable selection)
    {
        (_place, _queue, _handing, _selection) = (place, queue, handing, selection);
    }

    /// <summary>Packets that were held so far.</summary>
    public long Packets => _queue.Packets;

    /// <summary>Packets that were lost because too many waited.</summary>
    public long Lost => _disposed ? _lost : _lost = _place.Within(_queue.Lost);

    /// <summary>Puts a delay in force. The parameters are those of <see cref="PacketTable.Apply"/>.</summary>
    /// <exception cref="FalterException"><c>rules-refused</c>, <c>feature-missing</c>, <c>prerequisite-missing</c>.</exception>
    public static PacketDelay Apply(NetworkNamespace place, string name, NetworkFault fault, ControlGroup? group, bool owned, ulong seed)
    {
        PacketQueue? queue = null;
        QueueTable? handing = null;
        try
        {
            queue = place.Within(() => PacketQueue.Open(fault.Delay!.Value, seed));
            handing = place.Within(() => QueueTable.Make(name, queue.Number, fault.Direction, owned));
            return new PacketDelay(place, queue, handing, PacketTable.Apply(place, name, fault, group, owned));
        }
        catch
        {
            handing?.Dispose();
            queue?.Dispose();
            throw;
        }
    }

    /// <summary>Ends the delay: nothing is marked any more, nothing handed over, and what waits has gone on before.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _ = Lost;
        _disposed = true;
        _queue.LetGo();
        _selection.Dispose();
        _handing.Dispose();
        // Without an owner, they stay when their socket is closed.
        foreach ((string family, string name) in PacketTable.All(_place, n => n == _selection.Name)) PacketTable.Remove(_place, family, name);
        _queue.Dispose();
    }
}
