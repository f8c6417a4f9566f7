using System.Text.Json.Serialization;
using Falter.Linux.Network;

namespace Falter.Linux.Undo;

/// <summary>Removes the tables of packet rules of one name, in all families. Needed only where the kernel knows no owner of a table (before 5.12).</summary>
/// <param name="Namespace">The number of the network namespace that they are in.</param>
/// <param name="Name">Their name, an <see cref="OwnedName"/>.</param>
public sealed record RemovePacketTables(long Namespace, string Name) : UndoStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Effect => $"the packet rules {Name} are in force in net:[{Namespace}]";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string ByHand => string.Join("; ", Tables().Select(t => $"{NetworkNamespace.EnteredByHand(Namespace)}nft delete table {t.Family} {t.Name}"));

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsNeeded => Tables().Count > 0;

    /// <inheritdoc/>
    public override void Undo()
    {
        using NetworkNamespace? place = NetworkNamespace.Find(Namespace);
        foreach ((string family, string name) in Tables()) PacketTable.Remove(place!, family, name);
    }

    private IReadOnlyList<(string Family, string Name)> Tables()
    {
        using NetworkNamespace? place = NetworkNamespace.Find(Namespace);
        return place is null ? [] : PacketTable.All(place, n => n == Name);
    }
}
