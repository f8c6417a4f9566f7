using Falter.Linux;
using Falter.Linux.Cgroup;
using Falter.Linux.Proc;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Inject;

/// <summary>Faults of whole processes: signals, standing still, limits of processor time and memory.</summary>
public static class ProcessFaults
{
    internal const string SignalName = "signal", StopName = "sigstop", FreezerName = "freezer", CgroupName = "cgroup";

    // Tried with epoll_wait under SIGSTOP and under both freezers; nanosleep goes on in all of them.
    internal const string InterruptedWaits = "when they go on, some waits under way end with EINTR (man 7 signal): epoll_wait, semop and others";

    /// <summary>The names of the mechanisms.</summary>
    public static IReadOnlyList<string> Mechanisms { get; } = [SignalName, StopName, FreezerName, CgroupName];

    /// <summary>What the fault would do now, without doing it.</summary>
    /// <exception cref="FalterException">As <see cref="ArmAsync"/>.</exception>
    public static ProcessFaultPlan Plan(ProcessFault fault, TargetTree target) => Choose(fault, target).Plan;

    /// <summary>Carries the fault out; <see cref="Fault.After"/> and <see cref="Fault.For"/> are its caller's.</summary>
    /// <param name="fault">What.</param>
    /// <param name="target">To whom.</param>
    /// <param name="journal">Where everything that must be undone is written before it is done.</param>
    /// <exception cref="FalterException">
    /// <c>target-refused</c>, <c>target-not-found</c>, <c>no-target</c>; <c>rule-not-supported</c>: a limit that does not narrow anything;
    /// <c>feature-missing</c>: no control groups; <c>fault-not-armed</c>: the kernel refused, and what had been done was undone.
    /// </exception>
    public static Task<IArmedFault> ArmAsync(ProcessFault fault, TargetTree target, UndoJournal journal) => Task.Run<IArmedFault>(() =>
    {
        ProcessMechanism mechanism = Choose(fault, target);
        var armed = new ArmedProcesses(mechanism.Plan.Mechanism, mechanism.Plan.Undo, journal);
        try
        {
            mechanism.Arm(armed);
            return armed;
        }
        catch (Exception e)
        {
            armed.TakeBack();
            throw e is LinuxException refused ? FalterException.Cannot("fault-not-armed", $"{fault}: the kernel refused: {refused.Message}") : e;
        }
    });

    private static ProcessMechanism Choose(ProcessFault fault, TargetTree target)
    {
        TargetGuard.RequireTouchable(target.Roots);
        IReadOnlyList<ProcessStat> processes = target.Processes(fault.Processes);
        if (processes.Count == 0) throw NoneOfThatName(fault, target);
        Func<IReadOnlyList<ProcessStat>> again = () => target.Processes(fault.Processes);
        return fault.Action switch
        {
            ProcessAction.Signal => new SignalMechanism(fault.Signal ?? throw new ArgumentException("a signal fault without signal", nameof(fault)), processes),
            ProcessAction.Pause => FreezePlace(target, processes) is { } place ? new FreezeMechanism(place, processes, again) : new StopMechanism(processes, again),
            ProcessAction.Cpu => LimitMechanism.Of(new CpuLimit(fault.Cpus ?? throw new ArgumentException("a cpu fault without share", nameof(fault))), fault, processes, again),
            ProcessAction.Memory => LimitMechanism.Of(new MemoryLimit(fault.MemoryBytes ?? throw new ArgumentException("a memory fault without bytes", nameof(fault))), fault, processes, again),
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault.Action, null),
        };
    }

    /// <summary>Where the processes can be frozen without anybody else; null where they must be stopped one by one.</summary>
    private static GroupPlacement? FreezePlace(TargetTree target, IReadOnlyList<ProcessStat> processes)
    {
        // A hybrid machine has both: the engine's group is then in that of version 1, which freezes too.
        ControlGroupHierarchy[] hierarchies = [ControlGroupHierarchy.Unified, ControlGroupHierarchy.Freezer];
        GroupPlacement? own = hierarchies.Select(h => GroupPlacement.Own(h, processes)).FirstOrDefault(p => p is not null && new GroupFreezer(p.Group.Folder).IsPossible);
        if (own is not null || !target.IsLaunched) return own;
        return hierarchies.Select(h => GroupPlacement.New(h, processes)).FirstOrDefault(p => p is not null);
    }

    private static FalterException NoneOfThatName(ProcessFault fault, TargetTree target)
    {
        string[] names = [.. target.Processes([]).Select(p => p.Name).Distinct().Order()];
        return FalterException.Usage("target-not-found", names.Length == 0
            ? $"{fault}: no process of the target is left"
            : $"{fault}: no process of the target is named {string.Join(" or ", fault.Processes)}; its processes are named {string.Join(", ", names)}");
    }
}
