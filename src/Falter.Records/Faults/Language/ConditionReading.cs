using System.Globalization;

namespace Falter.Records;

/// <summary>Which of the matching calls a rule acts on.</summary>
internal static class ConditionReading
{
    public static readonly string[] Keys = ["rate", "burst", "when", "count"];

    public static CallCondition Read(FaultReading reading)
    {
        var condition = new CallCondition
        {
            Rate = reading.Value<double>("rate", TryReadRate) ?? 1,
            Burst = reading.Value<double>("burst", TryReadBurst),
            When = reading.Value<CallNumbers>("when", CallNumbers.TryParse),
            Count = reading.Value<long>("count", TryReadCount),
        };
        if (reading.Has("when") && reading.AnyOf(["rate", "burst"]) is { } chance)
        {
            reading.Refuse("when", $"when and {chance}: numbers and chance are two ways to choose calls; take one of them");
        }
        else if (condition.Burst is not null && !reading.Has("rate"))
        {
            reading.Refuse("burst", "burst needs a rate: without one every call is acted on, and there are no runs; expected for example rate=5%:burst=3");
        }
        else if (condition.Burst is { } burst && condition.Rate < 1 && condition.Rate > Decision.HighestBurstRate(burst))
        {
            // Rounded down, so that what is told can be written.
            double highest = Math.Floor(Decision.HighestBurstRate(burst) * 10_000) / 10_000;
            reading.Refuse("burst", FormattableString.Invariant($"runs of {burst} calls cannot make up {Shares.Format(condition.Rate)} of all, since one call at least lies between two runs; the highest rate is {Shares.Format(highest)}, or 100%"));
        }
        return condition;
    }

    private static bool TryReadRate(string text, out double rate, out string problem)
    {
        if (!Shares.TryParse(text, out rate, out problem)) return false;
        if (rate == 0) problem = "a rule that never acts on a call does nothing; leave it out";
        return rate > 0;
    }

    private static bool TryReadBurst(string text, out double burst, out string problem)
    {
        problem = $"'{text}' is no mean length of a run of calls; expected 1 or more, for example burst=3.5";
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out burst) && burst >= 1 && double.IsFinite(burst);
    }

    private static bool TryReadCount(string text, out long count, out string problem)
    {
        problem = $"'{text}' is no number of calls; expected 1 or more, for example count=100";
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
    }
}
