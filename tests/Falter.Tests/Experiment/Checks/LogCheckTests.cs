using System.Text;
using Falter.Experiment;
using Falter.Records;

namespace Falter.Tests.Experiment.Checks;

public sealed class LogCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-log-").FullName;

    private string LogFile => Path.Combine(_folder, "log");

    [Fact]
    public async Task New_lines_that_match_are_counted_once()
    {
        File.WriteAllText(LogFile, "error: before the first probe\n");
        using var check = new LogCheck(Given.Log("^error", LogFile), _ => Given.Role());
        Assert.Equal((true, 0), await NextAsync(check));
        File.AppendAllText(LogFile, "error: one\nfine\nerror: two\nerror: not yet comp");
        ProbeResult result = await check.ProbeAsync(TestContext.Current.CancellationToken);
        Assert.Equal(new ProbeResult(Passed: false, Answered: true, "2 lines; expected at most 0: error: two", 2), result);
        Assert.Equal((true, 0), await NextAsync(check));
        File.AppendAllText(LogFile, "lete\n");
        Assert.Equal((false, 1), await NextAsync(check));
    }

    [Fact]
    public async Task Rotation_by_renaming_copying_and_truncating_loses_nothing()
    {
        using var check = new LogCheck(Given.Log("e", LogFile), _ => Given.Role());
        Assert.Equal((true, 0), await NextAsync(check));
        File.WriteAllText(LogFile, "e\n");
        Assert.Equal((false, 1), await NextAsync(check));
        File.AppendAllText(LogFile, "e in the old file\n");
        File.Move(LogFile, LogFile + ".1");
        File.WriteAllText(LogFile, "e in the new file\ne\n");
        Assert.Equal((false, 3), await NextAsync(check));
        File.WriteAllText(LogFile, "e\n");
        Assert.Equal((false, 1), await NextAsync(check));
        File.Delete(LogFile);
        Assert.Equal((true, 0), await NextAsync(check));
        File.WriteAllText(LogFile, "e\n");
        Assert.Equal((false, 1), await NextAsync(check));
    }

    [Fact]
    public async Task The_output_of_the_role_is_its_log_where_no_file_is_named()
    {
        const string earlier = "ready\n";
        File.WriteAllText(LogFile, earlier);
        RoleState state = new("web", [], true, 0, LogFile, LogStart: earlier.Length);
        using var check = new LogCheck(Given.Log("ready") with { Lines = new(1, null) }, _ => state);
        File.AppendAllText(LogFile, "ready\n");
        Assert.Equal((true, 1), await NextAsync(check));
        Assert.Equal((false, 0), await NextAsync(check));
        // The system was built anew, with a file of its own.
        state = state with { LogFile = LogFile + "2" };
        File.WriteAllText(LogFile + "2", "ready\nready\n");
        Assert.Equal((true, 2), await NextAsync(check));
        state = state with { LogFile = null };
        Assert.Contains("was not started by Falter", (await check.ProbeAsync(TestContext.Current.CancellationToken)).Detail);
    }

    [Fact]
    public void Whatever_is_done_to_a_log_each_line_is_read_once_and_in_order()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            string file = Path.Combine(_folder, $"log-{seed}");
            File.WriteAllText(file, "");
            using var tail = new LogTail();
            Assert.Empty(tail.ReadNew(file));
            List<string> written = [], read = [];
            for (int step = 0; step < 60; step++)
            {
                switch (random.Next(10))
                {
                    case 0:
                        // Rotation: what is not read yet stays in the old file.
                        File.Move(file, $"{file}.{step}");
                        File.WriteAllText(file, "");
                        break;
                    case 1:
                        read.AddRange(tail.ReadNew(file));
                        // Truncation: what was not read would be lost to any reader.
                        File.WriteAllText(file, "");
                        Assert.Empty(tail.ReadNew(file));
                        break;
                    case 2 or 3 or 4:
                        read.AddRange(tail.ReadNew(file));
                        break;
                    default:
                        string line = $"{step} é {new string('x', random.Next(200))}";
                        written.Add(line);
                        byte[] bytes = Encoding.UTF8.GetBytes(line + "\n");
                        int cut = random.Next(bytes.Length);
                        Append(file, bytes.AsSpan(0, cut));
                        if (random.Next(3) == 0) read.AddRange(tail.ReadNew(file));
                        Append(file, bytes.AsSpan(cut));
                        break;
                }
                // Two rotations between two readings lose the file between: as with tail -F.
                read.AddRange(tail.ReadNew(file));
            }
            Assert.Equal(written, read);
        }
    }

    [Fact]
    public async Task A_log_that_its_owner_locks_is_read_and_the_lock_stays_free()
    {
        File.WriteAllText(LogFile, "");
        using var check = new LogCheck(Given.Log("e", LogFile), _ => Given.Role());
        // .NET's own lock (flock), as daemons take it on their files.
        using (var owner = new FileStream(LogFile, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            Assert.Equal((true, 0), await NextAsync(check));
            owner.Write("e\n"u8);
            Assert.Equal((false, 1), await NextAsync(check));
        }
        // The check holds the file open, and no lock.
        using var again = new FileStream(LogFile, FileMode.Append, FileAccess.Write, FileShare.None);
    }

    [Fact]
    public void Lines_without_an_end_are_cut_and_much_is_read_in_parts()
    {
        File.WriteAllText(LogFile, "");
        using var tail = new LogTail();
        Assert.Empty(tail.ReadNew(LogFile));
        string block = new('x', 1024 * 1024);
        for (int i = 0; i < 20; i++) File.AppendAllText(LogFile, block);
        Assert.Empty(tail.ReadNew(LogFile));
        File.AppendAllText(LogFile, "\nend\n");
        IReadOnlyList<string> lines = tail.ReadNew(LogFile);
        Assert.Equal((2, LogTail.LongestLine, "end"), (lines.Count, lines[0].Length, lines[1]));
    }

    private static async Task<(bool Passed, double? Value)> NextAsync(LogCheck check)
    {
        ProbeResult result = await check.ProbeAsync(TestContext.Current.CancellationToken);
        return (result.Passed, result.Value);
    }

    private static void Append(string file, ReadOnlySpan<byte> bytes)
    {
        using var stream = new FileStream(file, FileMode.Append);
        stream.Write(bytes);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
