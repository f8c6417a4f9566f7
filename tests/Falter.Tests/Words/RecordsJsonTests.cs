using System.Text.Json;
using Falter.Records;

namespace Falter.Tests.Words;

public class RecordsJsonTests
{
    [Fact]
    public void A_sample_is_written_with_names_and_units_and_read_back()
    {
        var sample = new IntervalSample
        {
            Time = new DateTimeOffset(2026, 11, 21, 9, 12, 0, TimeSpan.Zero),
            IntervalSeconds = 1,
            Rows = [new SyscallRow { Process = "nginx", Syscall = Syscall.Named("openat"), Outcome = new Outcome(2), Count = 7, TotalNs = 9100, Latency = new LatencyHistogram(20, [3, 0, 4]), Runs = 5 }],
        };
        string json = JsonSerializer.Serialize(sample, RecordsFormat.Line.IntervalSample);
        Assert.Equal("""{"time":"2026-11-21T09:12:00+00:00","interval_seconds":1,"rows":[{"process":"nginx","syscall":"openat","outcome":"ENOENT","count":7,"total_ns":9100,"latency":{"first":20,"counts":[3,0,4]},"runs":5,"injected":false}],"lost":0}""", json);
        IntervalSample again = JsonSerializer.Deserialize(json, RecordsFormat.Line.IntervalSample)!;
        Assert.Equal(json, JsonSerializer.Serialize(again, RecordsFormat.Line.IntervalSample));
    }

    [Fact]
    public void Enums_are_words()
    {
        var happened = new RunEvent(1.5, "phase", RunPhase.WarmUp, null);
        Assert.Equal("""{"at_seconds":1.5,"kind":"phase","phase":"warm-up","text":""}""", JsonSerializer.Serialize(happened, RecordsFormat.Line.RunEvent));
        Assert.Equal("not-exercised", Falter.Records.Words.Of(Verdict.NotExercised));
        Assert.True(Falter.Records.Words.TryParse("hung", out Verdict hung) && hung == Verdict.Hung);
    }
}
