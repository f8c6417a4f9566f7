using Falter.Records;

namespace Falter.Report;

/// <summary>The section <c>system</c>.</summary>
internal static class SystemReading
{
    public static SystemDefinition Read(StrictMap map, ExperimentReading reading)
    {
        var section = new SectionReading(map, SystemFields.System, reading);
        var processes = new List<ProcessDefinition>();
        foreach (StrictNode item in section.Items("processes"))
        {
            if (item is StrictMap process) processes.Add(Process(process, reading));
            else reading.Add(item, "processes: expected a map with role, and command or attach");
        }
        return reading.From(section, new SystemDefinition
        {
            Network = section.Get("network", NetworkLayout.Host),
            Prepare = section.Text("prepare"),
            CleanUp = section.Text("clean_up"),
            Processes = processes,
        });
    }

    private static ProcessDefinition Process(StrictMap map, ExperimentReading reading)
    {
        var section = new SectionReading(map, SystemFields.Process, reading);
        string role = section.Text("role") ?? "";
        (CheckDefinition? ready, TimeSpan? readyTimeout) = section.Map("ready") is { } sign ? CheckReading.Ready(sign, role, reading) : (null, null);
        (Signal? signal, TimeSpan? grace) = section.Map("stop") is { } stop ? Stop(stop, reading) : (null, null);
        var standard = new ProcessDefinition { Role = role };
        ProcessDefinition process = standard with
        {
            Command = section.Get<IReadOnlyList<string>>("command", []) is { Count: > 0 } command ? command : null,
            Attach = section.Map("attach") is { } attach ? Attach(attach, reading) : null,
            Environment = section.Get("environment", standard.Environment),
            Folder = section.Text("folder") is { } folder ? reading.PathOf(folder) : null,
            Ready = ready,
            ReadyTimeout = readyTimeout ?? standard.ReadyTimeout,
            After = section.Get("after", standard.After),
            Restart = section.Get("restart", standard.Restart),
            StopSignal = signal ?? standard.StopSignal,
            StopGrace = grace ?? standard.StopGrace,
        };
        RequireOneKind(section, map, reading);
        return reading.From(section, process);
    }

    private static void RequireOneKind(SectionReading section, StrictMap map, ExperimentReading reading)
    {
        if (section.Has("command") && section.Has("attach")) reading.Add(section.PlaceOfKey("attach"), "attach and command: a process is launched or runs already; expected one of the two");
        else if (!section.Has("command") && !section.Has("attach")) reading.Add(map, "a process has neither command nor attach; expected for example command: nginx -g 'daemon off;'");
        if (!section.Has("attach") || section.Has("command")) return;
        foreach (string key in SystemFields.OnlyLaunched.Where(section.Has)) reading.Add(section.PlaceOfKey(key), $"{key}: only for a process with a command; one that is attached to is neither started nor ended");
    }

    private static AttachedProcesses Attach(StrictMap map, ExperimentReading reading)
    {
        var section = new SectionReading(map, SystemFields.Attach, reading);
        string[] given = [.. SystemFields.Attach.Fields.Select(f => f.Key).Where(section.Has)];
        if (given.Length != 1) reading.Add(map, given.Length == 0 ? "attach: expected pid, name, cgroup or container, for example { name: nginx }" : $"attach: {string.Join(" and ", given)}: expected one of them");
        return new AttachedProcesses(section.Maybe<int>("pid"), section.Text("name"), section.Text("cgroup"), section.Text("container"));
    }

    private static (Signal?, TimeSpan?) Stop(StrictMap map, ExperimentReading reading)
    {
        var section = new SectionReading(map, SystemFields.Stop, reading);
        return (section.Maybe<Signal>("signal"), section.Maybe<TimeSpan>("grace"));
    }
}
