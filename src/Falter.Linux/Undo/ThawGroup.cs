using System.Text.Json.Serialization;
using Falter.Linux.Cgroup;

namespace Falter.Linux.Undo;

/// <summary>Lets a control group's processes go on that Falter froze.</summary>
/// <param name="Folder">Where the hierarchy shows the group.</param>
public sealed record ThawGroup(string Folder) : UndoStep
{
    private GroupFreezer Freezer => new(Folder);

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Effect => $"the control group {Folder} is frozen";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string ByHand => $"echo {Freezer.Thawed} > {Freezer.File}";

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsNeeded => Freezer.IsFrozen;

    /// <inheritdoc/>
    public override void Undo()
    {
        if (Freezer.IsFrozen) Freezer.Thaw();
    }
}
