using System.Text;
using System.Text.Json;
using Falter.Experiment;
using Falter.Records;

namespace Falter.Tests.Experiment;

public sealed class UnfinishedRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_without_plans_begins_with_a_new_observation_after_its_last_second()
    {
        Write(RunFolderFiles.Events, Event(3.2, "phase"), Event(7.4, "finding", "Something. [events-lost]", 1));
        UnfinishedRun run = UnfinishedRun.Read(_folder);
        Assert.Null(run.Plans);
        Assert.Equal(8, run.NextSecond);
        Assert.Empty(run.Findings);
    }

    [Fact]
    public void Lines_that_were_cut_off_are_no_lines_wherever_they_were_cut()
    {
        WritePlans();
        string whole = Line(Turn(0, 1, 5)) + "\n", next = Line(Turn(1, 6, 9)) + "\n";
        byte[] bytes = Encoding.UTF8.GetBytes(whole + next);
        for (int length = 0; length <= bytes.Length; length++)
        {
            File.WriteAllBytes(Path.Combine(_folder, RunFolderFiles.Turns), bytes[..length]);
            int turns = length >= bytes.Length ? 2 : length >= Encoding.UTF8.GetByteCount(whole) ? 1 : 0;
            Assert.Equal(turns, UnfinishedRun.Read(_folder).Turns.Count);
        }
    }

    [Fact]
    public void What_is_appended_after_a_cut_is_a_line_of_its_own()
    {
        File.WriteAllText(Path.Combine(_folder, RunFolderFiles.Run), "{}");
        string events = Path.Combine(_folder, RunFolderFiles.Events);
        File.WriteAllText(events, Line(Event(1, "phase")) + "\n" + Line(Event(2, "phase"))[..20]);
        using (RunFolder folder = RunFolder.Reopen(_folder)) folder.Append(RunFolderFiles.Events, Event(3, "phase"), RecordsFormat.Line.RunEvent);
        Assert.Equal([1, 3], File.ReadLines(events).Select(l => JsonSerializer.Deserialize(l, RecordsFormat.Line.RunEvent)!.AtSeconds));
    }

    [Fact]
    public void Findings_of_a_turn_that_was_cut_off_are_found_again_by_the_next_and_not_kept()
    {
        WritePlans();
        Write(RunFolderFiles.Turns, Line(Turn(0, 10, 20)));
        Write(RunFolderFiles.Events, Event(1, "finding", "Early. [few-samples]", 1), Event(10, "turn-began", "p", 0), Event(15, "finding", "Kept. [children-died]", 0),
            Event(21, "turn-began", "q", 1), Event(22, "finding", "Cut off. [children-died]", 0), Event(30, "resumed", "", 1), Event(30.5, "finding", "Resumed. [run-resumed]", 0));
        Assert.Equal(["Early.", "Kept.", "Resumed."], UnfinishedRun.Read(_folder).Findings.Select(f => f.Message));
        Assert.Equal([FindingLevel.Limits, FindingLevel.Note, FindingLevel.Note], UnfinishedRun.Read(_folder).Findings.Select(f => f.Level));
    }

    [Fact]
    public void A_whole_line_that_is_no_turn_is_refused_with_its_place()
    {
        WritePlans();
        File.WriteAllText(Path.Combine(_folder, RunFolderFiles.Turns), Line(Turn(0, 1, 5)) + "\n{\"turn\":\"x\"}\n");
        var refusal = Assert.Throws<FalterException>(() => UnfinishedRun.Read(_folder));
        Assert.Equal(ExitCode.Usage, refusal.ExitCode);
        Assert.Contains("turns.jsonl, line 2", refusal.Message);
    }

    [Fact]
    public void Two_at_once_do_not_write_to_one_folder_and_a_killed_one_is_named()
    {
        File.WriteAllText(Path.Combine(_folder, RunFolderFiles.Run), "{}");
        using (RunFolder.Reopen(_folder)) Assert.Equal("run-in-use", Assert.Throws<FalterException>(() => RunFolder.Reopen(_folder)).Findings[0].Code);
        Assert.False(File.Exists(Path.Combine(_folder, "run.lock")));
        // No process has this number and began at the start of the machine.
        File.WriteAllText(Path.Combine(_folder, "run.lock"), "4194304-1");
        using RunFolder folder = RunFolder.Reopen(_folder);
        Assert.Equal("4194304-1", folder.KilledOwner);
    }

    private void WritePlans() => File.WriteAllText(Path.Combine(_folder, RunFolderFiles.Plans), JsonSerializer.Serialize(
        [new FaultPlan { Number = 0, Name = "p", Origin = PlanOrigin.Written, Faults = [new RoleFault(null, FaultParser.Parse(["openat:error=EIO"])[0])] }], RecordsFormat.Indented.IReadOnlyListFaultPlan));

    private void Write(string name, params RunEvent[] events) => Write(name, [.. events.Select(Line)]);

    private void Write(string name, params string[] lines) => File.WriteAllText(Path.Combine(_folder, name), string.Concat(lines.Select(l => l + "\n")));

    private static string Line(RunEvent happened) => JsonSerializer.Serialize(happened, RecordsFormat.Line.RunEvent);

    private static string Line(TurnVerdict turn) => JsonSerializer.Serialize(turn, RecordsFormat.Line.TurnVerdict);

    private static RunEvent Event(double at, string kind, string text = "", long? value = null) => new(at, kind, RunPhase.Start, null, text, value);

    private static TurnVerdict Turn(int number, double begin, double end) => new()
    {
        Turn = number, Plan = 0, Repetition = number, Seed = 7, BeginSeconds = begin, EndSeconds = end, Verdict = Verdict.Degraded, Evidence = [new Evidence(begin, "Grün ✓.")], Counts = [],
    };
}
