using System.Collections;
using System.Globalization;
using System.Runtime.ExceptionServices;
using Falter.Linux.Proc;
using Falter.Linux.Interop;
using Falter.Linux.Ptrace;
using Falter.Records;

namespace Falter.Linux.Launch;

/// <summary>
/// Launches the target so that others can take hold of it before its first instruction. Nothing of Falter stays in it: no shell before it, no
/// descriptor, no ignored signal; and when Falter is killed the target goes on.
/// </summary>
public static class Launcher
{
    // Long enough for a program on a slow network file system; short enough not to look like a hang.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);
    private static readonly long s_start = ProcessStat.Read(Environment.ProcessId)?.StartTicks ?? 0;
    private static int s_count;

    /// <summary>The variable that marks the target and all that it starts, so that nothing of it is left behind when it is stopped.</summary>
    internal const string MarkVariable = "FALTER_TARGET";

    /// <summary>Finds the program of a command without launching it, so that a mistake is told before anything else is done.</summary>
    /// <exception cref="FalterException"><c>target-not-found</c>: there is no such program, or it cannot be executed.</exception>
    public static void Check(IReadOnlyList<string> command) =>
        CommandSearch.Find(command is [var name, ..] ? name : "", Environment.GetEnvironmentVariable("PATH"), Environment.CurrentDirectory);

    /// <summary>The file that a command names, without starting anything.</summary>
    /// <exception cref="FalterException"><c>target-not-found</c>.</exception>
    public static string Locate(LaunchOptions options)
    {
        string folder = Path.GetFullPath(options.WorkingFolder ?? Environment.CurrentDirectory);
        if (!Directory.Exists(folder)) throw FalterException.Usage("target-not-found", $"the working folder '{folder}' does not exist");
        string? searchPath = options.Environment.TryGetValue("PATH", out string? own) ? own : Environment.GetEnvironmentVariable("PATH");
        return CommandSearch.Find(options.Command is [var name, ..] ? name : "", searchPath, folder);
    }

    /// <summary>Launches a command.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="atExec">
    /// Called in order on one thread, with the process stopped at the exit of <c>execve</c>: its program is loaded and has not run. They must not
    /// resume it. Where one throws, the process is killed and the exception comes out of here.
    /// </param>
    /// <exception cref="FalterException"><c>target-not-found</c>: there is no such program, or it cannot be executed.</exception>
    public static LaunchedProcess Launch(LaunchOptions options, params IReadOnlyList<Action<StoppedTracee>> atExec) => Launch(options, OnThreadOfItsOwn, tracee =>
    {
        foreach (Action<StoppedTracee> callback in atExec) callback(tracee.Current);
        tracee.Current.Detach();
    });

    /// <summary>Launches a command that somebody goes on tracing.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="onThread">Carries something out on the thread that becomes the tracer (ptrace knows its tracer by thread) and returns when it is done.</param>
    /// <param name="atExec">Called there at the exit of <c>execve</c>; it must take EXITKILL away and resume.</param>
    internal static LaunchedProcess Launch(LaunchOptions options, Action<Action> onThread, Action<RunningTracee> atExec)
    {
        string mark = NextMark();
        string file = Locate(options);

        using var gate = new ExecGate();
        using Descriptor input = Open(options.InheritInput ? null : "/dev/null", Libc.O_RDONLY, 0);
        using Descriptor output = Open(options.OutputFile, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND, options.OutputToError ? 2 : 1);
        using Descriptor errors = Open(options.OutputFile, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND, 2);
        var request = new SpawnRequest
        {
            File = file,
            Arguments = options.Command,
            Environment = [.. EnvironmentFor(options.Environment, mark).Select(v => $"{v.Key}={v.Value}")],
            WorkingFolder = options.WorkingFolder is { } folder ? Path.GetFullPath(folder) : null,
            Gate = gate,
            Network = options.Network,
        };
        request.Pass(input.Number, 0);
        request.Pass(output.Number, 1);
        request.Pass(errors.Number, 2);
        OrphanReaper.Begin();
        try
        {
            return Carry(onThread, () => TakeHold(new SpawnThread(request), gate, file, mark, atExec));
        }
        catch
        {
            OrphanReaper.End();
            throw;
        }
    }

