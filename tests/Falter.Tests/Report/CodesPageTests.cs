using Falter.Report;

namespace Falter.Tests.Report;

public class CodesPageTests
{
    [Fact]
    public void The_page_of_codes_is_what_the_program_uses()
    {
        string page = Path.Combine(Root(), "docs", "reference", "codes.md");
        if (Environment.GetEnvironmentVariable("FALTER_UPDATE") == "1") File.WriteAllText(page, CodesPage.Render());
        Assert.True(File.Exists(page) && File.ReadAllText(page) == CodesPage.Render(), "docs/reference/codes.md is out of date; run the tests once with FALTER_UPDATE=1");
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Falter.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("the tests do not run inside the repository");
    }
}
