using System.Diagnostics;
using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary>What <c>falter monitor --record</c> keeps when the monitor is killed.</summary>
public sealed class RecordingTests : IDisposable
{
    private const int Rounds = 6;

    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-recording-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>An interval is recorded before it is printed: whenever SIGKILL comes, what was printed can be read, and it is what was printed.</summary>
    [Fact]
    public async Task Every_interval_that_was_printed_before_the_monitor_was_killed_can_be_read()
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "1");
        var random = new Random(20261121);
        List<string> printed = [];
        for (int round = 0; round < Rounds; round++)
        {
            using FalterProcess falter = FalterProcess.Start("monitor", "--format", "jsonl", "-i", "10ms", "--record", _folder, "-p", program.Pid.ToString());
            int lines = random.Next(1, 40);
            Assert.True(await Shell.UntilAsync(() => Lines(falter).Length >= lines, TimeSpan.FromSeconds(60)), falter.Talk);
            // Some moment of an interval, in the middle of a write where it so happens.
            var watch = Stopwatch.StartNew();
            TimeSpan moment = TimeSpan.FromMicroseconds(random.Next(20_000));
            while (watch.Elapsed < moment) Thread.SpinWait(10);
            falter.Signal("KILL");
            await falter.EndAsync(TimeSpan.FromSeconds(30));
            printed.AddRange(Lines(falter).Where(IsWhole).Select(TimeOf));
        }
        Assert.Equal(Rounds, Directory.GetFiles(_folder, "samples*.jsonl.gz").Length);
        FalterResult models = await FalterProcess.RunAsync("models", _folder, "--format", "json");
        Assert.True(models.ExitCode == 0, models.ToString());
        Assert.Equal(Rounds, models.Talk.Split("[recording-cut-off]").Length - 1);
        List<string> recorded = Recorded();
        Assert.Empty(printed.Except(recorded));
        // At most the one interval that was recorded and not yet printed, per round.
        Assert.InRange(recorded.Count, printed.Count, printed.Count + Rounds);
        Assert.True(program.IsFree);
    }

    /// <summary>The last line may have been cut off when it was killed: the console is written to in pieces.</summary>
    private static bool IsWhole(string line)
    {
        try
        {
            using var _ = JsonDocument.Parse(line);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [Fact]
    public async Task A_recording_that_is_no_recording_is_refused_with_its_place_and_a_remedy()
    {
        string file = Path.Combine(_folder, "samples.jsonl.gz");
        await File.WriteAllTextAsync(file, "{\"hello\": 1}\n");
        FalterResult result = await FalterProcess.RunAsync("models", _folder);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"falter: {file}, line 1: no interval of an observation", result.Talk);
        Assert.Contains("falter monitor --record DIR", result.Talk);
        Assert.Single(result.Talk.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await File.WriteAllBytesAsync(file, [0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        result = await FalterProcess.RunAsync("models", _folder);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{file}: damaged after 0 intervals", result.Talk);
    }

    private static string[] Lines(FalterProcess falter) => falter.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string TimeOf(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("time").GetString()!;
    }

    /// <summary>The times of what gzip itself can unpack: not Falter's own reader, which would not notice what it misses.</summary>
    private List<string> Recorded()
    {
        List<string> times = [];
        for (int number = 1; number <= Rounds; number++)
        {
            string file = Path.Combine(_folder, number == 1 ? "samples.jsonl.gz" : $"samples-{number}.jsonl.gz");
            string text = Shell.Run("sh", "-c", $"zcat '{file}' 2>/dev/null");
            times.AddRange(text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(TimeOf));
        }
        return times;
    }
}
