using Falter.Experiment;
using Falter.Records;

namespace Falter.Tests.Experiment.Systems;

public sealed class RoleRulesTests
{
    [Theory]
    // Rule; seconds since the arming; calls acted on so far; what is left (empty: nothing).
    [InlineData("read:error=EIO", 5, 3, "read:error=EIO")]
    [InlineData("read:error=EIO:after=10s", 4, 0, "read:error=EIO:after=6s")]
    [InlineData("read:error=EIO:after=10s", 12, 0, "read:error=EIO")]
    [InlineData("read:error=EIO:for=10s", 4, 0, "read:error=EIO:for=6s")]
    [InlineData("read:error=EIO:for=10s", 10, 0, "")]
    [InlineData("read:error=EIO:after=2s:for=10s", 1, 0, "read:error=EIO:after=1s:for=10s")]
    [InlineData("read:error=EIO:after=2s:for=10s", 5, 0, "read:error=EIO:for=7s")]
    [InlineData("read:error=EIO:after=2s:for=10s", 12, 0, "")]
    [InlineData("read:error=EIO:count=5", 1, 3, "read:error=EIO:count=2")]
    [InlineData("read:error=EIO:count=5", 1, 5, "")]
    public void A_process_that_is_started_again_gets_what_is_left_of_a_rule(string rule, int seconds, long injected, string left)
    {
        var rules = new RoleRules([.. FaultRuleParser.Parse([rule])], 1);
        (int Place, SyscallFault Rule)[] found = [.. rules.LeftAfter(TimeSpan.FromSeconds(seconds), [injected])];
        Assert.Equal(left, string.Join(' ', found.Select(f => f.Rule.ToString())));
    }

    [Fact]
    public void Rules_that_are_left_keep_their_places()
    {
        var rules = new RoleRules([.. FaultRuleParser.Parse(["read:error=EIO:count=1", "write:error=EIO", "close:error=EIO:for=1s", "openat:error=EIO"])], 1);
        Assert.Equal([1, 3], rules.LeftAfter(TimeSpan.FromSeconds(1), [1, 0, 0, 0]).Select(l => l.Place));
    }

    [Fact]
    public void Rates_are_scaled_up_to_all_and_what_has_none_stays()
    {
        Assert.Equal("read:error=EIO:rate=10%", Scaled(2, "read:error=EIO:rate=5%"));
        Assert.Equal("read:error=EIO", Scaled(30, "read:error=EIO:rate=5%"));
        Assert.Equal("read:error=EIO:when=3", Scaled(0.5, "read:error=EIO:when=3"));
        Assert.Equal("network:drop=15%", Scaled(0.5, "network:drop=30%"));
        Assert.Equal("process:pause", Scaled(0.5, "process:pause"));

        static string Scaled(double factor, string fault) => FaultScaling.By(factor, FaultParser.Parse([fault])[0]).ToString()!;
    }

    [Fact]
    public void Seeds_differ_by_role_and_process_and_are_the_same_in_each_run()
    {
        ulong[] seeds = [.. from seed in (ulong[])[1, 2] from role in (string[])["a", "b"] from generation in (int[])[0, 1, 2] select SeedOf.Generation(SeedOf.Role(seed, role), generation)];
        Assert.Equal(12, seeds.Distinct().Count());
        // Written down: a run that is repeated by another version must draw the same lots.
        Assert.Equal(SeedOf.Role(1, "a"), SeedOf.Generation(SeedOf.Role(1, "a"), 0));
        Assert.Equal(8_876_470_719_461_055_644UL, SeedOf.Role(1, "web"));
    }
}
