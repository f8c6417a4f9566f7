using System.Text.Json;
using Falter.Experiment;
using Falter.Records;

namespace Falter.Tests.Experiment;

public sealed class RunFolderTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("falter-test-").FullName;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void What_was_appended_is_in_the_file_at_once()
    {
        using RunFolder folder = RunFolder.Create(Path.Combine(_parent, "run"));
        for (int i = 0; i < 3; i++) folder.Append(RunFolderFiles.Events, new RunEvent(i, "note", RunPhase.Start, null), RecordsFormat.Line.RunEvent);
        // Read beside the open file: nothing waits in a buffer of the writer.
        using var file = new FileStream(folder.PathOf(RunFolderFiles.Events), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        RunEvent[] events = [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonSerializer.Deserialize(l, RecordsFormat.Line.RunEvent)!)];
        Assert.Equal([0, 1, 2], events.Select(e => e.AtSeconds));
    }

    [Fact]
    public void A_folder_that_holds_a_run_is_refused()
    {
        string path = Path.Combine(_parent, "run");
        using (RunFolder folder = RunFolder.Create(path)) folder.WriteWhole(RunFolderFiles.Run, "{}");
        var refusal = Assert.Throws<FalterException>(() => RunFolder.Create(path));
        Assert.Equal(ExitCode.Usage, refusal.ExitCode);
        Assert.Contains("already holds a run", refusal.Message);
    }

    [Fact]
    public void A_full_disk_is_told_with_the_file_and_the_reason()
    {
        string path = Directory.CreateDirectory(Path.Combine(_parent, "full")).FullName;
        // Every write to this device ends in ENOSPC, as on a full disk.
        File.CreateSymbolicLink(Path.Combine(path, RunFolderFiles.Events), "/dev/full");
        using RunFolder folder = RunFolder.Create(path);
        var refusal = Assert.Throws<FalterException>(() => folder.Append(RunFolderFiles.Events, new RunEvent(0, "note", RunPhase.Start, null), RecordsFormat.Line.RunEvent));
        Assert.Equal(ExitCode.Cannot, refusal.ExitCode);
        Assert.Equal("folder-not-writable", refusal.Findings[0].Code);
        Assert.Contains(RunFolderFiles.Events, refusal.Message);
    }

    [Fact]
    public void A_folder_below_a_file_is_refused()
    {
        string file = Path.Combine(_parent, "file");
        File.WriteAllText(file, "");
        Assert.Equal("folder-not-writable", Assert.Throws<FalterException>(() => RunFolder.Create(Path.Combine(file, "run"))).Findings[0].Code);
    }
}
