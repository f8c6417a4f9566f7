namespace Falter.EndToEnd.Tests;

public class CommandLineTests
{
    [Fact]
    public void These_tests_run_on_linux() => Assert.True(OperatingSystem.IsLinux());
}
