using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Falter.Linux.Interop;

/// <summary>
/// A thread that owns kernel state (a tracer, a listener) and blocks in calls of the kernel. Others hand it work, which it does between two such
/// calls: a signal with an empty handler makes the blocking call return EINTR.
/// </summary>
public abstract class WakeableThread
{
    // Real-time signals are queued and unused by the C library above 33; .NET itself uses the first (34, SIGRTMIN).
    private const int WakeSignal = 34 + 7;

    private static readonly Lazy<bool> s_handlerInstalled = new(InstallHandler);
    private readonly ConcurrentQueue<Action> _work = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WakeTimer? _timer;
    private volatile int _tid;

    /// <summary>Prepares the thread; <see cref="Start"/> starts it.</summary>
    protected WakeableThread(string name)
    {
        _ = s_handlerInstalled.Value;
        _thread = new Thread(Body) { IsBackground = true, Name = name };
    }

    /// <summary>Completes when the thread has ended; faulted where it ended by an exception.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The thread's number, as <c>gettid</c> gives it; 0 before it has started.</summary>
    protected int OwnTid => _tid;

    /// <summary>What the thread does. It calls <see cref="DoWork"/> whenever a blocking call returned, EINTR included.</summary>
    protected abstract void Run();

    /// <summary>Starts the thread.</summary>
    protected void Start() => _thread.Start();

    /// <summary>Does what others have asked for. Only on the thread itself.</summary>
    protected void DoWork()
    {
        while (_work.TryDequeue(out Action? action)) action();
    }

    /// <summary>Blocks until others have asked for something. Only on the thread itself, where it has nothing to wait for in the kernel.</summary>
    protected void WaitForWork()
    {
        lock (_work)
        {
            while (_work.IsEmpty) Monitor.Wait(_work);
        }
    }

    /// <summary>Has the blocking call return EINTR after a time, and again every millisecond after that. Replaces the time set before. Only on the thread itself.</summary>
    protected void WakeAt(TimeSpan fromNow) => (_timer ??= new WakeTimer(_tid, WakeSignal)).Set(fromNow);

    /// <summary>Ends that. Only on the thread itself.</summary>
    protected void WakeNoMore() => _timer?.Clear();

    /// <summary>Has something done on the thread and waits for it. False where the thread has ended and it was not done.</summary>
    protected bool OnThread(Action action)
    {
        if (Thread.CurrentThread == _thread)
        {
            action();
            return true;
        }
        using var done = new ManualResetEventSlim();
        Exception? failure = null;
        _work.Enqueue(() =>
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // Carried over to the caller's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
            }
            done.Set();
        });
        lock (_work) Monitor.PulseAll(_work);
        // Repeated: the signal may arrive just before the blocking call instead of in it.
        do
        {
            if (_tid != 0) _ = Libc.tgkill(Environment.ProcessId, _tid, WakeSignal);
        }
        while (!done.Wait(1) && !_ended.Task.IsCompleted);
        if (failure is not null) throw new InvalidOperationException(failure.Message, failure);
        return done.IsSet;
    }

    private void Body()
    {
        try
        {
            _tid = Libc.gettid();
            Run();
            _ended.SetResult();
        }
#pragma warning disable CA1031 // The owner reads it from Ended; an exception on a thread of its own would end the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _ended.SetException(e);
        }
        finally
        {
            _timer?.Dispose();
        }
    }

    /// <summary>The handler is a function of the C library that does nothing but return a number: no managed code may run in a signal handler.</summary>
    private static unsafe bool InstallHandler()
    {
        sigaction_t action = default;
        action.sa_handler = (void*)NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "getpid");
        Libc.Checked(Libc.sigaction(WakeSignal, &action, null), "sigaction");
        return true;
    }
}
