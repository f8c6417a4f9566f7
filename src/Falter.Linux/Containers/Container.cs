using System.Text.Json;
using System.Text.RegularExpressions;
using Falter.Linux.Cgroup;
using Falter.Records;

namespace Falter.Linux.Containers;

/// <summary>Containers, found as what they are to the kernel: control groups.</summary>
public static partial class Container
{
    // Engines name a container's group after its id, of 64 digits; fewer than these could be part of anything.
    [GeneratedRegex("^[0-9a-f]{8,64}$")]
    private static partial Regex Id();

    /// <summary>
    /// The control group of a running container. Docker and Podman are asked for it on their sockets (DOCKER_HOST, if set); a container of another
    /// engine, as containerd, is found by its id in the names of the groups.
    /// </summary>
    /// <param name="container">A name, an id, or the beginning of an id.</param>
    /// <exception cref="FalterException"><c>target-not-found</c>: there is none, or it does not run.</exception>
    public static ControlGroup Find(string container)
    {
        if (Ask(container, out List<string> troubles) is { } found) return Of(container, found.State);
        if (Id().IsMatch(container) && ControlGroup.Search(container).FirstOrDefault() is { } group) return group;
        throw FalterException.Usage("target-not-found", $"--container {container}: no such container: {Tell(troubles)}; of other engines give the id, at least 8 digits");
    }

    /// <summary>A container, to be changed through its engine. It need not run.</summary>
    /// <param name="container">A name, an id, or the beginning of an id.</param>
    /// <exception cref="FalterException"><c>target-not-found</c>: no engine knows it.</exception>
    public static EngineContainer OfEngine(string container) =>
        Ask(container, out List<string> troubles) is { } found ? new EngineContainer(found.Engine.Socket, found.State.Id)
            : throw FalterException.Usage("target-not-found", $"--container {container}: no engine knows such a container: {Tell(troubles)}");

    private static (ContainerEngine Engine, ContainerState State)? Ask(string container, out List<string> troubles)
    {
        troubles = [];
        foreach (ContainerEngine engine in ContainerEngine.All())
        {
            try
            {
                if (engine.Find(container) is { } state) return (engine, state);
                troubles.Add($"{engine.Socket} knows no such container");
            }
            catch (Exception e) when (e is HttpRequestException or JsonException or OperationCanceledException or KeyNotFoundException or InvalidOperationException)
            {
                troubles.Add($"{engine.Socket}: {e.Message.TrimEnd('.')}");
            }
        }
        return null;
    }

    private static string Tell(List<string> troubles) => troubles.Count > 0 ? string.Join("; ", troubles) : "no engine's socket was found (set DOCKER_HOST=unix:///path)";

    private static ControlGroup Of(string container, ContainerState state)
    {
        if (state.Pid == 0) throw FalterException.Usage("target-not-found", $"--container {container}: it does not run (its engine says {state.Status})");
        // By its id in the group's name, not by its process alone: that may be in a group of its own inside (systemd), and be another process's number where
        // the engine lives in another pid namespace.
        return ControlGroup.OfProcessNamed(state.Pid, state.Id) ?? ControlGroup.Search(state.Id).FirstOrDefault()
            ?? throw FalterException.Usage("target-not-found", $"--container {container}: no control group here bears its id; if its engine runs on another machine or in another pid namespace, run Falter there");
    }
}
