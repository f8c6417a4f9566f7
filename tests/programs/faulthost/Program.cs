// faulthost ACTION PID launched|attached: arms one process fault and waits for the end of its standard input, so that a test can kill the process
// that has armed it at any moment. It says "journal FILE keeper PID", then "armed MECHANISM", and after undoing "undone".
using System.Globalization;
using Falter.Inject;
using Falter.Linux.Seccomp;
using Falter.Linux.Undo;
using Falter.Records;

if (args is not [var action, var pid, var how]) return 2;
ProcessFault fault = action switch
{
    "pause" => new ProcessFault { Action = ProcessAction.Pause },
    "cpu" => new ProcessFault { Action = ProcessAction.Cpu, Cpus = 0.2 },
    "memory" => new ProcessFault { Action = ProcessAction.Memory, MemoryBytes = 64 << 20 },
    _ => throw new ArgumentException(action),
};
try
{
    using UndoJournal journal = UndoJournal.Open(KeeperProgram.Find());
    Console.WriteLine($"journal {journal.Path} keeper {journal.KeeperPid}");
    await using (IArmedFault armed = await ProcessFaults.ArmAsync(fault, new TargetTree([int.Parse(pid, CultureInfo.InvariantCulture)], how == "launched"), journal))
    {
        Console.WriteLine($"armed {armed.Mechanism}");
        await Console.In.ReadToEndAsync();
    }
    Console.WriteLine("undone");
    return 0;
}
catch (FalterException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return (int)e.ExitCode;
}
