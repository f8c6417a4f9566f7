using System.CommandLine;
using System.Globalization;
using Falter.Linux.Cgroup;
using Falter.Linux.Containers;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What a verb works on: processes that run, processes that match, or a command to launch. The same for every verb.</summary>
/// <param name="Pids">Running processes that were given by their id, with their children and threads; empty where a command is launched.</param>
/// <param name="Command">The command to launch; null where there is none.</param>
/// <param name="Selection">What the processes must match beside that.</param>
internal sealed record TargetChoice(IReadOnlyList<int> Pids, IReadOnlyList<string>? Command, ProcessSelection Selection)
{
    /// <summary>The control group that is the whole target; null where the target was named otherwise, too.</summary>
    public ControlGroup? Group { get; init; }

    /// <summary>The name of the container that is the whole target; null where the target was named otherwise, too.</summary>
    public string? Container { get; init; }
}

/// <summary>The target options: <c>-p</c>, <c>--name</c>, <c>--cgroup</c>, <c>--container</c>, <c>--except</c>, and <c>--all</c> where it is allowed; <c>-- COMMAND</c>.</summary>
internal sealed class TargetOptions
{
    private const string None = "no target; give a running process with -p PID or --name NAME, or a command to launch: -- nginx -g 'daemon off;'";

    private readonly CommandLine _commandLine;

    private readonly Option<int[]> _pid = OptionTypes.Pids("--pid", "A running process, with its threads and children (may be given several times)", "-p");
    private readonly Option<string[]> _name;
    private readonly Option<string[]> _cgroup = Texts("--cgroup", "PATH", "Processes in this control group or below: its folder, or its path such as /system.slice/nginx.service (may be given several times)");
    private readonly Option<string[]> _container = Texts("--container", "NAME|ID", "Processes of this container of Docker, Podman or (by its id) any other engine (may be given several times)");
    private readonly Option<string[]> _except = Texts("--except", "NAME|PID", "Leave out these processes (may be given several times)");
    private readonly Option<bool> _all = new("--all") { Description = "Every process of the machine but Falter" };

    public TargetOptions(Command verb, CommandLine commandLine, bool wholeMachine = false)
    {
        _commandLine = commandLine;
        _name = Texts("--name", "NAME", $"Processes with this command name or program{(wholeMachine ? ", also those that start later" : "")} (may be given several times)");
        if (verb is Verb told) told.HasTarget = true;
        foreach (Option option in (Option[])[_pid, _name, _cgroup, _container]) verb.Options.Add(option);
        if (!wholeMachine) return;
        verb.Options.Add(_except);
        verb.Options.Add(_all);
    }

    /// <summary>The chosen target, for a verb that also works on processes which are not there yet.</summary>
    /// <exception cref="FalterException"><c>no-target</c>, <c>target-not-found</c>, <c>target-refused</c>.</exception>
    public TargetChoice Read(ParseResult parsed)
    {
        int[] pids = parsed.GetValue(_pid) ?? [];
        IReadOnlyList<string>? command = _commandLine.LaunchCommand;
        string[] names = parsed.GetValue(_name) ?? [], cgroups = parsed.GetValue(_cgroup) ?? [], containers = parsed.GetValue(_container) ?? [];
        bool all = parsed.GetValue(_all), matching = names.Length + cgroups.Length + containers.Length > 0;
        if (command is { Count: 0 }) throw FalterException.Usage("no-target", "nothing after --; expected a command, for example: -- nginx -g 'daemon off;'");
        if (pids.Length == 0 && command is null && !matching && !all) throw FalterException.Usage("no-target", None);
        if (pids.Length > 0 && command is not null) throw FalterException.Usage("no-target", "two targets: give -p PID or -- COMMAND, not both");
        if (all && (pids.Length > 0 || command is not null || matching)) throw FalterException.Usage("no-target", "--all: that is every process, so no other target can be given beside it");
        return new TargetChoice(pids, command, Selection(parsed, names, [.. cgroups.Select(ControlGroup.Find), .. containers.Select(Container.Find)], roots: pids.Length > 0 || command is not null));
    }

    /// <summary>The chosen target, for a verb that attaches to the processes which are there: those that match take the place of those given by their id.</summary>
    /// <exception cref="FalterException">As <see cref="Read"/>; <c>target-not-found</c> also where nothing matches.</exception>
    public TargetChoice ReadRunning(ParseResult parsed)
    {
        TargetChoice choice = Read(parsed);
        if (choice.Selection is { Names.Count: 0, Groups.Count: 0 }) return choice;
        if (choice.Command is not null) throw FalterException.Usage("no-target", "--name, --cgroup and --container choose among running processes; leave them out with -- COMMAND");
        foreach (int pid in choice.Pids) _ = TargetProcess.Check(pid);
        IReadOnlyList<int> found = choice.Selection.RunningRoots(choice.Pids);
        ControlGroup? whole = choice.Selection is { Names.Count: 0, Groups: [var only], ExceptNames.Count: 0, Roots: false } ? only : null;
        return found.Count > 0 ? new TargetChoice(found, null, ProcessSelection.RootsOnly) { Group = whole, Container = whole is null ? null : parsed.GetValue(_container)?.SingleOrDefault() }
            : throw FalterException.Usage("target-not-found", $"no running process matches {Describe(choice.Selection)}{(choice.Pids.Count > 0 ? " and descends from those given with -p" : "")}; `ps -e` lists the processes");
    }

    /// <summary><c>--name nginx --cgroup /system.slice</c>.</summary>
    public static string Describe(ProcessSelection selection) =>
        string.Join(' ', selection.Names.Select(n => $"--name {n}").Concat(selection.Groups.Select(g => $"--cgroup {g.Path}")));

    private ProcessSelection Selection(ParseResult parsed, string[] names, IReadOnlyList<ControlGroup> groups, bool roots)
    {
        if (names.Concat(parsed.GetValue(_except) ?? []).Any(n => Path.GetFileName(n).Length == 0)) throw FalterException.Usage("bad-option", "--name, --except: an empty text, or a folder; expected a command name or a program's file name, for example --name nginx");
        string[] except = parsed.GetValue(_except) ?? [];
        ILookup<bool, string> areNumbers = except.ToLookup(e => e.Length > 0 && e.All(char.IsAsciiDigit));
        if (Math.Max(names.Length, Math.Max(groups.Count, except.Length)) > ProcessSelection.MostOfAKind)
        {
            throw FalterException.Usage("bad-option", $"more than {ProcessSelection.MostOfAKind} names, groups or exceptions; give a control group that holds them all, or --all");
        }
        // What Falter does itself is no news of the machine.
        int[] exceptPids = [.. roots ? [] : (int[])[Environment.ProcessId], .. areNumbers[true].Select(e => int.TryParse(e, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0)];
        return new ProcessSelection { Roots = roots, Names = [.. names.Select(Path.GetFileName).OfType<string>()], Groups = groups, ExceptNames = [.. areNumbers[false].Select(Path.GetFileName).OfType<string>()], ExceptPids = exceptPids };
    }

    private static Option<string[]> Texts(string name, string valueName, string description) =>
        new(name) { Description = description, HelpName = valueName, Arity = ArgumentArity.OneOrMore };
}
