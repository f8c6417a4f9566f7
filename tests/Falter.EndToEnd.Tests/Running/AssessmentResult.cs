using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary>What <c>falter assess</c> has written about a small server, read from its run folder.</summary>
internal sealed record AssessmentResult(int ExitCode, JsonElement Verdict, string Talk)
{
    // Short phases, long enough for a majority of probes: 20 in the baseline, 10 in the inspection.
    private static readonly string[] s_short =
    [
        "--observe", "2s", "--interval", "500ms", "--warm-up", "300ms", "--baseline", "2s", "--inject", "2s", "--recover", "500ms", "--check-interval", "100ms",
        "--timeout", "500ms", "--rate", "50/s", "--seed", "7",
    ];

    /// <summary>Assesses a server by its own page.</summary>
    /// <param name="server">Its page is the check and the workload.</param>
    /// <param name="models">The most models that are tried.</param>
    /// <param name="target">Options that name the target; the server is launched where there are none.</param>
    public static async Task<AssessmentResult> OfAsync(RealServer server, int models, params string[] target)
    {
        string folder = Directory.CreateTempSubdirectory("falter-test-run-").FullName;
        try
        {
            string[] launch = target.Length == 0 ? ["--", .. server.Command] : [];
            FalterResult result = await FalterProcess.RunAsync(["assess", "--check", server.Url, "--workload", server.Url, .. s_short, "--max-models", $"{models}", "-o", folder, .. target, .. launch]);
            Assert.True(result.ExitCode is 0 or 1, result.ToString());
            return new AssessmentResult(result.ExitCode, JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "verdict.json"))).RootElement, result.ToString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public JsonElement Model(string name) => Verdict.GetProperty("models").EnumerateArray().Single(m => $"{m.GetProperty("syscall")}:{m.GetProperty("errno")}" == name);

    /// <summary>
    /// The verdict on a model, with what it rests on as the reason where it is another. Where a resilient server only took longer, nothing can be said:
    /// that is what a machine that is busy with something else does to it.
    /// </summary>
    public void Judged(string model, string verdict)
    {
        IEnumerable<string> evidence = Model(model).GetProperty("evidence").EnumerateArray().Select(e => e.GetProperty("text").GetString()!);
        bool onlySlower = Model(model).GetProperty("verdict").GetString() == "degraded" &&
            evidence.All(e => e.Contains("took longer", StringComparison.Ordinal) || e.StartsWith("Back to the baseline", StringComparison.Ordinal));
        if (verdict == "resilient" && onlySlower) Assert.Skip("this machine was too busy: answers took longer for no other reason");
        Assert.True(Model(model).GetProperty("verdict").GetString() == verdict, $"expected {verdict}: {Model(model)}\n{Talk}");
    }

    public string EvidenceOf(string model) => Model(model).GetProperty("evidence").ToString();
}