    /// <summary>From the gate to the exit stop of <c>execve</c>, the callbacks there, and letting go.</summary>
    private static LaunchedProcess TakeHold(SpawnThread spawn, ExecGate gate, string file, string mark, Action<RunningTracee> atExec)
    {
        if (spawn.WaitForChild(s_limit) is not { } pid) throw NotExecutable(file, spawn);
        RunningTracee tracee;
        Descriptor pidfd;
        try
        {
            // EXITKILL: should this process die before the target has begun, then nothing has begun.
            tracee = RunningTracee.Seize(pid, PtraceOptions.PTRACE_O_TRACESYSGOOD | PtraceOptions.PTRACE_O_TRACEEXEC | PtraceOptions.PTRACE_O_EXITKILL);
            // While the gate holds it: a program that cannot be executed is over as soon as it opens.
            pidfd = Descriptor.OfProcess(pid);
        }
        finally
        {
            gate.Open();
        }
        try
        {
            if (!ReachExecExit(tracee)) throw NotExecutable(file, spawn);
            atExec(tracee);
            return new LaunchedProcess(pid, pidfd, spawn.Exited, mark);
        }
        catch
        {
            // The kernel kills the tracee too when this thread ends; here, so that it is certain and at once.
            _ = Libc.pidfd_send_signal(pidfd.Number, Libc.SIGKILL);
            pidfd.Dispose();
            throw;
        }
    }

    /// <summary>False where the process ended because its program could not be executed.</summary>
    private static bool ReachExecExit(RunningTracee tracee)
    {
        while (true)
        {
            PtraceStop stop;
            try
            {
                stop = tracee.Wait(s_limit);
            }
            catch (LinuxException e) when (e.Errno.Number == 10) // ECHILD: posix_spawn itself waited for the failed process.
            {
                return false;
            }
            if (stop.HasEnded) return false;
            StoppedTracee stopped = tracee.Stopped(stop);
            if (stop.Kind == PtraceStopKind.Exec)
            {
                stopped = stopped.ResumeAndWait(toNextSyscall: true, signal: 0, s_limit);
                return stopped.Stop.Kind == PtraceStopKind.Syscall;
            }
            if (!stopped.Resume(toNextSyscall: false, stop.Kind == PtraceStopKind.Signal ? stop.Value : 0)) return false;
        }
    }

    private static FalterException NotExecutable(string file, SpawnThread spawn)
    {
        if (!spawn.Spawned.Wait(s_limit)) throw new TimeoutException($"{file}: neither started nor failed");
        Errno? error = spawn.Spawned.Result.Error;
        string reason = error is { } errno ? $"{errno.Meaning} ({errno})" : "it was killed before it began";
        string hint = error?.Number switch
        {
            8 => "; expected a program for this machine, or a script whose first line begins with #!",
            2 => "; the interpreter that it names may be missing",
            _ => "",
        };
        return FalterException.Usage("target-not-found", $"cannot launch '{file}': {reason}{hint}");
    }

    /// <summary>A value of <see cref="MarkVariable"/> that no other launch of this or another Falter bears.</summary>
    internal static string NextMark() => string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{s_start}-{Interlocked.Increment(ref s_count)}");

    /// <summary>This process's own variables with changes (null removes one), and the mark.</summary>
    internal static SortedDictionary<string, string> EnvironmentFor(IReadOnlyDictionary<string, string?> changes, string mark)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables()) variables[(string)variable.Key] = (string?)variable.Value ?? "";
        foreach ((string name, string? value) in changes)
        {
            if (value is null) variables.Remove(name); else variables[name] = value;
        }
        variables[MarkVariable] = mark;
        return variables;
    }

    private static Descriptor Open(string? path, int flags, int inherited)
    {
        int fd = path is null ? Libc.fcntl(inherited, Libc.F_DUPFD_CLOEXEC, 10) : Libc.open(path, flags | Libc.O_CLOEXEC, 0b110_100_100);
        // A closed standard stream is passed on as /dev/null: descriptors 0 to 2 must never name something else.
        if (fd < 0 && path is null) fd = Libc.open("/dev/null", Libc.O_RDWR | Libc.O_CLOEXEC, 0);
        return fd >= 0 ? new Descriptor(fd)
            : throw FalterException.Usage("folder-not-writable", $"cannot write the target's output to '{path}': {Libc.LastErrno.Meaning} ({Libc.LastErrno})");
    }

    /// <summary>ptrace knows its tracer by thread: all requests come from this one.</summary>
    private static void OnThreadOfItsOwn(Action body)
    {
        var thread = new Thread(() => body()) { IsBackground = true, Name = "falter-launch" };
        thread.Start();
        thread.Join();
    }

    /// <summary>Carries result and exception from another thread over to the caller's.</summary>
    private static LaunchedProcess Carry(Action<Action> onThread, Func<LaunchedProcess> body)
    {
        LaunchedProcess? result = null;
        ExceptionDispatchInfo? failure = null;
        onThread(() =>
        {
            try
            {
                result = body();
            }
#pragma warning disable CA1031 // Carried over to the caller's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        failure?.Throw();
        return result ?? throw new InvalidOperationException("the tracer has ended: nothing was launched");
    }
}
