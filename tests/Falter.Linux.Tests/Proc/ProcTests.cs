using System.Diagnostics;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Linux.Tests.Proc;

public class ProcTests
{
    [Theory]
    [InlineData("12 (a b) c) S 3 12 12 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 777 1 2", "a b) c", 'S', 3, 9, 777)]
    [InlineData("12 ((sd-pam)) Z 3 12 12 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 1 2", "(sd-pam)", 'Z', 3, 1, 777)]
    [InlineData("12 () S 3 12 12 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 1 2", "", 'S', 3, 1, 777)]
    public void Names_may_hold_spaces_and_parentheses(string line, string name, char state, int parent, int threads, long start)
    {
        Assert.True(ProcessStat.TryParse(line, out ProcessStat? stat));
        Assert.Equal(new ProcessStat(12, name, state, parent, 12, 4194560, threads, start), stat);
        Assert.False(stat.IsKernelThread);
    }

    [Theory]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("12 (a)")]
    [InlineData("12 (a) S 1")]
    public void A_torn_line_is_no_process(string line) => Assert.False(ProcessStat.TryParse(line, out _));

    [Fact]
    public void A_process_that_is_not_there_is_null()
    {
        // One above the largest process id (PID_MAX_LIMIT in include/linux/threads.h).
        const int none = 4 * 1024 * 1024 + 1;
        Assert.Null(ProcessStat.Read(none));
        Assert.Null(ProcessStatus.Read(none));
        Assert.Null(ProcessTable.CommandLine(none));
        Assert.Empty(ProcessTable.Threads(none));
        Assert.Empty(ProcessTable.Descendants([none]));
    }

    [Fact]
    public void This_process_is_read()
    {
        ProcessStat self = Assert.IsType<ProcessStat>(ProcessStat.Read(Environment.ProcessId));
        Assert.Contains(self.Pid, ProcessTable.Pids());
        Assert.Contains(self.Pid, ProcessTable.Threads(self.Pid));
        Assert.Contains(self.Pid, ProcessTable.Descendants([self.ParentPid]).Select(p => p.Pid));
        Assert.Equal(self.Pid, ProcessStatus.Read(self.Pid)!.ProcessId);
        Assert.NotEmpty(ProcessTable.CommandLine(self.Pid)!);
    }

    [Fact]
    public void A_thread_is_refused_with_its_process()
    {
        int thread = ProcessTable.Threads(Environment.ProcessId).First(t => t != Environment.ProcessId);
        FalterException refused = Assert.Throws<FalterException>(() => TargetProcess.Check(thread));
        Assert.Contains($"give -p {Environment.ProcessId}", refused.Message);
    }

    [Theory]
    [InlineData(-1, "target-not-found")]
    [InlineData(0, "target-not-found")]
    [InlineData(4194305, "target-not-found")]
    [InlineData(1, "target-refused")]
    [InlineData(2, "target-refused")]
    public void What_no_target_can_be_is_refused(int pid, string code)
    {
        if (pid == 2 && ProcessStat.Read(2) is not { IsKernelThread: true }) Assert.Skip("process 2 is no kernel thread here (a pid namespace)");
        FalterException refused = Assert.Throws<FalterException>(() => TargetProcess.Check(pid));
        Assert.Equal((code, ExitCode.Usage), (Assert.Single(refused.Findings).Code, refused.ExitCode));
    }

    [Fact]
    public void Falter_itself_is_refused() =>
        Assert.Equal("target-refused", Assert.Throws<FalterException>(() => TargetProcess.Check(Environment.ProcessId)).Findings[0].Code);

    [Fact]
    public void An_ended_process_is_refused()
    {
        // sh replaces itself by sleep, which never waits for the child that sh had; the child ends only after that.
        using Process parent = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec 3<&0; { read line; } <&3 & echo $!; exec sleep 60"])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        try
        {
            int child = int.Parse(parent.StandardOutput.ReadLine()!);
            Assert.True(SpinWait.SpinUntil(() => ProcessStat.Read(parent.Id)?.Name == "sleep", TimeSpan.FromSeconds(10)));
            Assert.Equal(child, TargetProcess.Check(child).Pid);
            parent.StandardInput.WriteLine("go");
            parent.StandardInput.Flush();
            Assert.True(SpinWait.SpinUntil(() => ProcessStat.Read(child)!.HasEnded, TimeSpan.FromSeconds(10)));
            Assert.Equal("target-exited", Assert.Throws<FalterException>(() => TargetProcess.Check(child)).Findings[0].Code);
        }
        finally
        {
            parent.Kill();
        }
    }
}
