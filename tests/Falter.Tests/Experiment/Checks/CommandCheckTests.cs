using Falter.Experiment;
using Falter.Records;

namespace Falter.Tests.Experiment.Checks;

public class CommandCheckTests
{
    [Theory]
    [InlineData("true", 0, null, true, "exit 0")]
    [InlineData("echo bad >&2; exit 3", 0, null, false, "exit 3: bad")]
    [InlineData("exit 3", 3, null, true, "exit 3")]
    [InlineData("true", 3, null, false, "exit 0")]
    [InlineData("echo one; echo PONG", 0, "^PONG", false, "the output does not match: PONG")]
    [InlineData("echo one; echo PONG", 0, "(?m)^PONG$", true, "exit 0")]
    [InlineData("echo PONG >&2", 0, "PONG", false, "the output does not match: PONG")]
    public async Task Passes_by_exit_status_and_output(string command, int exitCode, string? output, bool passed, string detail) =>
        Assert.Equal(new ProbeResult(passed, Answered: true, detail), await Given.ProbeAsync(Given.Command(command) with { ExitCode = exitCode, Output = output }));

    [Theory]
    [InlineData("echo 0.25; echo a warning >&2", true, "0.25", 0.25)]
    [InlineData("printf ' -3e2 '", false, "-300; expected from 0 to 1", -300.0)]
    [InlineData("echo many", false, "the output is no number: 'many'", null)]
    [InlineData("true", false, "the output is no number: ''", null)]
    public async Task Passes_by_the_number_that_it_writes(string command, bool passed, string detail, double? value) =>
        Assert.Equal(new ProbeResult(passed, Answered: true, detail, value), await Given.ProbeAsync(Given.Command(command) with { Value = new Tolerance(0, 1) }));
}
