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
    /// <summary>How many calls can be received and not yet answered at once.</summary>
    public const int Slots = ReceiveSlots.Count;

    // A start takes some 70 ms on an idle machine.
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);

    private readonly Descriptor _lifeline;
    private readonly Descriptor _ready;
    private readonly ReceiveSlots _slots;

    private Keeper(int pid, Descriptor lifeline, Descriptor ready, ReceiveSlots slots)
    {
        Pid = pid;
        _lifeline = lifeline;
        _ready = ready;
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
        if (!OneByte.Read(_ready, s_startLimit)) throw FalterException.Cannot("keeper-lost", $"the keeper (pid {Pid}) did not take the target's listener");
    }

    /// <summary>Hands the target over: the keeper lets every call go on from now on. The owner must not receive any more.</summary>
    public void Dispose()
    {
        _lifeline.Dispose();
        _ready.Dispose();
        _slots.Dispose();
    }

    private static Keeper Start(KeeperProgram program, Descriptor target)
    {
        (Descriptor lifelineRead, Descriptor lifelineWrite) = Descriptor.Pipe();
        (Descriptor readyRead, Descriptor readyWrite) = Descriptor.Pipe();
        ReceiveSlots slots = ReceiveSlots.Create();
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
            request.Pass(target.Number, KeeperProcess.TargetNumber);
            request.Pass(lifelineRead.Number, KeeperProcess.LifelineNumber);
            request.Pass(slots.Descriptor.Number, KeeperProcess.SlotsNumber);
            request.Pass(readyWrite.Number, KeeperProcess.ReadyNumber);
            var spawn = new SpawnThread(request);
            if (!spawn.Spawned.Wait(s_startLimit) || spawn.Spawned.Result.Error is not null) throw NotStarted(program);
            readyWrite.Dispose();
            if (!OneByte.Read(readyRead, s_startLimit)) throw NotStarted(program);
            return new Keeper(spawn.Spawned.Result.Pid, lifelineWrite, readyRead, slots);
        }
        catch
        {
            lifelineWrite.Dispose();
            readyRead.Dispose();
            slots.Dispose();
            throw;
        }
        finally
        {
            lifelineRead.Dispose();
            readyWrite.Dispose();
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
}
