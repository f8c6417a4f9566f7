using Falter.Linux.Interop;

namespace Falter.Linux.Ptrace;

/// <summary>What a tracee reported to <c>waitpid</c>.</summary>
public enum PtraceStopKind
{
    /// <summary>It ended by itself; <see cref="PtraceStop.Value"/> is the exit code.</summary>
    Exited,

    /// <summary>A signal ended it; <see cref="PtraceStop.Value"/> is the signal.</summary>
    Killed,

    /// <summary>It is at the entry or the exit of a system call.</summary>
    Syscall,

    /// <summary>A signal is about to be delivered; it must be passed on when resuming.</summary>
    Signal,

    /// <summary>The whole process was stopped by a stopping signal; it must stay so until SIGCONT (PTRACE_LISTEN).</summary>
    GroupStop,

    /// <summary>It answered PTRACE_INTERRUPT, or is a new tracee's first stop.</summary>
    Interrupted,

    /// <summary>It created a process or a thread.</summary>
    NewTask,

    /// <summary>It executes another program now.</summary>
    Exec,

    /// <summary>Any other event.</summary>
    OtherEvent,
}

/// <summary>A wait status, decoded for a tracee that was seized with PTRACE_O_TRACESYSGOOD.</summary>
/// <param name="Status">As <c>waitpid</c> gave it.</param>
public readonly record struct PtraceStop(int Status)
{
    private int Event => Status >> 16;

    /// <summary>Exit code or signal, by kind.</summary>
    public int Value => Kind == PtraceStopKind.Killed ? Status & 0x7f : (Status >> 8) & 0xff;

    /// <summary>Whether it created something by fork or vfork: a process. By clone it may have been either.</summary>
    public bool IsNewProcess => !HasEnded && Event is PtraceRequest.PTRACE_EVENT_FORK or PtraceRequest.PTRACE_EVENT_VFORK;

    public bool HasEnded => (Status & 0xff) != 0x7f;

    public PtraceStopKind Kind
    {
        get
        {
            if (HasEnded) return (Status & 0x7f) == 0 ? PtraceStopKind.Exited : PtraceStopKind.Killed;
            int signal = (Status >> 8) & 0xff;
            return Event switch
            {
                0 when signal == (Libc.SIGTRAP | 0x80) => PtraceStopKind.Syscall,
                0 => PtraceStopKind.Signal,
                PtraceRequest.PTRACE_EVENT_FORK or PtraceRequest.PTRACE_EVENT_VFORK or PtraceRequest.PTRACE_EVENT_CLONE => PtraceStopKind.NewTask,
                PtraceRequest.PTRACE_EVENT_EXEC => PtraceStopKind.Exec,
                // man 2 ptrace, "Group-stop": with PTRACE_SEIZE a stopping signal tells it from an interrupt, which reports SIGTRAP.
                PtraceRequest.PTRACE_EVENT_STOP when signal is Libc.SIGSTOP or Libc.SIGTSTP or Libc.SIGTTIN or Libc.SIGTTOU => PtraceStopKind.GroupStop,
                PtraceRequest.PTRACE_EVENT_STOP => PtraceStopKind.Interrupted,
                _ => PtraceStopKind.OtherEvent,
            };
        }
    }
}
