using Falter.Linux.Ptrace;
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
        Finding[] mistakes = [.. pids.Select(MistakeIn).OfType<Finding>()];
        if (mistakes.Length > 0) throw new FalterException(mistakes, ExitCode.Usage);
        foreach (int pid in TaskList.WithDescendants(pids))
        {
            if (pid == Environment.ProcessId) throw FalterException.Usage("target-refused", $"Falter itself (pid {pid}) descends from the target; start Falter from elsewhere");
            if (TaskList.TracerOf(pid) is { } tracer and not 0)
            {
                throw FalterException.Cannot("target-traced", $"process {pid} ({TaskList.NameOf(pid)}) is traced by process {tracer} ({TaskList.NameOf(tracer)}) already; end that tracer first");
            }
        }
    }

    private static Finding? MistakeIn(int pid)
    {
        if (pid == 1) return Finding.Refusal("target-refused", "pid 1 is never a target: the machine would end with it");
        if (pid == Environment.ProcessId) return Finding.Refusal("target-refused", $"pid {pid} is Falter itself");
        if (pid <= 0 || !TaskList.Exists(pid)) return Finding.Refusal("target-not-found", $"there is no process {pid}; look it up with: pgrep -a NAME");
        if (TaskList.IsKernelThread(pid)) return Finding.Refusal("target-refused", $"pid {pid} ({TaskList.NameOf(pid)}) is a thread of the kernel, which makes no system calls");
        if (TaskList.HasEnded(pid)) return Finding.Refusal("target-not-found", $"process {pid} has ended and only waits for its parent to notice");
        return TaskList.ProcessOf(pid) is { } process && process != pid
            ? Finding.Refusal("target-not-found", $"{pid} is a thread of process {process}; write -p {process}")
            : null;
    }
}
