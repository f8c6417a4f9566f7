using System.Globalization;
using Falter.Linux.Interop;
using Falter.Linux.Proc;

namespace Falter.Linux.Launch;

/// <summary>
/// Makes orphans of a launched target children of this process (PR_SET_CHILD_SUBREAPER), so that they can be found when the target is stopped, and
/// collects those that end meanwhile, as pid 1 would have done.
/// </summary>
internal static class OrphanReaper
{
    private static readonly Lock s_lock = new();
    private static Timer? s_timer;
    private static int s_users;

    /// <summary>A launched target begins.</summary>
    public static void Begin()
    {
        lock (s_lock)
        {
            Libc.Checked(Libc.prctl(Libc.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl(PR_SET_CHILD_SUBREAPER)");
            if (s_users++ == 0) s_timer = new Timer(_ => Sweep(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>A launched target is over.</summary>
    public static void End()
    {
        lock (s_lock)
        {
            if (--s_users > 0) return;
            s_timer?.Dispose();
            s_timer = null;
        }
    }

    /// <summary>
    /// Waits for orphans that have ended. An orphan is a child of the main thread (the kernel gives orphans to a process's first living thread) in
    /// another session than ours: what .NET starts stays in ours, and what <see cref="SpawnThread"/> starts is its own thread's child.
    /// </summary>
    public static unsafe void Sweep()
    {
        lock (s_lock)
        {
            int self = Environment.ProcessId, session = ProcessStat.Read(self)?.Session ?? 0;
            foreach (int child in Children(self))
            {
                int status;
                if (ProcessStat.Read(child) is not { HasEnded: true } entry || entry.Session == session || ProcessStatus.IsTracedHere(child)) continue;
                _ = Libc.waitpid(child, &status, Libc.WNOHANG | Libc.__WALL);
            }
        }
    }

    private static IEnumerable<int> Children(int self)
    {
        string path = $"/proc/self/task/{self}/children";
        return File.Exists(path)
            ? File.ReadAllText(path).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(p => int.Parse(p, NumberStyles.None))
            : [];
    }
}
