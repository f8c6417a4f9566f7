using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Inject;

/// <summary>Refuses processes that are no target: those that do not exist, those that Falter never touches, and those that another tracer holds.</summary>
public static class TargetGuard
{
    /// <summary>Refuses what cannot or must not be injected into, all mistakes at once.</summary>
    /// <exception cref="FalterException"><c>target-refused</c>, <c>target-not-found</c> (exit code 2), or <c>target-traced</c> (exit code 3).</exception>
    public static void Require(IReadOnlyList<int> pids)
    {
        foreach (ProcessStat process in Touchable(pids)) TargetProcess.RequireUntraced(process);
    }

    /// <summary>Refuses what must not be touched at all, traced or not, all mistakes at once.</summary>
    /// <exception cref="FalterException"><c>target-refused</c>, <c>target-not-found</c> (exit code 2).</exception>
    public static void RequireTouchable(IReadOnlyList<int> pids) => _ = Touchable(pids);

    private static IReadOnlyList<ProcessStat> Touchable(IReadOnlyList<int> pids)
    {
        if (pids.Count == 0) throw FalterException.Usage("no-target", "no process was given");
        Finding[] mistakes = [.. pids.Select(TargetProcess.MistakeIn).OfType<Finding>()];
        if (mistakes.Length > 0) throw new FalterException(mistakes, ExitCode.Usage);
        IReadOnlyList<ProcessStat> processes = ProcessTable.WithDescendants(pids);
        return processes.All(p => p.Pid != Environment.ProcessId) ? processes
            : throw FalterException.Usage("target-refused", $"Falter itself (pid {Environment.ProcessId}) descends from the target; start Falter from elsewhere");
    }
}
