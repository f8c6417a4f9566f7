using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.RegularExpressions;
using Falter.Linux.Interop;
using Falter.Linux.Proc;

namespace Falter.Linux.Network;

/// <summary>A network namespace, held open: it exists as long as this object does, also when its last process ends.</summary>
public sealed partial class NetworkNamespace : IDisposable
{
    // By number.
    private static readonly ConcurrentDictionary<long, NetworkNamespace> s_made = new();

    private readonly Descriptor _descriptor;

    private NetworkNamespace(Descriptor descriptor, long id)
    {
        _descriptor = descriptor;
        Id = id;
    }

    /// <summary>The number that the kernel gave it: of <c>net:[4026532289]</c>. It may be given again once the namespace is gone.</summary>
    public long Id { get; }

    /// <summary>Whether it is the one that Falter itself is in.</summary>
    public bool IsOwn => Id == IdOfProcess(Environment.ProcessId);

    /// <summary>The processes that are in it now and can be seen from here.</summary>
    public IReadOnlyList<int> Processes => [.. ProcessTable.Pids().Where(p => IdOfProcess(p) == Id)];

    // The fourth field of mountinfo is the root of the mount within its file system, which for nsfs names the namespace; the fifth is the mount point (proc(5)).
    [GeneratedRegex(@"^\S+ \S+ \S+ net:\[(\d+)\] (\S+) ")]
    private static partial Regex MountedNamespace();

    /// <summary>The namespace of a process; null where the process is gone.</summary>
    public static NetworkNamespace? OfProcess(int pid) => Open($"/proc/{pid}/ns/net");

    /// <summary>The number of a process's namespace; null where the process is gone, or somebody else's.</summary>
    public static long? IdOfProcess(int pid) => Inode.Of($"/proc/{pid}/ns/net");

    /// <summary>The namespace with this number, which a process is in or a mount keeps (<c>ip netns</c>, container engines); null where there is none any more.</summary>
    public static NetworkNamespace? Find(long id)
    {
        foreach (int pid in ProcessTable.Pids().Where(p => IdOfProcess(p) == id))
        {
            if (Same(OfProcess(pid), id) is { } found) return found;
        }
        // One that was made here may be without a process for a while: its role is being started again.
        if (s_made.TryGetValue(id, out NetworkNamespace? made) && Same(Open($"/proc/self/fd/{made._descriptor.Number}"), id) is { } held) return held;
        return Mounted().Where(m => m.Id == id).Select(m => Same(Open(m.Path), id)).FirstOrDefault(n => n is not null);
    }

    /// <summary>The numbers of all namespaces that a process is in or a mount keeps.</summary>
    public static IReadOnlyList<long> Ids() => [.. ProcessTable.Pids().Select(IdOfProcess).OfType<long>().Concat(Mounted().Select(m => m.Id)).Distinct()];

    /// <summary>What a shell command begins with that is to run in a namespace: <c>nsenter --net=/proc/12/ns/net </c>; empty for Falter's own, and where nobody is in it.</summary>
    internal static string EnteredByHand(long id)
    {
        if (id == IdOfProcess(Environment.ProcessId)) return "";
        string? path = ProcessTable.Pids().Where(p => IdOfProcess(p) == id).Select(p => $"/proc/{p}/ns/net").FirstOrDefault() ?? Mounted().Where(m => m.Id == id).Select(m => m.Path).FirstOrDefault();
        return path is null ? "" : $"nsenter --net={path} ";
    }

    /// <summary>
    /// Does something within the namespace, on a thread of its own, which ends with it: no thread of a pool is ever left in another namespace. What is
    /// opened or started there (sockets, programs) belongs to the namespace for good.
    /// </summary>
    public T Within<T>(Func<T> action) => OnOwnThread(this, action);

    /// <inheritdoc cref="Within{T}(Func{T})"/>
    public void Within(Action action) => Within(() =>
    {
        action();
        return 0;
    });

    /// <summary>Takes the calling thread there for good.</summary>
    internal void Enter()
    {
        // Not into one's own: that would need CAP_SYS_ADMIN for nothing.
        if (!IsOwn) Libc.Checked(Libc.setns(_descriptor.Number, Libc.CLONE_NEWNET), "setns(CLONE_NEWNET)");
    }

    /// <summary>Makes a namespace, which is there as long as it is held open here or a process is in it.</summary>
    /// <exception cref="LinuxException">The kernel refuses: EPERM without CAP_SYS_ADMIN.</exception>
    public static NetworkNamespace Make()
    {
        NetworkNamespace made = WithinNew(() => Open("/proc/thread-self/ns/net") ?? throw new LinuxException("open(/proc/thread-self/ns/net)", Libc.LastErrno));
        s_made[made.Id] = made;
        return made;
    }

    /// <summary>Does something within a new namespace, which ends with it.</summary>
    internal static T WithinNew<T>(Func<T> action) => OnOwnThread(null, action);

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = s_made.TryRemove(KeyValuePair.Create(Id, this));
        _descriptor.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"net:[{Id}]");

    private static IEnumerable<(long Id, string Path)> Mounted() =>
        File.ReadLines("/proc/self/mountinfo").Select(l => MountedNamespace().Match(l)).Where(m => m.Success)
            .Select(m => (long.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture), m.Groups[2].Value));

    private static NetworkNamespace? Open(string path)
    {
        int fd = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        if (fd < 0) return null;
        var descriptor = new Descriptor(fd);
        // Asked of what was opened: the process may have ended in between and its number be another's.
        if (Inode.Of($"/proc/self/fd/{fd}") is { } id) return new NetworkNamespace(descriptor, id);
        descriptor.Dispose();
        return null;
    }

    private static NetworkNamespace? Same(NetworkNamespace? opened, long id)
    {
        if (opened?.Id == id) return opened;
        opened?.Dispose();
        return null;
    }

    /// <summary>Runs something to its end on a new thread that has entered the namespace, or (null) a new one.</summary>
    private static T OnOwnThread<T>(NetworkNamespace? place, Func<T> action)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (place is null) Libc.Checked(Libc.unshare(Libc.CLONE_NEWNET), "unshare(CLONE_NEWNET)");
                else place.Enter();
                result = action();
            }
#pragma warning disable CA1031 // Carried over to the caller's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        })
        { IsBackground = true, Name = "falter-net" };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }
}
