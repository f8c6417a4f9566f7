using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>Measures a role's processes; passes when the figure is within the tolerance. Fails, without a figure, where the role does not run.</summary>
public sealed class ProcessCheck(ProcessCheckDefinition definition, Func<string, RoleState> stateOf, TimeProvider time) : ICheck
{
    private static readonly Tolerance s_one = new(1, null);

    private readonly OneAtATime _order = new();
    private readonly CpuMeter _cpu = new();
    private long _lastLook;

    public string Name => definition.Name;
    public TimeSpan Interval => definition.Interval;
    public TimeSpan Timeout => definition.Timeout;

    public Task<ProbeResult> ProbeAsync(CancellationToken cancel) => _order.RunAsync(Measure, Timeout, cancel);

    private ProbeResult Measure()
    {
        RoleState state = stateOf(definition.Role);
        return definition.Measure switch
        {
            ProcessMeasure.Alive => Alive(state),
            ProcessMeasure.Restarts => Probe.Measured(state.Restarts, definition.Value, state.Restarts == 1 ? " restart" : " restarts"),
            ProcessMeasure.Cpu => Cpu(state),
            ProcessMeasure.Memory => Sum(state, p => p.ResidentBytes, " bytes"),
            ProcessMeasure.Threads => Sum(state, p => p.Threads, " threads"),
            ProcessMeasure.Descriptors => Descriptors(state),
            _ => throw new InvalidOperationException($"no such measure: {definition.Measure}"),
        };
    }

    private ProbeResult Alive(RoleState state)
    {
        Tolerance tolerance = definition.Value == default ? s_one : definition.Value;
        return Probe.Measured(state.Alive ? 1 : 0, tolerance, "") with { Detail = state.Alive ? "alive" : "not alive" };
    }

    private ProbeResult Sum(RoleState state, Func<ProcessUsage, long> measure, string unit)
    {
        ProcessUsage[] running = [.. Read(state.Pids).Where(p => !p.HasEnded)];
        return running.Length == 0 ? NotRunning() : Probe.Measured(running.Sum(measure), definition.Value, unit);
    }

    private ProbeResult Descriptors(RoleState state)
    {
        ProcessUsage[] running = [.. Read(state.Pids).Where(p => !p.HasEnded)];
        long total = 0;
        int unreadable = 0;
        foreach (ProcessUsage process in running)
        {
            if (ProcessUsage.Descriptors(process.Pid) is { } count) total += count;
            else if (ProcessUsage.Read(process.Pid) is { HasEnded: false } still && still.StartTicks == process.StartTicks) unreadable++;
        }
        if (unreadable > 0) return Probe.Failed($"the descriptors of {unreadable} processes of {definition.Role} may not be read: they are another user's; run Falter as root");
        return running.Length == 0 ? NotRunning() : Probe.Measured(total, definition.Value, " descriptors");
    }

    private ProbeResult Cpu(RoleState state)
    {
        long now = time.GetTimestamp(), ticks = ProcessUsage.TicksSinceBoot();
        ProcessUsage[] processes = [.. Read([.. state.Pids, .. _cpu.Missing(state.Pids)])];
        long? taken = _cpu.Look(processes, ticks);
        double seconds = time.GetElapsedTime(_lastLook, now).TotalSeconds;
        _lastLook = now;
        if (processes.All(p => p.HasEnded)) return NotRunning();
        // There is nothing to compare the first look with: it passes without a figure.
        if (taken is not { } clockTicks || seconds <= 0) return new ProbeResult(Passed: true, Answered: true, "first look");
        return Probe.Measured((double)clockTicks / ProcessUsage.TicksPerSecond / seconds, definition.Value, " processors");
    }

    private ProbeResult NotRunning() => Probe.Failed($"{definition.Role} does not run");

    private static IEnumerable<ProcessUsage> Read(IEnumerable<int> pids) => pids.Distinct().Select(ProcessUsage.Read).OfType<ProcessUsage>();
}
