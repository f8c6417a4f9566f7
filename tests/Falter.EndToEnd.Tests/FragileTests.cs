using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary>The sample with six planted mistakes, and its mended twin, each in a short form of its own experiment file.</summary>
public sealed class FragileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-fragile-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Each_planted_mistake_is_found_with_its_verdict()
    {
        Dictionary<string, string> expected = new()
        {
            ["short write"] = "degraded", ["disk full"] = "corrupted", ["no descriptors"] = "crashed", ["interrupted"] = "hung", ["disk error"] = "corrupted", ["timed out"] = "hung",
        };
        (FalterResult result, Dictionary<string, string> verdicts) = await RunAsync("fragile", 18081);
        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(expected.OrderBy(p => p.Key), verdicts.OrderBy(p => p.Key));
    }

    [Fact]
    public async Task The_mended_twin_is_resilient_to_all()
    {
        (FalterResult result, Dictionary<string, string> verdicts) = await RunAsync("sturdy", 18082);
        Assert.Equal(6, verdicts.Count);
        Assert.True(result.ExitCode == 0 && verdicts.Values.All(v => v == "resilient"), $"{string.Join(", ", verdicts)}\n{result}");
    }

    private async Task<(FalterResult, Dictionary<string, string>)> RunAsync(string kind, int port)
    {
        Needs.Root();
        string sample = Path.Combine(FalterProcess.Repository, "samples", "fragile");
        Shell.Run("cc", "-O2", "-pthread", "-o", Path.Combine(_folder, "server"), Path.Combine(sample, "server.c"));
        string text = await File.ReadAllTextAsync(Path.Combine(sample, $"{kind}.yaml"));
        string file = Path.Combine(_folder, "experiment.yaml");
        // What it is about stays as it is in the sample; only the port and the lengths are the test's own.
        await File.WriteAllTextAsync(file, text.Replace("8081", $"{port}", StringComparison.Ordinal).Replace("/tmp/falter-fragile", Path.Combine(_folder, "data"), StringComparison.Ordinal)
            .Replace("warm_up: 1s, baseline: 5s, inject: 5s, recover: 2s", "warm_up: 500ms, baseline: 4s, inject: 4s, recover: 1s", StringComparison.Ordinal));
        FalterResult result = await FalterProcess.RunAsync("run", file, "--format", "json", "-o", Path.Combine(_folder, "run"), "--seed", "7");
        Assert.True(result.ExitCode is 0 or 1, $"{result}");
        using var document = JsonDocument.Parse(result.Output);
        return (result, document.RootElement.GetProperty("plans").EnumerateArray().ToDictionary(p => p.GetProperty("plan").GetProperty("name").GetString()!, p => p.GetProperty("verdict").GetString()!));
    }
}
