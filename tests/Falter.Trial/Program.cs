using System.Globalization;
using Falter.Inject;
using Falter.Linux.Cgroup;
using Falter.Records;

namespace Falter.Trial;

/// <summary>
/// <c>cgroup FOLDER RULE…</c>, <c>override PID,PID… RULE…</c>: arms the rules, prints "armed", holds them until its standard input ends, and prints "matched injected" for each rule.
/// <c>override-table PROGRAM</c>: see <see cref="OverrideTable"/>.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        try
        {
            return arguments switch
            {
                ["cgroup", var folder, .. var rules] => Hold(CgroupBpfInjector.Attach(ControlGroup.Find(folder)), rules),
                ["override", var pids, .. var rules] => Hold(BpfOverrideInjector.Attach([.. pids.Split(',').Select(p => int.Parse(p, CultureInfo.InvariantCulture))]), rules),
                ["override-table", var program] => PrintTable(program),
                _ => 2,
            };
        }
        catch (FalterException e)
        {
            Console.Error.WriteLine(e.Message);
            return (int)e.ExitCode;
        }
    }

    private static int PrintTable(string program)
    {
        using var records = new SharedRecords();
        return new OverrideTable(program, records).Print() == 0 ? 0 : 1;
    }

    private static int Hold(ISyscallInjector injector, string[] rules)
    {
        using (injector)
        {
            injector.Arm(FaultRuleParser.Parse(rules), seed: 1);
            Console.WriteLine("armed");
            while (Console.ReadLine() is not null)
            {
            }
            injector.Disarm();
            foreach (InjectionCounts counts in injector.Counts) Console.WriteLine($"{counts.Matched} {counts.Injected}");
            return 0;
        }
    }
}
