using Falter.Linux.Ptrace;

namespace Falter.Inject;

/// <summary>
/// Threads that were made to stop by a signal, until they are rid of it: which signals are Falter's and which their own, and what is still to come for them. Not
/// thread-safe.
/// </summary>
internal sealed class TriggeredThreads
{
    private readonly Dictionary<int, ToldThread> _told = [];
    private readonly Dictionary<int, ClosingThread> _closing = [];
    private readonly Dictionary<int, int> _passedAfterHold = [];

    /// <summary>Whether any thread closes descriptors.</summary>
    public bool AnyCloses => _closing.Count > 0;

    /// <summary>The thread was told to stop, by this signal.</summary>
    public void Told(int tid, int signal) => _told[tid] = new ToldThread(signal, 0);

    /// <summary>The thread is to get another signal in place of the one that it was told to stop by, where that is still to be reported.</summary>
    public void Replace(int tid, int other)
    {
        if (_told.TryGetValue(tid, out ToldThread told)) _told[tid] = told with { Instead = other };
    }

    /// <summary>The signal that a thread that stopped for one is to get: 0 where that was Falter's.</summary>
    /// <remarks>
    /// Falter's is in the thread's own queue, which comes before its process's (dequeue_signal in kernel/signal.c): of those that the kernel sent, among them changes
    /// of a window's size and urgent data of sockets, it is the first. Where a process had sent the same to this very thread, there is only that one.
    /// </remarks>
    public int PassedOn(StoppedTracee stopped)
    {
        int signal = stopped.Stop.Value;
        if (!_told.TryGetValue(stopped.Tid, out ToldThread told) || told.Signal != signal) return signal;
        _told.Remove(stopped.Tid);
        return stopped.IsSignalOfKernel ? told.Instead : signal;
    }

    /// <summary>The thread closes descriptors, and is then held and gets a signal.</summary>
    public void Close(int tid, DescriptorClosing closing, TimeSpan delay, int signal) => _closing[tid] = new ClosingThread(closing, delay, signal);

    public bool Closes(int tid) => _closing.ContainsKey(tid);

    /// <summary>A system call stop of a thread: what comes next where it has closed the last descriptor, else null.</summary>
    public (TimeSpan Delay, int Signal)? OnClosing(StoppedTracee stopped)
    {
        if (!_closing.TryGetValue(stopped.Tid, out ClosingThread closing)) return null;
        ClosingStop stop = closing.Closing.OnStop(stopped, stopped.SyscallInfo);
        if (stop is not (ClosingStop.Done or ClosingStop.GivenUp)) return null;
        _closing.Remove(stopped.Tid);
        return stop == ClosingStop.Done ? (closing.Delay, closing.Signal) : (TimeSpan.Zero, 0);
    }

    /// <summary>How a thread goes on that is held first.</summary>
    public Resumption HoldThenPass(int tid, TimeSpan delay, int signal)
    {
        if (delay <= TimeSpan.Zero) return Resumption.With(signal);
        if (signal != 0) _passedAfterHold[tid] = signal;
        return Resumption.After(delay);
    }

    /// <summary>The signal that the thread gets after it was held, or 0.</summary>
    public int TakePassed(int tid) => _passedAfterHold.Remove(tid, out int signal) ? signal : 0;

    public void Forget(int tid)
    {
        _told.Remove(tid);
        _closing.Remove(tid);
        _passedAfterHold.Remove(tid);
    }

    private readonly record struct ToldThread(int Signal, int Instead);

    private readonly record struct ClosingThread(DescriptorClosing Closing, TimeSpan Delay, int Signal);
}
