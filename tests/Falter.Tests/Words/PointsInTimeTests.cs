using Falter.Records;

namespace Falter.Tests.Words;

public class PointsInTimeTests
{
    [Theory]
    [InlineData("1608552000", "2020-12-21T12:00:00.0000000+00:00")]
    [InlineData("1608552000.25", "2020-12-21T12:00:00.2500000+00:00")]
    [InlineData("2020-12-21T12:00:00Z", "2020-12-21T12:00:00.0000000+00:00")]
    [InlineData("2020-12-21t12:00:00.5z", "2020-12-21T12:00:00.5000000+00:00")]
    [InlineData("2020-12-21T13:00:00+01:00", "2020-12-21T13:00:00.0000000+01:00")]
    public void Unix_time_and_rfc_3339_are_read(string text, string expected)
    {
        Assert.True(PointsInTime.TryParse(text, out DateTimeOffset time, out string problem), problem);
        Assert.Equal(expected, time.ToString("O"));
    }

    [Theory]
    [InlineData("2020-12-21T12:00:00", "has no zone; write 2020-12-21T12:00:00Z for UTC")]
    [InlineData("2020-12-21", "is no point in time")]
    [InlineData("yesterday", "is no point in time")]
    [InlineData("-5", "is no point in time")]
    [InlineData("1e12", "is no point in time")]
    [InlineData("999999999999999", "is no point in time")]
    [InlineData("NaN", "is no point in time")]
    [InlineData("2020-13-21T12:00:00Z", "is no point in time")]
    [InlineData("", "is no point in time")]
    public void What_is_no_time_is_told(string text, string problem)
    {
        Assert.False(PointsInTime.TryParse(text, out _, out string told));
        Assert.Contains(problem, told);
    }
}
