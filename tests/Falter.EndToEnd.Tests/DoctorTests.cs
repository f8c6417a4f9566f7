using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Falter.EndToEnd.Tests;

/// <summary><c>falter doctor</c> as a user meets it.</summary>
public partial class DoctorTests
{
    private static readonly string s_falter = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Falter.Cli/release/falter"));

    [GeneratedRegex("^[a-z0-9-]+ +(found|missing|could not tell) +(-|[0-9.]+) +\\S")]
    private static partial Regex Row();

    [Fact]
    public void The_table_has_four_aligned_columns_and_a_last_line_that_agrees_with_the_exit_code()
    {
        (int code, string output, string error) = Run(s_falter, "doctor");
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal("FEATURE                 STATE           SINCE   NEEDED FOR", lines[0]);
        string[] rows = [.. lines.Skip(1).TakeWhile(l => l.Length > 0)];
        Assert.True(rows.Length >= 20, output);
        Assert.All(rows, r => Assert.Matches(Row(), r));
        Assert.All(rows, r => Assert.True(r[23] == ' ' && r[24] != ' ' && r[40] != ' ' && r[48] != ' ', r));
        Assert.StartsWith(code == 0 ? "falter assess -- COMMAND: everything it needs was found" : "falter assess -- COMMAND cannot work here: ", lines[^1]);
        Assert.Contains(code, new[] { 0, 3 });
        Assert.Equal("", error);
    }

    [Fact]
    public void Every_feature_that_was_not_found_has_its_reason_and_remedy_below_the_table()
    {
        (_, string output, _) = Run(s_falter, "doctor");
        foreach (string row in output.Split('\n').Where(l => Row().IsMatch(l) && !l.Contains(" found ", StringComparison.Ordinal)))
        {
            string name = row.Split(' ')[0];
            Assert.Matches($"(?m)^{name}: \\S.*\n  remedy: \\S", output);
        }
    }

    [Fact]
    public void Json_says_the_same_as_the_exit_code()
    {
        (int code, string output, _) = Run(s_falter, "doctor", "--format", "json");
        using var report = JsonDocument.Parse(output);
        Assert.Equal(code == 0, report.RootElement.GetProperty("main_job").GetBoolean());
        bool missing = report.RootElement.GetProperty("features").EnumerateArray()
            .Any(f => f.GetProperty("needed_by_main_job").GetBoolean() && f.GetProperty("state").GetString() != "found");
        Assert.Equal(code == 3, missing);
    }

    [Fact]
    public void Without_root_it_says_honestly_what_it_could_not_tell()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("only root can become another user");
        string[] asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"];
        if (Run("setpriv", [.. asNobody, "test", "-x", s_falter]).Code != 0) Assert.Skip($"{s_falter} is in a folder that other users cannot enter");
        (int code, string output, string error) = Run("setpriv", [.. asNobody, s_falter, "doctor"]);
        Assert.Equal("", error);
        Assert.Equal(3, code);
        Assert.Matches("(?m)^root +missing ", output);
        Assert.Matches("(?m)^tp-btf +could not tell ", output);
        Assert.Contains("tp-btf: needs root", output, StringComparison.Ordinal);
        Assert.Contains("falter assess -- COMMAND cannot work here: root", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_format_is_a_usage_error()
    {
        (int code, _, string error) = Run(s_falter, "doctor", "--format", "xml");
        Assert.Equal(2, code);
        Assert.Contains("xml", error, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        return (process.ExitCode, output, error.Result);
    }
}
