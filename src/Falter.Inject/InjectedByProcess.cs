using System.Runtime.InteropServices;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Inject;

/// <summary>Injected calls by the name of the process that made them, since the injector began. Not thread-safe.</summary>
internal sealed class InjectedByProcess
{
    private readonly Dictionary<(string Process, ulong Number, short Errno), long> _counts = [];

    /// <summary>The name of a thread's process; empty where it is gone.</summary>
    public static string NameOf(int tid) => ProcessStatus.Read(tid)?.ProcessId is { } pid ? ProcessStat.Read(pid)?.Name ?? "" : "";

    public void Count(string process, ulong number, Errno errno) => CollectionsMarshal.GetValueRefOrAddDefault(_counts, (process, number, errno.Number), out _)++;

    public IReadOnlyList<InjectedCalls> All() => [.. _counts.Select(c => new InjectedCalls(c.Key.Process, new Syscall((short)c.Key.Number), new Errno(c.Key.Errno), c.Value))];
}
