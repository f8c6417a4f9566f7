namespace Falter.Records;

/// <summary>Faults of networks: <c>network:drop=30%:peer=10.0.0.0/8:5432</c>.</summary>
internal static class NetworkFaultReading
{
    public const string Example = "network:drop=30%:peer=10.0.0.0/8:5432";

    private static readonly string[] s_actions = ["partition", "drop", "reject", "reset", "delay", "rate"];
    public static readonly string[] Keys = [.. s_actions, "direction", "peer", "port", "protocol", .. TimesReading.Keys];

    /// <summary>The fault; null where it has mistakes, which are added.</summary>
    public static NetworkFault? Read(FaultFields fields, ICollection<Finding> mistakes)
    {
        var reading = new FaultReading(fields, Keys, Example, mistakes);
        string? action = ActionReading.Of(reading, s_actions, Example);
        foreach (string flag in new[] { "partition", "reject", "reset" }) reading.Flag(flag);
        var fault = new NetworkFault
        {
            Written = fields.Written,
            Action = action switch
            {
                "reject" => NetworkAction.Reject,
                "reset" => NetworkAction.Reset,
                "delay" => NetworkAction.Delay,
                "rate" => NetworkAction.Rate,
                _ => NetworkAction.Drop,
            },
            Share = reading.Value<double>("drop", TryReadShare) ?? 1,
            Delay = reading.Value<Delay>("delay", Delay.TryParse),
            BitsPerSecond = reading.Value<long>("rate", BitRates.TryParse),
            Direction = reading.Word<NetworkDirection>("direction") ?? NetworkDirection.Both,
            Peers = reading.List<PeerPattern>("peer", TryReadPeer),
            Ports = reading.List<PortRange>("port", PortRange.TryParse),
            Protocol = reading.Value<TransportProtocol>("protocol", TryReadProtocol)?.Name,
            After = TimesReading.After(reading),
            For = TimesReading.For(reading),
        };
        if (fault is { Action: NetworkAction.Reset, Protocol: "udp" }) reading.Refuse("protocol", "reset: only TCP has connections that can be reset; take network:reject for UDP");
        return reading.IsFlawless ? fault : null;
    }

    private static bool TryReadShare(string text, out double share, out string problem)
    {
        if (!Shares.TryParse(text, out share, out problem)) return false;
        if (share == 0) problem = "a fault that drops nothing does nothing; leave it out";
        return share > 0;
    }

    private static bool TryReadPeer(string text, out PeerPattern peer, out string problem)
    {
        if (!PeerPattern.TryParse(text, out peer!, out problem)) return false;
        if (peer.Path is not null) problem = $"'{text}': a Unix socket has no packets; fail its calls instead, for example sendmsg,write:error=EPIPE:peer={text}";
        return peer.Path is null;
    }

    private static bool TryReadProtocol(string text, out TransportProtocol protocol, out string problem)
    {
        protocol = new TransportProtocol(text);
        problem = $"'{text}' is neither tcp nor udp";
        return text is "tcp" or "udp";
    }

    private readonly record struct TransportProtocol(string Name);
}
