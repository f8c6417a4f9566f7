using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>What both mechanisms must do alike.</summary>
public sealed class InjectorTests
{
    [Theory]
    [InlineData("seccomp", "EIO", 5)]
    [InlineData("seccomp", "EHWPOISON", 133)]
    [InlineData("seccomp", "4095", 4095)]
    [InlineData("ptrace", "EIO", 5)]
    [InlineData("ptrace", "4095", 4095)]
    public async Task Exactly_the_injected_errno_arrives(string mechanism, string errno, int number)
    {
        InjectionRun run = await InjectionRun.Of(mechanism, $"getppid:error={errno}", 1, "getppid", "1000");
        Assert.True(run.Status.IsSuccess, run.Output);
        Assert.Equal(1000, run.Ended(number));
        Assert.Equal(0, run.Ended(0));
        Assert.Equal([new InjectionCounts(1000, 1000)], run.Counts);
    }

    [Theory]
    [InlineData("seccomp", 200_000)]
    [InlineData("ptrace", 100_000)]
    public async Task The_rate_is_unbiased(string mechanism, int calls)
    {
        const double rate = 0.05;
        InjectionRun run = await InjectionRun.Of(mechanism, "getppid:error=EIO:rate=5%", 20_261_121, "getppid", $"{calls}");
        // 99.9 % of a binomial distribution lie within 3.29 standard deviations of the mean. The seed is fixed: so is the result.
        Assert.InRange(run.Ended(5) - calls * rate, -3.29 * Math.Sqrt(calls * rate * (1 - rate)), 3.29 * Math.Sqrt(calls * rate * (1 - rate)));
        Assert.Equal([new InjectionCounts(calls, run.Ended(5))], run.Counts);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_choices_by_either_mechanism_and_another_seed_others()
    {
        const string rule = "getppid:error=EIO:rate=30%";
        InjectionRun first = await InjectionRun.Of("seccomp", rule, 1, "getppid", "5000");
        InjectionRun again = await InjectionRun.Of("ptrace", rule, 1, "getppid", "5000");
        InjectionRun other = await InjectionRun.Of("seccomp", rule, 2, "getppid", "5000");
        Assert.Equal(first.Ended(5), again.Ended(5));
        Assert.NotEqual(first.Ended(5), other.Ended(5));
    }

    [Theory]
    [InlineData("seccomp")]
    [InlineData("ptrace")]
    public async Task No_more_calls_than_the_count_fail(string mechanism)
    {
        InjectionRun run = await InjectionRun.Of(mechanism, "getppid:error=EIO:rate=50%:count=7", 3, "threads", "500", "4");
        Assert.Equal(7, run.Ended(5));
        Assert.Equal(4 * 2 * 500 - 7, run.Ended(0));
        Assert.Equal([new InjectionCounts(4000, 7)], run.Counts);
    }

    [Theory]
    [InlineData("seccomp")]
    [InlineData("ptrace")]
    public async Task Threads_and_children_are_covered(string mechanism)
    {
        InjectionRun run = await InjectionRun.Of(mechanism, "getppid:error=EIO", 3, "threads", "500", "4");
        Assert.True(run.Status.IsSuccess, run.Output);
        Assert.Equal(4 * 2 * 500, run.Ended(5));
        Assert.Equal([new InjectionCounts(4000, 4000)], run.Counts);
    }

    [Theory]
    [InlineData("seccomp")]
    [InlineData("ptrace")]
    public async Task A_program_that_another_thread_executes_is_covered(string mechanism)
    {
        InjectionRun run = await InjectionRun.Of(mechanism, "getppid:error=EIO", 3, "exec", "500");
        Assert.True(run.Status.IsSuccess, run.Output);
        Assert.Equal(500, run.Ended(5));
    }

    [Theory]
    [InlineData("seccomp")]
    [InlineData("ptrace")]
    public async Task What_a_rule_does_not_act_on_is_the_next_ones(string mechanism)
    {
        InjectionRun run = await InjectionRun.Of(mechanism, "getppid:error=EIO:count=10 getppid,read:error=EPERM", 3, "getppid", "100");
        Assert.Equal([10L, 90L], new[] { run.Ended(5), run.Ended(1) });
        Assert.Equal([new InjectionCounts(100, 10), new InjectionCounts(100, 90)], run.Counts);
    }

    [Theory]
    [InlineData("seccomp")]
    [InlineData("ptrace")]
    public async Task A_call_failed_before_has_no_effect(string mechanism)
    {
        using var folder = new TemporaryFolder();
        InjectionRun created = await InjectionRun.Of(mechanism, "openat:error=EIO:rate=50%", 11, "create", "40", folder["file"]);
        Assert.Equal(created.Ended(0), Directory.GetFiles(folder.Path).Length);
        Assert.True(created.Ended(5) is > 5 and < 40, created.Output);

        await File.WriteAllBytesAsync(folder["bytes"], new byte[100]);
        InjectionRun read = await InjectionRun.Of(mechanism, "read:error=EIO:rate=50%", 5, "read", "60", folder["bytes"]);
        Assert.Contains($"position {read.Ended(0)}\n", read.Output);
        Assert.Equal(60, read.Ended(0) + read.Ended(5));
        Assert.True(read.Ended(5) > 5, read.Output);
    }

    [Fact]
    public async Task A_call_failed_after_has_its_effect()
    {
        using var folder = new TemporaryFolder();
        InjectionRun created = await InjectionRun.Of("ptrace", "openat:error=EIO:phase=after", 1, "create", "20", folder["file"]);
        Assert.Equal(20, created.Ended(5));
        Assert.Equal(20, Directory.GetFiles(folder.Path).Length);

        await File.WriteAllBytesAsync(folder["bytes"], new byte[100]);
        InjectionRun read = await InjectionRun.Of("ptrace", "read:error=EIO:rate=50%:phase=after", 5, "read", "60", folder["bytes"]);
        Assert.Contains("position 60\n", read.Output);
        Assert.Equal(60, read.Ended(0) + read.Ended(5));
        Assert.True(read.Ended(5) > 5, read.Output);
    }

    [Fact]
    public async Task A_call_that_failed_by_itself_is_not_failed_after()
    {
        InjectionRun run = await InjectionRun.Of("ptrace", "openat:error=EIO:phase=after", 1, "create", "20", "/nonexistent/file");
        Assert.Equal(20, run.Ended(2));
        Assert.Equal([new InjectionCounts(0, 0)], run.Counts);
    }

    [Theory]
    [InlineData("seccomp", 20_000)]
    [InlineData("seccomp-interruptible", 20_000)]
    [InlineData("ptrace", 5_000)]
    public async Task Signals_neither_stop_progress_nor_make_a_call_count_twice(string mechanism, int calls)
    {
        InjectionRun run = await InjectionRun.Of(mechanism, "getppid:error=EIO:rate=50% read:error=EBADMSG:rate=50%:count=1000", 9, "signals", $"{calls}");
        Assert.True(run.Status.IsSuccess, run.Output);
        Assert.Equal(new InjectionCounts(calls, run.Ended(5)), run.Counts[0]);
        Assert.Equal(1000, run.Ended(74));
        Assert.Equal(2L * calls, run.Ends.Values.Sum());
        Assert.Equal([0, 5, 74], run.Ends.Keys.Order());
    }
}
