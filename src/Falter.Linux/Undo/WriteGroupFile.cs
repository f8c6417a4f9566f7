using System.Text.Json.Serialization;
using Falter.Linux.Cgroup;

namespace Falter.Linux.Undo;

/// <summary>Writes a limit of a control group back that Falter changed.</summary>
/// <param name="Folder">Where the hierarchy shows the group.</param>
/// <param name="File">The file of the limit: <c>cpu.max</c>.</param>
/// <param name="Value">What it held before.</param>
public sealed record WriteGroupFile(string Folder, string File, string Value) : UndoStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Effect => $"{Path.Join(Folder, File)} holds another value than '{Value}'";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string ByHand => $"echo '{Value}' > {Path.Join(Folder, File)}";

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsNeeded => GroupFile.Read(Folder, File) is { } now && now != Value;

    /// <inheritdoc/>
    public override void Undo()
    {
        if (IsNeeded) GroupFile.Write(Folder, File, Value);
    }
}
