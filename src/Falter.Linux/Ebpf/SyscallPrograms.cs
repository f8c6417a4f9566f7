using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Linux.Ebpf;

/// <summary>What the system-call programs are loaded with.</summary>
/// <param name="FollowChildren">Whether processes that a followed one creates are followed too. Threads always are.</param>
/// <param name="MeasureLatency">Whether the time of each call is measured.</param>
/// <param name="MaxCounters">How many different (process name, system call, outcome) can be counted; 536 bytes each on every CPU.</param>
/// <param name="MaxNames">How many different process names can be told apart.</param>
/// <param name="MaxEnds">How many process ends are kept until they are taken.</param>
/// <param name="Selection">Which processes are counted.</param>
public sealed record SyscallProgramsOptions(bool FollowChildren, bool MeasureLatency, int MaxCounters, int MaxNames, int MaxEnds, ProcessSelection Selection);

/// <summary>What is counted together.</summary>
/// <param name="Process">The process's name.</param>
/// <param name="Syscall">The system call.</param>
/// <param name="Outcome">How the call ended.</param>
/// <param name="EntrySkipped">Whether a seccomp filter or a tracer decided the call before the kernel entered it.</param>
public readonly record struct SyscallIdentity(string Process, Syscall Syscall, Outcome Outcome, bool EntrySkipped);

/// <summary>What has been counted since the programs were loaded.</summary>
/// <param name="Count">Invocations.</param>
/// <param name="TotalNs">Their total time in nanoseconds.</param>
/// <param name="Runs">Runs of consecutive calls of a thread that ended so; errors only.</param>
/// <param name="ByNs">Invocations by duration, modulo 2^32, in the buckets of <see cref="LatencyHistogram"/>; always the same number.</param>
public readonly record struct SyscallTotals(long Count, long TotalNs, long Runs, uint[] ByNs)
{
    /// <summary>Both together.</summary>
    public static SyscallTotals operator +(SyscallTotals one, SyscallTotals other) =>
        new(one.Count + other.Count, one.TotalNs + other.TotalNs, one.Runs + other.Runs, [.. one.ByNs.Zip(other.ByNs, (a, b) => unchecked(a + b))]);
}

/// <summary>The end of a followed process.</summary>
/// <param name="Pid">Its process id.</param>
/// <param name="Process">Its name; empty where the name found no room.</param>
/// <param name="Status">As <c>wait(2)</c> gives it.</param>
/// <param name="MonotonicNs">When, on CLOCK_MONOTONIC.</param>
public readonly record struct SyscallProcessEnd(int Pid, string Process, int Status, long MonotonicNs);

/// <summary>What could not be counted since the programs were loaded.</summary>
/// <param name="Invocations">Invocations that found no room in a map.</param>
/// <param name="Threads">Threads that should have been followed, but the kernel had no memory for it.</param>
/// <param name="Ends">Process ends that found no room.</param>
public readonly record struct SyscallLosses(long Invocations, long Threads, long Ends);

/// <summary>The programs of <c>bpf/syscalls.bpf.c</c>, loaded and attached. Not for use by several threads at once.</summary>
public sealed class SyscallPrograms : IDisposable
{
    // In this order: a call that was entered unseen is not counted, one whose exit alone is seen would be. Before the first process is followed.
    private static readonly string[] s_counting = ["enter_call", "exit_call"];
    private static readonly string[] s_following = ["follow_new_thread", "rename_process", "end_thread", "see_new_name", "see_new_group"];

    // Size of the map `adoptions`.
    private const int MostAdoptionsAtOnce = 1024;

    private readonly BpfObject _object;
    private readonly List<BpfLink> _counting = [], _following = [];
    private readonly BpfMap<CounterKey, Counter> _counters;
    private readonly BpfMap<ProcessName, uint> _names;
    private readonly BpfMap<uint, Adoption> _adoptions;
    private readonly BpfMap<uint, ProcessEndWire> _ends;
    private readonly BpfMap<uint, ulong> _lost;
    private readonly BpfMap<uint, long> _alive;
    private readonly BpfMap<uint, ulong> _looks;
    private readonly SelectionMaps _selection;
    private ulong _answered;
    private readonly BpfLink _adopt;
    private readonly Dictionary<uint, string> _namesByNumber = [];

    private SyscallPrograms(BpfObject loaded, ProcessSelection selection)
    {
        _object = loaded;
        _counters = loaded.Map<CounterKey, Counter>("counters");
        _names = loaded.Map<ProcessName, uint>("names");
        _adoptions = loaded.Map<uint, Adoption>("adoptions");
        _ends = loaded.Map<uint, ProcessEndWire>("ends");
        _lost = loaded.Map<uint, ulong>("lost");
        _alive = loaded.Map<uint, long>("alive");
        _looks = loaded.Map<uint, ulong>("looks");
        _selection = new SelectionMaps(loaded, selection);
        _adopt = loaded.Attach("adopt");
        Resume();
        foreach (string hook in s_following) _following.Add(loaded.Attach(hook));
    }

    /// <summary>Loads and attaches the programs; they follow nobody yet.</summary>
    /// <exception cref="FalterException">The kernel lacks a feature, a privilege or libbpf is missing.</exception>
    public static SyscallPrograms Open(SyscallProgramsOptions options)
    {
        if (!PidNamespace.IsInitial)
        {
            throw FalterException.Cannot("feature-missing", "Falter runs in a pid namespace of its own, where process ids are not those that the kernel's programs see; run it in the host's (docker run --pid=host)");
        }
        BpfObject programs = BpfObject.Open("syscalls.bpf.o");
        try
        {
            programs.Configure(new MonitorConfig
            {
                FollowChildren = options.FollowChildren ? 1u : 0,
                MeasureLatency = options.MeasureLatency ? 1u : 0,
                Select = (uint)SelectionMaps.Selectors(options.Selection),
                Hierarchies = SelectionMaps.Hierarchies(options.Selection),
            });
            programs.Resize("counters", options.MaxCounters);
            programs.Resize("names", options.MaxNames);
            programs.Resize("ends", options.MaxEnds);
            programs.Load();
            return new SyscallPrograms(programs, options.Selection);
        }
        catch
        {
            // Links that were made go with the finalizers of their handles, and in any case with this process.
            programs.Dispose();
            throw;
        }
    }

