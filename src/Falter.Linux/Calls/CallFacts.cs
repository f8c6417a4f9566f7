using System.Text;
using Falter.Linux.Interop;
using Falter.Records;

namespace Falter.Linux.Calls;

/// <summary>
/// What a call that is held is about: its files, its addresses. Read from the memory and descriptors of the thread, which another thread of the target can
/// change at any moment: good enough to choose by, no proof of what the kernel will see.
/// </summary>
public static class CallFacts
{
    private const int AT_FDCWD = -100;

    // PATH_MAX of include/uapi/linux/limits.h, with the final zero.
    private const int LongestPath = 4096;

    /// <summary>
    /// The files that a call names, absolute and without <c>.</c> and <c>..</c>, symbolic links not followed; or those that its descriptors are, as the kernel
    /// names them (<c>/data/file</c>, <c>socket:[17]</c>, <c>/gone (deleted)</c>).
    /// </summary>
    /// <param name="tid">The thread that makes the call.</param>
    /// <param name="call">Which.</param>
    /// <param name="arguments">Its six arguments.</param>
    /// <returns>Null where something could not be read; empty where the call is about no file.</returns>
    public static IReadOnlyList<string>? Paths(int tid, Syscall call, ReadOnlySpan<ulong> arguments)
    {
        CallArguments form = CallArguments.Of(call);
        var paths = new List<string>();
        foreach ((int? folder, int path) in form.Paths)
        {
            if (PathAt(tid, folder is { } index ? (int)arguments[index] : AT_FDCWD, arguments[path]) is not { } found) return null;
            paths.Add(found);
        }
        if (form.Paths.Count > 0) return paths;
        foreach (int index in form.Descriptors)
        {
            if (DescriptorPath(tid, (int)arguments[index]) is { } found) paths.Add(found);
        }
        return paths;
    }

    /// <summary>The addresses that a call is about: that it names, and those of its socket's two ends.</summary>
    /// <param name="pid">The process; its descriptors are the thread's but for processes that share none (CLONE_FILES).</param>
    /// <param name="tid">The thread that makes the call.</param>
    /// <param name="call">Which.</param>
    /// <param name="arguments">Its six arguments.</param>
    public static SocketFacts Socket(int pid, int tid, Syscall call, ReadOnlySpan<ulong> arguments)
    {
        CallArguments form = CallArguments.Of(call);
        SocketAddress? named = form switch
        {
            { Address: { } index } => AddressAt(tid, arguments[index], arguments[index + 1]),
            { MessageHeader: { } index } => AddressInHeader(tid, arguments[index]),
            _ => null,
        };
        // A call that moves data between two descriptors is about each of them; sockets are asked, the first one counts.
        foreach (int index in form.Descriptors)
        {
            if (SocketEnds.Of(pid, (int)arguments[index]) is not { } ends) continue;
            // bind names the near side.
            return call.Name == "bind" ? new SocketFacts(named ?? ends.Local, ends.Peer) : new SocketFacts(ends.Local, named ?? ends.Peer);
        }
        return new SocketFacts(null, named);
    }

    /// <summary>The name of a thread; null where it is gone.</summary>
    public static string? ThreadName(int tid)
    {
        // TASK_COMM_LEN of include/linux/sched.h, with a line's end for the final zero. The calls themselves: the thread waits for it.
        Span<byte> name = stackalloc byte[16];
        int length = Libc.ReadStart($"/proc/{tid}/comm", name);
        return length < 0 ? null : Encoding.UTF8.GetString(name[..length]).TrimEnd('\n');
    }

    /// <summary>Removes <c>.</c>, <c>..</c> and doubled slashes from an absolute path.</summary>
    internal static string Normalize(string path)
    {
        if (!path.Contains("/.", StringComparison.Ordinal) && !path.Contains("//", StringComparison.Ordinal)) return path;
        var parts = new List<string>();
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".." && parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            else if (part is not ("." or "..")) parts.Add(part);
        }
        return '/' + string.Join('/', parts);
    }

    private static string? PathAt(int tid, int folder, ulong address)
    {
        // A null pointer is a path where the call allows it (utimensat): then the descriptor is meant.
        if (address == 0) return DescriptorPath(tid, folder);
        if (ReadText(tid, address) is not { } path) return null;
        if (path.StartsWith('/')) return Normalize(path);
        string? start = folder == AT_FDCWD ? Link($"/proc/{tid}/cwd") : DescriptorPath(tid, folder);
        // The empty path is the folder itself, or with AT_EMPTY_PATH a file that is open.
        return start is null ? null : path.Length == 0 ? start : Normalize($"{start}/{path}");
    }

    private static string? DescriptorPath(int tid, int fd) => fd == AT_FDCWD ? Link($"/proc/{tid}/cwd") : fd < 0 ? null : Link($"/proc/{tid}/fd/{fd}");

    private static string? Link(string path)
    {
        Span<byte> target = stackalloc byte[LongestPath];
        int length = Libc.ReadLink(path, target);
        return length < 0 ? null : Encoding.UTF8.GetString(target[..length]);
    }

    private static string? ReadText(int tid, ulong address)
    {
        Span<byte> bytes = stackalloc byte[LongestPath];
        int filled = 0;
        while (filled < LongestPath)
        {
            // Up to the end of the page: what lies behind it may not be mapped.
            int part = (int)Math.Min(4096 - (address + (ulong)filled) % 4096, (ulong)(LongestPath - filled));
            if (!ThreadMemory.TryRead(tid, address + (ulong)filled, bytes.Slice(filled, part))) return null;
            int end = bytes.Slice(filled, part).IndexOf((byte)0);
            if (end >= 0) return Encoding.UTF8.GetString(bytes[..(filled + end)]);
            filled += part;
        }
        return null;
    }

    private static SocketAddress? AddressAt(int tid, ulong address, ulong length)
    {
        // sizeof(struct sockaddr_storage)
        if (address == 0 || length is < 2 or > 128) return null;
        Span<byte> bytes = stackalloc byte[(int)length];
        return ThreadMemory.TryRead(tid, address, bytes) ? SocketAddress.Parse(bytes) : null;
    }

    private static SocketAddress? AddressInHeader(int tid, ulong header)
    {
        // struct msghdr: a pointer, and a length of 32 bits.
        Span<byte> bytes = stackalloc byte[12];
        return ThreadMemory.TryRead(tid, header, bytes) ? AddressAt(tid, BitConverter.ToUInt64(bytes), BitConverter.ToUInt32(bytes[8..])) : null;
    }
}

/// <summary>Both ends of a call's socket; null where it has none or it is not known.</summary>
public readonly record struct SocketFacts(SocketAddress? Local, SocketAddress? Peer);
