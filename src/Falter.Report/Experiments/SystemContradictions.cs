using Falter.Records;

namespace Falter.Report;

/// <summary>What cannot stand together in the section <c>system</c>.</summary>
internal sealed class SystemContradictions(SystemDefinition system, ExperimentReading reading, Action<StrictNode, string> requireRole)
{
    public void Add()
    {
        ProcessDefinition[] attached = [.. system.Processes.Where(p => p.Attach is not null && p.Command is null)];
        if (attached.Length > 0) AddOfAttached(attached);
        foreach (ProcessDefinition process in system.Processes)
        {
            foreach (string role in process.After) requireRole(reading.Place(process, "after"), role);
        }
        AddOfCircles();
    }

    private void AddOfAttached(ProcessDefinition[] attached)
    {
        if (system.Processes.FirstOrDefault(p => p.Command is not null) is { } launched)
        {
            foreach (ProcessDefinition process in attached) reading.Add(reading.Place(process, "attach"), $"attach: {launched.Role} is launched; expected either commands for all processes, or attach for all");
            return;
        }
        if (system.Network == NetworkLayout.Private) reading.Add(reading.Place(system, "network"), "network: processes that run already stay in the network that they are in; expected network: host");
        if (system.Prepare is not null) reading.Add(reading.Place(system, "prepare"), "prepare: runs before processes are started, and these run already; leave it out");
        if (system.CleanUp is not null) reading.Add(reading.Place(system, "clean_up"), "clean_up: runs after processes were stopped, and these are not stopped; leave it out");
    }

    private void AddOfCircles()
    {
        Dictionary<string, IReadOnlyList<string>> after = system.Processes.GroupBy(p => p.Role, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().After, StringComparer.Ordinal);
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (ProcessDefinition process in system.Processes)
        {
            if (Circle(after, process.Role) is not { } circle || circle.Any(told.Contains)) continue;
            told.UnionWith(circle);
            reading.Add(reading.Place(process, "after"), $"after: {string.Join(" after ", [.. circle, circle[0]])}: none of them could be the first to start");
        }
    }

    /// <summary>The shortest way from a role over those that it waits for back to itself; null where there is none.</summary>
    private static List<string>? Circle(Dictionary<string, IReadOnlyList<string>> after, string start)
    {
        var from = new Dictionary<string, string>(StringComparer.Ordinal);
        var next = new Queue<string>([start]);
        while (next.TryDequeue(out string? role))
        {
            foreach (string other in after.GetValueOrDefault(role, []))
            {
                if (!from.TryAdd(other, role)) continue;
                if (other == start) return WayTo(start, from);
                next.Enqueue(other);
            }
        }
        return null;
    }

    private static List<string> WayTo(string start, Dictionary<string, string> from)
    {
        var way = new List<string>();
        for (string role = from[start]; role != start; role = from[role]) way.Insert(0, role);
        way.Insert(0, start);
        return way;
    }
}
