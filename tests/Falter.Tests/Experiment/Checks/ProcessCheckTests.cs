using System.Diagnostics;
using Falter.Experiment;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Tests.Experiment.Checks;

public class ProcessCheckTests
{
    [Fact]
    public async Task Alive_and_restarts_are_what_the_system_says()
    {
        Assert.Equal(new ProbeResult(Passed: true, Answered: true, "alive", 1), await Given.ProbeAsync(Given.Process(ProcessMeasure.Alive), Given.Role(1)));
        Assert.Equal(new ProbeResult(Passed: false, Answered: true, "not alive", 0), await Given.ProbeAsync(Given.Process(ProcessMeasure.Alive), Given.Role()));
        Assert.True((await Given.ProbeAsync(Given.Process(ProcessMeasure.Alive, new(null, 0)), Given.Role())).Passed);
        var restarted = new RoleState("web", [], true, 2, null);
        Assert.Equal(new ProbeResult(Passed: false, Answered: true, "2 restarts; expected at most 1", 2), await Given.ProbeAsync(Given.Process(ProcessMeasure.Restarts, new(null, 1)), restarted));
    }

    [Fact]
    public async Task Memory_threads_and_descriptors_are_those_of_all_processes()
    {
        int own = Environment.ProcessId;
        using Process other = Process.Start("sleep", "60");
        ProbeResult one = await Given.ProbeAsync(Given.Process(ProcessMeasure.Memory), Given.Role(own)), both = await Given.ProbeAsync(Given.Process(ProcessMeasure.Memory), Given.Role(own, other.Id));
        Assert.InRange(one.Value!.Value / Environment.WorkingSet, 0.5, 2);
        Assert.InRange(both.Value!.Value - one.Value.Value, -50e6, 50e6);
        ProbeResult threads = await Given.ProbeAsync(Given.Process(ProcessMeasure.Threads), Given.Role(other.Id));
        Assert.Equal(new ProbeResult(Passed: true, Answered: true, "1 threads", 1), threads);
        using Process shell = Process.Start("sh", ["-c", "exec 7</dev/null 8</dev/null; kill -STOP $$; :"]);
        while (ProcessStat.Read(shell.Id)?.IsStopped != true) await Task.Delay(5, TestContext.Current.CancellationToken);
        int before = ProcessUsage.Descriptors(other.Id)!.Value;
        ProbeResult descriptors = await Given.ProbeAsync(Given.Process(ProcessMeasure.Descriptors, new(null, 3)), Given.Role(other.Id, shell.Id));
        Assert.Equal((false, (double)(before + ProcessUsage.Descriptors(shell.Id)!.Value)), (descriptors.Passed, descriptors.Value));
        Assert.True(descriptors.Value >= 5);
        other.Kill();
        shell.Kill();
        await other.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(new ProbeResult(Passed: false, Answered: true, "web does not run"), await Given.ProbeAsync(Given.Process(ProcessMeasure.Memory), Given.Role(other.Id)));
    }

