using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Falter.Records;

namespace Falter.Linux.Notices;

/// <summary>
/// Tells monitors of the same network namespace what is injected: whoever connects to an abstract Unix socket (unix(7)) gets one JSON document. The
/// kernel takes the name back when this process ends in whatever way.
/// </summary>
public sealed class InjectionAnnouncer : IDisposable
{
    // Monitors ask ten times a second.
    private static readonly TimeSpan s_memory = TimeSpan.FromSeconds(1), s_farewell = TimeSpan.FromMilliseconds(300);

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<InjectionNotice> _notice;
    private long _asked;
    private volatile bool _ended;

    /// <summary>Begins to tell.</summary>
    /// <param name="notice">What there is to tell at that moment; called by any thread.</param>
    public InjectionAnnouncer(Func<InjectionNotice> notice)
    {
        _notice = notice;
        _listener.Bind(new UnixDomainSocketEndPoint($"\0{InjectionNotices.NamePrefix}{Environment.ProcessId}/{Guid.NewGuid():N}"));
        _listener.Listen();
        // A thread of its own: on a busy machine the pool's may be late, and a monitor waits for the answer.
        new Thread(Serve) { IsBackground = true, Name = "falter-notices" }.Start();
    }

    /// <summary>Ends; who connects later finds nobody. A monitor that has been asking is given the time to ask once more: it would miss what was injected last.</summary>
    public void Dispose()
    {
        long asked = Volatile.Read(ref _asked);
        if (asked != 0 && Stopwatch.GetElapsedTime(asked) < s_memory) SpinWait.SpinUntil(() => Volatile.Read(ref _asked) != asked, s_farewell);
        _ended = true;
        _listener.Dispose();
    }

    private void Serve()
    {
        while (true)
        {
            try
            {
                using Socket asker = _listener.Accept();
                InjectionNotice notice = _notice();
                Volatile.Write(ref _asked, Stopwatch.GetTimestamp());
                asker.Send(JsonSerializer.SerializeToUtf8Bytes(notice, RecordsFormat.Line.InjectionNotice));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Else somebody asked and went away.
                if (_ended) return;
            }
        }
    }
}
