namespace Falter.Linux.Interop;

/// <summary><c>struct pollfd</c>.</summary>
internal struct pollfd_t
{
    public int fd;
    public short events;
    public short revents;

    /// <summary>Waits for events on some descriptors; their <see cref="revents"/> say which.</summary>
    /// <param name="descriptors">Number and awaited events of each. POLLHUP and POLLERR are always reported.</param>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <returns>How many have events; 0 when the time is up or a signal came.</returns>
    public static unsafe int Poll(Span<pollfd_t> descriptors, int timeoutMilliseconds)
    {
        fixed (pollfd_t* first = descriptors)
        {
            int count = Libc.poll(first, (ulong)descriptors.Length, timeoutMilliseconds);
            if (count < 0 && Libc.LastErrno != Falter.Records.Errno.EINTR) throw new LinuxException("poll", Libc.LastErrno);
            return Math.Max(count, 0);
        }
    }

    /// <summary>An entry that waits for one kind of event.</summary>
    public static pollfd_t For(Descriptor descriptor, short events) => new() { fd = descriptor.Number, events = events, revents = 0 };
}
