using System.Globalization;

namespace Falter.EndToEnd.Tests;

/// <summary>Servers that Falter did not start and cannot start again: what one model has broken is not blamed on the next.</summary>
public class AttachedVerdictTests
{
    private const string Look = "access:ENOENT", Link = "readlink:ENOENT";

    [Fact]
    public async Task One_of_two_attached_servers_that_dies_is_a_crash_and_the_other_goes_on()
    {
        Needs.Root();
        using RealServer dying = RealServer.Answers("aborts"), other = RealServer.Answers("degrades");
        await dying.StartAsync();
        await other.StartAsync();
        AssessmentResult result = await AssessmentResult.OfAsync(dying, 2, "-p", Text(dying.Pid), "-p", Text(other.Pid));
        result.Judged(Look, "crashed");
        Assert.Contains("SIGABRT", result.EvidenceOf(Look));
        result.Judged(Link, "unknown");
        Assert.Contains("target-gone", result.Verdict.GetProperty("findings").ToString());
        Assert.Equal(0, await other.FailuresOfAsync(20));
    }

    [Fact]
    public async Task The_next_model_is_not_judged_on_a_server_that_the_last_one_broke()
    {
        Needs.Root();
        using RealServer server = RealServer.Answers("remembers");
        await server.StartAsync();
        AssessmentResult result = await AssessmentResult.OfAsync(server, 2, "-p", Text(server.Pid));
        result.Judged(Look, "corrupted");
        result.Judged(Link, "unknown");
        Assert.Contains("target-not-restored", result.Verdict.GetProperty("findings").ToString());
        Assert.True(Shell.IsRunning(server.Pid));
    }

    private static string Text(int pid) => pid.ToString(CultureInfo.InvariantCulture);
}
