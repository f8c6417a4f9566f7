// systemhost ROLE-PROGRAM LOG-FOLDER: runs a system of two roles in a private network, a server and one who asks it, arms a partition on request, and waits for the end of its standard input, so that a
// test can kill it at any moment. It says "journal FILE keeper PID", "begun PID PID" (server, asker), "armed" after a line on its standard input, and in the end "stopped".
using System.Globalization;
using Falter.Experiment;
using Falter.Linux.Seccomp;
using Falter.Linux.Undo;
using Falter.Records;

if (args is not [var program, var folder]) return 2;
var definition = new SystemDefinition
{
    Network = NetworkLayout.Private,
    Processes =
    [
        new ProcessDefinition { Role = "server", Command = [program, "serve", "4711"] },
        new ProcessDefinition { Role = "asker", Command = [program, "ask", "${address:server}", "4711"], After = ["server"] },
    ],
};
var partition = new RoleFault("server", new NetworkFault { Action = NetworkAction.Drop });
try
{
    using UndoJournal journal = UndoJournal.Open(KeeperProgram.Find());
    Console.WriteLine($"journal {journal.Path} keeper {journal.KeeperPid}");
    await using (SystemInstance system = await SystemInstance.StartAsync(definition, new SystemOptions
    {
        LogFolder = folder,
        CheckFor = (_, _) => throw new InvalidOperationException("no check is needed"),
        Now = () => Environment.TickCount64 / 1000.0,
        Faults = [partition],
        Journal = journal,
    }, CancellationToken.None))
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"begun {system.Roots[0]} {system.Roots[1]}"));
        if (await Console.In.ReadLineAsync() is not null)
        {
            await using ArmedPlan armed = await system.ArmAsync(new FaultPlan { Number = 0, Name = "partition", Origin = PlanOrigin.Written, Faults = [partition] }, 1, 1, TimeSpan.FromMinutes(1), CancellationToken.None);
            Console.WriteLine("armed");
            await Console.In.ReadToEndAsync();
        }
    }
    Console.WriteLine("stopped");
    return 0;
}
catch (FalterException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return (int)e.ExitCode;
}
