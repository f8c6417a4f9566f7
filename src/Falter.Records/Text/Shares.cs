using System.Globalization;

namespace Falter.Records;

/// <summary>Shares of a whole, 0 to 1: written <c>5%</c> or <c>0.05</c>. A number above 1 without a percent sign is refused, with what was probably meant.</summary>
public static class Shares
{
    /// <summary>Reads a share.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="share">0 to 1.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TryParse(string text, out double share, out string problem)
    {
        bool percent = text.EndsWith('%');
        problem = "";
        if (!double.TryParse(percent ? text.AsSpan(0, text.Length - 1) : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out share) || !double.IsFinite(share))
        {
            problem = $"'{text}' is no share; expected for example 5% or 0.05";
            return false;
        }
        if (percent) share /= 100;
        if (share is >= 0 and <= 1) return true;
        problem = percent
            ? $"{text} is more than the whole; a share is at most 100%"
            : $"a share of {text} is more than the whole; write {text}% for {text} in a hundred, or a number from 0 to 1";
        return false;
    }

    /// <summary>A share in percent with three significant digits: <c>0.41%</c>, <c>12.6%</c>, <c>100%</c>.</summary>
    public static string Format(double share)
    {
        double percent = share * 100;
        if (percent == 0) return "0%";
        int decimals = percent >= 100 ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(percent)), 0, 10);
        return Math.Round(percent, decimals).ToString(decimals == 0 ? "0" : "0." + new string('#', decimals), CultureInfo.InvariantCulture) + "%";
    }
}
