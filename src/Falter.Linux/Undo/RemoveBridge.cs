using System.Text.Json.Serialization;
using Falter.Linux.Interop;
using Falter.Linux.Network;

namespace Falter.Linux.Undo;

/// <summary>Removes the bridge of a private network, and what joins it to the namespaces of its members.</summary>
/// <param name="Bridge">The bridge's name.</param>
/// <param name="Ports">The names of the devices that lead to the members.</param>
public sealed record RemoveBridge(string Bridge, IReadOnlyList<string> Ports) : UndoStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Effect => $"the bridge {Bridge} is there, with {Ports.Count(Exists)} members";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string ByHand => string.Join("; ", Ports.Append(Bridge).Where(Exists).DefaultIfEmpty(Bridge).Select(d => $"ip link del {d}"));

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsNeeded => Exists(Bridge) || Ports.Any(Exists);

    /// <summary>A port goes with the namespace that it leads to, and that with its last process.</summary>
    [JsonIgnore]
    public override bool IsInUse => Exists(Bridge) && Ports.Any(Exists);

    /// <summary>Whether there is a device of this name in the caller's network namespace.</summary>
    internal static bool Exists(string device) => Libc.if_nametoindex(device) != 0;

    /// <inheritdoc/>
    public override void Undo()
    {
        foreach (string device in Ports.Append(Bridge).Where(Exists))
        {
            ProgramOutcome outcome = SystemProgram.Run("ip", "link", "del", device);
            // It may have gone by itself meanwhile, with its namespace.
            if (outcome.ExitCode != 0 && Exists(device)) throw Records.FalterException.Cannot("rules-refused", $"the device {device} cannot be removed: {outcome.Complaint}");
        }
    }
}
