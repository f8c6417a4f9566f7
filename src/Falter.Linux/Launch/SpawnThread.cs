using System.Collections.Concurrent;
using System.Globalization;
using Falter.Linux.Interop;
using Falter.Linux.Proc;
using Falter.Linux.Ptrace;
using Falter.Records;

namespace Falter.Linux.Launch;

/// <summary>
/// The thread that spawns one process and then waits for its end. A thread of its own, because <c>posix_spawn</c> does not return before the new
/// process executes its program, and because the kernel lists children by the thread that made them.
/// </summary>
internal sealed class SpawnThread
{
    private static readonly TimeSpan s_reportLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_tracerPause = TimeSpan.FromMilliseconds(10);
    private static readonly ConcurrentDictionary<int, SpawnThread> s_byPid = new();

    private readonly SpawnRequest _request;
    private readonly Action<int>? _begun;
    private readonly TaskCompletionSource<(int Pid, Errno? Error)> _spawned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile int _tid;

    /// <param name="request">What to start.</param>
    /// <param name="begun">Called on the thread with the new process's number, before anybody waits for its end: the number is its own for as long.</param>
    public SpawnThread(SpawnRequest request, Action<int>? begun = null)
    {
        _request = request;
        _begun = begun;
        new Thread(Run) { IsBackground = true, Name = "falter-wait" }.Start();
    }

    /// <summary>Completes when the program is being executed, or with the errno that prevented it.</summary>
    public Task<(int Pid, Errno? Error)> Spawned => _spawned.Task;

    /// <summary>How the process ended.</summary>
    public Task<ExitStatus> Exited => _exited.Task;

    /// <summary>The new process, which waits at its gate; null where spawning failed before that.</summary>
    public int? WaitForChild(TimeSpan limit)
    {
        long deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (!_spawned.Task.IsCompleted)
        {
            if (_tid != 0 && ReadChild() is { } child)
            {
                s_byPid[child] = this;
                return child;
            }
            if (Environment.TickCount64 > deadline) throw new TimeoutException("the new process did not appear among this process's children");
            Thread.Yield();
        }
        return null;
    }

    private int? ReadChild()
    {
        try
        {
            // Needs CONFIG_PROC_CHILDREN, which every Debian kernel has.
            string text = File.ReadAllText($"/proc/self/task/{_tid}/children").Trim();
            return text.Length == 0 ? null : int.Parse(text, NumberStyles.None);
        }
        catch (FileNotFoundException)
        {
            throw FalterException.Cannot("feature-missing", "this kernel does not list a thread's children (CONFIG_PROC_CHILDREN); launching a target needs it");
        }
    }

    private void Run()
    {
        try
        {
            _tid = Libc.gettid();
            // The new process is born where this thread is, which stays there until it has seen that process's end.
            _request.Network?.Enter();
            (int pid, Errno? error) = _request.Spawn();
            if (error is null)
            {
                s_byPid[pid] = this;
                _begun?.Invoke(pid);
            }
            _spawned.SetResult((pid, error));
            if (error is null) WaitForEnd(pid);
        }
        catch (LinuxException e)
        {
            if (!_spawned.TrySetException(e)) _exited.TrySetException(e);
        }
        finally
        {
            if (_spawned.Task is { IsCompletedSuccessfully: true, Result.Error: null }) s_byPid.TryRemove(new(_spawned.Task.Result.Pid, this));
        }
    }

    /// <summary>
    /// A tracer on another thread of this process waited for the process's end: the kernel then lets no other thread wait for it
    /// (<c>kernel/exit.c</c>, wait_consider_task: a tracer in the parent's own process counts as the parent).
    /// </summary>
    public static void ReportEnd(int pid, PtraceStop stop)
    {
        if (stop.HasEnded && s_byPid.TryGetValue(pid, out SpawnThread? thread)) thread._exited.TrySetResult(ExitStatus.FromWaitStatus(stop.Status));
    }

    /// <summary>
    /// Waits on a process descriptor: for the same reason as above, a blocking <c>waitpid</c> here would take the stops of a tracer on another
    /// thread of this process.
    /// </summary>
    private unsafe void WaitForEnd(int pid)
    {
        using (var pidfd = Descriptor.OfProcess(pid))
        {
            while (pollfd_t.Poll([pollfd_t.For(pidfd, Libc.POLLIN)], -1) == 0) { }
        }
        // A tracer needs the end more than this thread, which is told of it: see above. Bounded by the tracer's life.
        while (ProcessStatus.IsTracedHere(pid) && !_exited.Task.Wait(s_tracerPause)) { }
        if (_exited.Task.IsCompleted) return;
        int status;
        int waited = Libc.waitpid(pid, &status, Libc.__WALL);
        if (waited == pid) _exited.TrySetResult(ExitStatus.FromWaitStatus(status));
        else if (!_exited.Task.Wait(s_reportLimit)) _exited.TrySetException(new LinuxException("waitpid", Errno.ESRCH));
    }
}
