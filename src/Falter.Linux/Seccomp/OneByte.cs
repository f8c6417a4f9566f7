using Falter.Linux.Interop;

namespace Falter.Linux.Seccomp;

/// <summary>What owner and keeper say to each other over their pipes: one byte, whose value means nothing.</summary>
internal static unsafe class OneByte
{
    /// <summary>Waits for it. False where the other side is gone, or the time is up.</summary>
    public static bool Read(Descriptor descriptor, TimeSpan? limit = null)
    {
        long deadline = limit is { } l ? Environment.TickCount64 + (long)l.TotalMilliseconds : long.MaxValue;
        while (pollfd_t.Poll([pollfd_t.For(descriptor, Libc.POLLIN)], 100) == 0)
        {
            if (Environment.TickCount64 > deadline) return false;
        }
        byte value;
        return Libc.read(descriptor.Number, &value, 1) == 1;
    }

    public static void Write(Descriptor descriptor)
    {
        byte value = 1;
        if (Libc.write(descriptor.Number, &value, 1) != 1) throw new LinuxException("write", Libc.LastErrno);
    }
}
