using System.Net;
using Falter.Records;

namespace Falter.Tests.Faults;

public class PeerPatternTests
{
    [Theory]
    [InlineData("10.0.0.0/8:5432", "10.0.0.0/8:5432", "10.1.2.3:5432", true)]
    [InlineData("10.0.0.0/8:5432", "10.0.0.0/8:5432", "10.1.2.3:80", false)]
    [InlineData("10.9.9.9/8", "10.0.0.0/8", "10.1.2.3:80", true)]
    [InlineData("10.9.9.9/8", "10.0.0.0/8", "11.1.2.3:80", false)]
    [InlineData("0.0.0.0/0", "0.0.0.0/0", "11.1.2.3:80", true)]
    [InlineData("0.0.0.0/0", "0.0.0.0/0", "[::1]:80", false)]
    [InlineData("127.0.0.1:8000-8099", "127.0.0.1:8000-8099", "[::ffff:127.0.0.1]:8050", true)]
    [InlineData("127.0.0.1:*", "127.0.0.1", "127.0.0.1:1", true)]
    [InlineData("[::1]:80", "[::1]:80", "[::1]:80", true)]
    [InlineData("::1", "[::1]", "[::1]:9", true)]
    [InlineData("[fe80::]/10:80", "[fe80::]/10:80", "[fe80::7]:80", true)]
    [InlineData("[fe80::1/10]:80", "[fe80::]/10:80", "[fe80::7]:80", true)]
    [InlineData("fe80::/10", "[fe80::]/10", "[fec0::7]:80", false)]
    [InlineData("[::ffff:10.0.0.0]/104", "10.0.0.0/8", "10.1.2.3:80", true)]
    [InlineData("*", "*", "1.2.3.4:5", true)]
    [InlineData("*:443", "*:443", "1.2.3.4:5", false)]
    [InlineData(":443", "*:443", "[::1]:443", true)]
    public void Addresses_are_read_and_matched(string text, string canonical, string peer, bool matches)
    {
        Assert.True(PeerPattern.TryParse(text, out PeerPattern? pattern, out string problem), problem);
        Assert.Equal((canonical, matches), (pattern.ToString(), pattern.Matches(IPEndPoint.Parse(peer))));
        Assert.True(PeerPattern.TryParse(canonical, out PeerPattern? again, out _));
        Assert.Equal(pattern, again);
        Assert.False(pattern.Matches("/run/x"));
    }

    [Theory]
    [InlineData("/run/*.sock", "/run/a.sock", true)]
    [InlineData("/run", "/run/a.sock", true)]
    [InlineData("@bus", "@bus", true)]
    [InlineData("@bus", "@other", false)]
    public void Unix_sockets_are_read_and_matched(string text, string socket, bool matches)
    {
        Assert.True(PeerPattern.TryParse(text, out PeerPattern? pattern, out string problem), problem);
        Assert.Equal((text, matches), (pattern.ToString(), pattern.Matches(socket)));
        Assert.False(pattern.Matches(IPEndPoint.Parse("1.2.3.4:5")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0")]
    [InlineData("10.0.0.010")]
    [InlineData("0x7f000001")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0.1:")]
    [InlineData("10.0.0.1:0")]
    [InlineData("10.0.0.1:90-80")]
    [InlineData("10.0.0.1:65536")]
    [InlineData("*/8")]
    [InlineData("[::1")]
    [InlineData("[::1]80")]
    [InlineData("[::1/64]/64")]
    [InlineData("[10.0.0.1]:80")]
    [InlineData("fe80::1%eth0")]
    [InlineData("localhost:80")]
    [InlineData("/run/[a")]
    public void What_is_no_address_is_a_mistake(string text)
    {
        Assert.False(PeerPattern.TryParse(text, out _, out string problem));
        Assert.NotEmpty(problem);
    }
}
