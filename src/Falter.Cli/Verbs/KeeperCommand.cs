using System.CommandLine;
using System.Runtime.InteropServices;
using Falter.Linux.Seccomp;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Cli;

/// <summary>
/// <c>falter keeper</c>, started by Falter itself and hidden from help: answers for a target with a seccomp filter when Falter is gone, or (with
/// <c>--undo</c>) takes back what Falter has written into a journal.
/// </summary>
internal static class KeeperCommand
{
    public static Command Create(CommandLine commandLine)
    {
        _ = commandLine;
        var verb = new Command(KeeperProgram.Verb, "Started by Falter itself: does for a target what Falter no longer can") { Hidden = true };
        var undo = new Option<string?>(UndoKeeper.JournalOption);
        verb.Options.Add(undo);
        verb.SetAction(parsed => (int)Run(parsed.GetValue(undo)));
        return verb;
    }

    private static ExitCode Run(string? journal)
    {
        // It ends with what it is kept for and not before: the target would stay broken. SIGINT and SIGTERM are held back by the program itself.
        using PosixSignalRegistration onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => signal.Cancel = true);
        using PosixSignalRegistration onQuit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, signal => signal.Cancel = true);
        if (journal is null) Keeper.Run();
        else UndoKeeper.Run(journal);
        return ExitCode.Held;
    }
}
