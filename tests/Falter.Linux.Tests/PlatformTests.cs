namespace Falter.Linux.Tests;

public class PlatformTests
{
    [Fact]
    public void These_tests_run_on_linux() => Assert.True(OperatingSystem.IsLinux());
}
