using Falter.Linux.Interop;
using Falter.Records;

namespace Falter.Linux.Seccomp;

/// <summary>
/// The process that keeps a target with a seccomp filter alive when the filter's owner is gone. The filter cannot be removed, and without a
/// listener every selected call would fail with ENOSYS. The keeper holds a second copy of the listener, does nothing while the owner lives, then
/// lets every call go on, and ends with the target.
/// </summary>
public sealed class Keeper : IDisposable
{
    /// <summary>How many calls can be received and not yet answered at once.</summary>
    public const int Slots = ReceiveSlots.Count;

    // What it is told to do takes milliseconds; its start some 70 ms, on an idle machine.
    private static readonly TimeSpan s_answerLimit = TimeSpan.FromSeconds(30);

    // Whoever kills keepers as fast as they start wants the target to break.
    private const int MostReplacements = 3;

    private readonly KeeperProgram _program;
    private readonly Descriptor _lifeline;
    private readonly Descriptor _ready;
    private readonly ReceiveSlots _slots;

    private Keeper(KeeperProgram program, KeeperStart started, ReceiveSlots slots)
    {
        _program = program;
        Pid = started.Pid;
        _lifeline = started.Lifeline;
        _ready = started.Ready;
        _slots = slots;
    }

    /// <summary>The keeper's process number.</summary>
    public int Pid { get; }

    /// <summary>Where the owner has calls received to, 0 to <see cref="Slots"/>: a slot is free again when its call was answered.</summary>
    public ref seccomp_notif this[int slot] => ref _slots[slot];

    /// <summary>Starts the keeper of a listener and waits until it is ready.</summary>
    /// <exception cref="FalterException"><c>prerequisite-missing</c>: it did not start.</exception>
    public static Keeper Start(KeeperProgram program, SeccompListener listener) => Start(program, listener.Descriptor);

    /// <summary>
    /// Starts the keeper of a running process that has no listener yet, and waits until it is ready. From then on it takes the listener by itself, when it is
    /// told (<see cref="Take"/>) or when this process is gone.
    /// </summary>
    /// <exception cref="FalterException"><c>prerequisite-missing</c>: it did not start.</exception>
    public static Keeper StandBy(KeeperProgram program, int pid)
    {
        using Descriptor process = Descriptor.OfProcess(pid);
        return Start(program, process);
    }

    /// <summary>Has a keeper that stands by take the listener that is in the target now.</summary>
    /// <exception cref="FalterException"><c>keeper-lost</c>: it is gone, or could not.</exception>
    public void Take()
    {
        OneByte.Write(_lifeline);
        if (!OneByte.Read(_ready, s_answerLimit)) throw FalterException.Cannot("keeper-lost", $"the keeper (pid {Pid}) did not take the target's listener");
    }

    /// <summary>
    /// Hands the target over and waits until the keeper answers for it: it lets every call go on from now on, also those in the slots. One that was killed is replaced: the filter outlives the owner, and
    /// somebody must answer. The owner must not receive any more, and must keep the listener until this returns: without any copy of it calls end in ENOSYS.
    /// </summary>
    /// <exception cref="FalterException"><c>keeper-lost</c>, <c>prerequisite-missing</c>: nobody answers.</exception>
    public void HandOver(SeccompListener listener)
    {
        _lifeline.Dispose();
        if (OneByte.Read(_ready, s_answerLimit) || listener.TargetGone) return;
        for (int keepers = 0; keepers < MostReplacements; keepers++)
        {
            using Keeper other = Start(_program, listener);
            for (int slot = 0; slot < Slots; slot++) other[slot] = this[slot];
            other._lifeline.Dispose();
            if (OneByte.Read(other._ready, s_answerLimit) || listener.TargetGone) return;
        }
        throw FalterException.Cannot("keeper-lost", $"{MostReplacements} keepers in a row were killed or did not answer; the calls that the filter selects end in ENOSYS until the target is started anew");
    }

    /// <summary>Has the keeper take over without waiting for it. The owner must not receive any more.</summary>
    public void Release() => _lifeline.Dispose();

    /// <summary>Lets go of the keeper: it lets every call go on from now on. The owner must not receive any more.</summary>
    public void Dispose()
    {
        _lifeline.Dispose();
        _ready.Dispose();
        _slots.Dispose();
    }

    private static Keeper Start(KeeperProgram program, Descriptor target)
    {
        ReceiveSlots slots = ReceiveSlots.Create();
        try
        {
            KeeperStart started = KeeperStart.Of(program, [], [(target.Number, KeeperProcess.TargetNumber), (slots.Descriptor.Number, KeeperProcess.SlotsNumber)],
                KeeperProcess.LifelineNumber, KeeperProcess.ReadyNumber);
            return new Keeper(program, started, slots);
        }
        catch
        {
            slots.Dispose();
            throw;
        }
    }
}
