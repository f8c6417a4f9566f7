using System.Diagnostics;

namespace Falter.Tests.House;

/// <summary>The launcher <c>falter</c>: builds when it must, only then, and only once.</summary>
public sealed class LauncherScriptTests : IDisposable
{
    // The build takes a moment, so that a second launcher that did not wait would build too.
    private const string Dotnet = """
        echo "$@" >> "$FALTER_NOTES/dotnet"
        [[ ${FALTER_BUILD_FAILS-} ]] && { echo 'Program.cs(1,1): error CS1002: ; expected'; exit 1; }
        folder=$(dirname "$(dirname "$2")")/artifacts/bin/Falter.Cli/release
        mkdir -p "$folder"
        read -t 0.3 _ < <(:; sleep 1) || true
        printf '#!/bin/bash\necho "falter got:"; printf "<%%s>" "$@"; exit 7\n' > "$folder/falter"
        chmod +x "$folder/falter"
        """;

    private readonly ScriptSandbox _sandbox = new();

    public LauncherScriptTests() => ScriptSandbox.Executable(Path.Combine(_sandbox.Tools, "dotnet"), Dotnet);

    private string Falter => Path.Combine(_sandbox.Root, "falter");

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void The_first_run_builds_says_so_and_passes_arguments_and_exit_code_on()
    {
        (int code, string output, string error) = _sandbox.Run(Falter, "run me", "--x");
        Assert.Equal(7, code);
        Assert.Equal("falter got:\n<run me><--x>", output);
        Assert.Equal("building falter (first run) …\n", error);
    }

    [Fact]
    public void The_second_run_calls_no_dotnet_and_no_prerequisites()
    {
        _sandbox.Run(Falter);
        (int code, _, string error) = _sandbox.Run(Falter);
        Assert.Equal(7, code);
        Assert.Equal("", error);
        Assert.Single(_sandbox.Noted("dotnet"));
        Assert.Single(_sandbox.Noted("prerequisites"));
    }

    [Fact]
    public void A_changed_a_new_and_a_deleted_source_each_cause_a_build()
    {
        string source = Path.Combine(_sandbox.Root, "src/Program.cs"), other = Path.Combine(_sandbox.Root, "src/Other.cs");
        _sandbox.Run(Falter);
        File.WriteAllText(source, "// changed");
        _sandbox.Run(Falter);
        Assert.Equal(2, _sandbox.Noted("dotnet").Length);
        File.WriteAllText(other, "// new");
        _sandbox.Run(Falter);
        Assert.Equal(3, _sandbox.Noted("dotnet").Length);
        File.Delete(other);
        _sandbox.Run(Falter);
        Assert.Equal(4, _sandbox.Noted("dotnet").Length);
    }

    [Fact]
    public void Launchers_that_start_at_once_build_once()
    {
        Process[] launchers = [.. Enumerable.Range(0, 3).Select(_ => _sandbox.Start([], Falter))];
        Assert.All(launchers, l => Assert.True(l.WaitForExit(TimeSpan.FromSeconds(30))));
        Assert.All(launchers, l => Assert.Equal(7, l.ExitCode));
        Assert.Single(_sandbox.Noted("dotnet"));
        foreach (Process launcher in launchers) launcher.Dispose();
    }

    [Fact]
    public void It_works_through_a_symbolic_link()
    {
        string link = Path.Combine(_sandbox.Tools, "falter-link");
        File.CreateSymbolicLink(link, Falter);
        Assert.Equal(7, _sandbox.Run(link).Code);
    }

    [Fact]
    public void A_failed_build_shows_the_error_and_is_tried_again_next_time()
    {
        (int code, string output, string error) = _sandbox.RunWith([("FALTER_BUILD_FAILS", "1")], Falter);
        Assert.Equal(4, code);
        Assert.Equal("", output);
        Assert.Contains("error CS1002", error, StringComparison.Ordinal);
        Assert.Equal(7, _sandbox.Run(Falter).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_install_is_passed_on_and_not_to_the_program(bool byOption)
    {
        (int _, string output, _) = byOption ? _sandbox.Run(Falter, "--no-install", "doctor") : _sandbox.RunWith([("FALTER_NO_INSTALL", "1")], Falter, "doctor");
        Assert.EndsWith("<doctor>", output);
        Assert.Equal(["--for build --no-install"], _sandbox.Noted("prerequisites"));
    }

    [Fact]
    public void The_demo_asks_for_its_own_prerequisites_also_when_nothing_is_built()
    {
        _sandbox.Run(Falter);
        _sandbox.Run(Falter, "demo");
        Assert.Equal(["--for build", "--for run"], _sandbox.Noted("prerequisites"));
    }

    [Fact]
    public void Missing_prerequisites_end_with_exit_code_3_and_build_nothing()
    {
        Assert.Equal(3, _sandbox.RunWith([("FALTER_PREREQUISITES", "3")], Falter).Code);
        Assert.Empty(_sandbox.Noted("dotnet"));
    }
}
