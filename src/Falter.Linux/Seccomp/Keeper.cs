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
    // Where the keeper finds what it inherits.
    internal const int ListenerNumber = 3, LifelineNumber = 4, BufferNumber = 5, ReadyNumber = 6;

    private readonly Descriptor _lifeline;
    private readonly ReceiveBuffer _buffer;

    private Keeper(int pid, Descriptor lifeline, ReceiveBuffer buffer)
    {
        Pid = pid;
        _lifeline = lifeline;
        _buffer = buffer;
    }

    /// <summary>The keeper's process number.</summary>
    public int Pid { get; }

    /// <summary>Where the owner has calls received to.</summary>
    public ref seccomp_notif Call => ref _buffer.Call;

    /// <summary>Starts the keeper of a listener and waits until it is ready.</summary>
    /// <exception cref="FalterException"><c>prerequisite-missing</c>: it did not start.</exception>
    public static Keeper Start(KeeperProgram program, SeccompListener listener)
    {
        ReceiveBuffer buffer = ReceiveBuffer.Create();
        try
        {
            KeeperStart started = KeeperStart.Of(program, [], [(listener.Number, ListenerNumber), (buffer.Descriptor.Number, BufferNumber)], LifelineNumber, ReadyNumber);
            return new Keeper(started.Pid, started.Lifeline, buffer);
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>Hands the target over: the keeper lets every call go on from now on. The owner must not receive any more.</summary>
    public void Dispose()
    {
        _lifeline.Dispose();
        _buffer.Dispose();
    }

    /// <summary>The keeper's whole life, in its own process. Returns when the target is gone.</summary>
    /// <exception cref="FalterException"><c>bad-option</c>: it was not started by <see cref="Start"/>.</exception>
    public static void Run()
    {
        if (File.ResolveLinkTarget($"/proc/self/fd/{ListenerNumber}", returnFinalTarget: false)?.Name.EndsWith("seccomp notify", StringComparison.Ordinal) != true)
        {
            throw FalterException.Usage("bad-option", $"{KeeperProgram.Verb} is started by Falter itself, never by hand");
        }
        using var listener = new SeccompListener(new Descriptor(ListenerNumber));
        using var lifeline = new Descriptor(LifelineNumber);
        using ReceiveBuffer buffer = ReceiveBuffer.Inherited(new Descriptor(BufferNumber));
        KeeperStart.TellReady(ReadyNumber);
        if (OwnerEndsFirst(listener, lifeline)) KeepAlive(listener, buffer);
    }

    private static bool OwnerEndsFirst(SeccompListener listener, Descriptor lifeline)
    {
        while (true)
        {
            Span<pollfd_t> events = [pollfd_t.For(lifeline, Libc.POLLIN), pollfd_t.For(listener.Descriptor, 0)];
            if (pollfd_t.Poll(events, -1) == 0) continue;
            if (events[1].revents != 0) return false;
            if (events[0].revents != 0) return true;
        }
    }

    private static void KeepAlive(SeccompListener listener, ReceiveBuffer buffer)
    {
        // What the owner had received and not answered. An id that is answered already is unknown to the kernel, which is harmless.
        if (buffer.Call.id != 0) listener.Continue(buffer.Call.id);
        seccomp_notif call = default;
        while (true)
        {
            Received received = listener.Receive(ref call);
            if (received == Received.TargetGone) return;
            if (received == Received.Call) listener.Continue(call.id);
        }
    }
}
