using Falter.Observe;
using Falter.Records;

namespace Falter.Linux.Tests.Observe;

/// <summary>What the recorder writes, the reader reads, also after a crash.</summary>
public sealed class SampleFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-samples-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string SamplesFile => Path.Combine(_folder, RunFolderFiles.Samples);

    private static IntervalSample Sample(int second) => new()
    {
        Time = DateTimeOffset.UnixEpoch.AddSeconds(second),
        IntervalSeconds = 1.5,
        Lost = 2,
        Rows =
        [
            new SyscallRow { Process = "größe (1) x", Syscall = Syscall.Named("openat"), Outcome = new Outcome(2), Count = 3, TotalNs = 4000, Latency = new LatencyHistogram(7, [1, 2]) },
            new SyscallRow { Process = "web", Syscall = Syscall.Named("getppid"), Outcome = new Outcome(1), Count = 7, TotalNs = 0, EntrySkipped = true },
        ],
    };

    private void Record(params int[] seconds)
    {
        using SampleRecorder recorder = SampleRecorder.Open(_folder);
        foreach (int second in seconds) recorder.Write(Sample(second));
    }

    [Fact]
    public void Samples_come_back_as_they_were_written()
    {
        Record(1, 2);
        IntervalSample[] read = [.. SampleReader.Read(_folder)];
        Assert.Equivalent(new[] { Sample(1), Sample(2) }, read, strict: true);
    }

    [Fact]
    public void A_sample_can_be_read_while_the_recorder_is_open()
    {
        using SampleRecorder recorder = SampleRecorder.Open(_folder);
        recorder.Write(Sample(1));
        Assert.Single(SampleReader.Read(SamplesFile));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(300)]
    public void A_last_line_that_was_cut_off_is_left_out_and_written_over(int missing)
    {
        Record(1, 2);
        using (FileStream file = File.OpenWrite(SamplesFile)) file.SetLength(file.Length - missing);
        // Without its line end alone the line is whole.
        Assert.Equal(missing == 1 ? 2 : 1, SampleReader.Read(_folder).Count());
        Record(3);
        Assert.Equal([1, 3], SampleReader.Read(_folder).Select(s => (int)s.Time.ToUnixTimeSeconds()));
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("hello\n")]
    [InlineData("{\"a\":1}\n")]
    [InlineData("null\n")]
    [InlineData("{\n")]
    public void A_foreign_line_is_refused_with_its_number(string foreign)
    {
        Record(1);
        File.AppendAllText(SamplesFile, foreign);
        FalterException refused = Assert.Throws<FalterException>(() => SampleReader.Read(_folder).Count());
        Assert.Equal("run-not-readable", Assert.Single(refused.Findings).Code);
        Assert.Contains("line 2", refused.Message);
    }

    [Fact]
    public void A_missing_file_is_refused()
    {
        FalterException refused = Assert.Throws<FalterException>(() => SampleReader.Read(_folder).Count());
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains(RunFolderFiles.Samples, refused.Message);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_refused()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        FalterException refused = Assert.Throws<FalterException>(() => SampleRecorder.Open(Path.Combine(file, "run")));
        Assert.Equal("folder-not-writable", Assert.Single(refused.Findings).Code);
    }
}
