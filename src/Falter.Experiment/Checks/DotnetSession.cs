using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace Falter.Experiment;

/// <summary>
/// A diagnostics session with a .NET process that has it tell one figure each second: an event counter, or an instrument of a meter, whichever bears the name. A thread of its own reads what comes.
/// </summary>
internal sealed class DotnetSession : IAsyncDisposable
{
    /// <summary>How often the process tells the figure. Fixed: sessions with the meters of one process must all have the same (MetricsEventSource.cs, MultipleSessionsConfiguredIncorrectlyError).</summary>
    public static readonly TimeSpan Refresh = TimeSpan.FromSeconds(1);

    private const string Meters = "System.Diagnostics.Metrics";
    private const long TimeSeriesValues = 0x2;

    // What is under way at most; some tens of events a second.
    private const int BufferMegabytes = 8;

    // A process that stands still does not take note of the end of the session; the kernel tells it later.
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(1);

    private readonly EventPipeSession _session;
    private readonly DotnetEvents _events;
    private readonly Task _reading;

    private DotnetSession(int pid, long startTicks, EventPipeSession session, string provider, string counter)
    {
        Pid = pid;
        StartTicks = startTicks;
        _session = session;
        _events = new DotnetEvents(provider, counter);
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The process, and when it started.</summary>
    public int Pid { get; }
    public long StartTicks { get; }

    /// <summary>Whether the process tells nothing any more: it ended, or closed the session.</summary>
    public bool HasEnded => _reading.IsCompleted;

    /// <summary>What the runtime itself complained of; null: nothing.</summary>
    public string? Problem => _events.Problem;

    /// <summary>The next figure that the process tells; null where the session ends before.</summary>
    public Task<double?> NextAsync(CancellationToken cancel) => HasEnded ? Task.FromResult<double?>(null) : _events.NextAsync(cancel);

    /// <summary>Begins a session.</summary>
    /// <param name="socket">The diagnostics socket.</param>
    /// <param name="pid">Whose it is.</param>
    /// <param name="startTicks">When that process started.</param>
    /// <param name="provider">An event source, or a meter.</param>
    /// <param name="counter">An event counter, or an instrument.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<DotnetSession> StartAsync(string socket, int pid, long startTicks, string provider, string counter, CancellationToken cancel)
    {
        DiagnosticsClientConnector connector = await DiagnosticsClientConnector.FromDiagnosticPort($"{socket},connect", cancel);
        string seconds = Refresh.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        EventPipeProvider[] providers =
        [
            new(provider, EventLevel.Informational, 0, new Dictionary<string, string> { ["EventCounterIntervalSec"] = seconds }),
            new(Meters, EventLevel.Informational, TimeSeriesValues, new Dictionary<string, string>
            {
                ["SessionId"] = DotnetEvents.SharedSession,
                ["ClientId"] = Guid.NewGuid().ToString(),
                ["Metrics"] = $"{provider}\\{counter}",
                ["RefreshInterval"] = seconds,
                ["MaxTimeSeries"] = "1000",
                ["MaxHistograms"] = "20",
            }),
        ];
        EventPipeSession session = await connector.Instance.StartEventPipeSessionAsync(providers, requestRundown: false, BufferMegabytes, cancel);
        return new DotnetSession(pid, startTicks, session, provider, counter);
    }

    public async ValueTask DisposeAsync()
    {
        if (!HasEnded)
        {
            using var limit = new CancellationTokenSource(s_stopLimit);
            try
            {
                await _session.StopAsync(limit.Token);
            }
            catch (Exception e) when (IsEndOfProcess(e) || e is OperationCanceledException)
            {
                // It is gone, or does not answer: closing the stream is what is left.
            }
        }
        _session.Dispose();
        await _reading;
    }

    /// <summary>Whether an exception tells that the process is gone, or sends what no .NET process does.</summary>
    public static bool IsEndOfProcess(Exception e) => e is DiagnosticsClientException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException or TimeoutException;

    private void Read()
    {
        try
        {
            using var source = new EventPipeEventSource(_session.EventStream);
            source.Dynamic.All += _events.Take;
            source.Process();
        }
#pragma warning disable CA1031 // The parser meets whatever a broken process sends, and throws whatever it likes (format, index, cast): the session is over then, and the check says so.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
        finally
        {
            _events.End();
        }
    }
}
