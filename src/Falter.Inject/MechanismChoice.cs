using Falter.Records;

namespace Falter.Inject;

/// <summary>The mechanism that carries rules out, and why not the others.</summary>
/// <param name="Mechanism">The mechanism.</param>
/// <param name="Others">The other mechanisms' names, each with the reason.</param>
public sealed record MechanismChoice(SyscallMechanism Mechanism, IReadOnlyList<KeyValuePair<string, string>> Others)
{
    /// <summary>Chooses the first mechanism that can.</summary>
    /// <param name="target">What is injected into.</param>
    /// <param name="rules">The rules, all of which one mechanism must carry out: only then is their order one order.</param>
    /// <param name="asked">The name that the user asked for; null: the best.</param>
    /// <exception cref="FalterException"><c>rule-not-supported</c>: none can, or not the one that was asked for.</exception>
    public static MechanismChoice For(InjectionTarget target, IReadOnlyList<SyscallFault> rules, string? asked)
    {
        SyscallMechanism? chosen = null;
        var others = new List<KeyValuePair<string, string>>();
        foreach (SyscallMechanism mechanism in SyscallMechanisms.All)
        {
            string? obstacle = mechanism.Obstacle(target, rules) ?? (asked is null ? Hesitation(mechanism, rules) : asked != mechanism.Name ? $"--mechanism {asked} was asked for" : null) ??
                (chosen is not null ? $"{chosen.Name} comes first" : null);
            if (obstacle is null) chosen = mechanism;
            else others.Add(new(mechanism.Name, obstacle));
        }
        return chosen is not null ? new MechanismChoice(chosen, others) : throw Refusal(target, rules, asked, others);
    }

    /// <summary>Why a mechanism that can do it is not taken unless it is asked for.</summary>
    private static string? Hesitation(SyscallMechanism mechanism, IReadOnlyList<SyscallFault> rules)
    {
        string only = $"only with --mechanism {mechanism.Name}";
        return mechanism.OptIn ? only : rules.Select(mechanism.WarningOf).FirstOrDefault(w => w is not null) is { } warning ? $"{only}: {warning}" : null;
    }

    private static FalterException Refusal(InjectionTarget target, IReadOnlyList<SyscallFault> rules, string? asked, List<KeyValuePair<string, string>> others)
    {
        if (asked is null) return new FalterException([.. others.Select(o => Finding.Refusal("rule-not-supported", $"no mechanism can do it here; {o.Key}: {o.Value}"))], ExitCode.Usage);
        string reason = others.First(o => o.Key == asked).Value;
        SyscallMechanism? nearest = SyscallMechanisms.All.FirstOrDefault(m => m.Name != asked && !m.OptIn && m.Obstacle(target, rules) is null);
        string alternative = nearest is null ? "no other mechanism can do it here either" : $"without --mechanism, {nearest.Name} does it";
        // A feature that is missing is the machine's fault, not the command line's.
        bool machine = SyscallMechanisms.All.First(m => m.Name == asked).Needs.Any(f => f.WhyNot() == reason);
        return machine ? FalterException.Cannot("feature-missing", $"--mechanism {asked}: {reason}; {alternative}") : FalterException.Usage("rule-not-supported", $"--mechanism {asked}: {reason}; {alternative}");
    }
}
