using System.Globalization;
using System.Text.RegularExpressions;
using Falter.Records;
using Falter.Report;

namespace Falter.Tests.House;

/// <summary>What the page of rules shows is what the parser takes, refuses and draws.</summary>
public partial class RulesPageTests
{
    private static readonly string s_page = File.ReadAllText(Repository.PathOf("docs/reference/rules.md"));

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"^\| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| `0x([0-9a-f]+)` \| ([0-9.]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Lots();

    private static IEnumerable<string> BlocksOf(string kind) => Blocks().Matches(s_page).Where(m => m.Groups[1].Value == kind).Select(m => m.Groups[2].Value);

    private static IReadOnlyList<string> Rules(string block) => [.. block.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(" #")[0].TrimEnd())];

    [Fact]
    public void Every_rule_on_the_page_is_read_and_its_canonical_text_too()
    {
        Assert.True(BlocksOf("rules").Count() >= 6);
        foreach (string rule in BlocksOf("rules").SelectMany(Rules))
        {
            Fault fault = Assert.Single(FaultParser.Parse([rule]));
            Assert.Equal(fault.ToString(), Assert.Single(FaultParser.Parse([fault.ToString()!])).ToString());
        }
    }

    [Fact]
    public void Rules_that_follow_each_other_can_all_act() =>
        Assert.Equal(2, FaultParser.Parse(Rules(Assert.Single(BlocksOf("rules"), b => b.StartsWith("openat:error=EIO:path=/data/**", StringComparison.Ordinal)))).Count);

    [Fact]
    public void Every_rule_that_the_page_calls_wrong_is_refused() =>
        Assert.All(BlocksOf("refused").SelectMany(Rules), rule => Assert.Throws<FalterException>(() => FaultParser.Parse([rule])));

    [Fact]
    public void The_file_on_the_page_is_read_and_written_again()
    {
        FaultsDocument document = FaultsFile.Parse(Assert.Single(BlocksOf("yaml")), "rules.md");
        Assert.Equal(6, document.Faults.Count);
        string written = FaultsYaml.Of(document.Faults, document.Seed, document.Duration);
        Assert.Equal(document.Faults.Select(f => f.ToString()), FaultsFile.Parse(written, "written").Faults.Select(f => f.ToString()));
    }

    [Theory]
    [InlineData("read")]
    [InlineData("process")]
    [InlineData("network")]
    [InlineData("container")]
    public void Every_field_is_described(string head)
    {
        string message = Assert.Throws<FalterException>(() => FaultParser.Parse([$"{head}:qqqqqqqqqqqq"])).Findings[0].Message;
        string[] keys = message[(message.IndexOf("there are ", StringComparison.Ordinal) + 10)..message.IndexOf("; expected", StringComparison.Ordinal)].Split(", ");
        Assert.True(keys.Length > 4);
        Assert.All(keys, k => Assert.Matches($@"`({head}:)?{k}[=`]", s_page));
    }

    [Fact]
    public void The_lots_on_the_page_are_those_that_are_drawn()
    {
        Match[] rows = Lots().Matches(s_page).ToArray();
        Assert.Equal(7, rows.Length);
        foreach (Match row in rows)
        {
            int[] n = [.. Enumerable.Range(1, 5).Select(i => int.Parse(row.Groups[i].ValueSpan, CultureInfo.InvariantCulture))];
            Assert.Equal(ulong.Parse(row.Groups[6].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture), Decision.Bits((ulong)n[0], n[1], n[2], n[3], (LotPurpose)n[4]));
            Assert.Equal(double.Parse(row.Groups[7].ValueSpan, CultureInfo.InvariantCulture), Decision.Lot((ulong)n[0], n[1], n[2], n[3], (LotPurpose)n[4]), 6);
        }
    }
}
