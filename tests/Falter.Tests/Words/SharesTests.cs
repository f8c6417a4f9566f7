using Falter.Records;

namespace Falter.Tests.Words;

public class SharesTests
{
    [Theory]
    [InlineData("5%", 0.05)]
    [InlineData("0.05", 0.05)]
    [InlineData("100%", 1)]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    public void A_share_is_read(string text, double expected)
    {
        Assert.True(Shares.TryParse(text, out double share, out _));
        Assert.Equal(expected, share, 12);
    }

    [Theory]
    [InlineData("5", "5%")]
    [InlineData("101%", "at most 100%")]
    [InlineData("-1%", "0.05")]
    [InlineData("NaN", "0.05")]
    [InlineData("", "0.05")]
    public void What_is_no_share_is_refused_with_what_was_probably_meant(string text, string hint)
    {
        Assert.False(Shares.TryParse(text, out _, out string problem));
        Assert.Contains(hint, problem);
    }

    [Theory]
    [InlineData(0.05, "5%")]
    [InlineData(0.4278, "42.8%")]
    [InlineData(0.000004123, "0.000412%")]
    [InlineData(1, "100%")]
    [InlineData(0, "0%")]
    public void A_share_is_written_with_three_significant_digits(double share, string text) => Assert.Equal(text, Shares.Format(share));
}
