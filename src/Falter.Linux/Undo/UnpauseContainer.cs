using System.Text.Json.Serialization;
using Falter.Linux.Containers;

namespace Falter.Linux.Undo;

/// <summary>Lets a container go on that Falter paused.</summary>
/// <param name="Engine">The engine's socket.</param>
/// <param name="Container">The container's whole id.</param>
/// <param name="Name">Its name, for people.</param>
public sealed record UnpauseContainer(string Engine, string Container, string Name) : UndoStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Effect => $"the container {Name} is paused";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string ByHand => $"DOCKER_HOST=unix://{Engine} docker unpause {Name}";

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsNeeded => Of.IsIn(s => s is { Status: "paused" });

    private EngineContainer Of => new(Engine, Container);

    /// <inheritdoc/>
    public override void Undo()
    {
        if (IsNeeded) Of.Unpause();
    }
}
