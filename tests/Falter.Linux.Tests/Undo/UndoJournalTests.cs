using Falter.Linux.Containers;
using Falter.Linux.Features;
using Falter.Linux.Tests.Inject;
using Falter.Linux.Proc;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Linux.Tests.Undo;

/// <summary>What a journal says, and who undoes it.</summary>
public sealed class UndoJournalTests
{
    private static readonly ContinueProcess s_first = new(12, 34, "a (b) \"c\""), s_second = new(56, 78, "ü\n");

    [Fact]
    public void Every_kind_of_step_comes_back_as_it_was_written()
    {
        UndoStep[] steps =
        [
            s_first, s_second, new ThawGroup("/sys/fs/cgroup/x y"), new WriteGroupFile("/sys/fs/cgroup/x", "cpu.max", "max 100000"),
            new RemoveGroup("/sys/fs/cgroup/x/falter-1-2-3", "/sys/fs/cgroup/x", [new MovedProcess(1, 2, "/sys/fs/cgroup/x")]),
            new RemovePacketTables(1, "falter-1-2-3"), new RemoveDeviceLimit(1, ["eth0", "eth1"]),
            new RemoveBridge("falter-a1b2c", ["falter-a1b2c-01", "falter-a1b2c-02"]),
            new ReconnectContainer("/s", "id", "web", new ContainerNetwork("n", "nid", "10.0.0.2", null, IsFixed: true, "02:42", ["db"], [], new Dictionary<string, string> { ["a"] = "b" })),
            new UnpauseContainer("/s", "id", "web"), new StartContainer("/s", "id", "web"),
        ];
        Assert.Equal(steps.Select(s => s.GetType()).Distinct().Count(), typeof(UndoStep).GetCustomAttributes(typeof(System.Text.Json.Serialization.JsonDerivedTypeAttribute), false).Length);
        JournalContent content = JournalContent.Of(Written([.. steps.Select((s, i) => new JournalLine(i + 1, s))]));
        Assert.Empty(content.Unreadable);
        Assert.False(content.IsCutOff);
        // Lists are compared by reference: the text holds all.
        Assert.Equal(steps.Select((s, i) => Written([new JournalLine(i + 1, s)])), content.Left.Select(l => Written([new JournalLine(l.Id, l.Step)])));
        // Packet tables are looked up, and there are none.
        Assert.All(steps.Where(s => s is not RemovePacketTables), s => Assert.NotEmpty(s.ByHand));
    }

    [Fact]
    public void What_is_undone_is_not_left()
    {
        JournalContent content = JournalContent.Of(Written([new(1, s_first), new(2, s_second), new(1), new(3, s_first), new(9)]));
        Assert.Equal([(2, (UndoStep)s_second), (3, s_first)], content.Left);
    }

