using System.Collections.Concurrent;
using Falter.Load;
using Falter.Records;

namespace Falter.Tests.Load;

public class RoundWorkloadTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("true", "true", "true", "success")]
    [InlineData("true", null, null, "success")]
    [InlineData("false", "true", "true", "send-failed")]
    [InlineData("true", "exit 7", "true", "fetch-failed")]
    [InlineData("true", "true", "false", "validation-failed")]
    [InlineData("sleep 60", "true", "true", "send-timeout")]
    [InlineData("true", "sleep 60", "true", "fetch-timeout")]
    [InlineData("true", "true", "sleep 60", "validation-timeout")]
    public async Task The_first_part_that_fails_names_the_outcome(string send, string? fetch, string? validate, string outcome) =>
        Assert.Equal(outcome, (await FirstAsync(new RoundWorkloadDefinition
        {
            Send = send,
            Fetch = fetch,
            Validate = validate,
            Timeout = outcome.EndsWith("timeout", StringComparison.Ordinal) ? TimeSpan.FromSeconds(3) : s_patience,
        })).Outcome);

    [Fact]
    public async Task Rounds_have_numbers_of_their_own_and_a_folder_that_lives_for_the_round()
    {
        string log = Path.GetTempFileName();
        try
        {
            var definition = new RoundWorkloadDefinition
            {
                Send = "echo $FALTER_ROUND >$FALTER_ROUND_FOLDER/sent",
                Fetch = "cp $FALTER_ROUND_FOLDER/sent $FALTER_ROUND_FOLDER/got",
                Validate = $"test $(cat $FALTER_ROUND_FOLDER/got) = $FALTER_ROUND && echo $FALTER_ROUND $FALTER_ROUND_FOLDER >>{log}",
                Timeout = s_patience,
            };
            // Side by side, as an experiment runs several workloads.
            await Task.WhenAll(FirstAsync(definition, 3), FirstAsync(definition, 3));
            string[][] rounds = [.. (await File.ReadAllLinesAsync(log)).Select(l => l.Split(' '))];
            Assert.True(rounds.Length >= 6);
            Assert.Equal(rounds.Length, rounds.Select(r => r[0]).Distinct().Count());
            Assert.All(rounds, r => Assert.False(Directory.Exists(r[1])));
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Fact]
    public async Task The_wait_within_a_round_is_not_counted_as_the_targets_time()
    {
        CompletedRequest round = await FirstAsync(new RoundWorkloadDefinition { Send = "true", Wait = TimeSpan.FromSeconds(1), Fetch = "true", Timeout = s_patience });
        Assert.Equal("success", round.Outcome);
        Assert.InRange(round.Latency, TimeSpan.Zero, TimeSpan.FromSeconds(0.9));
    }

    [Fact]
    public void Every_definition_becomes_its_workload()
    {
        var http = (OpenLoopHttp)Workloads.Of(new HttpWorkloadDefinition { Urls = ["http://127.0.0.1:1/"], RatePerSecond = 7, Timeout = s_patience }, 1, TimeProvider.System);
        using (http) Assert.Equal((7, "http://127.0.0.1:1/"), (http.Rate, Assert.Single(http.Requests)));
        var command = (CommandWorkload)Workloads.Of(new CommandWorkloadDefinition { Command = "true", Parallel = 3, Pause = s_patience, Timeout = s_patience }, 1, TimeProvider.System);
        Assert.Equal((3, s_patience), (command.Parallel, command.Pause));
        Assert.IsType<RoundWorkload>(Workloads.Of(new RoundWorkloadDefinition { Send = "true", Timeout = s_patience }, 1, TimeProvider.System));
    }

    [Fact]
    public async Task Loops_run_side_by_side_and_pause_between_runs()
    {
        string folder = Directory.CreateTempSubdirectory("falter-test-loops-").FullName;
        try
        {
            // Each loop waits for the other: they end only where both run at the same time.
            var workload = new CommandWorkload($"touch {folder}/$FALTER_LOOP; while ! test -e {folder}/$((1 - FALTER_LOOP)); do :; done", s_patience, TimeProvider.System)
            {
                Parallel = 2,
                Pause = TimeSpan.FromMinutes(5),
            };
            var done = new ConcurrentQueue<CompletedRequest>();
            using var stop = new CancellationTokenSource();
            var both = new TaskCompletionSource();
            Task run = workload.RunAsync(r =>
            {
                done.Enqueue(r);
                if (done.Count == 2) both.TrySetResult();
            }, stop.Token);
            await both.Task.WaitAsync(s_patience, TestContext.Current.CancellationToken);
            await stop.CancelAsync();
            await run.WaitAsync(s_patience, TestContext.Current.CancellationToken);
            Assert.Equal(["exit 0", "exit 0"], done.Select(d => d.Outcome));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<CompletedRequest> FirstAsync(RoundWorkloadDefinition definition, int rounds = 1)
    {
        IWorkload workload = Workloads.Of(definition, 1, TimeProvider.System);
        var done = new ConcurrentQueue<CompletedRequest>();
        using var stop = new CancellationTokenSource();
        Task run = workload.RunAsync(r =>
        {
            done.Enqueue(r);
            if (done.Count >= rounds) stop.Cancel();
        }, stop.Token);
        await run.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        return done.First();
    }
}
