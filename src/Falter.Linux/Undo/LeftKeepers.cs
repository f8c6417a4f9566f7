using Falter.Linux.Interop;
using Falter.Linux.Proc;
using Falter.Linux.Seccomp;

namespace Falter.Linux.Undo;

/// <summary>Keepers that have nothing left to keep and have not ended.</summary>
internal static class LeftKeepers
{
    // A keeper whose target or owner has just gone is still at work.
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(1);

    public static IEnumerable<Leftover> Find()
    {
        ProcessStat[] useless = [.. ProcessTable.All().Where(IsUseless)];
        if (useless.Length == 0) return [];
        Thread.Sleep(s_time);
        return useless.Where(k => ProcessStat.Read(k.Pid) is { HasEnded: false } now && now.StartTicks == k.StartTicks)
            .Select(k => new Leftover("keeper", $"the keeper {k.Pid} has nothing to keep any more", $"kill -KILL {k.Pid}", () => ProcessSignal.Send(k.Pid, k.StartTicks, Libc.SIGKILL)));
    }

    private static bool IsUseless(ProcessStat process)
    {
        if (process.HasEnded || process.IsKernelThread || ProcessTable.CommandLine(process.Pid) is not { Count: > 1 } line) return false;
        if (!Path.GetFileName(line[0]).Equals("falter", StringComparison.Ordinal) && !line[1].EndsWith("falter.dll", StringComparison.Ordinal)) return false;
        int verb = line.ToList().IndexOf(KeeperProgram.Verb);
        if (verb < 1 || verb > 2) return false;
        return line.Count == verb + 1 ? HasNoTarget(process.Pid) : line.Count == verb + 3 && line[verb + 1] == UndoKeeper.JournalOption && !File.Exists(line[verb + 2]) && HasNoOwner(process.Pid);
    }

    /// <summary>The listener of a seccomp filter hangs up when the last process with the filter has ended.</summary>
    private static bool HasNoTarget(int keeper) => Inspect(keeper, Keeper.ListenerNumber, descriptor => pollfd_t.Poll([pollfd_t.For(descriptor, 0)], 0) > 0);

    /// <summary>The lifeline breaks when the owner ends.</summary>
    private static bool HasNoOwner(int keeper) => Inspect(keeper, UndoKeeper.LifelineNumber, descriptor => pollfd_t.Poll([pollfd_t.For(descriptor, Libc.POLLIN)], 0) > 0);

    /// <summary>Looks at a copy of a descriptor of another process; false where that cannot be had.</summary>
    private static bool Inspect(int pid, int number, Func<Descriptor, bool> look)
    {
        int process = Libc.pidfd_open(pid);
        if (process < 0) return false;
        using var pidfd = new Descriptor(process);
        int fd = Libc.pidfd_getfd(process, number);
        if (fd < 0) return false;
        using var descriptor = new Descriptor(fd);
        return look(descriptor);
    }
}