    /// <summary>Makes running processes roots, with all their threads, and follows them where the other selectors permit. Calls that are under way are not counted.</summary>
    /// <returns>How many of their threads were not followed before.</returns>
    public int Follow(IReadOnlyCollection<int> pids)
    {
        int adopted = 0;
        foreach (int[] some in pids.Chunk(MostAdoptionsAtOnce)) adopted += Adopt(some);
        return adopted;
    }

    /// <summary>Follows the running processes that match the selection. Later ones are followed by the kernel side as they begin.</summary>
    public void FollowMatching()
    {
        _selection.Renew();
        _answered = _looks.Get((uint)Looks.Wanted)!.Value;
        Look();
    }

    /// <summary>Whether a running process has come to match since <see cref="FollowMatching"/>: by another name, or by being moved into a group.</summary>
    public bool MayFindMore() => _looks.Get((uint)Looks.Wanted)!.Value != _answered || _selection.IsOutdated;

    /// <summary>Whether calls are counted.</summary>
    public bool IsCounting => _counting.Count > 0;

    /// <summary>Stops counting; processes are followed all the same. The rest of the machine then makes its calls at full speed.</summary>
    public void Pause()
    {
        foreach (BpfLink link in Enumerable.Reverse(_counting)) link.Dispose();
        _counting.Clear();
    }

    /// <summary>Counts again, from the next call of each followed thread on.</summary>
    public void Resume()
    {
        foreach (string hook in s_counting) _counting.Add(_object.Attach(hook));
    }

    /// <summary>Everything counted since the programs were loaded. The kernel goes on counting meanwhile: members of one row may differ by a call.</summary>
    public IEnumerable<(SyscallIdentity Identity, SyscallTotals Totals)> ReadCounters()
    {
        var rows = new List<(CounterKey Key, SyscallTotals Totals)>();
        _counters.ForEach((in key, values) => rows.Add((key, Sum(values))));
        return rows.Select(row => (Identify(row.Key), row.Totals));
    }

    /// <summary>Takes the ends of followed processes, oldest first.</summary>
    public IReadOnlyList<SyscallProcessEnd> TakeEnds()
    {
        var ends = new List<SyscallProcessEnd>();
        while (_ends.Pop() is { } end) ends.Add(new SyscallProcessEnd((int)end.Pid, NameOf(end.Name), (int)end.Status, (long)end.AtNs));
        return ends;
    }

    /// <summary>How many followed processes have not ended.</summary>
    public int CountAlive() => (int)_alive.Get(0)!.Value;

    /// <summary>What could not be counted since the programs were loaded.</summary>
    public SyscallLosses ReadLosses() =>
        new(Lost(LostReason.CountersFull) + Lost(LostReason.NamesFull), Lost(LostReason.Unfollowed), Lost(LostReason.Ends));

    /// <summary>Detaches the programs and frees what they counted.</summary>
    public void Dispose()
    {
        Pause();
        foreach (BpfLink link in _following.Append(_adopt)) link.Dispose();
        _object.Dispose();
    }

    private int Adopt(int[] pids)
    {
        foreach (int pid in pids) _adoptions.TrySet((uint)pid, default);
        try
        {
            Look();
            return pids.Sum(pid => (int)(_adoptions.Get((uint)pid)?.Adopted ?? 0));
        }
        finally
        {
            foreach (int pid in pids) _adoptions.Remove((uint)pid);
        }
    }

    // A thread that an unfollowed thread created during a pass may be missed by it. A pass that finds none ends the search: all threads were followed
    // before it began, so all that were created meanwhile were followed at their creation.
    private void Look()
    {
        ulong before;
        do
        {
            before = _looks.Get((uint)Looks.Adopted)!.Value;
            _adopt.Iterate();
        } while (_looks.Get((uint)Looks.Adopted)!.Value != before);
    }

    private string NameOf(uint number)
    {
        if (number == ProcessName.NoRoom) return "";
        if (!_namesByNumber.TryGetValue(number, out string? name))
        {
            _names.ForEach((in key, values) => _namesByNumber[values[0]] = key.ToString());
            name = _namesByNumber[number];
        }
        return name;
    }

    private SyscallIdentity Identify(in CounterKey key) =>
        new(NameOf(key.Name), new Syscall((short)key.Nr), new Outcome((short)(key.Code & ~CounterKey.EntrySkipped)), (key.Code & CounterKey.EntrySkipped) != 0);

    private static SyscallTotals Sum(ReadOnlySpan<Counter> perCpu)
    {
        ulong count = 0, ns = 0, runs = 0;
        var buckets = new uint[LatencyHistogram.BucketCount];
        foreach (ref readonly Counter one in perCpu)
        {
            count += one.Count;
            ns += one.TotalNs;
            runs += one.Runs;
            for (int i = 0; i < buckets.Length; i++) buckets[i] = unchecked(buckets[i] + one.ByNs[i]);
        }
        return new SyscallTotals((long)count, (long)ns, (long)runs, buckets);
    }

    private long Lost(LostReason reason) => (long)_lost.GetPerCpu((uint)reason).Aggregate(0UL, (sum, one) => sum + one);
}
