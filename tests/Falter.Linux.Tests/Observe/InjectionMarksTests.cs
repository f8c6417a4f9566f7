using Falter.Inject;
using Falter.Linux.Cgroup;
using Falter.Linux.Features;
using Falter.Linux.Launch;
using Falter.Linux.Notices;
using Falter.Linux.Tests.Cgroup;
using Falter.Linux.Tests.Inject;
using Falter.Observe;
using Falter.Records;
using static Falter.Linux.Tests.Observe.MonitorFixture;

namespace Falter.Linux.Tests.Observe;

/// <summary>What an injector does is told to monitors, which keep it apart from what happens by nature.</summary>
public class InjectionMarksTests
{
    private static readonly Outcome s_eio = new(5);

    [Fact]
    public async Task Seccomp_injections_are_marked_and_the_others_are_not()
    {
        const int calls = 2003;
        using SyscallMonitor monitor = Open();
        using var folder = new TemporaryFolder();
        using SeccompInjector injector = SeccompInjector.Prepare(new HashSet<Syscall> { Getppid }, InjectionRun.Keeper);
        injector.Arm(FaultRuleParser.Parse(["getppid:error=EIO:rate=30%"]), seed: 7);
        await using LaunchedProcess launched = Launcher.Launch(
            new LaunchOptions { Command = ["/bin/sh", "-c", $"echo go | {VictimProgram.Compiled("calls")} 2 {calls} 0"], OutputFile = folder["out"] },
            stopped =>
            {
                injector.AtExec(stopped);
                monitor.Follow(stopped.Tid);
            });
        await launched.Exited;

        IReadOnlyList<SyscallRow> rows = monitor.Read(Time).Rows;
        long injected = rows.Where(r => r.Injected).Count(Getppid, s_eio);
        Assert.Equal(injector.Counts[0].Injected, injected);
        Assert.InRange(injected, 1, 2 * calls - 1);
        Assert.Equal(2 * calls - injected, rows.Where(r => !r.Injected && r.Process == "calls").Count(Getppid));
        Assert.All(rows.Where(r => r.Injected), r => Assert.Equal((Getppid, s_eio), (r.Syscall, r.Outcome)));
        Assert.DoesNotContain(monitor.Read(Time).Rows, r => r.Injected);
    }

    /// <summary>Nothing listens on port 9 (discard), so that every call that is not failed fails by nature with the same errno.</summary>
    [Fact]
    public void Injections_that_the_kernel_shows_like_natural_errors_are_taken_out_of_them()
    {
        if (FeatureCatalogue.CgroupBpf.WhyNot() is { } why) Assert.Skip(why);
        const int calls = 500;
        var refused = new Outcome(111);
        Syscall connect = Syscall.Named("connect");
        using SyscallMonitor monitor = Open();
        using TemporaryGroup group = TemporaryGroup.Make(ControlGroupHierarchy.Unified);
        using var injector = CgroupBpfInjector.Attach(group.Group);
        injector.Arm([SyscallFault.Error([connect], refused.Errno, 0.3)], seed: 7);
        using VictimProgram program = VictimProgram.Start("sockets", "connect", calls, 9);
        group.Take(program.Pid);
        monitor.Follow(program.Pid);
        program.Go();
        Assert.Equal($"111 {calls}\n", program.Output.ReadToEnd());
        Assert.Equal(0, program.WaitForExit());

        IReadOnlyList<SyscallRow> rows = monitor.Read(Time).Rows;
        long injected = rows.Where(r => r.Injected).Count(connect, refused);
        Assert.Equal(injector.Counts[0].Injected, injected);
        Assert.InRange(injected, 1, calls - 1);
        Assert.Equal(calls - injected, rows.Where(r => !r.Injected).Count(connect, refused));
    }

    [Theory]
    [InlineData("before", true)]
    [InlineData("after", false)]
    public async Task Ptrace_injections_are_added(string phase, bool skipped)
    {
        const int calls = 503;
        using SyscallMonitor monitor = Open();
        using var folder = new TemporaryFolder();
        await using LaunchedProcess launched = Launcher.Launch(new LaunchOptions
        {
            Command = ["/bin/sh", "-c", $"while ! [ -e {folder["go"]} ]; do sleep 0.01; done; echo go | {VictimProgram.Compiled("calls")} 2 {calls} 0"],
            OutputFile = folder["out"],
        });
        monitor.Follow(launched.Pid);
        using PtraceInjector injector = PtraceInjector.Attach([launched.Pid]);
        injector.Arm(FaultRuleParser.Parse([$"getppid:error=EIO:rate=30%:phase={phase}"]), seed: 7);
        await File.WriteAllTextAsync(folder["go"], "");
        await launched.Exited;
        IReadOnlyList<SyscallRow> rows = monitor.Read(Time).Rows;
        long expected = injector.Counts[0].Injected;
        Assert.InRange(expected, 1, 2 * calls - 1);
        SyscallRow injected = Assert.Single(rows, r => r.Injected);
        Assert.Equal(("calls", Getppid, s_eio, expected), (injected.Process, injected.Syscall, injected.Outcome, injected.Count));
        Assert.Equal(skipped ? 2 * calls - expected : 2 * calls, rows.Where(r => !r.Injected && r.Process == "calls").Count(Getppid));
        Assert.DoesNotContain(monitor.Read(Time).Rows, r => r.Injected);
    }

    [Fact]
    public void Only_listening_sockets_of_injectors_are_asked()
    {
        const string table = """
            Num       RefCount Protocol Flags    Type St Inode Path
            0000000000000000: 00000002 00000000 00010000 0001 01 12345 @falter/injections/77/1
            0000000000000000: 00000003 00000000 00000000 0001 03 12346 @falter/injections/77/1
            0000000000000000: 00000002 00000000 00010000 0001 01 12347 /run/other.sock
            0000000000000000: 00000002 00000000 00010000 0001 01 12348
            """;
        Assert.Equal(["falter/injections/77/1"], InjectionNotices.Names(table));
    }

    [Fact]
    public void A_notice_ends_with_its_announcer()
    {
        string marker = $"p{Guid.NewGuid():N}";
        var notice = new InjectionNotice("ptrace", SkipsEntry: false, [new InjectedCalls(marker, Getppid, new Errno(5), 5)]);
        bool IsTold() => InjectionNotices.Read().Any(n => n.Notice.Injected.Any(i => i.Process == marker && i.Count == 5));
        using (new InjectionAnnouncer(() => notice)) Assert.True(IsTold());
        Assert.False(IsTold());
    }

    [Fact]
    public void What_was_injected_before_the_monitor_began_is_not_of_its_first_interval()
    {
        long count = 1000;
        using var announcer = new InjectionAnnouncer(() => new InjectionNotice("ptrace", SkipsEntry: false, [new InjectedCalls("calls", Getppid, new Errno(5), count)]));
        using SyscallMonitor monitor = Open();
        using VictimProgram program = VictimProgram.Start("calls", 1, 11, 0);
        monitor.Follow(program.Pid);
        count += 7;
        program.Go();
        program.WaitForExit();
        Assert.Equal(7, monitor.Read(Time).Rows.Where(r => r.Injected).Count(Getppid));
    }

    [Fact]
    public void A_silent_or_strange_listener_does_not_hold_the_monitor_up()
    {
        using var silent = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        silent.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint($"\0falter/injections/silent-{Guid.NewGuid():N}"));
        silent.Listen(1);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (int i = 0; i < 20; i++) _ = InjectionNotices.Read();
        // It is asked once, and then left alone for a while: twenty times would be twenty seconds at least.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"{watch.Elapsed}");
    }
}
