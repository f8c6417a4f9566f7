using System.Globalization;
using System.Text.RegularExpressions;

namespace Falter.EndToEnd.Tests;

/// <summary>Verdicts on a launched server whose processes end, or whose call is not made again.</summary>
public class ProcessVerdictTests
{
    private const string Look = "access:ENOENT", Link = "readlink:ENOENT";

    [Fact]
    public async Task A_server_that_aborts_has_crashed_and_is_started_again_for_the_next_model()
    {
        Needs.Root();
        using RealServer server = RealServer.Answers("aborts");
        AssessmentResult result = await AssessmentResult.OfAsync(server, models: 2);
        result.Judged(Look, "crashed");
        Assert.Contains("SIGABRT", result.EvidenceOf(Look));
        result.Judged(Link, "resilient");
        Assert.True(result.Model(Link).GetProperty("injected").GetInt64() > 0);
        Assert.Equal(1, result.ExitCode);
        Assert.Empty(Shell.ProcessesWith(server.Folder));
    }

    [Fact]
    public async Task A_call_that_no_longer_occurs_is_not_exercised()
    {
        Needs.Root();
        using RealServer server = RealServer.Answers("first-start");
        AssessmentResult result = await AssessmentResult.OfAsync(server, models: 1);
        result.Judged(Look, "not-exercised");
        Assert.Equal(0, result.Model(Look).GetProperty("injected").GetInt64());
        Assert.Contains("fault-not-fired", result.Verdict.GetProperty("findings").ToString());
    }

    [Fact]
    public async Task A_worker_that_a_signal_ends_is_named_while_its_parent_goes_on()
    {
        Needs.Root();
        using RealServer server = RealServer.Answers("worker");
        AssessmentResult result = await AssessmentResult.OfAsync(server, models: 1);
        result.Judged(Look, "degraded");
        Assert.Contains("processes of the target died: answers, killed by SIGABRT", result.EvidenceOf(Look));
        // One worker for each request and probe: nothing is sent twice, so nothing hides behind a second try.
        int deaths = int.Parse(Regex.Match(result.EvidenceOf(Look), "([0-9]+) processes of the target died").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(deaths, 10, 2 * 50 * 2 + 2 * 20);
        Assert.Empty(Shell.ProcessesWith(server.Folder));
    }
}
