using Falter.Records;

namespace Falter.Tests.Faults;

public class FaultRuleParserTests
{
    private static SyscallFault One(string text) => Assert.Single(FaultRuleParser.Parse([text]));

    [Fact]
    public void A_rule_with_every_part_is_read()
    {
        SyscallFault rule = One("openat,read:error=ENOSPC:rate=5%:count=100:phase=after");
        Assert.Equal([Syscall.Named("openat"), Syscall.Named("read")], rule.Syscalls);
        Assert.Equal("ENOSPC", rule.Effect.Error?.Name);
        Assert.Equal(0.05, rule.Condition.Rate, 12);
        Assert.Equal(100, rule.Condition.Count);
        Assert.Equal(FaultPhase.After, rule.Phase);
    }

    [Fact]
    public void A_rule_without_options_fails_every_call_before_it_is_carried_out()
    {
        SyscallFault rule = One("fsync:error=5");
        Assert.Equal((1.0, null, FaultPhase.Before, "EIO"), (rule.Condition.Rate, rule.Condition.Count, rule.Phase, rule.Effect.Error?.Name));
    }

    [Theory]
    [InlineData("open:error=EIO", "open,openat,openat2")]
    [InlineData("stat:error=EIO", "stat,lstat,fstat,newfstatat,statx")]
    [InlineData("openat,open:error=EIO", "openat,open,openat2")]
    [InlineData("syscall_500:error=EIO", "syscall_500")]
    public void A_family_stands_for_its_calls_and_each_call_counts_once(string text, string calls) =>
        Assert.Equal(calls, string.Join(',', One(text).Syscalls));

    [Fact]
    public void A_rule_that_was_printed_is_read_back_to_the_same()
    {
        foreach (string text in new[] { "openat:error=ENOENT:rate=5%", "read,write:error=EIO:count=3", "fsync:error=EIO:phase=after", "close:error=EINTR:rate=0.25%:count=7:phase=after" })
        {
            SyscallFault rule = One(text);
            Assert.Equal(text, rule.ToString());
        }
    }

    [Theory]
    [InlineData("opnat:error=EIO", "unknown-syscall", "openat")]
    [InlineData("openat:error=ENOET", "unknown-errno", "ENOENT")]
    [InlineData("openat:error=0", "unknown-errno", "'0'")]
    [InlineData("openat:error=", "unknown-errno", "error=EIO")]
    [InlineData("openat", "bad-rule", "no effect is given")]
    [InlineData("", "bad-rule", "no effect is given")]
    [InlineData(":error=EIO", "unknown-syscall", "missing")]
    [InlineData("openat,:error=EIO", "unknown-syscall", "missing")]
    [InlineData("openat:error=EIO:rate=5", "bad-rule", "5%")]
    [InlineData("openat:error=EIO:rate=0", "bad-rule", "never")]
    [InlineData("openat:error=EIO:rate=120%", "bad-rule", "at most 100%")]
    [InlineData("openat:error=EIO:count=0", "bad-rule", "1 or more")]
    [InlineData("openat:error=EIO:count=-3", "bad-rule", "1 or more")]
    [InlineData("openat:error=EIO:phase=during", "bad-rule", "before nor after")]
    [InlineData("openat:eror=EIO", "bad-rule", "did you mean error")]
    [InlineData("openat:error=EIO:error=EPERM", "bad-rule", "twice")]
    [InlineData("openat:error=EIO:", "bad-rule", "not understood")]
    public void A_mistake_names_the_rule_what_is_wrong_and_what_was_expected(string text, string code, string hint)
    {
        var refusal = Assert.Throws<FalterException>(() => FaultRuleParser.Parse([text]));
        Assert.Equal(ExitCode.Usage, refusal.ExitCode);
        Assert.Contains(refusal.Findings, f => f.Code == code && f.Message.Contains(hint, StringComparison.Ordinal) && f.Message.Contains($"'{text}'", StringComparison.Ordinal));
    }

    [Fact]
    public void All_mistakes_of_all_rules_are_reported_at_once()
    {
        var refusal = Assert.Throws<FalterException>(() => FaultRuleParser.Parse(["opnat:error=ENOET:rate=7", "read:error=EIO", "rad:phase=x"]));
        Assert.Equal(["unknown-syscall", "unknown-errno", "bad-rule", "unknown-syscall", "bad-rule", "bad-rule"], refusal.Findings.Select(f => f.Code));
    }

    [Fact]
    public void Whatever_is_written_gives_rules_or_one_clear_refusal()
    {
        string[] pieces = ["openat", "read", "open", "stat", ",", ":", "=", "error", "rate", "count", "phase", "EIO", "-5", "5%", "0.5", "9999999999999999999999", "NaN", "∞", " ", "before", "after", "\0", "'", "%", "-", "\ud83e\udd8b", "syscall_99999", "syscall_-1"];
        var random = new TestRandom(20_261_121);
        int read = 0;
        for (int round = 0; round < 20_000; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(9)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (round % 2 == 0) text = $"openat:error=EIO{text}";
            try
            {
                Assert.NotEmpty(One(text).Syscalls);
                read++;
            }
            catch (FalterException e)
            {
                Assert.All(e.Findings, f => Assert.True(FindingCodes.Contains(f.Code)));
            }
        }
        Assert.True(read > 100);
    }

    /// <summary>The same numbers on every runtime.</summary>
    private sealed class TestRandom(ulong seed)
    {
        private ulong _state = seed;

        public int Next(int below)
        {
            _state = _state * 6364136223846793005 + 1442695040888963407;
            return (int)((_state >> 33) % (ulong)below);
        }
    }
}
