using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Falter.Linux.Interop;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Linux.Seccomp;

/// <summary>The keeper's own side: its whole life, in its own process.</summary>
public static class KeeperProcess
{
    // Where it finds what it inherits. The first is the listener, or a pidfd of the process that will have one.
    internal const int TargetNumber = 3, LifelineNumber = 4, SlotsNumber = 5, ReadyNumber = 6;

    // How long it looks for a listener that its owner may have been about to make when it was killed.
    private static readonly TimeSpan s_searchLimit = TimeSpan.FromSeconds(1);

    /// <summary>Returns when the target is gone, or has got no listener.</summary>
    /// <exception cref="FalterException"><c>bad-option</c>: it was not started by <see cref="Keeper"/>.</exception>
    public static void Run()
    {
        bool holdsListener = LinkOf(TargetNumber).EndsWith("seccomp notify", StringComparison.Ordinal);
        if (!holdsListener && !LinkOf(TargetNumber).EndsWith("[pidfd]", StringComparison.Ordinal))
        {
            throw FalterException.Usage("bad-option", $"{KeeperProgram.Verb} is started by Falter itself, never by hand");
        }
        var target = new Descriptor(TargetNumber);
        using var lifeline = new Descriptor(LifelineNumber);
        using ReceiveSlots slots = ReceiveSlots.Inherited(new Descriptor(SlotsNumber));
        using var ready = new Descriptor(ReadyNumber);
        using SeccompListener? listener = holdsListener ? Hold(target, ready) : AwaitListener(target, lifeline, ready);
        if (listener is null || !OwnerEndsFirst(listener, lifeline)) return;
        ContinueReceived(listener, slots);
        TellTakenOver(ready);
        LetAllGo(listener);
    }

    private static SeccompListener Hold(Descriptor descriptor, Descriptor ready)
    {
        var listener = new SeccompListener(descriptor);
        Rehearse(listener);
        OneByte.Write(ready);
        return listener;
    }

    /// <summary>
    /// Has compiled what it will do when its owner is gone, and does what can be done of it without effect: the target would have to wait for that, the longer the
    /// busier the machine is. The kernel numbers calls from a random number of 64 bits on, so none has the id 0.
    /// </summary>
    private static void Rehearse(SeccompListener listener)
    {
        RuntimeHelpers.PrepareMethod(((Action<SeccompListener, ReceiveSlots>)ContinueReceived).Method.MethodHandle);
        RuntimeHelpers.PrepareMethod(((Action<SeccompListener>)LetAllGo).Method.MethodHandle);
        RuntimeHelpers.PrepareMethod(((ReceiveCall)listener.Receive).Method.MethodHandle);
        listener.Continue(0);
        _ = listener.TargetGone;
    }

    private delegate Received ReceiveCall(ref seccomp_notif call);

    /// <summary>
    /// Waits until its owner has put a filter into the running target, or is gone. It takes the listener from the target itself, so that there is no moment at
    /// which a filter is there and nobody who would find its listener.
    /// </summary>
    private static SeccompListener? AwaitListener(Descriptor target, Descriptor lifeline, Descriptor ready)
    {
        using Descriptor process = target;
        int pid = PidOf(TargetNumber);
        HashSet<int> others = [.. ListenersOf(pid)];
        OneByte.Write(ready);
        Span<pollfd_t> events = [pollfd_t.For(lifeline, Libc.POLLIN), pollfd_t.For(process, Libc.POLLIN)];
        while (pollfd_t.Poll(events, -1) == 0)
        {
        }
        bool told = events[0].revents != 0 && OneByte.Read(lifeline);
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < s_searchLimit && ProcessTable.Exists(pid); Thread.Sleep(5))
        {
            foreach (int number in ListenersOf(pid).Where(n => !others.Contains(n)))
            {
                int taken = Libc.pidfd_getfd(process.Number, number);
                if (taken < 0) continue;
                var listener = new SeccompListener(new Descriptor(taken));
                if (!told) return listener;
                OneByte.Write(ready);
                Rehearse(listener);
                return listener;
            }
        }
        return null;
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

    /// <summary>An owner that still lives closes its own copy of the listener only then.</summary>
    private static void TellTakenOver(Descriptor ready)
    {
        try
        {
            OneByte.Write(ready);
        }
        catch (LinuxException e) when (e.Errno.Name == "EPIPE")
        {
            // Nobody waits: the owner was killed.
        }
    }

    private static void ContinueReceived(SeccompListener listener, ReceiveSlots slots)
    {
        // What the owner had received and not answered. An id that is answered already is unknown to the kernel, which is harmless.
        for (int slot = 0; slot < ReceiveSlots.Count; slot++)
        {
            if (slots[slot].id != 0) listener.Continue(slots[slot].id);
        }
    }

    private static void LetAllGo(SeccompListener listener)
    {
        seccomp_notif call = default;
        while (true)
        {
            Received received = listener.Receive(ref call);
            if (received == Received.TargetGone) return;
            if (received == Received.Call) listener.Continue(call.id);
        }
    }

    private static string LinkOf(int descriptor) => File.ResolveLinkTarget($"/proc/self/fd/{descriptor}", returnFinalTarget: false)?.Name ?? "";

    /// <summary>The numbers that a process's own listeners have in it.</summary>
    private static IReadOnlyList<int> ListenersOf(int pid)
    {
        try
        {
            return [.. Directory.EnumerateFiles($"/proc/{pid}/fd").Where(IsListener).Select(l => int.Parse(Path.GetFileName(l.AsSpan()), CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            // The process, or one of the descriptors, is gone.
            return [];
        }
    }

    private static bool IsListener(string link) => File.ResolveLinkTarget(link, returnFinalTarget: false)?.Name.EndsWith("seccomp notify", StringComparison.Ordinal) == true;

    private static int PidOf(int pidfd) => File.ReadLines($"/proc/self/fdinfo/{pidfd}").Where(l => l.StartsWith("Pid:", StringComparison.Ordinal))
        .Select(l => int.Parse(l.AsSpan("Pid:".Length), CultureInfo.InvariantCulture)).First();
}
