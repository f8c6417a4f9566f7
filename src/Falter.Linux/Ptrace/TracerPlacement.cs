using Falter.Linux.Interop;
using Falter.Linux.Proc;

namespace Falter.Linux.Ptrace;

/// <summary>
/// Keeps a tracer's thread on the processor that its tracees stop on, while they all stop on one: a stop wakes the tracer and a resume the tracee, and each is
/// dearer by 10 to 20 µs on another processor that has gone to sleep. Only the tracer's own thread is ever moved, and the target never.
/// </summary>
internal sealed unsafe class TracerPlacement
{
    // To look where a thread ran costs some 20 µs, a stop some 10: hundredths. Two threads that run side by side are seen on one processor eight times in a row
    // by chance once in 128 looks, and for as long as one look then.
    private const int StopsPerLook = 128, LooksThatAgree = 8;

    // As many processors as glibc's cpu_set_t has. On a larger machine sched_getaffinity fails, and the thread stays free.
    private const int MaskBytes = 128;

    private readonly byte[] _allowed = new byte[MaskBytes];
    private bool _knowsAllowed;
    private int _stops;
    private int _seen = -1;
    private int _agreeing;

    /// <summary>The processor that the tracer is kept on; null while it is free.</summary>
    public int? Processor { get; private set; }

    /// <summary>A thread has stopped. On the tracer's thread.</summary>
    public void OnStop(int tid)
    {
        if (++_stops % StopsPerLook == 0 && ProcessStat.LastProcessor(tid) is { } processor) Look(processor);
    }

    /// <summary>Lets the tracer run anywhere again. On the tracer's thread.</summary>
    public void Free()
    {
        (_seen, _agreeing) = (-1, 0);
        if (Processor is null) return;
        Processor = null;
        Apply(_allowed);
    }

    private void Look(int processor)
    {
        if (processor != _seen) Free();
        _seen = processor;
        if (++_agreeing >= LooksThatAgree && Processor is null) Keep(processor);
    }

    private void Keep(int processor)
    {
        fixed (byte* mask = _allowed) _knowsAllowed = _knowsAllowed || Libc.Syscall(Libc.SYS_sched_getaffinity, 0, MaskBytes, (nint)mask) > 0;
        // The tracer may be confined to other processors than the target.
        if (!_knowsAllowed || processor >= MaskBytes * 8 || (_allowed[processor / 8] & 1 << processor % 8) == 0) return;
        byte[] one = new byte[MaskBytes];
        one[processor / 8] = (byte)(1 << processor % 8);
        if (Apply(one)) Processor = processor;
    }

    private static bool Apply(byte[] processors)
    {
        fixed (byte* mask = processors) return Libc.Syscall(Libc.SYS_sched_setaffinity, 0, MaskBytes, (nint)mask) == 0;
    }
}
