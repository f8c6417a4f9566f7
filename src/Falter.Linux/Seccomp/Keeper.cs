using System.Collections;
using Falter.Linux.Interop;
using Falter.Linux.Launch;
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
    private const int ListenerNumber = 3, LifelineNumber = 4, BufferNumber = 5, ReadyNumber = 6;

    // A start takes some 70 ms on an idle machine.
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);

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
        (Descriptor lifelineRead, Descriptor lifelineWrite) = Descriptor.Pipe();
        (Descriptor readyRead, Descriptor readyWrite) = Descriptor.Pipe();
        ReceiveBuffer buffer = ReceiveBuffer.Create();
        using var nothing = new Descriptor(Libc.Checked(Libc.open("/dev/null", Libc.O_RDWR | Libc.O_CLOEXEC, 0), "open(/dev/null)"));
        try
        {
            var request = new SpawnRequest
            {
                File = program.File,
                Arguments = [program.File, .. program.LeadingArguments, KeeperProgram.Verb],
                Environment = EnvironmentOfKeeper(),
                WorkingFolder = "/",
            };
            for (int standard = 0; standard <= 2; standard++) request.Pass(nothing.Number, standard);
            request.Pass(listener.Number, ListenerNumber);
            request.Pass(lifelineRead.Number, LifelineNumber);
            request.Pass(buffer.Descriptor.Number, BufferNumber);
            request.Pass(readyWrite.Number, ReadyNumber);
            var spawn = new SpawnThread(request);
            if (!spawn.Spawned.Wait(s_startLimit) || spawn.Spawned.Result.Error is not null) throw NotStarted(program);
            readyWrite.Dispose();
            if (!ReadByte(readyRead, s_startLimit)) throw NotStarted(program);
            return new Keeper(spawn.Spawned.Result.Pid, lifelineWrite, buffer);
        }
        catch
        {
            lifelineWrite.Dispose();
            buffer.Dispose();
            throw;
        }
        finally
        {
            lifelineRead.Dispose();
            readyRead.Dispose();
            readyWrite.Dispose();
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
        using (var ready = new Descriptor(ReadyNumber)) WriteByte(ready);
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

    private static IReadOnlyList<string> EnvironmentOfKeeper()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables()) variables[(string)variable.Key] = (string?)variable.Value ?? "";
        // It waits for most of its life: as little memory as the runtime can do with, and no diagnostics files of its own.
        variables["DOTNET_GCHeapHardLimit"] = "0x2000000";
        variables["DOTNET_gcConcurrent"] = "0";
        variables["DOTNET_EnableDiagnostics"] = "0";
        variables.Remove(Launcher.MarkVariable);
        return [.. variables.Select(v => $"{v.Key}={v.Value}")];
    }

    private static FalterException NotStarted(KeeperProgram program) =>
        FalterException.Cannot("prerequisite-missing", $"the keeper did not start: {program.File} {string.Join(' ', program.LeadingArguments)} {KeeperProgram.Verb}");

    private static unsafe bool ReadByte(Descriptor descriptor, TimeSpan limit)
    {
        long deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (pollfd_t.Poll([pollfd_t.For(descriptor, Libc.POLLIN)], 100) == 0)
        {
            if (Environment.TickCount64 > deadline) return false;
        }
        byte value;
        return Libc.read(descriptor.Number, &value, 1) == 1;
    }

    private static unsafe void WriteByte(Descriptor descriptor)
    {
        byte value = 1;
        if (Libc.write(descriptor.Number, &value, 1) != 1) throw new LinuxException("write", Libc.LastErrno);
    }
}
