using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Cli;

/// <summary>The processes of a target as roles.</summary>
internal static class AssessedProcesses
{
    /// <summary>One role for a command, a group or a container; one for each process that was found otherwise.</summary>
    /// <param name="target">What the command line names.</param>
    /// <param name="readyTimeout">How long it may take until every check passes.</param>
    public static IReadOnlyList<ProcessDefinition> Of(TargetChoice target, TimeSpan readyTimeout)
    {
        if (target.Command is { } command) return [new ProcessDefinition { Role = RoleOf(Path.GetFileName(command[0])), Command = command, ReadyTimeout = readyTimeout }];
        if (target.Container is { } container) return [Attached(RoleOf(container), new AttachedProcesses(Container: container), readyTimeout)];
        if (target.Group is { } group) return [Attached(RoleOf(Path.GetFileName(group.Path)), new AttachedProcesses(Cgroup: group.Path), readyTimeout)];
        var names = new HashSet<string>(StringComparer.Ordinal);
        var processes = new List<ProcessDefinition>();
        foreach (int pid in target.Pids)
        {
            string role = RoleOf(TargetProcess.Check(pid).Name), unique = role;
            for (int n = 2; !names.Add(unique); n++) unique = $"{role}-{n}";
            processes.Add(Attached(unique, new AttachedProcesses(Pid: pid), readyTimeout));
        }
        return processes;
    }

    /// <summary>The target's short name. It becomes part of the run folder's: letters that a shell or a browser would trip over are replaced.</summary>
    public static string NameOf(TargetChoice target) =>
        Cleaned(target.Command is { } command ? Path.GetFileName(command[0]) : target.Pids.Select(TargetProcess.Check).ToList()[0].Name, c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static ProcessDefinition Attached(string role, AttachedProcesses attach, TimeSpan readyTimeout) => new() { Role = role, Attach = attach, ReadyTimeout = readyTimeout };

    private static string RoleOf(string name) => Cleaned(name, c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    private static string Cleaned(string name, Func<char, bool> isAllowed)
    {
        string cleaned = string.Concat(name.Select(c => isAllowed(c) ? c : '_'));
        return cleaned.Length > 0 ? cleaned : "target";
    }
}
