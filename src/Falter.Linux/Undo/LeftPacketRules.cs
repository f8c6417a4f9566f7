using Falter.Linux.Features;
using Falter.Linux.Network;

namespace Falter.Linux.Undo;

/// <summary>Packet rules and limits of devices in any network namespace that no journal knows, and whose Falter has ended.</summary>
internal static class LeftPacketRules
{
    /// <param name="journals">What is known of journals.</param>
    /// <param name="owner">The mark of the Falter whose rules are meant; empty: all. Limits of devices bear no mark, and are left to journals then.</param>
    public static IEnumerable<Leftover> Find(Journals journals, string owner = "")
    {
        if (!Privileges.IsRoot) yield break;
        bool tables = SystemProgram.Find("nft") is not null, limits = SystemProgram.Find("tc") is not null;
        foreach (long id in NetworkNamespace.Ids())
        {
            using NetworkNamespace? place = NetworkNamespace.Find(id);
            if (place is null) continue;
            string[] names = tables ? [.. PacketTable.All(place, n => OwnedName.IsOrphan(n) && n.StartsWith($"falter-{owner}", StringComparison.Ordinal) && !journals.Name(n)).Select(t => t.Name).Distinct()] : [];
            foreach (string name in names) yield return Of("packet-rules", new RemovePacketTables(id, name));
            string[] devices = limits && owner.Length == 0 ? [.. DeviceLimit.Limited(place)] : [];
            // A limit bears no name. One of a Falter that lives is in its journal, by the number of the namespace: read after the limit was seen, as a
            // Falter may have begun since.
            if (devices.Length > 0 && !Journals.Read().Name($"\"namespace\":{id},")) yield return Of("device-limit", new RemoveDeviceLimit(id, devices));
        }
    }

    private static Leftover Of(string kind, UndoStep step) => new(kind, step.Effect, step.ByHand, step.Undo);
}
