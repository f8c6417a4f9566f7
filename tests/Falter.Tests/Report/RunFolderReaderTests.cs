using System.Text.Json;
using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

public sealed class RunFolderReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-reader-").FullName;

    public RunFolderReaderTests()
    {
        Write(RunFolderFiles.Run, JsonSerializer.Serialize(SampleRun.Description(), RecordsFormat.Indented.RunDescription));
        Write(RunFolderFiles.Verdict, VerdictJson.Write(SampleRun.Verdicts()));
        RunData run = SampleRun.Build(probesPerPlan: 10, requestsPerPlan: 10);
        Write(RunFolderFiles.Checks, string.Concat(run.Checks.Select(c => JsonSerializer.Serialize(c, RecordsFormat.Line.CheckSample) + "\n")));
        Write(RunFolderFiles.Events, string.Concat(run.Events.Select(e => JsonSerializer.Serialize(e, RecordsFormat.Line.RunEvent) + "\n")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_whole_run_is_read()
    {
        RunData run = RunFolderReader.Read(_folder);
        Assert.Equal("nginx", run.Run.Target);
        Assert.Equal(170, run.Checks.Count);
        Assert.Equal(7, run.Verdict!.Plans.Count);
        // Files that were never written are empty, not an error.
        Assert.Empty(run.Requests);
        Assert.Empty(run.TargetLog);
    }

    [Fact]
    public void A_last_line_that_was_cut_off_anywhere_is_left_out()
    {
        string whole = File.ReadAllText(PathOf(RunFolderFiles.Checks));
        int last = whole.LastIndexOf('\n', whole.Length - 2) + 1;
        for (int length = last; length < whole.Length; length += 7)
        {
            Write(RunFolderFiles.Checks, whole[..length]);
            Assert.Equal(169, RunFolderReader.Read(_folder).Checks.Count);
        }
    }

    [Theory]
    [InlineData("this is no JSON")]
    [InlineData("null")]
    [InlineData("[1,2]")]
    [InlineData("{\"at_seconds\":1}")]
    [InlineData("{\"at_seconds\":1,\"check\":null,\"passed\":true,\"answered\":true,\"latency_ms\":1,\"detail\":\"200\",\"phase\":\"inject\"}")]
    [InlineData("{\"at_seconds\":1,\"check\":\"c\",\"passed\":true,\"answered\":true,\"latency_ms\":1,\"detail\":\"200\",\"phase\":\"lunch\"}")]
    public void A_foreign_line_is_refused_with_file_and_line(string line)
    {
        string[] lines = File.ReadAllLines(PathOf(RunFolderFiles.Checks));
        Write(RunFolderFiles.Checks, string.Join('\n', [.. lines[..3], line, .. lines[3..]]) + "\n");
        FalterException refused = Assert.Throws<FalterException>(() => RunFolderReader.Read(_folder));
        Assert.Equal("run-not-readable", refused.Findings[0].Code);
        Assert.Contains("checks.jsonl, line 4: ", refused.Message);
    }

    [Fact]
    public void A_run_that_was_killed_before_its_verdict_is_read()
    {
        File.Delete(PathOf(RunFolderFiles.Verdict));
        Assert.Null(RunFolderReader.Read(_folder).Verdict);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"run\":")]
    [InlineData("{\"run\":null}")]
    [InlineData("<xml/>")]
    public void A_run_json_that_is_none_is_refused(string text)
    {
        Write(RunFolderFiles.Run, text);
        FalterException refused = Assert.Throws<FalterException>(() => RunFolderReader.Read(_folder));
        Assert.Contains("run.json", refused.Message);
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
    }

    [Fact]
    public void A_folder_that_is_no_run_is_refused_with_what_was_expected()
    {
        FalterException refused = Assert.Throws<FalterException>(() => RunFolderReader.Read(Path.Combine(_folder, "nowhere")));
        Assert.Contains("falter assess", refused.Message);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_told_as_such()
    {
        File.Delete(PathOf(RunFolderFiles.Verdict));
        File.CreateSymbolicLink(PathOf(RunFolderFiles.Verdict), "/proc/self/mem");
        Assert.Equal("run-not-readable", Assert.Throws<FalterException>(() => RunFolderReader.Read(_folder)).Findings[0].Code);
    }

    [Fact]
    public void Of_the_log_each_plan_keeps_what_was_written_during_it()
    {
        Write(RunFolderFiles.TargetLog, string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i:00000}\n")));
        Write(RunFolderFiles.Events, string.Concat(new[] { (0, 22), (0, 44), (1, 110), (1, 220_000) }.Select(l =>
            JsonSerializer.Serialize(new RunEvent(1, "log-length", RunPhase.Inject, l.Item1, Value: l.Item2), RecordsFormat.Line.RunEvent) + "\n")));
        IReadOnlyDictionary<int, IReadOnlyList<string>> log = RunFolderReader.Read(_folder).TargetLog;
        Assert.Equal([0, 1], log.Keys.Order());
        // A line is 11 bytes, its break included.
        Assert.Equal(["line 00002", "line 00003"], log[0]);
        Assert.Equal("line 00010", log[1][0]);
        Assert.InRange(log[1].Count, 5900, 6000);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private void Write(string name, string text) => File.WriteAllText(PathOf(name), text);
}