    [Fact]
    public void A_journal_that_is_cut_off_anywhere_is_read_up_to_there()
    {
        string text = Written([new(1, s_first), new(2, s_second), new(1)]);
        for (int length = 0; length <= text.Length; length++)
        {
            JournalContent content = JournalContent.Of(text[..length]);
            Assert.Empty(content.Unreadable);
            int whole = text[..length].Count(c => c == '\n');
            Assert.Equal(whole switch { 0 => 0, 1 => 1, 2 => 2, _ => 1 }, content.Left.Count);
            Assert.Equal(length > 0 && text[length - 1] != '\n', content.IsCutOff);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("{\"id\":0}")]
    [InlineData("null")]
    [InlineData("{\"id\":1,\"step\":{}}")]
    [InlineData("{\"id\":1,\"step\":{\"kind\":\"continue-process\"}}")]
    [InlineData("{\"id\":1,\"step\":{\"kind\":\"continue-process\",\"pid\":1,\"start_ticks\":2,\"name\":null}}")]
    [InlineData("{\"id\":1,\"step\":{\"kind\":\"of a later version\",\"pid\":1}}")]
    public void A_line_that_cannot_be_understood_is_told_by_its_number(string line)
    {
        JournalContent content = JournalContent.Of(Written([new(1, s_first)]) + line + "\n" + Written([new(2, s_second)]));
        Assert.Equal([2], content.Unreadable);
        Assert.Equal(2, content.Left.Count);
    }

    [Fact]
    public void Only_names_of_falters_that_have_ended_are_orphans()
    {
        string living = OwnedName.New();
        Assert.NotEqual(living, OwnedName.New());
        Assert.False(OwnedName.IsOrphan(living));
        long start = ProcessStat.Read(Environment.ProcessId)!.StartTicks;
        Assert.Equal(living.Split('-')[2], start.ToString());
        Assert.True(OwnedName.IsOrphan($"falter-{Environment.ProcessId}-{start - 1}-1"));
        foreach (string foreign in new[] { "falter-test-1", "falter-probe-77", "falter", "falter-1-2", "xfalter-1-2-3", "falter-1-2-3-4", "falter-99999999999-1-1" }) Assert.False(OwnedName.IsOrphan(foreign));
    }

    [Fact]
    public void Disposing_undoes_what_is_left_the_last_first_and_leaves_neither_file_nor_keeper()
    {
        if (FeatureCatalogue.Root.WhyNot() is { } reason) Assert.Skip(reason);
        using var tree = new ProcessTree(2);
        UndoJournal journal = UndoJournal.Open(InjectionRun.Keeper);
        Assert.True(File.Exists(journal.Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(journal.Path));
        Assert.StartsWith($"{Environment.ProcessId}-", Path.GetFileName(journal.Path));
        ContinueProcess[] steps = [.. tree.Processes.Select(p => new ContinueProcess(p.Pid, p.StartTicks, p.Name))];
        foreach (ContinueProcess step in steps)
        {
            journal.Add(step);
            // Not by File.ReadAllText, which asks for a lock of its own.
            using (JournalFile written = JournalFile.Open(journal.Path)!) Assert.Contains($"\"pid\":{step.Pid}", written.Text(), StringComparison.Ordinal);
            ProcessSignal.Send(step.Pid, step.StartTicks, 19);
        }
        Assert.True(SpinWait.SpinUntil(() => steps.All(s => s.IsNeeded), 10_000));
        journal.Undo(steps[1]);
        Assert.Equal([steps[0], steps[2]], journal.Left);
        journal.Dispose();
        tree.AssertRuns(0, 1, 2);
        Assert.False(File.Exists(journal.Path));
        Assert.Null(ProcessStat.Read(journal.KeeperPid));
        Assert.Throws<ObjectDisposedException>(() => journal.Add(s_first));
    }

    [Fact]
    public void A_step_that_an_engine_refuses_is_told_and_does_not_keep_the_others_from_being_undone()
    {
        if (FeatureCatalogue.Root.WhyNot() is { } reason) Assert.Skip(reason);
        using var tree = new ProcessTree(0);
        ProcessStat process = ProcessStat.Read(tree.Pid)!;
        UndoJournal journal = UndoJournal.Open(InjectionRun.Keeper);
        try
        {
            journal.Add(new ContinueProcess(process.Pid, process.StartTicks, process.Name));
            ProcessSignal.Send(process.Pid, process.StartTicks, 19);
            journal.Add(new UnpauseContainer("/nowhere/engine.sock", "id", "web"));
            Finding failure = Assert.Single(journal.UndoAll());
            Assert.Equal("undo-failed", failure.Code);
            Assert.Contains("docker unpause web", failure.ToString(), StringComparison.Ordinal);
            tree.AssertRuns(0);
            journal.Dispose();
            // For falter clean, which tells it again.
            Assert.True(File.Exists(journal.Path));
        }
        finally
        {
            journal.Dispose();
            File.Delete(journal.Path);
        }
    }

    private static string Written(IReadOnlyList<JournalLine> lines) => string.Concat(lines.Select(l => System.Text.Encoding.UTF8.GetString(l.Bytes)));
}
