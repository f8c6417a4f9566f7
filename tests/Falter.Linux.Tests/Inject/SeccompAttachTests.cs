using System.Diagnostics;
using System.Globalization;
using Falter.Inject;
using Falter.Linux.Features;
using Falter.Linux.Launch;
using Falter.Linux.Proc;
using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>A filter is put into processes that run: they must not notice, and every selected call is Falter's from then on.</summary>
public sealed class SeccompAttachTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private static readonly HashSet<Syscall> s_selected = [.. new[] { "getppid", "read", "openat", "close", "munmap" }.Select(Syscall.Named)];
    private static readonly SyscallFault s_fault = SyscallFault.Error([Syscall.Named("getppid")], new Errno(5));
    private const int Sigterm = 15;

    public SeccompAttachTests()
    {
        foreach (Feature needed in new[] { FeatureCatalogue.SeccompTsyncEsrch, FeatureCatalogue.PtraceAttach, FeatureCatalogue.CapSysAdmin })
        {
            if (needed.WhyNot() is { } reason) Assert.Skip(reason);
        }
    }

    private static SeccompAttachInjector Attach(params int[] pids) => SeccompAttachInjector.Attach(pids, s_selected, InjectionRun.Keeper);

    private static bool HoldsListener(int pid) => Directory.EnumerateFiles($"/proc/{pid}/fd").Any(f => new FileInfo(f).LinkTarget?.Contains("seccomp", StringComparison.Ordinal) == true);

    private static void Await(Func<bool> condition, string what) => Assert.True(SpinWait.SpinUntil(condition, s_limit), what);

    private static LaunchedProcess Start(TemporaryFolder folder, params string[] command)
    {
        LaunchedProcess target = Launcher.Launch(new LaunchOptions { Command = command, OutputFile = folder["out"] });
        Await(() => File.ReadAllText(folder["out"]).Contains("ready", StringComparison.Ordinal), $"{command[0]} is ready");
        return target;
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("epoll10")]
    [InlineData("read")]
    [InlineData("pause")]
    [InlineData("cond10")]
    [InlineData("poll")]
    [InlineData("sleep")]
    [InlineData("sigwait")]
    [InlineData("spin")]
    [InlineData("epoll", "read", "cond", "epoll10", "poll", "sleep", "cond10", "sigwait", "spin", "spin")]
    public async Task A_target_does_not_notice_in_whatever_way_it_waits(params string[] kinds)
    {
        using var folder = new TemporaryFolder();
        await using LaunchedProcess target = Start(folder, [Victims.Path("waits"), .. kinds]);
        using (SeccompAttachInjector injector = Attach(target.Pid))
        {
            bool calls = kinds[0] is not ("epoll" or "read" or "pause") || kinds.Length > 1;
            injector.Arm([s_fault], 1);
            if (calls) Await(() => injector.Counts[0].Injected >= 20, "calls are failed");
            injector.Disarm();
            Assert.False(HoldsListener(target.Pid));
        }
        target.Signal(Sigterm);
        ExitStatus status = await target.Exited.WaitAsync(s_limit);
        string output = await File.ReadAllTextAsync(folder["out"]);
        Assert.True(status.IsSuccess, $"{status} {output}");
        Assert.Contains("unexpected 0\n", output);
    }

    [Fact]
    public async Task Every_injected_errno_arrives_in_all_threads_and_children_and_the_target_is_left_well()
    {
        using var folder = new TemporaryFolder();
        await using LaunchedProcess target = Start(folder, Victims.Path("busy"), "4");
        SeccompAttachInjector injector = Attach(target.Pid);
        int keeper = Assert.Single(injector.KeeperPids);
        injector.Arm([s_fault with { Condition = new CallCondition { Rate = 0.5 } }], 1);
        Await(() => injector.Counts[0].Injected > 2000, "calls are failed");
        injector.Dispose();
        long injected = injector.Counts[0].Injected, disposed = Stopwatch.GetTimestamp();
        Finding refusal = Assert.Single(Assert.Throws<FalterException>(() => Attach(target.Pid)).Findings);
        Assert.Equal("target-filtered", refusal.Code);
        target.Signal(Sigterm);
        Assert.True((await target.Exited.WaitAsync(s_limit)).IsSuccess);
        string[][] lines = [.. (await File.ReadAllLinesAsync(folder["out"])).Select(l => l.Split(' '))];
        string[] errors = Assert.Single(lines, w => w[0] == "errno");
        Assert.Equal(["5", injected.ToString(CultureInfo.InvariantCulture)], [errors[1], errors[3]]);
        Assert.True(long.Parse(lines.Single(w => w[0] == "calls")[5], CultureInfo.InvariantCulture) > disposed);
        Await(() => !Directory.Exists($"/proc/{keeper}"), "the keeper ends with its target");
    }

    [Fact]
    public async Task Each_process_of_a_tree_gets_a_filter_and_children_born_later_have_their_parents()
    {
        using var folder = new TemporaryFolder();
        string busy = Victims.Path("busy");
        await using LaunchedProcess target = Start(folder, "sh", "-c", $"{busy} 1 & {busy} 1 & trap 'kill $(jobs -p); wait' TERM; while :; do sleep 0.01; done");
        Await(() => ProcessTable.Descendants([target.Pid]).Count(p => p.Name == "busy") >= 2, "both run");
        using (SeccompAttachInjector injector = Attach(target.Pid))
        {
            Assert.True(injector.KeeperPids.Count >= 3);
            Assert.All(injector.Pids, pid => Assert.True(SeccompAttachment.IsFiltered(pid) || !ProcessTable.Exists(pid)));
            injector.Arm([SyscallFault.Error([Syscall.Named("getppid")], new Errno(5)), SyscallFault.Error([Syscall.Named("openat")], new Errno(4000), 0.01)], 1);
            Await(() => injector.Counts[0].Injected > 2000 && injector.Counts[1].Injected > 10, "calls are failed");
        }
        await target.StopAsync(s_limit);
    }

    [Fact]
    public async Task A_keeper_that_stands_by_takes_over_when_its_owner_is_killed_before_it_was_told()
    {
        using var folder = new TemporaryFolder();
        await using LaunchedProcess target = Start(folder, Victims.Path("busy"), "3");
        Keeper keeper = Keeper.StandBy(InjectionRun.Keeper, target.Pid);
        // What the kernel does when the owner is killed between the two parts: its descriptors are closed, and the thread goes on.
        SeccompAttachment.Install(target.Pid, s_selected, waitKillable: true, listener =>
        {
            listener.Dispose();
            keeper.Dispose();
            // A killed owner has nothing closed in the target: the second part of the installation must not come before the keeper has its copy.
            Await(() => HoldsListener(keeper.Pid), "the keeper has the listener");
        });
        long took = Stopwatch.GetTimestamp();
        Await(() => Stopwatch.GetElapsedTime(took) > TimeSpan.FromMilliseconds(1500), "");
        target.Signal(Sigterm);
        Assert.True((await target.Exited.WaitAsync(s_limit)).IsSuccess);
        Assert.DoesNotContain("errno", await File.ReadAllTextAsync(folder["out"]));
    }

    [Fact]
    public async Task A_keeper_that_is_killed_at_the_last_moment_is_replaced_before_the_listener_is_let_go()
    {
        using var folder = new TemporaryFolder();
        await using LaunchedProcess target = Start(folder, Victims.Path("busy"), "3");
        SeccompAttachInjector injector = Attach(target.Pid);
        int keeper = Assert.Single(injector.KeeperPids);
        Assert.True(ProcessSignal.Send(keeper, ProcessStat.Read(keeper)!.StartTicks, 9));
        injector.Dispose();
        long disposed = Stopwatch.GetTimestamp();
        Await(() => Stopwatch.GetElapsedTime(disposed) > TimeSpan.FromMilliseconds(300), "");
        target.Signal(Sigterm);
        Assert.True((await target.Exited.WaitAsync(s_limit)).IsSuccess);
        Assert.DoesNotContain("errno", await File.ReadAllTextAsync(folder["out"]));
    }

    [Fact]
    public async Task A_target_that_is_stopped_is_refused_and_stays_as_it_is()
    {
        await using LaunchedProcess target = Launcher.Launch(new LaunchOptions { Command = ["sleep", "1000"] });
        const int stop = 19, resume = 18;
        target.Signal(stop);
        Await(() => ProcessStat.Read(target.Pid) is { State: 'T' }, "it is stopped");
        Assert.Equal("target-refused", Assert.Single(Assert.Throws<FalterException>(() => Attach(target.Pid)).Findings).Code);
        // Let go of, it stops again by itself (ptrace(2), "Group-stop").
        Await(() => ProcessStat.Read(target.Pid) is { State: 'T' }, "it stays stopped");
        target.Signal(resume);
        Await(() => ProcessStat.Read(target.Pid) is { State: 'S' }, "it goes on");
        Assert.False(SeccompAttachment.IsFiltered(target.Pid));
    }

    [Fact]
    public void It_is_told_before_that_the_filter_stays() =>
        Assert.Equal("filter-stays", Assert.Single(SeccompAttachInjector.WarningsFor([Environment.ProcessId])).Code);

    [Fact]
    public async Task Python_with_threads_and_children_goes_on()
    {
        const string program = """
            import os, subprocess, threading, time, errno
            stop, met, odd = False, [0, 0], []
            def work(i):
                while not stop:
                    try:
                        with open('/dev/null') as f: met[0] += 1
                    except OSError as e:
                        met[1] += 1
                        if e.errno != errno.ENFILE: odd.append(e)
                    time.sleep(0.001)
                    if i == 0: subprocess.run(['true'], check=True)
            threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
            for t in threads: t.start()
            print('ready', flush=True)
            import signal
            signal.sigwait([signal.SIGUSR1])
            stop = True
            for t in threads: t.join()
            print('met', met[0] > 0, met[1] > 0, odd, flush=True)
            """;
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["program.py"], $"import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\n{program}");
        await using LaunchedProcess target = Start(folder, "python3", folder["program.py"]);
        var inFile = new CallPredicates { Paths = [new Glob("/dev/null")], Threads = [new Glob("python3*"), new Glob("Thread*")] };
        using (SeccompAttachInjector injector = Attach(target.Pid))
        {
            injector.Arm([SyscallFault.Error([Syscall.Named("openat")], new Errno(23), 0.5) with { Where = inFile }], 1);
            Await(() => injector.Counts[0].Injected > 50, "calls are failed");
        }
        target.Signal(10);
        Assert.True((await target.Exited.WaitAsync(s_limit)).IsSuccess, await File.ReadAllTextAsync(folder["out"]));
        Assert.Contains("met True True []", await File.ReadAllTextAsync(folder["out"]));
    }

    [Fact]
    public async Task A_jvm_goes_on()
    {
        const string program = """
            public class Reads {
                static volatile boolean stop;
                static final java.util.concurrent.atomic.AtomicLong well = new java.util.concurrent.atomic.AtomicLong(), ill = new java.util.concurrent.atomic.AtomicLong();
                public static void main(String[] a) throws Exception {
                    Thread[] threads = new Thread[8];
                    for (int i = 0; i < threads.length; i++) {
                        threads[i] = new Thread(() -> {
                            while (!stop) {
                                try (var f = new java.io.FileInputStream("/dev/null")) { f.read(); well.incrementAndGet(); }
                                catch (java.io.IOException e) { ill.incrementAndGet(); }
                                byte[] garbage = new byte[100000];
                            }
                        });
                        threads[i].start();
                    }
                    System.out.println("ready");
                    while (ill.get() < 100) Thread.sleep(1);
                    System.out.println("failed");
                    while (!new java.io.File(a[0]).exists()) Thread.sleep(5);
                    stop = true;
                    for (Thread t : threads) t.join();
                    System.out.println("ended");
                }
            }
            """;
        if (!Directory.EnumerateFiles("/usr/bin").Contains("/usr/bin/java")) Assert.Skip("there is no java");
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["Reads.java"], program);
        await using LaunchedProcess target = Start(folder, "java", folder["Reads.java"], folder["go"]);
        using (SeccompAttachInjector injector = Attach(target.Pid))
        {
            injector.Arm([SyscallFault.Error([Syscall.Named("openat")], new Errno(5), 0.5) with { Where = new CallPredicates { Paths = [new Glob("/dev/null")] } }], 1);
            Await(() => File.ReadAllText(folder["out"]).Contains("failed", StringComparison.Ordinal), "calls are failed");
        }
        await File.WriteAllTextAsync(folder["go"], "");
        Assert.True((await target.Exited.WaitAsync(s_limit)).IsSuccess, await File.ReadAllTextAsync(folder["out"]));
        Assert.Contains("ended", await File.ReadAllTextAsync(folder["out"]));
    }
}
