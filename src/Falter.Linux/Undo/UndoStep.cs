using System.Text.Json.Serialization;

namespace Falter.Linux.Undo;

/// <summary>
/// What takes back one thing that outlives Falter: written down before it is done, carried out by whoever is left. Pure data that a process started
/// later can read; no descriptors.
/// </summary>
/// <remarks>
/// Every step may be carried out at any time, any number of times, also where the thing was never done: Falter can be killed between writing and
/// doing. A step therefore names processes by number and start, and things of Falter's own by <see cref="OwnedName"/>.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ContinueProcess), "continue-process")]
[JsonDerivedType(typeof(ThawGroup), "thaw-group")]
[JsonDerivedType(typeof(WriteGroupFile), "write-group-file")]
[JsonDerivedType(typeof(RemoveGroup), "remove-group")]
[JsonDerivedType(typeof(RemovePacketTables), "remove-packet-tables")]
[JsonDerivedType(typeof(RemoveDeviceLimit), "remove-device-limit")]
[JsonDerivedType(typeof(RemoveBridge), "remove-bridge")]
[JsonDerivedType(typeof(ReconnectContainer), "reconnect-container")]
[JsonDerivedType(typeof(UnpauseContainer), "unpause-container")]
[JsonDerivedType(typeof(StartContainer), "start-container")]
public abstract record UndoStep
{
    /// <summary>What is there as long as it is not undone, as a sentence without a full stop: <c>process 12 (nginx) is stopped</c>.</summary>
    public abstract string Effect { get; }

    /// <summary>The shell command that does the same.</summary>
    public abstract string ByHand { get; }

    /// <summary>Whether the effect is still there.</summary>
    public abstract bool IsNeeded { get; }

    /// <summary>
    /// Whether what it takes back serves processes that live on after Falter: then a keeper waits for their end. Default: never, as a fault must end at once.
    /// </summary>
    [JsonIgnore]
    public virtual bool IsInUse => false;

    /// <summary>Takes it back. Does nothing where that was done already, or where there is nothing left to do it to.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    /// <exception cref="Records.FalterException">A program or an engine that it needs refuses.</exception>
    public abstract void Undo();
}
