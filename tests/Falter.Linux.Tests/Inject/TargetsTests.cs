using System.Diagnostics;
using System.Globalization;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

public sealed class TargetsTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private static Finding Refused(params int[] pids) => Assert.Single(Assert.Throws<FalterException>(() => PtraceInjector.Attach(pids)).Findings);

    private static LaunchOptions Sleeping => new() { Command = ["sleep", "1000"] };

    [Fact]
    public void Pid_1_falter_itself_and_threads_of_the_kernel_are_never_targets()
    {
        Assert.Equal("target-refused", Refused(1).Code);
        Assert.Equal("target-refused", Refused(Environment.ProcessId).Code);
        int kernelThread = Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), out int pid) ? pid : 0)
            .FirstOrDefault(pid => pid > 1 && File.Exists($"/proc/{pid}/status") && File.ReadAllText($"/proc/{pid}/stat").Contains(" 2 0 0 ", StringComparison.Ordinal));
        if (kernelThread == 0) Assert.Skip("no thread of the kernel is visible in this pid namespace");
        Assert.Equal("target-refused", Refused(kernelThread).Code);
    }

    [Fact]
    public void An_ancestor_of_falter_is_no_target()
    {
        int parent = int.Parse(File.ReadAllText("/proc/self/stat").Split(") ")[1].Split(' ')[1], CultureInfo.InvariantCulture);
        if (parent <= 1) Assert.Skip("the tests are children of pid 1");
        Assert.Contains("descends from the target", Refused(parent).Message);
    }

    [Fact]
    public void A_process_that_does_not_exist_is_refused_and_so_is_a_thread()
    {
        Assert.Equal("target-not-found", Refused(4_194_305).Code);
        int thread = Directory.EnumerateDirectories("/proc/self/task").Select(d => int.Parse(Path.GetFileName(d), CultureInfo.InvariantCulture)).First(t => t != Environment.ProcessId);
        Assert.Contains($"give -p {Environment.ProcessId}", Refused(thread).Message);
    }

    [Fact]
    public async Task A_process_that_another_tracer_holds_is_refused_with_the_tracers_name()
    {
        await using LaunchedProcess target = Launcher.Launch(Sleeping);
        using var first = PtraceInjector.Attach([target.Pid]);
        Finding refusal = Refused(target.Pid);
        Assert.Equal("target-traced", refusal.Code);
        Assert.Contains("falter-ptrace", refusal.Message);
        first.Dispose();
        using var second = PtraceInjector.Attach([target.Pid]);
        Assert.Equal([target.Pid], second.Pids);
    }

    [Fact]
    public async Task A_rule_for_a_call_that_was_not_selected_is_refused_and_nothing_is_armed()
    {
        using SeccompInjector injector = SeccompInjector.Prepare(new HashSet<Syscall> { Syscall.Named("getppid") }, InjectionRun.Keeper);
        await using LaunchedProcess target = Launcher.Launch(Sleeping, injector.AtExec);
        var refusal = Assert.Throws<FalterException>(() => injector.Arm(FaultRuleParser.Parse(["getppid:error=EIO:phase=after", "read,getppid:error=EIO"]), 1));
        Assert.Equal(["rule-not-supported", "rule-not-supported"], refusal.Findings.Select(f => f.Code));
        Assert.Contains("read was not selected", refusal.Findings[1].Message);
        Assert.Empty(injector.Counts);
        Assert.False(injector.TargetGone);
        await target.StopAsync(s_limit);
        Assert.True(SpinWait.SpinUntil(() => injector.TargetGone, s_limit));
    }

    [Fact]
    public async Task A_stopped_target_stays_stopped_and_goes_on_when_it_is_continued()
    {
        using var folder = new TemporaryFolder();
        await using LaunchedProcess target = Launcher.Launch(new LaunchOptions { Command = ["sh", "-c", "while :; do echo x; sleep 0.01; done"], OutputFile = folder["out"] });
        using var injector = PtraceInjector.Attach([target.Pid]);
        injector.Arm(FaultRuleParser.Parse(["getppid:error=EIO"]), 1);
        long Written() => new FileInfo(folder["out"]).Length;
        Assert.True(SpinWait.SpinUntil(() => Written() > 10, s_limit));
        const int stop = 19, resume = 18;
        target.Signal(stop);
        Assert.True(SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{target.Pid}/stat").Contains(") t ", StringComparison.Ordinal), s_limit));
        await Task.Delay(100); // Its child may still sleep and write once; after that nothing may come.
        long before = Written();
        await Task.Delay(200);
        Assert.Equal(before, Written());
        target.Signal(resume);
        Assert.True(SpinWait.SpinUntil(() => Written() > before + 10, s_limit));
        target.Signal(stop);
        Assert.True(SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{target.Pid}/stat").Contains(") t ", StringComparison.Ordinal), s_limit));
        injector.Dispose();
        // Detached while stopped: it stays stopped, as its user wanted.
        Assert.True(SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{target.Pid}/stat").Contains(") T ", StringComparison.Ordinal), s_limit));
        before = Written();
        target.Signal(resume);
        Assert.True(SpinWait.SpinUntil(() => Written() > before, s_limit));
    }

    [Fact]
    public async Task Disarming_is_exact_and_arming_again_starts_from_zero()
    {
        foreach (bool launched in new[] { true, false })
        {
            using SeccompInjector? seccomp = launched ? SeccompInjector.Prepare(FaultRuleParser.Parse(["getppid,read,openat:error=EIO"])[0].Syscalls.ToHashSet(), InjectionRun.Keeper) : null;
            using var folder = new TemporaryFolder();
            LaunchOptions options = new() { Command = [Victims.Path("busy"), "3"], OutputFile = folder["out"] };
            await using LaunchedProcess target = seccomp is null ? Launcher.Launch(options) : Launcher.Launch(options, seccomp.AtExec);
            using PtraceInjector? ptrace = seccomp is null ? PtraceInjector.Attach([target.Pid]) : null;
            ISyscallInjector injector = seccomp ?? (ISyscallInjector)ptrace!;
            long injected = 0;
            for (int round = 0; round < 10; round++)
            {
                injector.Arm(FaultRuleParser.Parse(["getppid:error=EIO", "openat:error=EPERM:rate=10%"]), 1);
                Assert.True(SpinWait.SpinUntil(() => injector.Counts[0].Injected > 100, s_limit));
                injector.Disarm();
                InjectionCounts counts = injector.Counts[0];
                injected += counts.Injected;
                await Task.Delay(20);
                Assert.Equal(counts, injector.Counts[0]);
                Assert.Equal(counts.Matched, counts.Injected);
            }
            target.Signal(15);
            Assert.True((await target.Exited.WaitAsync(s_limit)).IsSuccess);
            Assert.Contains($"errno 5 count {injected} ", await File.ReadAllTextAsync(folder["out"]));
        }
    }

    [Fact]
    public async Task Disposing_the_seccomp_injector_leaves_the_target_to_the_keeper()
    {
        using var folder = new TemporaryFolder();
        SeccompInjector injector = SeccompInjector.Prepare(FaultRuleParser.Parse(["getppid,read,openat:error=EIO"])[0].Syscalls.ToHashSet(), InjectionRun.Keeper);
        await using LaunchedProcess target = Launcher.Launch(new LaunchOptions { Command = [Victims.Path("busy"), "3"], OutputFile = folder["out"] }, injector.AtExec);
        int keeper = injector.KeeperPid;
        injector.Arm(FaultRuleParser.Parse(["getppid:error=EIO:rate=50%"]), 1);
        Assert.True(SpinWait.SpinUntil(() => injector.Counts[0].Injected > 100, s_limit));
        injector.Dispose();
        long disposed = Stopwatch.GetTimestamp();
        await Task.Delay(200);
        Assert.Contains("VmRSS", await File.ReadAllTextAsync($"/proc/{keeper}/status"));
        target.Signal(15);
        Assert.True((await target.Exited.WaitAsync(s_limit)).IsSuccess);
        string[] lines = await File.ReadAllLinesAsync(folder["out"]);
        string[] errors = Assert.Single(lines, l => l.StartsWith("errno", StringComparison.Ordinal)).Split(' ');
        Assert.Equal("5", errors[1]);
        // The program notes the time after the call has returned, which may be a time slice later.
        Assert.True(long.Parse(errors[5], CultureInfo.InvariantCulture) <= disposed + 150_000_000);
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{keeper}"), s_limit), "the keeper did not end with its target");
    }
}
