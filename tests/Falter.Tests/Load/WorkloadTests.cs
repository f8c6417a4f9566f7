using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Falter.Load;

namespace Falter.Tests.Load;

public class WorkloadTests
{
    [Fact]
    public async Task Requests_keep_their_schedule_while_the_server_answers_nothing()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var url = new Uri($"http://{silent.LocalEndpoint}/");
        using var workload = new OpenLoopHttp([url], 100, 1, TimeSpan.FromMilliseconds(300), TimeProvider.System);
        var done = new ConcurrentBag<CompletedRequest>();
        using var stop = new CancellationTokenSource();
        Task run = workload.RunAsync(r =>
        {
            done.Add(r);
            if (done.Count >= 50) stop.Cancel();
        }, stop.Token);
        await run.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.All(done, r => Assert.Equal("timeout", r.Outcome));
        // Fifty arrivals at 100/s take about half a second; a closed loop would have taken 50 time-outs.
        long span = done.Max(r => r.ScheduledTicks) - done.Min(r => r.ScheduledTicks);
        Assert.True(TimeProvider.System.GetElapsedTime(0, span) < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_request_that_cannot_be_written_down_ends_the_workload_with_the_reason()
    {
        using var workload = new OpenLoopHttp([new Uri("http://127.0.0.1:1/")], 100, 1, TimeSpan.FromSeconds(2), TimeProvider.System);
        using var stop = new CancellationTokenSource();
        Task run = workload.RunAsync(_ => throw new IOException("No space left on device"), stop.Token);
        IOException failure = await Assert.ThrowsAsync<IOException>(() => run.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Contains("No space", failure.Message);
    }

    [Fact]
    public async Task A_request_that_the_server_drops_is_sent_once()
    {
        using var dropping = new FixedAnswer("");
        Assert.Equal("closed", await OneOutcomeAsync(dropping.Url));
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        int before = dropping.Connections;
        using HttpRequestMessage request = SingleGet.For(dropping.Url);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.SendAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal(1, dropping.Connections - before);
        using var repeated = new HttpRequestMessage(HttpMethod.Get, dropping.Url);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.SendAsync(repeated, TestContext.Current.CancellationToken));
        Assert.True(dropping.Connections - before > 2, "the client repeats no request any more: SingleGet is no longer needed");
    }

    [Fact]
    public async Task What_comes_back_is_named()
    {
        using var server = new FixedAnswer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        Assert.Equal("404", await OneOutcomeAsync(server.Url));
        using var closing = new FixedAnswer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabc");
        Assert.Equal("closed", await OneOutcomeAsync(closing.Url));
        Assert.Equal("refused", await OneOutcomeAsync(new Uri("http://127.0.0.1:1/")));
    }

    [Fact]
    public void A_connection_that_is_lost_before_it_is_used_is_a_failed_request()
    {
        var lost = new SocketException((int)SocketError.NotConnected);
        Assert.True(HttpFailure.Is(lost));
        Assert.Equal("reset", HttpFailure.Name(lost));
        Assert.False(HttpFailure.Is(new InvalidOperationException()));
    }

    [Fact]
    public async Task A_command_is_run_again_and_again_and_its_exit_code_is_the_outcome()
    {
        var workload = new CommandWorkload("exit 3", TimeSpan.FromSeconds(5), TimeProvider.System);
        var done = new ConcurrentQueue<CompletedRequest>();
        using var stop = new CancellationTokenSource();
        Task run = workload.RunAsync(r =>
        {
            done.Enqueue(r);
            if (done.Count == 3) stop.Cancel();
        }, stop.Token);
        await run.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.True(done.Count >= 3);
        Assert.All(done, r => Assert.Equal("exit 3", r.Outcome));
    }

    [Fact]
    public async Task A_command_that_takes_too_long_is_ended_with_what_it_started()
    {
        ShellResult result = await ShellCommand.RunAsync("echo begun; sleep 60 & wait", TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
        Assert.Null(result.ExitCode);
        Assert.Equal("begun", result.Output);
    }

    private static async Task<string> OneOutcomeAsync(Uri url)
    {
        using var workload = new OpenLoopHttp([url], 200, 1, TimeSpan.FromSeconds(5), TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var first = new TaskCompletionSource<string>();
        Task run = workload.RunAsync(r =>
        {
            first.TrySetResult(r.Outcome);
            stop.Cancel();
        }, stop.Token);
        string outcome = await first.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await run.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        return outcome;
    }

    /// <summary>Answers every connection with the same bytes.</summary>
    private sealed class FixedAnswer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private int _connections;

        public FixedAnswer(string answer)
        {
            _listener.Start();
            _ = Task.Run(async () =>
            {
                try
                {
                    while (true)
                    {
                        using TcpClient client = await _listener.AcceptTcpClientAsync();
                        Interlocked.Increment(ref _connections);
                        NetworkStream stream = client.GetStream();
                        _ = await stream.ReadAtLeastAsync(new byte[4096], 1);
                        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
                    }
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
                {
                    // The end of the test.
                }
            });
        }

        public Uri Url => new($"http://{_listener.LocalEndpoint}/");

        public int Connections => Volatile.Read(ref _connections);

        public void Dispose() => _listener.Dispose();
    }
}
