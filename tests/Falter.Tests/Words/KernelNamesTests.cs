using Falter.Records;

namespace Falter.Tests.Words;

public class KernelNamesTests
{
    [Theory]
    [InlineData("ENOENT", 2)]
    [InlineData("-ENOENT", 2)]
    [InlineData("enoent", 2)]
    [InlineData("5", 5)]
    [InlineData("-110", 110)]
    [InlineData("EWOULDBLOCK", 11)]
    public void An_errno_is_read_by_name_or_number(string text, short number)
    {
        Assert.True(Errno.TryParse(text, out Errno errno));
        Assert.Equal(number, errno.Number);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("4096")]
    [InlineData("ENOEN")]
    [InlineData("")]
    [InlineData("--5")]
    [InlineData(null)]
    public void What_is_no_errno_is_refused(string? text) => Assert.False(Errno.TryParse(text, out _));

    [Fact]
    public void Known_calls_have_the_numbers_of_the_kernels_table()
    {
        Assert.Equal(0, Syscall.Named("read").Number);
        Assert.Equal(257, Syscall.Named("openat").Number);
        Assert.Equal(262, Syscall.Named("newfstatat").Number);
        Assert.Equal(435, Syscall.Named("clone3").Number);
        Assert.Equal("syscall_9999", new Syscall(9999).Name);
        Assert.All(Syscall.All, s => Assert.True(Syscall.TryParse(s.Name, out Syscall again) && again == s));
    }

    [Fact]
    public void The_kernels_restart_codes_are_interrupted_and_no_errno()
    {
        Assert.All(new short[] { 512, 513, 514, 516 }, code =>
        {
            Assert.True(new Outcome(code).IsInterrupted);
            Assert.False(new Outcome(code).IsError);
            Assert.Equal("interrupted", new Outcome(code).ToString());
        });
        Assert.True(new Outcome(2).IsError);
        Assert.True(Outcome.Success.IsSuccess);
    }

    [Theory]
    [InlineData("opennat", "openat")]
    [InlineData("recvfrm", "recvfrom")]
    [InlineData("fstatat", "newfstatat")]
    public void A_mistyped_call_gets_its_nearest_names(string typed, string meant) => Assert.Contains(meant, NearestNames.Of(typed, Syscall.Names, most: 5));

    [Fact]
    public void Nothing_is_suggested_for_what_is_near_to_nothing() => Assert.Equal("", NearestNames.Hint("qqqqqqqqqqq", Syscall.Names));
}
