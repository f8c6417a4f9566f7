using System.Text.Json.Serialization;
using Falter.Linux.Interop;
using Falter.Linux.Proc;

namespace Falter.Linux.Undo;

/// <summary>Lets a process go on that Falter stopped with a signal.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="StartTicks">When it started (<see cref="ProcessStat.StartTicks"/>): another process that got its number since is left alone.</param>
/// <param name="Name">Its name, for people.</param>
public sealed record ContinueProcess(int Pid, long StartTicks, string Name) : UndoStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Effect => $"process {Pid} ({Name}) is stopped";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string ByHand => $"kill -CONT {Pid}";

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsNeeded => ProcessStat.Read(Pid) is { State: 'T' } process && process.StartTicks == StartTicks;

    /// <summary>Whatever its state: a stop that is sent and not yet taken is cancelled as well (kernel/signal.c, prepare_signal).</summary>
    public override void Undo() => ProcessSignal.Send(Pid, StartTicks, Libc.SIGCONT);
}
