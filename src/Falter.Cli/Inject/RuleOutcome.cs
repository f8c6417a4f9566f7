using System.Globalization;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What came of a rule.</summary>
internal sealed record RuleOutcome(SyscallFault Rule, InjectionCounts Counts, IReadOnlyDictionary<SkipReason, long> Skipped)
{
    // Answered by the vdso without entering the kernel (man 7 vdso).
    private static readonly string[] s_inVdso = ["clock_gettime", "gettimeofday", "time", "getcpu", "clock_getres"];

    /// <summary>Calls that reached the rule and were not acted on: <c>rate 950, count 30</c>.</summary>
    public string SkippedText => string.Join(", ", Skipped.OrderByDescending(s => s.Value).Select(s => string.Create(CultureInfo.InvariantCulture, $"{Words.Of(s.Key)} {s.Value}")));

    /// <summary>The nearest reason why the rule never acted.</summary>
    public string WhyNotFired(IReadOnlyList<SyscallFault> plan)
    {
        // The nearest one is that which the calls failed at that came furthest: matching calls before others, and the most frequent reason among them.
        if (Skipped.Count > 0)
        {
            (SkipReason reason, long calls) = Skipped.OrderByDescending(s => s.Key >= SkipReason.Earlier).ThenByDescending(s => s.Value).First();
            return string.Create(CultureInfo.InvariantCulture, $"{(Counts.Matched > 0 ? $"none of {Counts.Matched} matching calls" : $"{calls} calls")} {Sentence(reason, plan)}");
        }
        if (Rule.Syscalls.Any(s => s_inVdso.Contains(s.Name, StringComparer.Ordinal))) return "no such call reached the kernel; programs read the clock without entering it (vdso)";
        return Rule.NeedsSuccess ? "no such call succeeded while the rule was armed" : "the target made no such call while the rule was armed";
    }

    private string Sentence(SkipReason reason, IReadOnlyList<SyscallFault> plan) => reason switch
    {
        SkipReason.Path => $"were about another file than path={string.Join(',', Rule.Where.Paths)}; paths are compared as the target names them, absolute, without symbolic links being followed",
        SkipReason.Descriptor => $"were about another descriptor than fd={string.Join(',', Rule.Where.Descriptors)}",
        SkipReason.Peer => $"had another peer than peer={string.Join(',', Rule.Where.Peers)}, or none",
        SkipReason.Port => $"had another port than port={string.Join(',', Rule.Where.Ports)}, or none",
        SkipReason.Argument => "had other arguments",
        SkipReason.Thread => $"were of another thread than thread={string.Join(',', Rule.Where.Threads)}",
        SkipReason.Process => $"were of another process than process={string.Join(',', Rule.Where.Processes)}",
        SkipReason.Role => $"were of another role than role={string.Join(',', Rule.Where.Roles)}",
        SkipReason.Unreadable => "could not be asked what they are about: the thread was gone, or its memory not readable",
        SkipReason.Failed => "were candidates: they failed by themselves, and the rule is about calls that succeed",
        SkipReason.Unreached => "passed none of the kernel's places where this mechanism could have failed them; use --mechanism ptrace",
        SkipReason.Earlier => $"was left by the earlier rule {plan.TakeWhile(r => r != Rule).LastOrDefault(r => r.Syscalls.Intersect(Rule.Syscalls).Any())}",
        SkipReason.Rate => $"was drawn at a rate of {Shares.Format(Rule.Condition.Rate)}; raise it, or wait for more calls",
        SkipReason.When => $"had a number of when={Rule.Condition.When}; calls are numbered per thread and system call",
        SkipReason.Count => $"was within count={Rule.Condition.Count}",
        SkipReason.Time => $"came in its time (after={Durations.Format(Rule.After)}{(Rule.For is { } length ? $", for={Durations.Format(length)}" : "")})",
        SkipReason.Room => "found room: as many calls were held or remembered already as there is room for",
        SkipReason.Blocked => "could be stopped: the thread blocks every signal that would be harmless to it",
        _ => "was still there when it was to be acted on: a signal, or the thread's end, came first",
    };
}
