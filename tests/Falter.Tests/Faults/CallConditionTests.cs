using Falter.Records;

namespace Falter.Tests.Faults;

public class CallConditionTests
{
    [Theory]
    [InlineData("3", "3")]
    [InlineData("3+", "3 4 5 6 7 8 9 10 11 12")]
    [InlineData("3+1", "3 4 5 6 7 8 9 10 11 12")]
    [InlineData("3+2", "3 5 7 9 11")]
    [InlineData("3+4", "3 7 11")]
    [InlineData("3..5", "3 4 5")]
    [InlineData("3..8+2", "3 5 7")]
    [InlineData("3..9+3", "3 6 9")]
    [InlineData("4..4", "4")]
    public void Numbers_are_those_that_strace_takes(string text, string expected)
    {
        Assert.True(CallNumbers.TryParse(text, out CallNumbers numbers, out string problem), problem);
        Assert.Equal(expected, string.Join(' ', Enumerable.Range(1, 12).Where(n => numbers.Contains(n))));
        Assert.True(CallNumbers.TryParse(numbers.ToString(), out CallNumbers again, out _));
        Assert.Equal(numbers, again);
    }

    [Theory]
    [InlineData("read", null, 2)]
    [InlineData("getrandom", null, 1)]
    [InlineData("sendfile", null, 3)]
    [InlineData("readv", null, null)]
    [InlineData("openat", "0/1", null)]
    [InlineData("rename", "-/0 -/1", null)]
    [InlineData("renameat2", "0/1 2/3", null)]
    [InlineData("symlinkat", "1/2", null)]
    [InlineData("getppid", null, null)]
    public void The_arguments_of_a_call_are_those_of_its_manual_page(string name, string? paths, int? length)
    {
        CallArguments arguments = CallArguments.Of(Syscall.Named(name));
        Assert.Equal(paths ?? "", string.Join(' ', arguments.Paths.Select(p => $"{(p.Folder is { } folder ? folder : "-")}/{p.Path}")));
        Assert.Equal(length, arguments.Length);
    }

    [Fact]
    public void Arguments_are_among_the_six_that_a_call_has() => Assert.All(Syscall.All.Select(CallArguments.Of), a =>
        Assert.All([.. a.Descriptors, .. a.Paths.Select(p => p.Path), .. a.Paths.Select(p => p.Folder ?? 0), a.Address ?? 0, a.MessageHeader ?? 0, a.Length ?? 0], i => Assert.InRange(i, 0, 5)));

    /// <summary>strace's class of calls that take a path is another source than the prototypes.</summary>
    [Fact]
    public void Calls_with_a_path_are_those_of_straces_class()
    {
        // They take a path that has to exist only as a text, or in a structure.
        string[] without = ["getcwd", "fsconfig"];
        Assert.Empty(SyscallClasses.Members("%file")!.Where(c => CallArguments.Of(c).Paths.Count == 0).Select(c => c.Name).Except(without));
    }

    [Theory]
    [InlineData("64KiB", 65536, "64KiB")]
    [InlineData("1.5GiB", 1610612736, "1536MiB")]
    [InlineData("100MB", 100_000_000, "100MB")]
    [InlineData("512b", 512, "512B")]
    [InlineData("0B", 0, "0B")]
    [InlineData("1025B", 1025, "1025B")]
    public void Sizes_are_read_and_written(string text, long bytes, string canonical)
    {
        Assert.True(Sizes.TryParse(text, out long read, out string problem), problem);
        Assert.Equal((bytes, canonical), (read, Sizes.Format(bytes)));
    }

    [Theory]
    [InlineData("64", "has no unit")]
    [InlineData("", "is no size")]
    [InlineData("KiB", "is no size")]
    [InlineData("-1KiB", "is no size")]
    [InlineData("99999999TiB", "64 bits")]
    public void What_is_no_size_is_a_mistake(string text, string hint)
    {
        Assert.False(Sizes.TryParse(text, out _, out string problem));
        Assert.Contains(hint, problem);
    }
}
