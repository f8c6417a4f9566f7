using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace Falter.Load;

/// <summary>
/// An open-loop HTTP workload: requests are sent when they are due, however the target answers, so that a slow target does not slow its load down.
/// Meant for hundreds of requests per second; the sending thread wakes about once a millisecond, and <see cref="CompletedRequest.Lag"/> tells how late it was.
/// </summary>
public sealed class OpenLoopHttp : IWorkload, IDisposable
{
    // More requests than this under way are no longer sent but counted as "not-sent": a target that answers nothing must not exhaust the generator.
    private const int MostUnderWay = 4096;

    private readonly IReadOnlyList<Uri> _urls;
    private readonly ulong _seed;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;
    private int _underWay;
    private Exception? _failure;

    /// <param name="urls">What to request; each arrival takes one by chance.</param>
    /// <param name="ratePerSecond">Mean arrivals per second.</param>
    /// <param name="seed">Seed of arrivals and choices.</param>
    /// <param name="timeout">After this, a request counts as <c>timeout</c> and is cancelled.</param>
    /// <param name="time">The clock.</param>
    public OpenLoopHttp(IReadOnlyList<Uri> urls, double ratePerSecond, ulong seed, TimeSpan timeout, TimeProvider time)
    {
        _urls = urls;
        Rate = ratePerSecond;
        _seed = seed;
        _timeout = timeout;
        _time = time;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            MaxConnectionsPerServer = 512,
            ConnectTimeout = timeout,
        });
    }

    public IReadOnlyList<string> Requests => [.. _urls.Select(u => u.OriginalString)];
    public double? Rate { get; }

    public async Task RunAsync(Action<CompletedRequest> completed, CancellationToken cancel)
    {
        // Pacing has a thread of its own: the pool may be busy with answers just when a request is due.
        await Task.Factory.StartNew(() => Pace(completed, cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        long giveUp = _time.GetTimestamp() + (long)(_timeout.TotalSeconds * _time.TimestampFrequency);
        while (Volatile.Read(ref _underWay) > 0 && _time.GetTimestamp() < giveUp) await Task.Delay(5, CancellationToken.None);
        if (Volatile.Read(ref _failure) is { } failure) ExceptionDispatchInfo.Throw(failure);
    }

    public void Dispose() => _http.Dispose();

    private void Pace(Action<CompletedRequest> completed, CancellationToken cancel)
    {
        var schedule = new ArrivalSchedule(Rate!.Value, _seed);
        double due = _time.GetTimestamp();
        while (true)
        {
            due += schedule.NextGapSeconds() * _time.TimestampFrequency;
            Uri url = _urls[schedule.NextChoice(_urls.Count)];
            while (_time.GetTimestamp() < due)
            {
                if (cancel.IsCancellationRequested || Volatile.Read(ref _failure) is not null) return;
                Thread.Sleep(TimeSpan.FromMilliseconds(Math.Clamp((due - _time.GetTimestamp()) * 1000 / _time.TimestampFrequency, 0, 50)));
            }
            if (cancel.IsCancellationRequested) return;
            long scheduled = (long)due;
            if (Interlocked.Increment(ref _underWay) > MostUnderWay)
            {
                Interlocked.Decrement(ref _underWay);
                completed(new CompletedRequest(scheduled, url.OriginalString, "not-sent", TimeSpan.Zero, _time.GetElapsedTime(scheduled)));
                continue;
            }
            _ = Task.Run(() => FollowAsync(url, scheduled, completed), CancellationToken.None);
        }
    }

    /// <summary>A request from its sending to its record. What goes wrong with the recording ends the workload: a request must not vanish.</summary>
    private async Task FollowAsync(Uri url, long scheduled, Action<CompletedRequest> completed)
    {
        try
        {
            completed(await SendAsync(url, scheduled));
        }
#pragma warning disable CA1031 // Carried over to RunAsync.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, e, null);
        }
        finally
        {
            // After the record: RunAsync must not return before the last one is written.
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task<CompletedRequest> SendAsync(Uri url, long scheduled)
    {
        TimeSpan lag = _time.GetElapsedTime(scheduled);
        string outcome;
        using var timeout = new CancellationTokenSource(_timeout, _time);
        try
        {
            using HttpRequestMessage request = SingleGet.For(url);
            using HttpResponseMessage response = await _http.SendAsync(request, timeout.Token);
            await response.Content.CopyToAsync(Stream.Null, timeout.Token);
            outcome = ((int)response.StatusCode).ToString();
        }
        catch (OperationCanceledException)
        {
            outcome = "timeout";
        }
        catch (Exception e) when (HttpFailure.Is(e))
        {
            outcome = HttpFailure.Name(e);
        }
        return new CompletedRequest(scheduled, url.OriginalString, outcome, _time.GetElapsedTime(scheduled), lag);
    }
}

/// <summary>Kinds of failure of an HTTP request, in a word.</summary>
public static class HttpFailure
{
    /// <summary>
    /// Whether an exception tells that a request failed. SocketException: .NET 10 lets it through as it is when a connection is reset between being made
    /// and being used (HttpConnectionPool asks it for its remote end).
    /// </summary>
    public static bool Is(Exception e) => e is HttpRequestException or IOException or SocketException;

    /// <summary><c>refused</c>, <c>reset</c>, <c>closed</c> (the answer ended early), <c>unreachable</c>, or <c>error</c>.</summary>
    public static string Name(Exception failure)
    {
        for (Exception? e = failure; e is not null; e = e.InnerException)
        {
            if (e is SocketException socket)
            {
                return socket.SocketErrorCode switch
                {
                    SocketError.ConnectionRefused => "refused",
                    SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.NotConnected or SocketError.Shutdown => "reset",
                    SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostNotFound => "unreachable",
                    SocketError.TimedOut => "timeout",
                    _ => "error",
                };
            }
            if (e is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }) return "closed";
            if (e is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }) return "closed";
        }
        return "error";
    }
}
