using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary><c>docs/reference/codes.md</c>, generated from the table that the program uses.</summary>
public static class CodesPage
{
    public static string Render()
    {
        var page = new StringBuilder();
        page.Append("""
            # Codes

            Every finding, warning and refusal of Falter bears a code in words. Codes are stable: filter on them in CI.
            This page is generated from `FindingCodes` in `src/Falter.Records/Runs`; a test holds the two equal.

            | code | cause | remedy |
            |---|---|---|

            """);
        foreach ((string code, string cause, string remedy) in FindingCodes.All) page.Append($"| `{code}` | {cause} | {remedy} |\n");
        return page.ToString();
    }
}
