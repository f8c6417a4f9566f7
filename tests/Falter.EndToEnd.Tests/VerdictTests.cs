namespace Falter.EndToEnd.Tests;

/// <summary>
/// Every verdict on a launched server that earns it. By nature nine of ten looks for a file end in ENOENT; injected, all do, the one that never failed
/// included. So nothing here depends on a lot.
/// </summary>
public class VerdictTests
{
    private const string Look = "access:ENOENT";

    [Theory]
    [InlineData("copes", "resilient", 0, "checks passed")]
    [InlineData("degrades", "degraded", 0, "while errors were injected")]
    [InlineData("remembers", "corrupted", 1, "after recovery, with nothing injected")]
    [InlineData("hangs", "hung", 1, "timeout after 500ms")]
    public async Task A_server_is_judged_by_what_the_error_does_to_it(string manner, string verdict, int exitCode, string evidence)
    {
        Needs.Root();
        using RealServer server = RealServer.Answers(manner);
        AssessmentResult result = await AssessmentResult.OfAsync(server, models: 1);
        result.Judged(Look, verdict);
        Assert.Equal(1, result.Model(Look).GetProperty("injected_rate").GetDouble());
        // One that hangs makes no more calls: as many as it has begun to answer by then.
        Assert.True(result.Model(Look).GetProperty("injected").GetInt64() >= (manner == "hangs" ? 1 : 10), result.EvidenceOf(Look));
        Assert.Contains(evidence, result.EvidenceOf(Look));
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Empty(Shell.ProcessesWith(server.Folder));
    }
}
