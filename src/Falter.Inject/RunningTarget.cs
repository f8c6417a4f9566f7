using Falter.Linux.Cgroup;
using Falter.Linux.Containers;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Inject;

/// <summary>Finds the processes that a definition names.</summary>
public static class RunningTarget
{
    /// <summary>The processes that run now and may be touched.</summary>
    /// <param name="attached">Exactly one of its members is given.</param>
    /// <param name="place">Who asks, for the messages: <c>role web</c>.</param>
    /// <exception cref="FalterException">
    /// <c>target-not-found</c>: nothing matches. <c>target-refused</c>, <c>target-exited</c>: what matches must not be touched, or has ended. <c>target-traced</c>: somebody traces it.
    /// </exception>
    public static InjectionTarget Find(AttachedProcesses attached, string place)
    {
        try
        {
            InjectionTarget target = Found(attached);
            TargetGuard.Require(target.Pids);
            return target;
        }
        catch (FalterException e)
        {
            throw new FalterException([.. e.Findings.Select(f => f with { Message = $"{place}: {f.Message}" })], e.ExitCode);
        }
    }

    private static InjectionTarget Found(AttachedProcesses attached)
    {
        if (attached.Pid is { } pid) return new InjectionTarget(null, [TargetProcess.Check(pid).Pid]);
        if (attached.Name is { } name) return new InjectionTarget(null, Matching(new ProcessSelection { Names = [Path.GetFileName(name)] }, $"the name {name}"));
        if (attached.Cgroup is { } path) return OfGroup(ControlGroup.Find(path), $"the control group {path}");
        string container = attached.Container ?? throw FalterException.Usage("no-target", "neither a pid nor a name, a cgroup or a container is given; expected for example pid: 1234");
        return OfGroup(Container.Find(container), $"the container {container}") with { Container = EngineOf(container) };
    }

    private static InjectionTarget OfGroup(ControlGroup group, string asked) => new(null, Matching(new ProcessSelection { Groups = [group] }, asked), group);

    private static IReadOnlyList<int> Matching(ProcessSelection selection, string asked) =>
        selection.RunningRoots([]) is { Count: > 0 } found ? found : throw FalterException.Usage("target-not-found", $"no running process matches {asked}; `ps -e` lists the processes");

    /// <summary>A container of an engine that Falter cannot ask is a control group all the same.</summary>
    private static EngineContainer? EngineOf(string container)
    {
        try
        {
            return Container.OfEngine(container);
        }
        catch (FalterException)
        {
            return null;
        }
    }
}
