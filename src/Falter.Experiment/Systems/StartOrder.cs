using Falter.Records;

namespace Falter.Experiment;

/// <summary>The order in which roles are started: as they are written, each after those that it names.</summary>
internal static class StartOrder
{
    /// <exception cref="FalterException"><c>system-order</c>: roles that wait for each other, or for one that there is not.</exception>
    public static IReadOnlyList<ProcessDefinition> Of(IReadOnlyList<ProcessDefinition> processes)
    {
        Dictionary<string, ProcessDefinition> roles = processes.ToDictionary(p => p.Role, StringComparer.Ordinal);
        Finding[] unknown = [.. from process in processes from name in process.After where !roles.ContainsKey(name) select Finding.Refusal("system-order", $"role {process.Role}: after: there is no role {name}; expected one of {string.Join(", ", roles.Keys)}")];
        if (unknown.Length > 0) throw new FalterException(unknown, ExitCode.Usage);
        var order = new List<ProcessDefinition>();
        var started = new HashSet<string>(StringComparer.Ordinal);
        while (order.Count < processes.Count)
        {
            ProcessDefinition next = processes.FirstOrDefault(p => !started.Contains(p.Role) && p.After.All(started.Contains)) ?? throw Circle(processes.Where(p => !started.Contains(p.Role)));
            order.Add(next);
            started.Add(next.Role);
        }
        return order;
    }

    private static FalterException Circle(IEnumerable<ProcessDefinition> left) =>
        FalterException.Usage("system-order", $"roles wait for each other, so that none can be the first: {string.Join(", ", left.Select(p => $"{p.Role} after {string.Join(" and ", p.After)}"))}");
}
