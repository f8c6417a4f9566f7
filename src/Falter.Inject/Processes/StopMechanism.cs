using Falter.Linux.Proc;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Inject;

/// <summary>SIGSTOP to every process of the target, until none is left that runs.</summary>
internal sealed class StopMechanism(IReadOnlyList<ProcessStat> processes, Func<IReadOnlyList<ProcessStat>> again) : ProcessMechanism
{
    // A process in an uninterruptible wait stops when that ends. What is stopped by then stands still all the same.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);
    private static readonly Signal s_stop = new(19);

    /// <inheritdoc/>
    public override ProcessFaultPlan Plan => new(ProcessFaults.StopName, processes, "each of them is stopped (SIGSTOP), and what they start meanwhile",
        $"SIGCONT lets those go on that Falter stopped; by hand: kill -CONT {string.Join(' ', processes.Where(p => !p.IsStopped).Select(p => p.Pid))}.",
        [
            "the target shares its control group with others, so it is not frozen but stopped: each parent can see that (SIGCHLD, waitpid with WUNTRACED), and a supervisor may act on it",
            ProcessFaults.InterruptedWaits,
            .. processes.Where(p => p.IsStopped).Select(p => $"process {p.Pid} ({p.Name}) is stopped already and stays so"),
        ]);

    /// <inheritdoc/>
    public override void Arm(ArmedProcesses armed)
    {
        HashSet<(int, long)> stoppedBefore = [.. processes.Where(p => p.IsStopped).Select(Identity)], told = [];
        armed.CountBy(() => told.Count);
        long deadline = Environment.TickCount64 + (long)s_limit.TotalMilliseconds;
        do
        {
            // Until a look finds all of them standing: only then is nobody left who could start another.
            ProcessStat[] pending = [.. again().Where(p => !stoppedBefore.Contains(Identity(p)) && !(told.Contains(Identity(p)) && StandsStill(p)))];
            if (pending.Length == 0) return;
            foreach (ProcessStat process in pending.Where(p => told.Add(Identity(p))))
            {
                armed.Intend(new ContinueProcess(process.Pid, process.StartTicks, process.Name));
                ProcessSignal.Send(process.Pid, process.StartTicks, s_stop.Number);
            }
            Thread.Sleep(1);
        }
        while (Environment.TickCount64 < deadline);
    }

    private static (int Pid, long StartTicks) Identity(ProcessStat process) => (process.Pid, process.StartTicks);

    // A process that a tracer holds shows its stop as a tracer's (t): told apart from one that merely halts for its tracer by having been told.
    private static bool StandsStill(ProcessStat process) => process.State is 'T' or 't';
}
