using System.Text.RegularExpressions;

namespace Falter.Report;

/// <summary><c>${address:ROLE}</c> in commands, URLs and environments: where a role can be reached.</summary>
internal static partial class AddressReferences
{
    [GeneratedRegex(@"\$\{address:([^}]*)\}")]
    private static partial Regex Reference();

    /// <summary>The roles that a text names.</summary>
    public static IEnumerable<string> RolesIn(string text) => Reference().Matches(text).Select(m => m.Groups[1].Value);

    /// <summary>The text with an address in their place.</summary>
    public static string Replace(string text, string address) => Reference().Replace(text, address);
}
