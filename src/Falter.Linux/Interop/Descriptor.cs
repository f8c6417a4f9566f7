using Microsoft.Win32.SafeHandles;

namespace Falter.Linux.Interop;

/// <summary>An owned file descriptor, closed once.</summary>
public sealed class Descriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>Takes over <paramref name="fd"/>.</summary>
    public Descriptor(int fd) : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>The number. Valid as long as the descriptor is not disposed.</summary>
    internal int Number => (int)handle;

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;

    /// <summary>A pipe; both ends close on exec.</summary>
    internal static unsafe (Descriptor ReadEnd, Descriptor WriteEnd) Pipe()
    {
        int* fds = stackalloc int[2];
        Libc.Checked(Libc.pipe2(fds, Libc.O_CLOEXEC), "pipe2");
        return (new Descriptor(fds[0]), new Descriptor(fds[1]));
    }

    /// <summary>A process descriptor (Linux 5.3): names this process even after its number was given to another.</summary>
    internal static Descriptor OfProcess(int pid) => new(Libc.Checked(Libc.pidfd_open(pid), $"pidfd_open({pid})"));
}
