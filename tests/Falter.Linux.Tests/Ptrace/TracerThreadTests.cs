using Falter.Linux.Launch;
using Falter.Linux.Ptrace;

namespace Falter.Linux.Tests.Ptrace;

/// <summary>What becomes of held threads when their tracer ends in the middle: the kernel does the same when the whole process is killed.</summary>
public sealed class TracerThreadTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Threads_that_are_held_go_on_when_their_tracer_dies()
    {
        using var folder = new TemporaryFolder();
        await using LaunchedProcess target = Launcher.Launch(new LaunchOptions { Command = [Victims.Path("busy"), "4"], OutputFile = folder["out"] });
        Assert.True(SpinWait.SpinUntil(() => File.ReadAllText(folder["out"]).Contains("ready", StringComparison.Ordinal), s_limit));
        var tracer = new DyingTracer(target.Pid);
        await Assert.ThrowsAsync<DyingTracer.Death>(() => tracer.Ended.WaitAsync(s_limit));
        target.Signal(15);
        Assert.True((await target.Exited.WaitAsync(s_limit)).IsSuccess);
        Assert.DoesNotContain("errno", await File.ReadAllTextAsync(folder["out"]));
    }

    /// <summary>Holds every thread for longer than the test may take, and dies when four are held.</summary>
    private sealed class DyingTracer : TracerThread
    {
        private readonly int _pid;
        private int _held;

        public DyingTracer(int pid) : base("falter-dying")
        {
            _pid = pid;
            Start();
        }

        protected override bool WantsSyscalls => true;

        protected override void Run()
        {
            SeizeAll([_pid]);
            InterruptAll();
            Follow();
        }

        protected override Resumption OnSyscall(StoppedTracee stopped) => ++_held == 4 ? throw new Death() : Resumption.After(TimeSpan.FromHours(1));

        protected override void OnForgotten(int tid)
        {
        }

        public sealed class Death : Exception;
    }
}
