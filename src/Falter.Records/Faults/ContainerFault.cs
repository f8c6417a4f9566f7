namespace Falter.Records;

/// <summary>What is done to a container, through its engine.</summary>
public enum ContainerAction
{
    /// <summary>Taken off a network, and put back with the same alias and address.</summary>
    Disconnect,
    Pause,
    Kill,
    Restart,
}

/// <summary>A fault of a whole container: <c>container:disconnect=backend:for=10s</c>.</summary>
public sealed record ContainerFault : Fault
{
    public required ContainerAction Action { get; init; }

    /// <summary>The network of <see cref="ContainerAction.Disconnect"/>; null: all that the container is on.</summary>
    public string? Network { get; init; }

    /// <summary>The fault in the rule language.</summary>
    public override string ToString() => FaultText.Of(this);
}
