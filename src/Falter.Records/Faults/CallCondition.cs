using System.Globalization;
using System.Text.RegularExpressions;

namespace Falter.Records;

/// <summary>Which of the calls that a rule matches are acted on. Calls are numbered per thread and system call, as in strace.</summary>
public sealed record CallCondition
{
    /// <summary>Every matching call.</summary>
    public static CallCondition Always { get; } = new();

    /// <summary>Share of the matching calls that are acted on, above 0 to 1. Default 1.</summary>
    public double Rate { get; init; } = 1;

    /// <summary>
    /// Mean length of a run of consecutive calls that are acted on (<see cref="ErrorBursts"/>): a chain of two states that keeps the rate. 1 or more; null:
    /// every call has a lot of its own.
    /// </summary>
    public double? Burst { get; init; }

    /// <summary>Only calls with these numbers; null: all. Never together with a rate.</summary>
    public CallNumbers? When { get; init; }

    /// <summary>The most calls that the rule acts on, in all threads together; null: no limit.</summary>
    public long? Count { get; init; }
}

/// <summary>Numbers of calls as strace's <c>when=</c> gives them: the first, the last, and every <paramref name="Step"/>-th in between.</summary>
/// <param name="First">From 1.</param>
/// <param name="Last">At least <paramref name="First"/>; null: no end.</param>
/// <param name="Step">0: only the first (or, with a last, each up to it).</param>
public readonly partial record struct CallNumbers(long First, long? Last, long Step)
{
    [GeneratedRegex(@"\A(?<first>\d+)(\.\.(?<last>\d+))?(?<more>\+(?<step>\d+)?)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    /// <summary>Reads <c>3</c>, <c>3+</c>, <c>3+2</c>, <c>3..7</c>, <c>3..7+2</c>.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="numbers">The numbers.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TryParse(string text, out CallNumbers numbers, out string problem)
    {
        Match form = Form().Match(text);
        numbers = default;
        problem = "";
        if (!form.Success || !IsNumber("first", 0, out long first) || !IsNumber("last", long.MaxValue, out long last) || !IsNumber("step", 1, out long step))
        {
            problem = $"'{text}' are no numbers of calls; expected for example 3, 3+ (from the third on), 3+2 (every second from there), 3..7 or 3..7+2";
            return false;
        }
        if (first == 0 || step == 0) problem = $"'{text}': calls are numbered from 1, and a step is 1 or more";
        else if (last < first) problem = $"'{text}': the last comes before the first";
        bool isBounded = form.Groups["last"].Success;
        numbers = new CallNumbers(first, isBounded ? last : null, form.Groups["more"].Success && !(isBounded && step == 1) ? step : 0);
        return problem.Length == 0;

        bool IsNumber(string group, long standard, out long number)
        {
            number = standard;
            return !form.Groups[group].Success || long.TryParse(form.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        }
    }

    /// <summary>Whether the call of this number, from 1, is one of them.</summary>
    public bool Contains(long number) =>
        number >= First && number <= (Last ?? (Step == 0 ? First : long.MaxValue)) && (Step <= 1 || (number - First) % Step == 0);

    /// <summary><c>3</c>, <c>3+</c>, <c>3+2</c>, <c>3..7</c>, <c>3..7+2</c>.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{First}") + (Last is { } last ? FormattableString.Invariant($"..{last}") : "") +
        (Step switch { 0 => "", 1 => Last is null ? "+" : "", _ => FormattableString.Invariant($"+{Step}") });
}
