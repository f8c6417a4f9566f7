using Falter.Linux.Proc;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Inject;

/// <summary>A signal to each process, once.</summary>
internal sealed class SignalMechanism(Signal signal, IReadOnlyList<ProcessStat> processes) : ProcessMechanism
{
    // SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU: the process stands still until somebody continues it, so this signal can be undone, and must be.
    private bool Stops => signal.Number is >= 19 and <= 22;

    /// <inheritdoc/>
    public override ProcessFaultPlan Plan => new(ProcessFaults.SignalName, processes, $"each of them gets {signal} once",
        Stops ? $"SIGCONT lets those go on that stopped; by hand: kill -CONT {string.Join(' ', processes.Select(p => p.Pid))}." : $"Nothing is to be undone: {signal} was sent, and cannot be taken back.", []);

    /// <inheritdoc/>
    public override void Arm(ArmedProcesses armed)
    {
        long sent = 0;
        armed.CountBy(() => sent);
        // Parents come first: a supervisor that saw its child die would start another.
        foreach (ProcessStat process in processes)
        {
            if (Stops && !process.IsStopped) armed.Intend(new ContinueProcess(process.Pid, process.StartTicks, process.Name));
            if (ProcessSignal.Send(process.Pid, process.StartTicks, signal.Number)) sent++;
        }
    }
}
