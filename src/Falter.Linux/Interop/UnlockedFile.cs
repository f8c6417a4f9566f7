using Falter.Records;
using Microsoft.Win32.SafeHandles;

namespace Falter.Linux.Interop;

/// <summary>
/// Files of a target, opened for reading without a lock. .NET takes one on every file (flock, SafeFileHandle.Unix.cs): it cannot read one that its owner holds (a JVM's counters), and an owner that
/// wants the lock for itself would fail by our reading.
/// </summary>
public static class UnlockedFile
{
    // include/uapi/asm-generic/fcntl.h. An ordinary file is not affected; a pipe that nobody writes to does not hold us up.
    private const int O_NONBLOCK = 0x800;

    /// <summary>Opens an ordinary file.</summary>
    /// <exception cref="IOException">It is none, does not exist, or may not be read.</exception>
    public static FileStream OpenRead(string path)
    {
        if (!Inode.IsFile(path) && File.Exists(path)) throw new IOException($"'{path}' is no ordinary file");
        int fd = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC | O_NONBLOCK, 0);
        Errno errno = Libc.LastErrno;
        // Without a buffer, which would hide what is appended or cut off meanwhile.
        return fd >= 0 ? new FileStream(new SafeFileHandle(fd, ownsHandle: true), FileAccess.Read, bufferSize: 0) : throw new IOException($"{errno.Meaning} ({errno}): '{path}'");
    }
}
