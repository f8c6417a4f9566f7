using Falter.Linux.Cgroup;
using Falter.Records;

namespace Falter.Linux.Undo;

/// <summary>What Falters that are gone, and their keepers, have left behind. Never anything of one that lives.</summary>
public static class Leftovers
{
    /// <summary>
    /// Who looks for what. Journals come first and tell those after them what they name: that is undone by the journal, or belongs to one that lives.
    /// What removes itself on its own when its owner ends needs no entry here.
    /// </summary>
    private static readonly IReadOnlyList<Func<Journals, IEnumerable<Leftover>>> s_sources = [journals => journals.Dead(), _ => LeftKeepers.Find(), Groups, journals => LeftPacketRules.Find(journals), journals => LeftBridges.Find(journals)];

    /// <summary>Looks for everything, in the order in which it must be removed.</summary>
    public static IReadOnlyList<Leftover> Find()
    {
        Journals journals = Journals.Read();
        return [.. s_sources.SelectMany(source => source(journals))];
    }

    /// <summary>What one Falter that is gone has left behind, without what others have.</summary>
    /// <param name="owner">Its mark: <see cref="OwnerRemains.Mark"/> as it was in that process.</param>
    internal static IReadOnlyList<Leftover> Of(string owner)
    {
        Journals journals = Journals.Read();
        return [.. journals.Dead(owner), .. Groups(journals, owner), .. LeftPacketRules.Find(journals, owner), .. LeftBridges.Find(journals, owner)];
    }

    /// <summary>Removes one thing.</summary>
    /// <returns>Null, or why it could not be removed.</returns>
    public static string? Remove(Leftover leftover)
    {
        try
        {
            leftover.Remove();
            return null;
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException or FalterException)
        {
            return e.Message;
        }
    }

    /// <summary>Control groups by Falter's name that no journal knows.</summary>
    private static IEnumerable<Leftover> Groups(Journals journals) => Groups(journals, "");

    private static IEnumerable<Leftover> Groups(Journals journals, string owner) =>
        from @group in ControlGroup.Search($"falter-{owner}")
        let name = Path.GetFileName(@group.Folder)
        where OwnedName.IsOrphan(name) && !journals.Name(name)
        let step = new RemoveGroup(@group.Folder, Path.GetDirectoryName(@group.Folder)!, [])
        select new Leftover("control-group", step.Effect, step.ByHand, step.Undo);
}
