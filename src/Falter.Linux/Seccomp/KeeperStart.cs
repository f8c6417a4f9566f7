using System.Collections;
using Falter.Linux.Interop;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Linux.Seccomp;

/// <summary>A keeper process that has said that it is ready: Falter's own executable in a session of its own, with a pipe that breaks when its owner ends.</summary>
/// <param name="Pid">Its process number.</param>
/// <param name="Lifeline">The owner's end of the pipe. Whatever ends the owner closes it.</param>
/// <param name="Exited">Completes when the keeper has ended.</param>
internal sealed record KeeperStart(int Pid, Descriptor Lifeline, Task Exited)
{
    // A start takes some 70 ms on an idle machine.
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);

    /// <summary>Starts a keeper and waits until it is ready.</summary>
    /// <param name="program">How Falter is started.</param>
    /// <param name="arguments">What follows the hidden verb.</param>
    /// <param name="inherited">Descriptors that it gets, each with the number under which it finds it.</param>
    /// <param name="lifelineNumber">Where it finds its end of the lifeline.</param>
    /// <param name="readyNumber">Where it calls <see cref="TellReady"/>.</param>
    /// <exception cref="FalterException"><c>prerequisite-missing</c>: it did not start.</exception>
    public static KeeperStart Of(KeeperProgram program, IReadOnlyList<string> arguments, IReadOnlyList<(int Descriptor, int Number)> inherited, int lifelineNumber, int readyNumber)
    {
        (Descriptor lifelineRead, Descriptor lifelineWrite) = Descriptor.Pipe();
        (Descriptor readyRead, Descriptor readyWrite) = Descriptor.Pipe();
        using var nothing = new Descriptor(Libc.Checked(Libc.open("/dev/null", Libc.O_RDWR | Libc.O_CLOEXEC, 0), "open(/dev/null)"));
        try
        {
            var request = new SpawnRequest
            {
                File = program.File,
                Arguments = [program.File, .. program.LeadingArguments, KeeperProgram.Verb, .. arguments],
                Environment = EnvironmentOfKeeper(),
                WorkingFolder = "/",
            };
            for (int standard = 0; standard <= 2; standard++) request.Pass(nothing.Number, standard);
            foreach ((int descriptor, int number) in inherited) request.Pass(descriptor, number);
            request.Pass(lifelineRead.Number, lifelineNumber);
            request.Pass(readyWrite.Number, readyNumber);
            var spawn = new SpawnThread(request);
            if (!spawn.Spawned.Wait(s_startLimit) || spawn.Spawned.Result.Error is not null) throw NotStarted(program);
            readyWrite.Dispose();
            if (!ReadByte(readyRead, s_startLimit)) throw NotStarted(program);
            return new KeeperStart(spawn.Spawned.Result.Pid, lifelineWrite, spawn.Exited);
        }
        catch
        {
            lifelineWrite.Dispose();
            throw;
        }
        finally
        {
            lifelineRead.Dispose();
            readyRead.Dispose();
            readyWrite.Dispose();
        }
    }

    /// <summary>Called in the keeper, once it can do its work.</summary>
    public static unsafe void TellReady(int number)
    {
        using var ready = new Descriptor(number);
        byte value = 1;
        if (Libc.write(ready.Number, &value, 1) != 1) throw new LinuxException("write", Libc.LastErrno);
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
}
