using Falter.Records;

namespace Falter.Tests.Words;

public class DurationsTests
{
    [Theory]
    [InlineData("250ms", 0.25)]
    [InlineData("10s", 10)]
    [InlineData("1m30s", 90)]
    [InlineData("2h", 7200)]
    [InlineData("1.5s", 1.5)]
    [InlineData("1.001s", 1.001)]
    [InlineData("4.35ms", 0.00435)]
    public void A_duration_with_a_unit_is_read(string text, double seconds)
    {
        Assert.True(Durations.TryParse(text, out TimeSpan duration, out _));
        Assert.Equal(seconds, duration.TotalSeconds, 6);
        Assert.True(Durations.TryParse(Durations.Format(duration), out TimeSpan again, out _));
        Assert.Equal(duration, again);
    }

    [Theory]
    [InlineData("30", "write 30s")]
    [InlineData("", "250ms")]
    [InlineData("5parsec", "250ms")]
    [InlineData("-5s", "250ms")]
    public void What_is_no_duration_is_refused_with_an_example(string text, string hint)
    {
        Assert.False(Durations.TryParse(text, out _, out string problem));
        Assert.Contains(hint, problem);
    }
}
