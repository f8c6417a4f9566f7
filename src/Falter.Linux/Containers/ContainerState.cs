using System.Text.Json;

#pragma warning disable CA1507 // The names are those of Docker's interface; that ours are alike is chance.

namespace Falter.Linux.Containers;

/// <summary>What an engine says of a container.</summary>
/// <param name="Id">Its whole id.</param>
/// <param name="Pid">Its first process in the engine's pid namespace; 0 where it does not run.</param>
/// <param name="Status"><c>running</c>, <c>exited</c>, <c>paused</c> …</param>
public sealed record ContainerState(string Id, int Pid, string Status)
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether the engine removes it when it ends (<c>--rm</c>).</summary>
    public bool IsRemovedAtEnd { get; init; }

    /// <summary>The networks that it is on.</summary>
    public IReadOnlyList<ContainerNetwork> Networks { get; init; } = [];

    /// <summary>Reads the answer to <c>GET /containers/ID/json</c>.</summary>
    internal static ContainerState Of(JsonElement answer)
    {
        JsonElement state = answer.GetProperty("State");
        string id = answer.GetProperty("Id").GetString()!;
        return new ContainerState(id, state.GetProperty("Pid").GetInt32(), state.GetProperty("Status").GetString() ?? "")
        {
            Name = (answer.Member("Name")?.GetString() ?? id).TrimStart('/'),
            IsRemovedAtEnd = answer.Member("HostConfig")?.Member("AutoRemove")?.ValueKind == JsonValueKind.True,
            Networks = answer.Member("NetworkSettings")?.Member("Networks") is { } networks ? [.. networks.EnumerateObject().Select(n => ContainerNetwork.Of(n.Name, n.Value, id))] : [],
        };
    }
}
