using System.Text.Json.Serialization;
using Falter.Linux.Network;

namespace Falter.Linux.Undo;

/// <summary>Takes limits off the devices of a network.</summary>
/// <param name="Namespace">The number of the network namespace.</param>
/// <param name="Devices">The devices that were limited.</param>
public sealed record RemoveDeviceLimit(long Namespace, IReadOnlyList<string> Devices) : UndoStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Effect => $"{string.Join(", ", Devices)} in net:[{Namespace}] has a limited rate";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string ByHand => string.Join("; ", Devices.Select(d => $"{NetworkNamespace.EnteredByHand(Namespace)}tc qdisc del dev {d} root handle {DeviceLimit.Handle}"));

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsNeeded
    {
        get
        {
            using NetworkNamespace? place = NetworkNamespace.Find(Namespace);
            return place is not null && DeviceLimit.Limited(place).Intersect(Devices).Any();
        }
    }

    /// <inheritdoc/>
    public override void Undo()
    {
        using NetworkNamespace? place = NetworkNamespace.Find(Namespace);
        if (place is not null) DeviceLimit.Remove(place, Devices);
    }
}
