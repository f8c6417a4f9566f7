using System.Text.Json;
using System.Text.Json.Nodes;
using Falter.Records;

namespace Falter.Linux.Containers;

/// <summary>A container that its engine is asked to do something to.</summary>
/// <param name="Socket">The engine's socket.</param>
/// <param name="Id">The container's whole id.</param>
public sealed record EngineContainer(string Socket, string Id)
{
    private ContainerEngine Engine => new(Socket);

    /// <summary>What the engine says of it now; null where it is gone.</summary>
    /// <exception cref="FalterException"><c>engine-refused</c>.</exception>
    public ContainerState? State => Asked(() => Engine.Find(Id));

    /// <summary>Whether it is in some state. False where it is gone; true where its engine does not answer, as then it may be.</summary>
    internal bool IsIn(Predicate<ContainerState> state)
    {
        try
        {
            return State is { } now && state(now);
        }
        catch (FalterException)
        {
            return true;
        }
    }

    /// <summary>Takes it off a network.</summary>
    /// <exception cref="FalterException"><c>engine-refused</c>; also for all below.</exception>
    public void Disconnect(ContainerNetwork network) => Engine.Change($"/networks/{network.NetworkId}/disconnect", new JsonObject { ["Container"] = Id }.ToJsonString());

    /// <summary>
    /// Puts it back on a network. Nothing happens where it is there, or where either is gone. An address that the engine chose by itself is asked for, and
    /// another taken where the engine does not grant that (networks without a subnet of the user's own).
    /// </summary>
    public void Reconnect(ContainerNetwork network)
    {
        if (State is not { } state || state.Networks.Any(n => n.NetworkId == network.NetworkId) || !Asked(() => Engine.HasNetwork(network.NetworkId))) return;
        string path = $"/networks/{network.NetworkId}/connect";
        try
        {
            Engine.Change(path, network.Connection(Id, withAddress: true));
        }
        catch (FalterException) when (!network.IsFixed)
        {
            Engine.Change(path, network.Connection(Id, withAddress: false));
        }
    }

    public void Pause() => Engine.Change($"/containers/{Id}/pause");

    public void Unpause() => Engine.Change($"/containers/{Id}/unpause");

    public void Kill() => Engine.Change($"/containers/{Id}/kill");

    public void Start() => Engine.Change($"/containers/{Id}/start");

    public void Restart() => Engine.Change($"/containers/{Id}/restart");

    private T Asked<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw FalterException.Cannot("engine-refused", $"{Socket}: {e.Message.TrimEnd('.')}");
        }
    }
}
