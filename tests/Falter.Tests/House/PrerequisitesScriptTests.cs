namespace Falter.Tests.House;

/// <summary><c>eng/prerequisites</c> on a machine on which most is missing: a PATH with little in it and an apt-get that only notes how it was called.</summary>
public sealed class PrerequisitesScriptTests : IDisposable
{
    private readonly ScriptSandbox _sandbox = new();
    private readonly string _path;

    public PrerequisitesScriptTests()
    {
        _path = _sandbox.Tools;
        foreach (string tool in new[] { "bash", "cat", "grep", "tail", "mktemp", "rm", "chmod", "flock", "dirname", "readlink" }) Link(tool);
        ScriptSandbox.Executable(Path.Combine(_path, "dotnet"), "echo '10.0.100 [/nowhere]'");
        ScriptSandbox.Executable(Path.Combine(_path, "apt-get"), "echo \"$DEBIAN_FRONTEND $@\" >> \"$FALTER_NOTES/apt-get\"; [[ -e /usr/sbin/policy-rc.d ]] && echo yes >> \"$FALTER_NOTES/policy\"");
        ScriptSandbox.Executable(Path.Combine(_path, "apt-cache"), "exit 0");
    }

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void Without_installing_it_lists_what_is_missing_and_what_for()
    {
        (int code, string output, _) = Run("--no-install", "--for", "test");
        Assert.Equal(3, code);
        Assert.Matches("(?m)^  strace +checks what a target really met", output);
        Assert.Contains("install them as root with: apt-get install --no-install-recommends ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("bpftrace", output, StringComparison.Ordinal);
        Assert.Empty(_sandbox.Noted("apt-get"));
    }

    [Fact]
    public void What_two_groups_need_is_listed_once_with_both_reasons()
    {
        (_, string output, _) = Run("--no-install");
        string line = Assert.Single(output.Split('\n'), l => l.StartsWith("  strace ", StringComparison.Ordinal));
        Assert.Contains("; the peer that the benchmarks compare with", line, StringComparison.Ordinal);
    }

    [Fact]
    public void As_root_it_installs_with_one_call_that_asks_nothing_and_lets_no_service_start()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("only root may install");
        bool before = File.Exists("/usr/sbin/policy-rc.d");
        (int code, string output, _) = Run("--for", "bench");
        string call = Assert.Single(_sandbox.Noted("apt-get"));
        Assert.StartsWith("noninteractive -q -y ", call);
        Assert.Contains(" install --no-install-recommends ", call, StringComparison.Ordinal);
        Assert.EndsWith(" bpftrace", call);
        Assert.Equal(["yes"], _sandbox.Noted("policy"));
        Assert.Equal(before, File.Exists("/usr/sbin/policy-rc.d"));
        // The stand-in installed nothing, and that is not taken for success.
        Assert.Equal(3, code);
        Assert.Contains("still missing", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_sdk_is_reported_with_how_to_get_it()
    {
        ScriptSandbox.Executable(Path.Combine(_path, "dotnet"), "echo '8.0.100 [/nowhere]'");
        (int code, string output, _) = Run("--no-install", "--for", "build");
        Assert.Equal(3, code);
        Assert.Contains("the .NET SDK 10", output, StringComparison.Ordinal);
        Assert.Contains("https://", output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_option_or_group_is_a_usage_error()
    {
        Assert.Equal(2, Run("--for", "everything").Code);
        Assert.Equal(2, Run("--force").Code);
    }

    private (int Code, string Output, string Error) Run(params string[] arguments) =>
        _sandbox.RunWith([("PATH", _path), ("DOTNET_ROOT", "")], Repository.PathOf("eng/prerequisites"), arguments);

    private void Link(string tool) =>
        File.CreateSymbolicLink(Path.Combine(_path, tool), new[] { "/usr/bin", "/bin" }.Select(f => Path.Combine(f, tool)).First(File.Exists));
}
