using System.Text.Json;
using Falter.Linux.Features;
using Falter.Linux.Network;

namespace Falter.Linux.Undo;

/// <summary>Bridges of private networks that no journal knows, and whose Falter has ended: told by their alias.</summary>
internal static class LeftBridges
{
    /// <param name="journals">What is known of journals.</param>
    /// <param name="owner">The mark of the Falter whose bridges are meant; empty: all.</param>
    public static IEnumerable<Leftover> Find(Journals journals, string owner = "")
    {
        if (!Privileges.IsRoot || SystemProgram.Find("ip") is null) yield break;
        JsonElement[] links = Links();
        foreach (JsonElement link in links)
        {
            string name = Text(link, "ifname");
            if (!OwnedName.IsOrphan(Text(link, "ifalias")) || !Text(link, "ifalias").StartsWith($"falter-{owner}", StringComparison.Ordinal) || journals.Name($"\"{name}\"")) continue;
            var step = new RemoveBridge(name, [.. links.Where(l => Text(l, "master") == name).Select(l => Text(l, "ifname"))]);
            yield return new Leftover("bridge", step.Effect, step.ByHand, step.Undo);
        }
    }

    private static JsonElement[] Links()
    {
        using var links = JsonDocument.Parse(SystemProgram.RunChecked("ip", "-json", "link", "show"));
        return [.. links.RootElement.EnumerateArray().Select(l => l.Clone())];
    }

    private static string Text(JsonElement link, string name) => link.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";
}
