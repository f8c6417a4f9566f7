using System.Globalization;
using Falter.Observe;
using Falter.Records;
using static Falter.Linux.Tests.Observe.MonitorFixture;

namespace Falter.Linux.Tests.Observe;

/// <summary>Exact also when all processors make calls as fast as they can.</summary>
public class FloodTests
{
    [Fact]
    public void Millions_of_calls_from_two_threads_and_many_children_are_counted_without_loss()
    {
        const int threads = 2, calls = 1_500_007, children = 101;
        using SyscallMonitor monitor = Open();
        using VictimProgram program = VictimProgram.Start("flood", threads, calls, children);
        monitor.Follow(program.Pid);
        program.Go();
        var samples = new List<IntervalSample>();
        // Reading while it runs must not disturb the counting either.
        while (!program.HasExited) samples.Add(monitor.Read(Time));
        Assert.Equal(0, program.WaitForExit());
        samples.Add(monitor.Read(Time));

        // A child and a thread in it make one call each.
        const int expected = threads * calls + 2 * children;
        double seconds = double.Parse(program.Output.ReadLine()!, CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"{2L * expected} calls in {seconds:F2} s: {2L * expected / seconds / 1e6:F2} million a second");
        Assert.Equal((0L, 0L), (samples.Sum(s => s.Lost), monitor.LostEnds));
        Assert.Equal((expected, expected), (samples.Sum(s => s.Rows.Count(Getppid)), samples.Sum(s => s.Rows.Count(Getppid, Outcome.Success))));
        // Nothing else of the program closes what is not open.
        Assert.Equal(expected, samples.Sum(s => s.Rows.Count(Close, EBADF)));
        Assert.Equal(expected, monitor.Totals.Count(Getppid));
        Assert.Equal(children + 1, monitor.TakeEnds().Count);
    }
}
