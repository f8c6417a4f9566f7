using System.Net.Sockets;
using System.Text.Json;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Linux.Notices;

/// <summary>What the injectors of this machine tell (<see cref="InjectionAnnouncer"/>).</summary>
public static class InjectionNotices
{
    internal const string NamePrefix = "falter/injections/";

    // An injector answers at once, unless the machine is very busy. Without its answer injected calls would be taken for natural ones.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    // More is no notice.
    private const int MostBytes = 1 << 20;

    /// <summary>Asks every injector in this network namespace.</summary>
    /// <returns>By injector, whose name is never used again.</returns>
    public static IEnumerable<(string Injector, InjectionNotice Notice)> Read()
    {
        foreach (string name in Names(ProcFile.Read("/proc/net/unix") ?? ""))
        {
            if (Ask(name) is { } notice) yield return (name, notice);
        }
    }

    /// <summary>Listening sockets by name in <c>/proc/net/unix</c>: <c>address: refs proto flags type state inode @name</c>; flag 10000 listens.</summary>
    internal static IEnumerable<string> Names(string table) =>
        table.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(field => field.Length == 8 && field[3] == "00010000" && field[7].StartsWith("@" + NamePrefix, StringComparison.Ordinal)).Select(field => field[7][1..]);

    private static InjectionNotice? Ask(string name)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = (int)s_patience.TotalMilliseconds };
            socket.Connect(new UnixDomainSocketEndPoint("\0" + name));
            using var document = new MemoryStream();
            byte[] some = new byte[8192];
            for (int read; (read = socket.Receive(some)) > 0 && document.Length < MostBytes;) document.Write(some, 0, read);
            return JsonSerializer.Deserialize(document.ToArray(), RecordsFormat.Line.InjectionNotice);
        }
        // It ended meanwhile, or is none of ours.
        catch (Exception e) when (e is SocketException or JsonException)
        {
            return null;
        }
    }
}
