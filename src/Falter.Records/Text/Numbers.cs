using System.Globalization;

namespace Falter.Records;

/// <summary>Numbers as arguments of system calls are written: <c>4096</c>, <c>0x1000</c>, <c>-1</c>, <c>4KiB</c>.</summary>
public static class Numbers
{
    /// <summary>Reads a number of 64 bits.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="value">As a register holds it: a negative one is its two's complement.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TryParse(string text, out ulong value, out string problem)
    {
        problem = "";
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)) return true;
        // C reads 010 as 8.
        bool isOctal = text.Length > 1 && text[0] == '0' && !text.AsSpan().ContainsAnyExceptInRange('0', '9');
        if (!isOctal && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)) return true;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long signed) && signed < 0)
        {
            value = (ulong)signed;
            return true;
        }
        value = 0;
        if (!isOctal && Sizes.TryParse(text, out long bytes, out _))
        {
            value = (ulong)bytes;
            return true;
        }
        problem = isOctal ? $"'{text}' begins with 0, which C takes for octal; write {text.TrimStart('0').PadLeft(1, '0')}, or hexadecimal with 0x" : $"'{text}' is no number; expected for example 4096, 0x1000, -1 or 4KiB";
        return false;
    }
}
