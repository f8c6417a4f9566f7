using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Linux.Notices;

/// <summary>What the injectors of this machine tell (<see cref="InjectionAnnouncer"/>). Only root and this user are believed.</summary>
public static class InjectionNotices
{
    internal const string NamePrefix = "falter/injections/";

    // An injector answers at once, unless the machine is very busy or it is stopped. Without its answer injected calls would be taken for natural ones.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    // One that did not answer is not asked again for so long: it may be stopped (Ctrl-Z), and then injects nothing either.
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    // More is no notice.
    private const int MostBytes = 1 << 20;

    private static readonly Dictionary<string, long> s_silent = [];

    /// <summary>Asks every injector in this network namespace.</summary>
    /// <returns>By injector, whose name is never used again.</returns>
    public static IReadOnlyList<(string Injector, InjectionNotice Notice)> Read()
    {
        var notices = new List<(string, InjectionNotice)>();
        foreach (string name in Names(ProcFile.Read("/proc/net/unix") ?? ""))
        {
            if (IsSilent(name)) continue;
            if (Ask(name) is { } notice) notices.Add((name, notice));
        }
        return notices;
    }

    /// <summary>Listening sockets by name in <c>/proc/net/unix</c>: <c>address: refs proto flags type state inode @name</c>; flag 10000 listens.</summary>
    internal static IEnumerable<string> Names(string table) =>
        table.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(field => field.Length == 8 && field[3] == "00010000" && field[7].StartsWith("@" + NamePrefix, StringComparison.Ordinal)).Select(field => field[7][1..]);

    private static bool IsSilent(string name)
    {
        lock (s_silent) return s_silent.TryGetValue(name, out long since) && Stopwatch.GetElapsedTime(since) < s_pause;
    }

    private static InjectionNotice? Ask(string name)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            // A full queue of a listener that does not accept is an error then, and not a wait without end.
            socket.Blocking = false;
            socket.Connect(new UnixDomainSocketEndPoint("\0" + name));
            return IsTrusted(socket) ? Receive(socket, name) : null;
        }
        // It ended meanwhile, or is none of ours, whose name may be anything.
        catch (Exception e) when (e is SocketException or JsonException or ArgumentException)
        {
            return null;
        }
    }

    private static InjectionNotice? Receive(Socket socket, string name)
    {
        using var document = new MemoryStream();
        byte[] some = new byte[8192];
        var asked = Stopwatch.StartNew();
        while (document.Length < MostBytes)
        {
            TimeSpan left = s_patience - asked.Elapsed;
            if (left <= TimeSpan.Zero || !socket.Poll(left, SelectMode.SelectRead))
            {
                lock (s_silent) s_silent[name] = Stopwatch.GetTimestamp();
                return null;
            }
            int read = socket.Receive(some);
            if (read == 0) break;
            document.Write(some, 0, read);
        }
        return JsonSerializer.Deserialize(document.ToArray(), RecordsFormat.Line.InjectionNotice);
    }

    /// <summary>Whether the listener belongs to root or to this user: others could have any error counted as injected. As it was when it began to listen.</summary>
    private static bool IsTrusted(Socket socket)
    {
        const int SOL_SOCKET = 1, SO_PEERCRED = 17; // struct ucred: pid, uid, gid (unix(7))
        Span<byte> credentials = stackalloc byte[12];
        int user = socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, credentials) == credentials.Length ? BinaryPrimitives.ReadInt32LittleEndian(credentials[4..]) : -1;
        return user == 0 || user == ProcessStatus.Read(Environment.ProcessId)?.UserId;
    }
}
