using Falter.Linux.Cgroup;
using Falter.Linux.Features;
using Falter.Linux.Proc;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Linux.Network;

/// <summary>
/// Where the packets of a target are, and nobody else's: a network namespace that only the target uses, or a control group in one that others use too.
/// </summary>
public sealed class NetworkScope : IDisposable
{
    private NetworkScope(NetworkNamespace place, ControlGroup? group, IReadOnlyList<int> toMove)
    {
        Namespace = place;
        Group = group;
        ToMove = toMove;
    }

    /// <summary>The network namespace.</summary>
    public NetworkNamespace Namespace { get; }

    /// <summary>
    /// Only packets of sockets that were made in this group; null: all packets of the namespace. With <see cref="ToMove"/> it is the group below which
    /// another one is made.
    /// </summary>
    public ControlGroup? Group { get; }

    /// <summary>The processes that are moved into a group made for them before the fault begins; empty: none.</summary>
    public IReadOnlyList<int> ToMove { get; }

    /// <summary>Whose packets are meant, for people.</summary>
    public string Description => (Group, ToMove.Count) switch
    {
        (null, _) => $"the target's own network namespace {Namespace}, without its loopback unless a peer is named",
        (_, 0) => $"sockets of the control group {Group.Path} in {Namespace}",
        _ => $"sockets of a control group made below {Group.Path} for {ToMove.Count} processes, in {Namespace}",
    };

    /// <summary>All packets of a namespace that only the target uses, whether a process of it lives at the moment or not.</summary>
    /// <exception cref="FalterException"><c>target-not-found</c>: it is gone.</exception>
    public static NetworkScope Whole(NetworkNamespace place) =>
        new(NetworkNamespace.Find(place.Id) ?? throw FalterException.Usage("target-not-found", $"the target's network namespace {place} is gone"), null, []);

    /// <summary>Finds out where a target's packets are.</summary>
    /// <param name="pids">The target's processes; their descendants belong to them.</param>
    /// <param name="group">Its control group, where it was named by one (also a container): all processes in it belong to it.</param>
    /// <exception cref="FalterException"><c>network-shared</c>: they cannot be told from others'. <c>target-not-found</c>: the target has ended.</exception>
    public static NetworkScope Of(IReadOnlyList<int> pids, ControlGroup? group = null)
    {
        HashSet<int> target = [.. ProcessTable.WithDescendants([.. pids, .. group?.ProcessesBelow ?? []]).Select(p => p.Pid)];
        long[] ids = [.. target.Select(NetworkNamespace.IdOfProcess).OfType<long>().Distinct()];
        if (ids.Length == 0 && target.Count > 0) FeatureCatalogue.Root.Require();
        if (ids.Length == 0) throw FalterException.Usage("target-not-found", "no process of the target is left, so it has no network");
        if (ids.Length > 1) throw FalterException.Usage("network-shared", $"the target's processes are in {ids.Length} network namespaces; name those of one of them (-p PID, --container)");
        NetworkNamespace place = NetworkNamespace.Find(ids[0]) ?? throw FalterException.Usage("target-not-found", "the target's network namespace is gone");
        try
        {
            // The owners of the tables of other faults that are in force are no users of the namespace.
            if (place.Processes.All(p => target.Contains(p) || PacketTable.IsOwner(p))) return new NetworkScope(place, null, []);
            ControlGroup[] groups = [.. target.Select(ControlGroup.OfProcess).OfType<ControlGroup>()];
            if (groups.Length == 0) throw Shared(place, target, "the unified hierarchy of control groups is not mounted here (`ip netns exec` hides it: enter with nsenter --net=/run/netns/NAME instead; else mount -t cgroup2 none /sys/fs/cgroup)");
            ControlGroup common = groups.Aggregate(Common);
            if (!common.IsRoot && common.ProcessesBelow.All(target.Contains)) return new NetworkScope(place, common, []);
            if (target.FirstOrDefault(ProcessSockets.AnyOfNetwork) is int owner && owner != 0)
            {
                throw Shared(place, target, $"it has no control group of its own, and a socket stays in the group that it was made in: process {owner} has some already");
            }
            return new NetworkScope(place, common, [.. target]);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes a group for the target and moves it there: whatever sockets it makes from now on are the group's. What it starts meanwhile is born there.
    /// </summary>
    /// <param name="journal">Told before how the processes come back.</param>
    /// <returns>The group, and the step that takes it back.</returns>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public (ControlGroup Group, RemoveGroup Step) MakeGroup(UndoJournal journal)
    {
        ControlGroup made = Group!.Child(OwnedName.New());
        MovedProcess[] moved = [.. from pid in ToMove let stat = ProcessStat.Read(pid) where stat is not null select new MovedProcess(pid, stat.StartTicks, ControlGroup.OfProcess(pid)?.Folder ?? Group.Folder)];
        var step = new RemoveGroup(made.Folder, Group.Folder, moved);
        journal.Add(step);
        GroupFile.Make(made.Folder);
        // Until nothing is left outside: a child may be born while its parent moves. Bounded: a tree that grows faster than it is moved is given up.
        for (int pass = 0; pass < 100; pass++)
        {
            int[] outside = [.. ProcessTable.WithDescendants([.. ToMove]).Select(p => p.Pid).Where(p => !made.Holds(p))];
            if (outside.Length == 0) break;
            foreach (int pid in outside) GroupFile.Take(made.Folder, pid);
        }
        return (made, step);
    }

    /// <inheritdoc/>
    public void Dispose() => Namespace.Dispose();

    /// <summary>The innermost group that both are in, or are.</summary>
    private static ControlGroup Common(ControlGroup a, ControlGroup b)
    {
        string[] ofA = a.Path.Split('/', StringSplitOptions.RemoveEmptyEntries), ofB = b.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string path = "/" + string.Join('/', ofA.Zip(ofB).TakeWhile(p => p.First == p.Second).Select(p => p.First));
        string mount = a.Folder[..(a.Folder.Length - a.Path.TrimEnd('/').Length)].TrimEnd('/');
        return a with { Path = path, Folder = mount + path.TrimEnd('/') };
    }

    private static FalterException Shared(NetworkNamespace place, HashSet<int> target, string reason)
    {
        int stranger = place.Processes.FirstOrDefault(p => !target.Contains(p) && !PacketTable.IsOwner(p));
        return FalterException.Usage("network-shared",
            $"the target shares its network with others, for example process {stranger} ({ProcessStat.Read(stranger)?.Name}), and {reason}; start it in a group (systemd-run --scope COMMAND) or a namespace of its own, or let Falter launch it (-- COMMAND)");
    }
}
