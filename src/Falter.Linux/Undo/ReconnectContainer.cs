using System.Text.Json.Serialization;
using Falter.Linux.Containers;

namespace Falter.Linux.Undo;

/// <summary>Puts a container back on a network that Falter took it off, with the aliases and addresses that it had.</summary>
/// <param name="Engine">The engine's socket.</param>
/// <param name="Container">The container's whole id.</param>
/// <param name="Name">Its name, for people.</param>
/// <param name="Network">The network, and its place there.</param>
public sealed record ReconnectContainer(string Engine, string Container, string Name, ContainerNetwork Network) : UndoStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Effect => $"the container {Name} is off the network {Network.Name}";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string ByHand => $"DOCKER_HOST=unix://{Engine} docker network connect{Options} {Network.Name} {Name}";

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsNeeded => Of.IsIn(s => s.Networks.All(n => n.NetworkId != Network.NetworkId));

    private string Options => string.Concat(Network.Aliases.Select(a => $" --alias {a}")) + (Network.IsFixed && Network.Address is { } address ? $" --ip {address}" : "");

    private EngineContainer Of => new(Engine, Container);

    /// <inheritdoc/>
    public override void Undo() => Of.Reconnect(Network);
}