    [Fact]
    public async Task Cpu_is_the_time_of_all_processes_short_lived_ones_too()
    {
        // 0.5 s of one processor, in some hundred children that no probe sees; then it stands still.
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", "read go; i=0; while test $i -lt 60; do sh -c 'j=0; while test $j -lt 2000; do j=$((j+1)); done'; i=$((i+1)); done; times >&2; echo done; read end"])
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var clock = new SteppedTime();
        var check = new ProcessCheck(Given.Process(ProcessMeasure.Cpu), _ => Given.Role([.. ProcessTable.WithDescendants([shell.Id]).Select(p => p.Pid)]), clock);
        Assert.Equal(new ProbeResult(Passed: true, Answered: true, "first look"), await check.ProbeAsync(TestContext.Current.CancellationToken));
        shell.StandardInput.WriteLine("go");
        Assert.Equal("done", await shell.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        clock.Advance(TimeSpan.FromSeconds(2));
        double ticks = ProcessUsage.Read(shell.Id)!.Value.CpuTicks;
        ProbeResult result = await check.ProbeAsync(TestContext.Current.CancellationToken);
        Assert.True(ticks > 5);
        Assert.Equal(ticks / ProcessUsage.TicksPerSecond / 2, result.Value!.Value, 0.02);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, (await check.ProbeAsync(TestContext.Current.CancellationToken)).Value!.Value, 0.011);
        shell.StandardInput.Close();
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Processor_time_adds_up_whatever_processes_come_and_go()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var tree = new SimulatedTree(random);
            var meter = new CpuMeter();
            Assert.Null(meter.Look(tree.Usage(), tree.Now));
            long measured = 0, before = tree.Taken;
            for (int look = 0; look < 30; look++)
            {
                for (int step = random.Next(20); step > 0; step--) tree.Step();
                tree.Now += 100;
                measured += meter.Look(tree.Usage(), tree.Now)!.Value;
            }
            Assert.Equal(tree.Taken - before, measured);
        }
    }

    [Fact]
    public void A_process_that_joins_late_does_not_bring_its_past()
    {
        var meter = new CpuMeter();
        ProcessUsage first = new(10, 5, 1, 100, 0, 1, false), old = new(11, 6, 1, 5000, 0, 1, false), young = new(12, 1000, 10, 7, 0, 1, false);
        Assert.Null(meter.Look([first], 1000));
        Assert.Equal(7, meter.Look([first, old, young], 1100));
        Assert.Equal(3, meter.Look([first, old with { CpuTicks = 5003 }, young], 1200));
        // Waited for from outside: its time is gone with it, and nobody's is taken back.
        Assert.Equal(0, meter.Look([first, young], 1300));
    }

    [Fact]
    public void The_line_of_a_process_is_read_whatever_its_name_and_never_throws()
    {
        const string line = "42 (a) b (c)) S 1 42 42 0 -1 4194304 100 200 0 0 11 22 33 44 20 0 3 0 12345 1000000 250 18446744073709551615 1 1 0";
        Assert.True(ProcessUsage.TryParse(line, out ProcessUsage usage));
        Assert.Equal(new ProcessUsage(42, 12345, 1, 110, 250L * Environment.SystemPageSize, 3, false), usage);
        Mutations.Each(System.Text.Encoding.UTF8.GetBytes(line), 5000, 1, text => _ = ProcessUsage.TryParse(System.Text.Encoding.UTF8.GetString(text), out _));
    }

    /// <summary>Processes that take time, fork and end; who ends is waited for at once, or some steps later.</summary>
    private sealed class SimulatedTree(Random random)
    {
        private readonly Dictionary<int, ProcessUsage> _processes = new() { [1] = new(1, 0, 0, 50, 0, 1, false) };
        private int _next = 2;

        public long Now { get; set; } = 100;

        /// <summary>All time that was taken since the begin, by whoever.</summary>
        public long Taken { get; private set; }

        public IReadOnlyCollection<ProcessUsage> Usage() => [.. _processes.Values];

        public void Step()
        {
            int pid = _processes.Keys.ElementAt(random.Next(_processes.Count));
            ProcessUsage process = _processes[pid];
            switch (random.Next(3))
            {
                case 0 when !process.HasEnded:
                    int time = random.Next(10);
                    Taken += time;
                    _processes[pid] = process with { CpuTicks = process.CpuTicks + time };
                    break;
                case 1 when !process.HasEnded:
                    _processes[_next] = new ProcessUsage(_next, Now, pid, 0, 0, 1, false);
                    _next++;
                    break;
                case 2 when pid != 1 && _processes.Values.All(p => p.ParentPid != pid):
                    if (random.Next(2) == 0) _processes[pid] = process with { HasEnded = true };
                    else if (_processes.Remove(pid)) _processes[process.ParentPid] = _processes[process.ParentPid] with { CpuTicks = _processes[process.ParentPid].CpuTicks + process.CpuTicks };
                    break;
            }
        }
    }

    private sealed class SteppedTime : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => _ticks;
        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
