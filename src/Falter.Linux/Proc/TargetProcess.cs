using Falter.Records;

namespace Falter.Linux.Proc;

/// <summary>Whether a process may be a target.</summary>
public static class TargetProcess
{
    /// <summary>Checks a process that the user named.</summary>
    /// <returns>The process.</returns>
    /// <exception cref="FalterException">
    /// <c>target-not-found</c>: no such process, or the id is a thread's. <c>target-exited</c>: it has ended. <c>target-refused</c>: pid 1, a kernel
    /// thread, or Falter itself.
    /// </exception>
    public static ProcessStat Check(int pid)
    {
        if (MistakeIn(pid) is { } mistake) throw new FalterException(mistake, ExitCode.Usage);
        return ProcessStat.Read(pid) ?? throw new FalterException(NotFound(pid), ExitCode.Usage);
    }

    /// <summary>Why a process is no target; null where it is one.</summary>
    public static Finding? MistakeIn(int pid)
    {
        if (pid <= 0 || ProcessStat.Read(pid) is not { } process) return NotFound(pid);
        if (pid == 1) return Finding.Refusal("target-refused", "-p 1: the first process keeps the whole system up; name the service's own process");
        if (pid == Environment.ProcessId) return Finding.Refusal("target-refused", $"-p {pid}: that is Falter itself; name the process that you want to test");
        if (process.IsKernelThread) return Finding.Refusal("target-refused", $"-p {pid}: '{process.Name}' is a thread of the kernel, which makes no system calls");
        if (process.HasEnded) return Finding.Refusal("target-exited", $"-p {pid}: '{process.Name}' has ended; its parent, {process.ParentPid}, has not yet taken note");
        return ProcessStatus.Read(pid)?.ProcessId is { } owner && owner != pid
            ? Finding.Refusal("target-not-found", $"-p {pid}: that is a thread of process {owner}; give -p {owner}")
            : null;
    }

    /// <summary>Refuses a process that another tracer holds: the kernel allows one.</summary>
    /// <exception cref="FalterException"><c>target-traced</c>.</exception>
    public static void RequireUntraced(ProcessStat process)
    {
        int tracer = ProcessStatus.Read(process.Pid)?.TracerPid ?? 0;
        if (tracer == 0) return;
        throw FalterException.Cannot("target-traced", $"process {process.Pid} ({process.Name}) is traced by process {tracer} ({ProcessStat.Read(tracer)?.Name}) already; end that tracer first");
    }

    private static Finding NotFound(int pid) => Finding.Refusal("target-not-found", $"-p {pid}: no such process; `ps -e` lists the processes");
}
