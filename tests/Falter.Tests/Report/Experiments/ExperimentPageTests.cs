using System.Text.RegularExpressions;
using Falter.Report;
using Falter.Tests.House;

namespace Falter.Tests.Report;

/// <summary>The page of the experiment file. With FALTER_UPDATE=1 it is written anew.</summary>
public partial class ExperimentPageTests
{
    private static readonly string s_path = Repository.PathOf("docs/reference/experiment-file.md");

    [GeneratedRegex(@"^```yaml\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex YamlBlock();

    /// <summary>The whole file that the page shows.</summary>
    public static string File => Assert.Single(YamlBlock().Matches(ExperimentPage.Render())).Groups[1].Value;

    [Fact]
    public void The_page_is_what_the_program_reads_by()
    {
        if (Environment.GetEnvironmentVariable("FALTER_UPDATE") == "1") System.IO.File.WriteAllText(s_path, ExperimentPage.Render());
        Assert.True(System.IO.File.Exists(s_path) && System.IO.File.ReadAllText(s_path) == ExperimentPage.Render(), "docs/reference/experiment-file.md is out of date; run the tests once with FALTER_UPDATE=1");
    }

    [Fact]
    public void Every_link_to_a_map_has_its_heading()
    {
        string page = ExperimentPage.Render();
        foreach (Match link in Regex.Matches(page, @"\]\(#([a-z_]+)\)")) Assert.Contains($"\n### {link.Groups[1].Value}\n", page);
    }

    [Fact]
    public void The_file_on_the_page_is_read() => Assert.Equal(4, ExperimentFile.Parse(File, "shop.yaml").Checks.Count);
}
