using System.CommandLine;
using System.Runtime.InteropServices;
using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Cli;

/// <summary><c>falter keeper</c>, started by Falter itself and hidden from help: answers for a target with a seccomp filter when Falter is gone.</summary>
internal static class KeeperCommand
{
    public static Command Create(CommandLine commandLine)
    {
        _ = commandLine;
        var verb = new Command(KeeperProgram.Verb, "Started by Falter itself: keeps a target alive that carries a seccomp filter") { Hidden = true };
        verb.SetAction(_ => (int)Run());
        return verb;
    }

    private static ExitCode Run()
    {
        // It ends with its target and not before: without it the target would break. SIGINT and SIGTERM are held back by the program itself.
        using PosixSignalRegistration onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => signal.Cancel = true);
        using PosixSignalRegistration onQuit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, signal => signal.Cancel = true);
        KeeperProcess.Run();
        return ExitCode.Held;
    }
}
