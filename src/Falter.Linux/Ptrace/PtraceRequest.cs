namespace Falter.Linux.Ptrace;

/// <summary>Requests, options and events of <c>include/uapi/linux/ptrace.h</c>, named as there.</summary>
internal static class PtraceRequest
{
    public const int PTRACE_CONT = 7, PTRACE_GETREGS = 12, PTRACE_SETREGS = 13, PTRACE_DETACH = 17, PTRACE_SYSCALL = 24,
        PTRACE_SETOPTIONS = 0x4200, PTRACE_GETEVENTMSG = 0x4201, PTRACE_GETSIGINFO = 0x4202, PTRACE_SEIZE = 0x4206, PTRACE_INTERRUPT = 0x4207, PTRACE_LISTEN = 0x4208,
        PTRACE_GETSIGMASK = 0x420a, PTRACE_SETSIGMASK = 0x420b, PTRACE_GET_SYSCALL_INFO = 0x420e;

    public const int PTRACE_EVENT_FORK = 1, PTRACE_EVENT_VFORK = 2, PTRACE_EVENT_CLONE = 3, PTRACE_EVENT_EXEC = 4, PTRACE_EVENT_STOP = 128;
}

/// <summary>What a tracer wants to be told of, and what becomes of the tracee when the tracer dies (<c>PTRACE_O_*</c>).</summary>
[Flags]
public enum PtraceOptions
{
    None = 0,
    PTRACE_O_TRACESYSGOOD = 1,
    PTRACE_O_TRACEFORK = 2,
    PTRACE_O_TRACEVFORK = 4,
    PTRACE_O_TRACECLONE = 8,
    PTRACE_O_TRACEEXEC = 16,

    /// <summary>The kernel kills the tracee when its tracer dies. Only while a command has not started yet.</summary>
    PTRACE_O_EXITKILL = 0x100000,
}
