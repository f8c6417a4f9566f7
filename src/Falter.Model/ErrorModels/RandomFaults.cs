using Falter.Records;

namespace Falter.Model;

/// <summary>
/// The strategy that realism is compared with: as many faults as there are realistic ones, at the same rates, but with calls and errnos drawn by lot. Calls are those that the observation saw
/// being made, each as likely as the other; errnos are all that the kernel's table names, as an experimenter draws who knows nothing of the application. Neither is weighed or filtered by what
/// manuals allow: the comparison would then be with another kind of knowledge.
/// </summary>
public static class RandomFaults
{
    // Never returned from: an error there cannot be met, and Falter would wait for it in vain.
    private static readonly HashSet<Syscall> s_excluded = [.. new[] { "exit", "exit_group", "rt_sigreturn" }.Select(Syscall.Named)];

    private static readonly Errno[] s_errnos = [.. Errno.Names.Select(n => Errno.TryParse(n, out Errno errno) ? errno : default).Distinct().OrderBy(e => e.Number)];

    /// <summary>The plans: never one of the realistic models, none twice. Fewer than realistic ones only where there are not so many pairs.</summary>
    /// <param name="observed">What the observation saw: the calls of each role, or of all together.</param>
    /// <param name="realistic">The realistic models, whose number and rates are taken.</param>
    /// <param name="seed">What the lots are drawn from: same seed, same plans.</param>
    /// <param name="firstNumber">Number of the first plan.</param>
    public static IReadOnlyList<FaultPlan> Plans(ErrorWindow observed, IReadOnlyList<ErrorModel> realistic, ulong seed, int firstNumber = 0)
    {
        (string Process, Syscall Syscall)[] calls = [.. observed.Invocations.Where(i => i.Value > 0 && !s_excluded.Contains(i.Key.Syscall)).Select(i => i.Key)
            .OrderBy(k => k.Process, StringComparer.Ordinal).ThenBy(k => k.Syscall.Number)];
        HashSet<(Syscall, Errno)> taken = [.. realistic.Select(m => (m.Syscall, m.Errno))];
        (string Process, Syscall Syscall, Errno Errno)[] pairs = [.. calls.SelectMany(c => s_errnos.Where(e => !taken.Contains((c.Syscall, e))).Select(e => (c.Process, c.Syscall, e)))];
        double[] rates = [.. realistic.Select(m => m.InjectionProbability ?? m.InjectedRate)];
        Shuffle(rates, seed, slot: 0, rates.Length);
        // Calls first, then errnos: all pairs of a call are equally many, but for those that are taken.
        Shuffle(pairs, seed, slot: 1, Math.Min(rates.Length, pairs.Length));
        return [.. pairs.Take(rates.Length).Select((p, i) => Plan(firstNumber + i, p.Process, p.Syscall, p.Errno, rates[i]))];
    }

    private static FaultPlan Plan(int number, string process, Syscall syscall, Errno errno, double rate)
    {
        string? role = process.Length == 0 ? null : process;
        return new FaultPlan
        {
            Number = number,
            Name = $"random {(role is null ? "" : $"{role} ")}{syscall}:{errno}",
            Origin = PlanOrigin.Random,
            Faults = [new RoleFault(role, SyscallFault.Error([syscall], errno, rate))],
        };
    }

    /// <summary>Fisher and Yates's shuffle of as many first places as are needed, by the lots of one slot.</summary>
    private static void Shuffle<T>(T[] items, ulong seed, int slot, int places)
    {
        for (int i = 0; i < places; i++)
        {
            int with = i + (int)(Decision.Lot(seed, slot, 0, i) * (items.Length - i));
            (items[i], items[with]) = (items[with], items[i]);
        }
    }
}
