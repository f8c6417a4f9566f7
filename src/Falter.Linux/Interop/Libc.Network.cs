using System.Runtime.InteropServices;

namespace Falter.Linux.Interop;

internal static unsafe partial class Libc
{
    // <sched.h>, <bits/socket.h>, <linux/netlink.h>
    public const int CLONE_NEWNET = 0x40000000;
    public const int AF_NETLINK = 16, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000, NETLINK_NETFILTER = 12;
    public const int MSG_DONTWAIT = 0x40;
    public const int SOL_SOCKET = 1, SO_RCVBUFFORCE = 33, SOL_NETLINK = 270, NETLINK_NO_ENOBUFS = 5;

    [LibraryImport(C, SetLastError = true)]
    public static partial int setns(int fd, int kind);

    [LibraryImport(C, SetLastError = true)]
    public static partial int unshare(int flags);

    [LibraryImport(C, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint if_nametoindex(string name);

    [LibraryImport(C, SetLastError = true)]
    public static partial int socket(int domain, int type, int protocol);

    [LibraryImport(C, SetLastError = true)]
    public static partial int bind(int fd, void* address, uint length);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint send(int fd, void* buffer, nuint length, int flags);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint recv(int fd, void* buffer, nuint length, int flags);

    [LibraryImport(C, SetLastError = true)]
    public static partial int setsockopt(int fd, int level, int option, void* value, uint length);
}
