using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Falter.Observe;
using Falter.Records;

namespace Falter.Linux.Tests.Observe;

/// <summary>What the recorder writes, the reader reads, also after a crash.</summary>
public sealed class SampleFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-samples-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string PlainFile => Path.Combine(_folder, RunFolderFiles.Samples);

    private string CompressedFile => Path.Combine(_folder, RunFolderFiles.CompressedSamples);

    private static int[] Seconds(IEnumerable<IntervalSample> samples) => [.. samples.Select(s => (int)s.Time.ToUnixTimeSeconds())];

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

    /// <summary>What the monitor once wrote, and what a run folder still holds.</summary>
    private void WritePlain(params int[] seconds) =>
        File.WriteAllText(PlainFile, string.Concat(seconds.Select(s => JsonSerializer.Serialize(Sample(s), RecordsFormat.Line.IntervalSample) + "\n")));

    [Fact]
    public void A_sample_can_be_read_while_the_recorder_is_open()
    {
        using SampleRecorder recorder = SampleRecorder.Open(_folder);
        for (int second = 1; second <= 20; second++)
        {
            recorder.Write(Sample(second));
            Assert.Equal(second, SampleReader.Read(CompressedFile).Count());
        }
    }

    [Fact]
    public void Each_opening_begins_a_file_of_its_own_and_they_are_read_in_order()
    {
        WritePlain(1, 2);
        for (int second = 3; second <= 14; second++) Record(second);
        Assert.True(File.Exists(Path.Combine(_folder, "samples-12.jsonl.gz")));
        File.WriteAllText(Path.Combine(_folder, "samples-x.jsonl.gz"), "foreign");
        Assert.Equal(Enumerable.Range(1, 14), Seconds(SampleReader.Read(_folder)));
    }

    [Fact]
    public void Two_recorders_at_once_do_not_write_into_one_file()
    {
        using (SampleRecorder one = SampleRecorder.Open(_folder), other = SampleRecorder.Open(_folder))
        {
            one.Write(Sample(1));
            other.Write(Sample(2));
        }
        Assert.Equal([1, 2], Seconds(SampleReader.Read(_folder)));
    }

    [Fact]
    public void A_whole_file_is_one_that_gzip_finds_whole()
    {
        if (!File.Exists("/usr/bin/zcat")) Assert.Skip("zcat (gzip) is not installed");
        Record(1, 2, 3);
        using var zcat = Process.Start(new ProcessStartInfo("/usr/bin/zcat", [CompressedFile]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string text = zcat.StandardOutput.ReadToEnd();
        zcat.WaitForExit();
        Assert.Equal(0, zcat.ExitCode);
        Assert.Equal(3, text.Count(c => c == '\n'));
    }

    /// <summary>As much as the writer's process ever loses: all of the file's ends, byte by byte.</summary>
    [Fact]
    public void Wherever_a_compressed_file_is_cut_off_the_intervals_before_are_read_and_the_cut_is_told()
    {
        var ends = new List<long> { 0 };
        using (SampleRecorder recorder = SampleRecorder.Open(_folder))
        {
            for (int second = 1; second <= 6; second++)
            {
                recorder.Write(Sample(second));
                ends.Add(new FileInfo(CompressedFile).Length);
            }
        }
        byte[] whole = File.ReadAllBytes(CompressedFile);
        for (int length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(CompressedFile, whole[..length]);
            var notes = new List<Finding>();
            int[] read = Seconds(SampleReader.Read(_folder, notes.Add));
            int handedOver = ends.FindLastIndex(end => end <= length);
            Assert.True(read.Length >= handedOver, $"cut at {length} of {whole.Length}: {read.Length} read, {handedOver} were written");
            Assert.Equal(Enumerable.Range(1, read.Length), read);
            Assert.True(notes.Count == (length > 0 && length < whole.Length ? 1 : 0), $"cut at {length} of {whole.Length}: {notes.Count} notes");
            Assert.All(notes, n => Assert.Equal("recording-cut-off", n.Code));
        }
    }

    [Fact]
    public void A_recording_goes_on_after_a_file_that_was_cut_off()
    {
        Record(1, 2);
        using (FileStream file = File.OpenWrite(CompressedFile)) file.SetLength(file.Length - 30);
        Record(3);
        int[] read = Seconds(SampleReader.Read(_folder));
        Assert.Equal(1, read[0]);
        Assert.Equal(3, read[^1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(300)]
    public void A_last_plain_line_that_was_cut_off_is_left_out(int missing)
    {
        WritePlain(1, 2);
        using (FileStream file = File.OpenWrite(PlainFile)) file.SetLength(file.Length - missing);
        // Without its line end alone the line is whole.
        Assert.Equal(missing == 1 ? 2 : 1, SampleReader.Read(_folder).Count());
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("hello\n")]
    [InlineData("{\"a\":1}\n")]
    [InlineData("null\n")]
    [InlineData("{\n")]
    [InlineData("{\"time\":\"2026-11-21T09:00:00Z\",\"interval_seconds\":1,\"rows\":[null]}\n")]
    [InlineData("{\"time\":\"2026-11-21T09:00:00Z\",\"interval_seconds\":-1,\"rows\":[]}\n")]
    [InlineData("{\"time\":\"2026-11-21T09:00:00Z\",\"interval_seconds\":1,\"rows\":[{\"process\":\"p\",\"syscall\":\"read\",\"outcome\":\"success\",\"count\":1,\"total_ns\":1,\"latency\":{\"first\":9999,\"counts\":[1]}}]}\n")]
    public void A_foreign_line_is_refused_with_its_number(string foreign)
    {
        WritePlain(1);
        File.AppendAllText(PlainFile, foreign);
        FalterException refused = Assert.Throws<FalterException>(() => SampleReader.Read(_folder).Count());
        Assert.Equal("run-not-readable", Assert.Single(refused.Findings).Code);
        Assert.Contains("line 2", refused.Message);
        Assert.Contains("falter monitor --record", refused.Message);
    }

    /// <summary>Whatever is done to a recording, it is read or refused with one message that names the file; the intervals that are read are in order.</summary>
    [Fact]
    public void Damaged_files_are_read_in_part_or_refused()
    {
        Record([.. Enumerable.Range(1, 30)]);
        WritePlain([.. Enumerable.Range(1, 5)]);
        byte[][] originals = [File.ReadAllBytes(CompressedFile), File.ReadAllBytes(PlainFile), JsonSerializer.SerializeToUtf8Bytes(new { a = new[] { 1, 2 }, time = "x" })];
        var random = new Random(20261121);
        string file = Path.Combine(_folder, "damaged");
        int refusals = 0;
        for (int round = 0; round < 4000; round++)
        {
            byte[] bytes = Damaged(originals[round % originals.Length], random);
            File.WriteAllBytes(file, bytes);
            try
            {
                Assert.InRange(SampleReader.Read(file, _ => { }).Count(), 0, 31);
            }
            catch (FalterException e)
            {
                refusals++;
                Finding finding = Assert.Single(e.Findings);
                Assert.Equal("run-not-readable", finding.Code);
                Assert.StartsWith(file, finding.Message);
                Assert.Matches("falter monitor --record DIR|copy it again", finding.Message);
            }
        }
        Assert.InRange(refusals, 1000, 3999);
    }

    private static byte[] Damaged(byte[] original, Random random)
    {
        byte[] bytes = original[..random.Next(random.Next(2) == 0 ? original.Length : 1, original.Length + 1)];
        for (int flips = random.Next(4); flips > 0 && bytes.Length > 0; flips--) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return random.Next(8) > 0 ? bytes : [.. bytes, .. bytes[random.Next(bytes.Length)..]];
    }

    [Fact]
    public void A_file_without_line_ends_is_refused_before_it_fills_the_memory()
    {
        using (var file = new GZipStream(File.Create(CompressedFile), CompressionLevel.Fastest))
        {
            var piece = new byte[1 << 20];
            piece.AsSpan().Fill((byte)' ');
            for (int i = 0; i < 70; i++) file.Write(piece);
        }
        FalterException refused = Assert.Throws<FalterException>(() => SampleReader.Read(_folder).Count());
        Assert.Contains("line 1: longer than any interval", refused.Message);
    }

    [Fact]
    public void A_full_disk_ends_the_recording_with_one_message()
    {
        // /dev/full answers every write with ENOSPC.
        using var recorder = new SampleRecorder(new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0), "/x/samples.jsonl.gz");
        FalterException refused = Assert.Throws<FalterException>(() => recorder.Write(Sample(1)));
        Assert.Equal(ExitCode.Cannot, refused.ExitCode);
        Assert.Contains("/x/samples.jsonl.gz: the recording ends here", refused.Message);
    }

    [Fact]
    public void A_missing_file_is_refused()
    {
        FalterException refused = Assert.Throws<FalterException>(() => SampleReader.Read(_folder).Count());
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains(RunFolderFiles.Samples, refused.Message);
        refused = Assert.Throws<FalterException>(() => SampleReader.Read(PlainFile).Count());
        Assert.Contains("no such file", refused.Message);
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
