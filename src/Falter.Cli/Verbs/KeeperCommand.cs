using System.CommandLine;
using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Cli;

/// <summary><c>falter keeper</c>: the keeper's process. Hidden: only Falter itself starts it, with the descriptors that it needs.</summary>
internal static class KeeperCommand
{
    public static Command Create(CommandLine commandLine)
    {
        _ = commandLine;
        var verb = new Command(KeeperProgram.Verb, "Keeps a target with a seccomp filter alive; started by Falter itself") { Hidden = true };
        verb.SetAction(_ =>
        {
            Keeper.Run();
            return (int)ExitCode.Held;
        });
        return verb;
    }
}
