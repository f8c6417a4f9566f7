using Falter.Records;

namespace Falter.Tests.Words;

/// <summary>Sets of system calls are read as strace reads them.</summary>
public class SyscallSetTests
{
    private static string Names(string set) => string.Join(' ', SyscallSet.Parse(set, "--syscalls").Known.Select(c => c.Name));

    [Theory]
    [InlineData("openat", "openat")]
    [InlineData("257,read", "read openat")]
    [InlineData("%ipc", "shmget shmat shmctl semget semop semctl shmdt msgget msgsnd msgrcv msgctl semtimedop")]
    [InlineData("%statfs,%%stat", "stat fstat lstat statfs newfstatat statx")]
    [InlineData("/^recv", "recvfrom recvmsg recvmmsg")]
    [InlineData("/^(fork|vfork)$,clone3", "fork vfork clone3")]
    [InlineData("?no_such_call,read", "read")]
    [InlineData("?/^nothing,read", "read")]
    [InlineData("?%nothing,read", "read")]
    [InlineData("none", "")]
    [InlineData("!all", "")]
    [InlineData("!!read", "read")]
    public void A_set_holds_what_was_named(string set, string names) => Assert.Equal(names, Names(set));

    [Fact]
    public void A_negated_set_holds_all_others_also_unknown_ones()
    {
        SyscallSet set = SyscallSet.Parse("!%file,read", "--syscalls");
        Assert.False(set.Contains(Syscall.Named("openat")));
        Assert.False(set.Contains(Syscall.Named("read")));
        Assert.True(set.Contains(Syscall.Named("write")));
        Assert.True(set.Contains(new Syscall(1234)));
        Assert.Equal(Names("all").Split(' ').Length, Names("%file,read").Split(' ').Length + Names("!%file,read").Split(' ').Length);
    }

    [Fact]
    public void A_call_that_the_table_does_not_hold_is_named_as_it_is_shown()
    {
        SyscallSet set = SyscallSet.Parse("syscall_1234", "--syscalls");
        Assert.True(set.Contains(new Syscall(1234)));
        Assert.False(set.Contains(new Syscall(1235)));
    }

    [Theory]
    [InlineData("opennat", "'opennat' is no system call; did you mean open")]
    [InlineData("file", "did you mean %file?")]
    [InlineData("%fle", "'%fle' is no class of system calls; did you mean %file")]
    [InlineData("/[", "is no regular expression")]
    [InlineData("/nothing", "'/nothing' matches no system call")]
    [InlineData("read,!write", "! stands before the whole set")]
    [InlineData("read,,write", "a name of a system call is missing")]
    [InlineData("", "a name of a system call is missing")]
    [InlineData("!", "a name of a system call is missing")]
    [InlineData("9999", "'9999' is no system call")]
    [InlineData("?", "a name of a system call is missing")]
    public void A_mistake_is_told_with_its_place_and_what_was_expected(string set, string message)
    {
        FalterException refused = Assert.Throws<FalterException>(() => SyscallSet.Parse(set, "--syscalls"));
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains(message, refused.Message);
        Assert.All(refused.Findings, f => Assert.StartsWith("--syscalls: ", f.Message));
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        FalterException refused = Assert.Throws<FalterException>(() => SyscallSet.Parse("reed,%nett,/(", "--syscalls"));
        Assert.Equal(3, refused.Findings.Count);
    }

    [Fact]
    public void A_pattern_that_would_never_end_is_refused()
    {
        // 60 characters of nesting against names of 23: exponential for a backtracking matcher.
        FalterException? refused = Record.Exception(() => SyscallSet.Parse("/^(((([a-z_]+)+)+)+)+[0-9]Z$", "--syscalls")) as FalterException;
        Assert.NotNull(refused);
        Assert.Contains(refused.Findings, f => f.Message.Contains("takes too long", StringComparison.Ordinal) || f.Message.Contains("matches no", StringComparison.Ordinal));
    }

    [Fact]
    public void Random_texts_are_read_or_refused_and_nothing_else()
    {
        const string alphabet = "%!?/,()[]*+{}\\^$|.openatfile012_ \u00e9\0";
        var random = new Random(20261121);
        for (int round = 0; round < 3000; round++)
        {
            string text = new([.. Enumerable.Range(0, random.Next(12)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            Exception? thrown = Record.Exception(() => SyscallSet.Parse(text, "--syscalls"));
            Assert.True(thrown is null or FalterException, $"'{text}': {thrown}");
        }
    }

    [Fact]
    public void Every_class_has_known_members_and_the_members_know_their_classes()
    {
        foreach (string name in SyscallClasses.Names)
        {
            Assert.NotEmpty(SyscallClasses.Members(name)!);
            Assert.All(SyscallClasses.Members(name)!, call => Assert.Contains(name, SyscallClasses.Of(call)));
            // Slots of lots are numbered in this order.
            Assert.Equal(SyscallClasses.Members(name)!.OrderBy(c => c.Number), SyscallSet.Parse(name, "--syscalls").Listed);
        }
        Assert.Same(SyscallClasses.Members("%network"), SyscallClasses.Members("%net"));
        Assert.Null(SyscallClasses.Members("%none"));
    }
}
