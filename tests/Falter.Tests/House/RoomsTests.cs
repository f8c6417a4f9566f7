using System.Text.RegularExpressions;
using System.Xml.Linq;
using Falter.Records;

namespace Falter.Tests.House;

/// <summary>The house stays as ARCHITECTURE.md draws it.</summary>
public partial class RoomsTests
{
    private const int LongestFile = 500;

    [GeneratedRegex(@"^\| `(Falter\.\w+)` \|[^|]*\| ([^|]+) \|$")]
    private static partial Regex RoomRow();

    [GeneratedRegex("LibraryImport|DllImport")]
    private static partial Regex PInvoke();

    [GeneratedRegex("\"[^\"\\n]*/(proc|sys)(/|\")")]
    private static partial Regex KernelPath();

    [GeneratedRegex(@"\b(?:Usage|Cannot|Note|Limits|Blocks|Refusal)\(\s*([^,()]*""[^,()]*),")]
    private static partial Regex FindingCall();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Literal();

    [GeneratedRegex("(Manager|Helpers?|Util(s|ities|ity)?|Common)(\\.|$)")]
    private static partial Regex EmptyName();

    [Fact]
    public void Every_room_references_exactly_what_the_architecture_page_allows()
    {
        Dictionary<string, string> table = File.ReadLines(Repository.PathOf("ARCHITECTURE.md")).Select(l => RoomRow().Match(l)).Where(m => m.Success)
            .ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value.Trim());
        Dictionary<string, string> projects = Repository.Files("src", ".csproj").ToDictionary(f => Path.GetFileNameWithoutExtension(f), ReferencesOf);
        Assert.Equal(projects.Keys.Order(), table.Keys.Order());
        Assert.All(projects, p => Assert.Equal($"{p.Key} → {table[p.Key]}", $"{p.Key} → {p.Value}"));
    }

    [Fact]
    public void Only_one_room_enters_the_kernel()
    {
        string[] inside = [.. Sources().Where(f => f.StartsWith("src/Falter.Linux/", StringComparison.Ordinal))];
        Assert.Contains(inside, f => CodeLines(f).Any(l => PInvoke().IsMatch(l.Text)));
        Assert.Contains(inside, f => CodeLines(f).Any(l => KernelPath().IsMatch(l.Text)));
        string[] trespasses =
        [
            .. Sources().Except(inside).SelectMany(f => CodeLines(f).Where(l => PInvoke().IsMatch(l.Text) || KernelPath().IsMatch(l.Text))
                .Select(l => $"{f}:{l.Number}: {l.Text.Trim()}")),
        ];
        Assert.Empty(trespasses);
    }

    [Fact]
    public void No_file_is_too_long_to_be_read_in_one_go()
    {
        IEnumerable<string> files = new[] { "src", "tests", "bpf", "bench", "eng" }.SelectMany(f => Repository.Files(f, ".cs", ".c", ".h", ".bash", ".py")).Concat(["falter", "test"]);
        Assert.DoesNotContain(files, f => File.ReadLines(Repository.PathOf(f)).Count() > LongestFile);
    }

    [Fact]
    public void No_file_has_a_name_that_says_nothing() =>
        Assert.DoesNotContain(new[] { "src", "tests", "bpf" }.SelectMany(f => Repository.Files(f)), f => EmptyName().IsMatch(Path.GetFileName(f)));

    [Fact]
    public void Every_finding_code_in_the_source_is_in_the_table()
    {
        string[] used =
        [
            .. Sources().SelectMany(f => FindingCall().Matches(string.Join('\n', CodeLines(f).Select(l => l.Text))))
                .SelectMany(m => Literal().Matches(m.Groups[1].Value)).Select(m => m.Groups[1].Value).Distinct(),
        ];
        Assert.Contains("feature-missing", used);
        Assert.Contains("no-target", used);
        Assert.DoesNotContain(used, c => !FindingCodes.Contains(c));
    }

    [Theory]
    [InlineData("[LibraryImport(\"libc\")]", true, false)]
    [InlineData("File.ReadAllText(\"/proc/self/status\")", false, true)]
    [InlineData("$\"/proc/{pid}/stat\"", false, true)]
    [InlineData("Directory.Exists(\"/sys\")", false, true)]
    [InlineData("var x = \"/process\" + \"/system/\";", false, false)]
    public void The_patterns_of_this_test_find_what_they_should(string line, bool pInvoke, bool kernelPath)
    {
        Assert.Equal(pInvoke, PInvoke().IsMatch(line));
        Assert.Equal(kernelPath, KernelPath().IsMatch(line));
    }

    [Theory]
    [InlineData("FileHelper.cs", true)]
    [InlineData("ProcessManager.cs", true)]
    [InlineData("StringUtils.cs", true)]
    [InlineData("Common.cs", true)]
    [InlineData("CommandLine.cs", false)]
    [InlineData("Utilization.cs", false)]
    public void Names_that_say_nothing_are_known(string file, bool empty) => Assert.Equal(empty, EmptyName().IsMatch(file));

    private static IEnumerable<string> Sources() => Repository.Files("src", ".cs");

    /// <summary>Lines without those that are comments only.</summary>
    private static IEnumerable<(int Number, string Text)> CodeLines(string file) =>
        File.ReadLines(Repository.PathOf(file)).Select((text, index) => (Number: index + 1, Text: text)).Where(l => !l.Text.AsSpan().TrimStart().StartsWith("//"));

    /// <summary>In the order of the project file, as the table lists them.</summary>
    private static string ReferencesOf(string project)
    {
        string[] names = [.. XDocument.Load(Repository.PathOf(project)).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)["Falter.".Length..])];
        return names.Length == 0 ? "nothing" : string.Join(", ", names);
    }
}
