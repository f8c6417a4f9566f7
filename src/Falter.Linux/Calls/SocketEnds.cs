using Falter.Linux.Interop;

namespace Falter.Linux.Calls;

/// <summary>Asks a socket of another process for its two ends, by a copy of its descriptor (pidfd_getfd, Linux 5.6): right also in another network namespace.</summary>
internal static unsafe class SocketEnds
{
    // sizeof(struct sockaddr_storage)
    private const int LongestAddress = 128;

    /// <summary>The ends of a socket; null where the descriptor is none, or cannot be had.</summary>
    public static SocketFacts? Of(int pid, int fd)
    {
        int pidfd = Libc.pidfd_open(pid);
        if (pidfd < 0) return null;
        int copy = Libc.pidfd_getfd(pidfd, fd);
        _ = Libc.close(pidfd);
        if (copy < 0) return null;
        try
        {
            byte* address = stackalloc byte[LongestAddress];
            uint length = LongestAddress;
            if (Libc.getsockname(copy, address, &length) != 0) return null;
            SocketAddress? local = SocketAddress.Parse(new ReadOnlySpan<byte>(address, (int)Math.Min(length, LongestAddress)));
            length = LongestAddress;
            SocketAddress? peer = Libc.getpeername(copy, address, &length) == 0 ? SocketAddress.Parse(new ReadOnlySpan<byte>(address, (int)Math.Min(length, LongestAddress))) : null;
            return new SocketFacts(local, peer);
        }
        finally
        {
            _ = Libc.close(copy);
        }
    }
}
