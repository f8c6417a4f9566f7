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
        if (pids.Count == 0) throw FalterException.Usage("no-target", "no process was given");
        Finding[] mistakes = [.. pids.Select(TargetProcess.MistakeIn).OfType<Finding>()];
        if (mistakes.Length > 0) throw new FalterException(mistakes, ExitCode.Usage);
        foreach (ProcessStat process in ProcessTable.WithDescendants(pids))
        {
            if (process.Pid == Environment.ProcessId) throw FalterException.Usage("target-refused", $"Falter itself (pid {process.Pid}) descends from the target; start Falter from elsewhere");
            TargetProcess.RequireUntraced(process);
        }
    }
}
