using System.Globalization;

namespace Falter.Records;

/// <summary>
/// Reads fault rules as people write them: <c>SYSCALLS:error=ERRNO[:rate=5%][:count=N][:phase=before|after]</c>. SYSCALLS is a list of names
/// parted by commas; <c>open</c> and <c>stat</c> stand for all calls that open a file or ask for its state.
/// </summary>
public static class FaultRuleParser
{
    private const string Example = "openat:error=ENOENT:rate=5%";

    private static readonly string[] s_keys = ["error", "rate", "count", "phase"];

    // One C function became several calls over the years, and which of them a program makes is its C library's choice.
    private static readonly Dictionary<string, string[]> s_families = new(StringComparer.Ordinal)
    {
        ["open"] = ["open", "openat", "openat2"],
        ["stat"] = ["stat", "lstat", "fstat", "newfstatat", "statx"],
    };

    /// <summary>Reads rules; all mistakes of all rules are reported at once.</summary>
    /// <exception cref="FalterException"><c>bad-rule</c>, <c>unknown-syscall</c>, <c>unknown-errno</c>.</exception>
    public static IReadOnlyList<SyscallFault> Parse(IReadOnlyList<string> texts)
    {
        var mistakes = new List<Finding>();
        var rules = new List<SyscallFault>();
        foreach (string text in texts)
        {
            int before = mistakes.Count;
            SyscallFault rule = Parse(text, mistakes);
            if (mistakes.Count == before) rules.Add(rule);
        }
        return mistakes.Count == 0 ? rules : throw new FalterException(mistakes, ExitCode.Usage);
    }

    private static SyscallFault Parse(string text, List<Finding> mistakes)
    {
        string[] parts = text.Split(':');
        var rule = new SyscallFault { Syscalls = ParseSyscalls(text, parts[0], mistakes), SyscallsText = parts[0], Written = text, Effect = new SyscallEffect() };
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string part in parts[1..])
        {
            string[] pair = part.Split('=', 2);
            if (pair.Length == 2 && s_keys.Contains(pair[0], StringComparer.Ordinal) && !seen.Add(pair[0])) Mistake("bad-rule", $"{pair[0]} is given twice");
            else rule = Apply(rule, pair, Mistake);
        }
        if (!seen.Contains("error")) Mistake("bad-rule", $"no error is given; expected for example {Example}");
        return rule;

        void Mistake(string code, string message) => mistakes.Add(Finding.Refusal(code, $"rule '{text}': {message}"));
    }

    private static SyscallFault Apply(SyscallFault rule, string[] pair, Action<string, string> mistake)
    {
        string value = pair.Length == 2 ? pair[1] : "";
        switch (pair[0])
        {
            case "error" when Errno.TryParse(value, out Errno errno):
                return rule with { Effect = rule.Effect with { Error = errno } };
            case "error":
                mistake("unknown-errno", $"'{value}' is no errno{NearestNames.Hint(value, Errno.Names)}{(value.Length == 0 ? "; expected for example error=EIO" : "")}");
                break;
            case "rate":
                bool isShare = Shares.TryParse(value, out double rate, out string problem);
                if (isShare && rate > 0) return rule with { Condition = rule.Condition with { Rate = rate } };
                mistake("bad-rule", isShare ? "rate: a rule that never fails a call does nothing; leave it out" : $"rate: {problem}");
                break;
            case "count" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long count) && count > 0:
                return rule with { Condition = rule.Condition with { Count = count } };
            case "count":
                mistake("bad-rule", $"count: '{value}' is no number of calls; expected 1 or more, for example count=100");
                break;
            case "phase" when Words.TryParse(value, out FaultPhase phase):
                return rule with { Phase = phase };
            case "phase":
                mistake("bad-rule", $"phase: '{value}' is neither before nor after");
                break;
            default:
                mistake("bad-rule", $"'{string.Join('=', pair)}' is not understood{NearestNames.Hint(pair[0], s_keys)}; expected for example {Example}");
                break;
        }
        return rule;
    }

    private static List<Syscall> ParseSyscalls(string rule, string list, List<Finding> mistakes)
    {
        var calls = new List<Syscall>();
        foreach (string name in list.Split(','))
        {
            foreach (string member in s_families.GetValueOrDefault(name, [name]))
            {
                if (Syscall.TryParse(member, out Syscall call))
                {
                    if (!calls.Contains(call)) calls.Add(call);
                }
                else
                {
                    string what = name.Length == 0 ? $"a name of a system call is missing; expected for example {Example}" : $"'{name}' is no system call{NearestNames.Hint(name, Syscall.Names)}";
                    mistakes.Add(Finding.Refusal("unknown-syscall", $"rule '{rule}': {what}"));
                }
            }
        }
        return calls;
    }
}
