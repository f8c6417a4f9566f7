namespace Falter.Tests.House;

/// <summary>The script <c>test</c>: its last line and exit code are what people and CI rely on.</summary>
public sealed class TestScriptTests : IDisposable
{
    // "test PROJECT … --logger trx;LogFileName=FILE": copies the canned result of that project, and ends with its canned code.
    private const string Dotnet = """
        if [[ $1 == build ]]; then exit ${FALTER_BUILD_CODE:-0}; fi
        canned=${2%.csproj}
        for option; do [[ $option == trx\;LogFileName=* ]] && trx=${option#trx;LogFileName=}; done
        [[ -e $canned.trx ]] && cp "$canned.trx" "$trx"
        [[ -e $canned.out ]] && cat "$canned.out"
        echo "$@" >> "$FALTER_NOTES/dotnet"
        exit $(cat "$canned.code" 2>/dev/null || echo 0)
        """;

    private const string Passed = "<UnitTestResult testName=\"A.Works\" outcome=\"Passed\" />";
    private const string Failed = "<UnitTestResult testName=\"A.Breaks\" outcome=\"Failed\">\n<Output><ErrorInfo>\n<Message>boom</Message></ErrorInfo></Output></UnitTestResult>";
    private const string Skipped =
        "<UnitTestResult testName=\"A.Waits(x: &quot;y&quot;)\" outcome=\"NotExecuted\">\n<Output>\n<ErrorInfo>\n<Message>this machine lacks tp-btf (a &amp; b)</Message>\n</ErrorInfo></Output></UnitTestResult>";

    private readonly ScriptSandbox _sandbox = new();

    public TestScriptTests() => ScriptSandbox.Executable(Path.Combine(_sandbox.Tools, "dotnet"), Dotnet);

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void Projects_are_summed_up_and_skipped_tests_are_listed_with_their_reason()
    {
        Project("One.Tests", [Passed, Passed, Skipped]);
        Project("Two.Tests", [Passed]);
        (int code, string[] lines) = Test();
        Assert.Equal(0, code);
        Assert.Equal("3 passed, 0 failed, 1 skipped", lines[^1]);
        Assert.Contains("  skipped: A.Waits(x: \"y\"): this machine lacks tp-btf (a & b)", lines);
    }

    [Fact]
    public void A_failed_test_fails_the_run()
    {
        Project("One.Tests", [Passed, Failed], code: 1);
        (int code, string[] lines) = Test();
        Assert.Equal(1, code);
        Assert.Equal("1 passed, 1 failed, 0 skipped", lines[^1]);
    }

    [Theory]
    [InlineData(134, "")]
    [InlineData(0, "[xUnit.net 00:01:01.67]     [FATAL ERROR] Xunit.Sdk.TestPipelineException")]
    [InlineData(0, "The active test run was aborted. Reason: Test host process crashed : Test Run Aborted.")]
    public void A_crashed_test_host_counts_as_a_failure_even_if_the_rest_passed(int hostCode, string output)
    {
        Project("One.Tests", [Passed], hostCode, output);
        (int code, string[] lines) = Test();
        Assert.Equal(1, code);
        Assert.Equal("1 passed, 1 failed, 0 skipped", lines[^1]);
        Assert.Contains(lines, l => l.StartsWith("One.Tests: the test host crashed", StringComparison.Ordinal));
    }

    [Fact]
    public void A_project_without_tests_counts_as_a_failure_unless_a_filter_was_given()
    {
        Project("One.Tests", [Passed]);
        Project("Two.Tests", []);
        Assert.Equal((1, "1 passed, 1 failed, 0 skipped"), LastOf(Test()));
        Assert.Equal((0, "1 passed, 0 failed, 0 skipped"), LastOf(Test("--filter", "Works")));
        Assert.Contains(_sandbox.Noted("dotnet"), l => l.EndsWith("--filter Works", StringComparison.Ordinal));
    }

    [Fact]
    public void No_test_at_all_is_a_failure()
    {
        Project("One.Tests", [Skipped]);
        Assert.Equal((1, "0 passed, 0 failed, 1 skipped"), LastOf(Test()));
    }

    [Fact]
    public void A_failed_build_fails_the_run()
    {
        Project("One.Tests", [Passed]);
        Assert.Equal((1, "0 passed, 0 failed, 0 skipped"), LastOf(Test([("FALTER_BUILD_CODE", "1")])));
    }

    [Fact]
    public void Missing_prerequisites_end_with_exit_code_3() =>
        Assert.Equal((3, "0 passed, 0 failed, 0 skipped"), LastOf(Test([("FALTER_PREREQUISITES", "3")], "--no-install")));

    private void Project(string name, string[] results, int code = 0, string output = "")
    {
        string folder = Directory.CreateDirectory(Path.Combine(_sandbox.Root, "tests", name)).FullName;
        File.WriteAllText(Path.Combine(folder, $"{name}.csproj"), "");
        File.WriteAllText(Path.Combine(folder, $"{name}.trx"), $"<TestRun>\n<Results>\n{string.Join('\n', results)}\n</Results>\n</TestRun>\n");
        File.WriteAllText(Path.Combine(folder, $"{name}.code"), $"{code}");
        File.WriteAllText(Path.Combine(folder, $"{name}.out"), output + "\n");
    }

    private (int Code, string[] Lines) Test(params string[] arguments) => Test([], arguments);

    private (int Code, string[] Lines) Test((string, string)[] environment, params string[] arguments)
    {
        (int code, string output, _) = _sandbox.RunWith(environment, Path.Combine(_sandbox.Root, "test"), arguments);
        return (code, output.TrimEnd('\n').Split('\n'));
    }

    private static (int Code, string Last) LastOf((int Code, string[] Lines) run) => (run.Code, run.Lines[^1]);
}
