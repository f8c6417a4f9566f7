using Falter.Records;

namespace Falter.Experiment;

/// <summary>Several plans at once: all choices of two, then of three, and so on.</summary>
internal static class PlanCombinations
{
    // Where nearly everything contradicts, looking for what does not would take for ever: 40 plans, three at once, are 10 660 choices.
    private const int MostTried = 20_000;

    /// <summary>The combinations, made as they are asked for: of a hundred plans, five at once, there are 79 million.</summary>
    /// <param name="plans">The single plans.</param>
    /// <param name="atOnce">The most that are combined; 1: none.</param>
    /// <param name="contradictions">Gets the names of those in which one part would keep another from acting.</param>
    public static IEnumerable<FaultPlan> Of(IReadOnlyList<FaultPlan> plans, int atOnce, List<string> contradictions)
    {
        int tried = 0;
        for (int size = 2; size <= Math.Min(atOnce, plans.Count); size++)
        {
            foreach (FaultPlan[] parts in Choices(plans, size))
            {
                if (++tried > MostTried) yield break;
                string name = string.Join(" + ", parts.Select(p => p.Name));
                if (Combined(parts) is not { } faults) contradictions.Add(name);
                else yield return new FaultPlan { Number = 0, Name = name, Origin = PlanOrigin.Combined, Faults = faults, Models = [.. parts.SelectMany(p => p.Models)] };
            }
        }
    }

    private static IEnumerable<FaultPlan[]> Choices(IReadOnlyList<FaultPlan> plans, int size)
    {
        int[] at = [.. Enumerable.Range(0, size)];
        while (true)
        {
            yield return [.. at.Select(i => plans[i])];
            int last = size - 1;
            while (last >= 0 && at[last] == plans.Count - size + last) last--;
            if (last < 0) yield break;
            at[last]++;
            for (int next = last + 1; next < size; next++) at[next] = at[next - 1] + 1;
        }
    }

    /// <summary>The faults of all parts; null where two of them contradict.</summary>
    private static IReadOnlyList<RoleFault>? Combined(IReadOnlyList<FaultPlan> parts)
    {
        RoleFault[] faults = [.. parts.SelectMany(p => p.Faults)];
        if (faults.Select(f => f.ToString()).Distinct(StringComparer.Ordinal).Count() < faults.Length) return null;
        IEnumerable<string?> roles = faults.Select(f => f.Role).Distinct();
        // A fault of every role stands beside those of each.
        bool reachable = roles.All(role => !UnreachableRules.Find([.. faults.Where(f => f.Role is null || role is null || f.Role == role).Select(f => f.Fault)]).Any());
        return reachable ? Shared(parts, faults) : null;
    }

    /// <summary>
    /// Of two models of one call the later is asked only where the earlier did not act; its probability is raised, so that each comes as often as alone. Null where the earlier ones leave it nothing.
    /// </summary>
    private static IReadOnlyList<RoleFault>? Shared(IReadOnlyList<FaultPlan> parts, RoleFault[] faults)
    {
        if (parts.Any(p => p.Model is null || p.Faults.Count != 1)) return faults;
        var left = new Dictionary<(string?, Syscall), double>();
        var shared = new List<RoleFault>();
        foreach (FaultPlan part in parts)
        {
            (ErrorModel model, RoleFault fault) = (part.Model!, part.Faults[0]);
            double rest = left.GetValueOrDefault((fault.Role, model.Syscall), 1), probability = ModelFaults.RateOf(model);
            if (probability > rest) return null;
            left[(fault.Role, model.Syscall)] = rest - probability;
            var own = (SyscallFault)fault.Fault;
            shared.Add(fault with { Fault = ModelFaults.Of(model, Math.Min(1, probability / rest)) with { Where = own.Where } });
        }
        return shared;
    }
}
