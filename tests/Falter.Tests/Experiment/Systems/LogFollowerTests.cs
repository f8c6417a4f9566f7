using System.Collections.Concurrent;
using System.Diagnostics;
using Falter.Experiment;

namespace Falter.Tests.Experiment.Systems;

public sealed class LogFollowerTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-").FullName;
    private readonly ConcurrentQueue<WrittenLine> _lines = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    private string Log => Path.Join(_folder, "web.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Lines_are_told_when_they_are_written_and_not_what_was_there_before()
    {
        File.WriteAllText(Log, "before\n");
        await using (LogFollower follower = Follow())
        {
            File.AppendAllText(Log, "one\ntw");
            await UntilAsync(1);
            double written = _clock.Elapsed.TotalSeconds;
            File.AppendAllText(Log, "o\n");
            await UntilAsync(2);
            Assert.Equal(["one", "two"], _lines.Select(l => l.Text));
            Assert.All(_lines, l => Assert.Equal("web", l.Role));
            Assert.InRange(_lines.Last().AtSeconds, written - 1e-3, _clock.Elapsed.TotalSeconds);
            File.AppendAllText(Log, "three\nwithout an end");
        }
        // What was there at the end is not lost.
        Assert.Equal(["one", "two", "three", "without an end"], _lines.Select(l => l.Text));
    }

    [Fact]
    public async Task A_file_that_comes_later_is_cut_off_or_replaced_is_read_from_its_begin()
    {
        await using LogFollower follower = Follow();
        File.WriteAllText(Log, "first line\n");
        await UntilAsync(1);
        File.WriteAllText(Log, "cut\n");
        await UntilAsync(2);
        File.WriteAllText(Log + ".new", "another, which is longer\n");
        File.Move(Log + ".new", Log, overwrite: true);
        await UntilAsync(3);
        File.Delete(Log);
        Assert.Null(follower.Failure);
        Assert.Equal(["first line", "cut", "another, which is longer"], _lines.Select(l => l.Text));
    }

    [Fact]
    public async Task A_line_without_an_end_is_told_after_a_while()
    {
        await using LogFollower follower = Follow();
        File.WriteAllText(Log, "password: ");
        await UntilAsync(1);
        Assert.Equal("password: ", _lines.Single().Text);
    }

    [Fact]
    public async Task More_lines_than_are_taken_in_a_second_are_counted_and_so_are_bytes_that_come_too_fast()
    {
        double now = 0.5;
        LogFollower follower = LogFollower.Follow("web", Log, _lines.Enqueue, () => Volatile.Read(ref now), mostPerSecond: 10);
        File.WriteAllText(Log, string.Concat(Enumerable.Range(0, 25).Select(i => $"{i}\n")));
        await UntilAsync(() => follower.Dropped == 15);
        Volatile.Write(ref now, 1.5);
        File.AppendAllText(Log, "later\n");
        await UntilAsync(11);
        File.AppendAllText(Log, string.Concat(Enumerable.Repeat(new string('x', 1023) + "\n", 10 * 1024)));
        await UntilAsync(() => follower.SkippedBytes > 0);
        await follower.DisposeAsync();
        // Every line is told, or counted, or among the bytes that were skipped.
        Assert.InRange(_lines.Count + follower.Dropped + (follower.SkippedBytes / 1024), 26 + (10 * 1024) - 1, 26 + (10 * 1024) + 1);
        Assert.Equal(20, _lines.Count);
    }

    private LogFollower Follow() => LogFollower.Follow("web", Log, _lines.Enqueue, () => _clock.Elapsed.TotalSeconds);

    private Task UntilAsync(int lines) => UntilAsync(() => _lines.Count >= lines);

    private static async Task UntilAsync(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < s_patience);
            await Task.Delay(5);
        }
    }
}
