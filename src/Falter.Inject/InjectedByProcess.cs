using System.Runtime.InteropServices;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Injected calls by the name of the process that made them, since the injector began. A process takes another name when it executes a program, and to read a
/// name costs more than to inject: so names are read at a thread's first injected call, and again when somebody asks. Not thread-safe.
/// </summary>
internal sealed class InjectedByProcess
{
    // Threads and calls that are remembered before they are put to their names, so that a target with ever new processes needs no more room.
    private const int MostPending = 4096;

    private readonly Dictionary<(int Tid, ulong Number, short Errno), long> _pending = [];
    private readonly Dictionary<int, string> _names = [];
    private readonly Dictionary<(string Process, ulong Number, short Errno), long> _counts = [];

    public void Count(int tid, ulong number, Errno errno)
    {
        ref long count = ref CollectionsMarshal.GetValueRefOrAddDefault(_pending, (tid, number, errno.Number), out bool known);
        count++;
        if (known) return;
        if (!_names.ContainsKey(tid)) _names[tid] = NameOf(tid);
        if (_pending.Count >= MostPending) Settle();
    }

    public IReadOnlyList<InjectedCalls> All()
    {
        Settle();
        return [.. _counts.Select(c => new InjectedCalls(c.Key.Process, new Syscall((short)c.Key.Number), new Errno(c.Key.Errno), c.Value))];
    }

    /// <summary>The name of a thread's process; empty where it is gone.</summary>
    private static string NameOf(int tid) => ProcessStatus.Read(tid)?.ProcessId is { } pid ? ProcessStat.Read(pid)?.Name ?? "" : "";

    private void Settle()
    {
        var gone = new HashSet<int>();
        foreach (((int tid, ulong number, short errno), long count) in _pending)
        {
            if (NameOf(tid) is { Length: > 0 } name) _names[tid] = name;
            else gone.Add(tid);
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, (_names[tid], number, errno), out _) += count;
        }
        _pending.Clear();
        foreach (int tid in gone) _names.Remove(tid);
        if (_names.Count >= MostPending) _names.Clear();
    }
}
