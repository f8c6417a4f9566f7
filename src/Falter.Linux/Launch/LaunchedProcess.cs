using Falter.Linux.Proc;
using Falter.Linux.Interop;

namespace Falter.Linux.Launch;

/// <summary>A target that Falter launched. Disposing it stops what is still left of it.</summary>
public sealed class LaunchedProcess : IDisposable, IAsyncDisposable
{
    // After SIGKILL a process ends as soon as the kernel lets it; one in an uninterruptible wait may take longer, and cannot be helped.
    private static readonly TimeSpan s_killLimit = TimeSpan.FromSeconds(10);

    private readonly Descriptor _pidfd;
    private readonly string _mark;
    private int _disposed;

    internal LaunchedProcess(int pid, Descriptor pidfd, Task<ExitStatus> exited, string mark)
    {
        Pid = pid;
        _pidfd = pidfd;
        _mark = mark;
        Exited = exited;
    }

    /// <summary>The launched process's number. It leads a session of its own.</summary>
    public int Pid { get; }

    /// <summary>A descriptor of the process, which stays right even when the number is given to another.</summary>
    public Descriptor Pidfd => _pidfd;

    /// <summary>How the launched process ended; completes when it has. Its children may go on: <see cref="StopAsync"/> ends them too.</summary>
    public Task<ExitStatus> Exited { get; }

    /// <summary>Whether a process comes from the launched one, also where its parents have ended: it is in its session, or bears its mark.</summary>
    public bool Started(ProcessStat process) => process.Session == Pid || ProcessTable.HasVariable(process.Pid, $"{Launcher.MarkVariable}={_mark}");

    /// <summary>Sends a signal to the launched process. False where it has ended.</summary>
    public bool Signal(int signal) => Libc.pidfd_send_signal(_pidfd.Number, signal) == 0;

    /// <summary>
    /// Asks the launched process to end, and after <paramref name="grace"/> kills it and everything that is left of it: its session, its
    /// descendants, and what it started as a daemon.
    /// </summary>
    /// <param name="grace">How long it may take.</param>
    /// <param name="signal">What asks it. Default: SIGTERM.</param>
    /// <returns>How the launched process ended.</returns>
    public async Task<ExitStatus> StopAsync(TimeSpan grace, int signal = Libc.SIGTERM)
    {
        if (!Exited.IsCompleted && grace > TimeSpan.Zero && Signal(signal))
        {
            await Task.WhenAny(Exited, Task.Delay(grace));
        }
        long deadline = Environment.TickCount64 + (long)s_killLimit.TotalMilliseconds;
        int nothingLeft = 0;
        for (int pause = 1; ; pause = Math.Min(pause * 2, 50))
        {
            // Again and again: a process may have started another between the look and the kill. And twice in a row with nothing left: while a
            // process executes another program, its environment, which bears the mark, cannot be read.
            nothingLeft = KillRemains() ? 0 : nothingLeft + 1;
            OrphanReaper.Sweep();
            if (nothingLeft >= 2 && Exited.IsCompleted) return await Exited;
            if (Environment.TickCount64 > deadline) throw new TimeoutException($"process {Pid} or a descendant did not end after SIGKILL");
            await Task.Delay(pause);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        try
        {
            await StopAsync(TimeSpan.Zero);
        }
        finally
        {
            OrphanReaper.End();
            _pidfd.Dispose();
        }
    }

    /// <summary>Gives it up: what it started and left behind goes on. Only where the launched process itself has ended.</summary>
    internal void LetGo()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        OrphanReaper.End();
        _pidfd.Dispose();
    }

    /// <summary>Sends SIGKILL to all that is left. False where nothing was.</summary>
    private bool KillRemains()
    {
        bool left = !Exited.IsCompleted && Signal(Libc.SIGKILL);
        foreach (ProcessStat entry in Remains())
        {
            left = true;
            int fd = Libc.pidfd_open(entry.Pid);
            if (fd < 0) continue;
            using var pidfd = new Descriptor(fd);
            // The descriptor is of the process that was seen, not of one that got its number since.
            if (ProcessStat.Read(entry.Pid)?.StartTicks == entry.StartTicks) _ = Libc.pidfd_send_signal(fd, Libc.SIGKILL);
        }
        return left;
    }

    private IReadOnlyList<ProcessStat> Remains()
    {
        IReadOnlyList<ProcessStat> all = [.. ProcessTable.All().Where(p => !p.HasEnded && p.Pid != 1 && p.Pid != Environment.ProcessId)];
        string variable = $"{Launcher.MarkVariable}={_mark}";
        // Where the launched process was waited for, another may have got its number; then that is another's session too.
        bool sessionIsOurs = !Exited.IsCompleted || all.All(p => p.Pid != Pid);
        var members = new HashSet<int>();
        if (!Exited.IsCompleted) members.Add(Pid);
        foreach (ProcessStat p in all)
        {
            if ((sessionIsOurs && p.Session == Pid) || ProcessTable.HasVariable(p.Pid, variable)) members.Add(p.Pid);
        }
        int known;
        do
        {
            known = members.Count;
            members.UnionWith(all.Where(p => members.Contains(p.ParentPid)).Select(p => p.Pid));
        }
        while (members.Count > known);
        return [.. all.Where(p => members.Contains(p.Pid) && p.Pid != Pid)];
    }
}
