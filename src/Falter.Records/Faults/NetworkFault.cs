namespace Falter.Records;

/// <summary>What is done to packets.</summary>
public enum NetworkAction
{
    /// <summary>Share of the packets lost without a word; 1 is a partition.</summary>
    Drop,

    /// <summary>Refused with an ICMP message: ECONNREFUSED, EHOSTUNREACH.</summary>
    Reject,

    /// <summary>TCP connections end with a reset.</summary>
    Reset,

    /// <summary>Held for a time.</summary>
    Delay,

    /// <summary>No more than so much per second.</summary>
    Rate,
}

/// <summary>Which way packets go, as the target sees it.</summary>
public enum NetworkDirection
{
    Both,
    In,
    Out,
}

/// <summary>A fault of the target's network, connections that are there already included: <c>network:drop=30%:peer=10.0.0.0/8:5432:direction=out</c>.</summary>
public sealed record NetworkFault : Fault
{
    public required NetworkAction Action { get; init; }

    /// <summary>Share of <see cref="NetworkAction.Drop"/>, above 0 to 1.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Of <see cref="NetworkAction.Delay"/>.</summary>
    public Delay? Delay { get; init; }

    /// <summary>Of <see cref="NetworkAction.Rate"/>.</summary>
    public long? BitsPerSecond { get; init; }

    /// <summary>Default: both ways.</summary>
    public NetworkDirection Direction { get; init; } = NetworkDirection.Both;

    /// <summary>The far sides meant; empty: all. None is a path.</summary>
    public IReadOnlyList<PeerPattern> Peers { get; init; } = [];

    /// <summary>Ports meant, on either side; empty: all.</summary>
    public IReadOnlyList<PortRange> Ports { get; init; } = [];

    /// <summary><c>tcp</c> or <c>udp</c>; null: every protocol.</summary>
    public string? Protocol { get; init; }

    /// <summary>The fault in the rule language.</summary>
    public override string ToString() => FaultText.Of(this);
}
