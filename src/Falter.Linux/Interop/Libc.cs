using System.Runtime.InteropServices;
using Falter.Records;

namespace Falter.Linux.Interop;

/// <summary>The calls of the C library that launching, ptrace and seccomp need. Names and argument order as in C.</summary>
internal static unsafe partial class Libc
{
    private const string C = "libc";

    [LibraryImport(C, SetLastError = true)]
    public static partial int waitpid(int pid, int* status, int options);

    [LibraryImport(C, SetLastError = true)]
    public static partial int ioctl(int fd, ulong request, void* argument);

    [LibraryImport(C, SetLastError = true)]
    public static partial int poll(pollfd_t* fds, ulong count, int timeoutMilliseconds);

    [LibraryImport(C, SetLastError = true)]
    public static partial int ppoll(pollfd_t* fds, ulong count, timespec_t* timeout, void* signals);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint read(int fd, void* buffer, nuint count);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint write(int fd, void* buffer, nuint count);

    [LibraryImport(C, SetLastError = true)]
    public static partial int close(int fd);

    [LibraryImport(C, SetLastError = true)]
    public static partial int flock(int fd, int operation);

    [LibraryImport(C, SetLastError = true)]
    public static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport(C, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string path, int flags, int mode);

    [LibraryImport(C, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int statx(int folder, string path, int flags, uint mask, void* status);

    [LibraryImport(C, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rmdir(string path);

    [LibraryImport(C, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mkdir(string path, int mode);

    [LibraryImport(C, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int access(string path, int mode);

    [LibraryImport(C, SetLastError = true)]
    public static partial int pipe2(int* fds, int flags);

    [LibraryImport(C, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int memfd_create(string name, uint flags);

    [LibraryImport(C, SetLastError = true)]
    public static partial int fsync(int fd);

    [LibraryImport(C, SetLastError = true)]
    public static partial int ftruncate(int fd, long length);

    [LibraryImport(C, SetLastError = true)]
    public static partial void* mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(C, SetLastError = true)]
    public static partial int munmap(void* address, nuint length);

    [LibraryImport(C, SetLastError = true)]
    public static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(C, SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport(C)]
    public static partial int gettid();

    [LibraryImport(C)]
    public static partial int getpgrp();

    [LibraryImport(C, SetLastError = true)]
    public static partial int sigaction(int signal, sigaction_t* action, sigaction_t* previous);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint process_vm_readv(int pid, iovec_t* local, nuint localCount, iovec_t* remote, nuint remoteCount, nuint flags);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint process_vm_writev(int pid, iovec_t* local, nuint localCount, iovec_t* remote, nuint remoteCount, nuint flags);

    [LibraryImport(C, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint readlink(string path, byte* target, nuint length);

    [LibraryImport(C, SetLastError = true)]
    public static partial int getsockname(int fd, void* address, uint* length);

    [LibraryImport(C, SetLastError = true)]
    public static partial int getpeername(int fd, void* address, uint* length);

    /// <summary>What a symbolic link points to, as far as it fits.</summary>
    /// <returns>Bytes, or -1.</returns>
    public static int ReadLink(string path, Span<byte> target)
    {
        fixed (byte* first = target) return (int)readlink(path, first, (nuint)target.Length);
    }

    /// <summary>What a small file begins with.</summary>
    /// <returns>Bytes, or -1.</returns>
    public static int ReadStart(string path, Span<byte> bytes)
    {
        int fd = open(path, O_RDONLY | O_CLOEXEC, 0);
        if (fd < 0) return -1;
        fixed (byte* first = bytes)
        {
            int length = (int)read(fd, first, (nuint)bytes.Length);
            _ = close(fd);
            return length;
        }
    }

    /// <summary>A call that the C library has no wrapper for, or whose wrapper does more than the call.</summary>
    [LibraryImport(C, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0);

    /// <summary>
    /// ptrace without a garbage-collection transition: only for requests that return at once, which all of ptrace's do. The raw call, because the
    /// wrapper of glibc treats PEEK requests otherwise. The errno is in <see cref="Marshal.GetLastSystemError"/>.
    /// </summary>
    [LibraryImport(C, EntryPoint = "syscall"), SuppressGCTransition]
    private static partial nint SyscallWithoutTransition(nint number, nint a, nint b, nint c, nint d);

    public static nint ptrace(int request, int tid, nint address, nint data) => SyscallWithoutTransition(SYS_ptrace, request, tid, address, data);

    public static int pidfd_open(int pid) => (int)Syscall(SYS_pidfd_open, pid);

    public static int pidfd_getfd(int pidfd, int fd) => (int)Syscall(SYS_pidfd_getfd, pidfd, fd);

    public static int pidfd_send_signal(int pidfd, int signal) => (int)Syscall(SYS_pidfd_send_signal, pidfd, signal);

    public static int tgkill(int tgid, int tid, int signal) => (int)Syscall(SYS_tgkill, tgid, tid, signal);

    /// <summary>The errno of the last call of this thread that captures it.</summary>
    public static Errno LastErrno => new((short)Marshal.GetLastPInvokeError());

    /// <summary>The result, or an exception that names the call.</summary>
    public static int Checked(int result, string call) => result >= 0 ? result : throw new LinuxException(call, LastErrno);
}
