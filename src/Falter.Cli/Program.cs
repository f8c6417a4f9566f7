using System.CommandLine;
using System.Runtime.InteropServices;
using Falter.Records;

namespace Falter.Cli;

/// <summary>The command line: a list of verbs. A verb is a file in <c>Verbs</c>.</summary>
internal static class Program
{
    private static readonly IReadOnlyList<Func<CommandLine, Command>> s_verbs =
    [
        DoctorCommand.Create, MonitorCommand.Create, ModelsCommand.Create, InjectCommand.Create, AssessCommand.Create, RunCommand.Create, InitCommand.Create, SchemaCommand.Create, ReportCommand.Create,
        DemoCommand.Create, SyscallsCommand.Create, CleanCommand.Create, KeeperCommand.Create,
    ];

    private static async Task<int> Main(string[] args)
    {
        using var interrupted = new CancellationTokenSource();
        // The first signal asks every phase to undo what it armed; the process ends by itself with exit code 130.
        void Interrupt(PosixSignalContext signal)
        {
            signal.Cancel = true;
            interrupted.Cancel();
        }
        using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using PosixSignalRegistration onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        using PosixSignalRegistration onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt);
        return (int)await RunAsync(CommandLine.Split(args), interrupted.Token);
    }

    private static async Task<ExitCode> RunAsync(CommandLine commandLine, CancellationToken cancel)
    {
        var root = new RootCommand("Falter finds out how a running program really fails, and whether it survives");
        foreach (Func<CommandLine, Command> verb in s_verbs) root.Subcommands.Add(verb(commandLine));
        HelpText.Use(root);
        if (commandLine is { OwnArguments.Count: 0 })
        {
            await Console.Error.WriteAsync(HelpText.Render(root, HelpText.Width));
            return ExitCode.Usage;
        }
        ParseResult parsed = root.Parse(commandLine.OwnArguments);
        try
        {
            if (parsed.Action is not { ClearsParseErrors: true } && ParseMistakes.Of(parsed) is { Count: > 0 } mistakes) throw new FalterException(mistakes, ExitCode.Usage);
            // Errors reach the catches below, not the library's own handler.
            return (ExitCode)await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancel);
        }
        catch (FalterException e)
        {
            foreach (Finding finding in e.Findings) await Console.Error.WriteLineAsync($"falter: {finding}");
            return e.ExitCode;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("falter: interrupted; nothing is left armed");
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (e is not FalterException)
        {
            await Console.Error.WriteLineAsync($"falter: a defect of Falter itself; please report it with this text\n{e}");
            return ExitCode.Internal;
        }
    }
}
